"""The append-only table of decisions, partitioned by month, and the audit of what programs are."""

from django.db import migrations

from cs_platform.common import triggers

DECISION = """(
  id bigint generated always as identity,
  decided_at timestamptz not null,
  program_id bigint not null,
  version_number integer not null,
  step_key varchar(80) not null default '',
  account_id bigint not null,
  membership_id bigint,
  entry_key varchar(80) not null,
  is_positive boolean not null,
  code varchar(60) not null,
  facts jsonb not null default '{}',
  primary key (id, decided_at)
) partition by range (decided_at)"""


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_schema"), ("accounts", "0002_triggers")]
    operations = [
        triggers.partitioned("programs_decision", DECISION),
        migrations.RunSQL(
            # "Why did she not get this?": the decisions about an account, newest first.
            "create index decision_of_account on programs_decision (account_id, decided_at desc)",
            "drop index decision_of_account",
        ),
        triggers.audit("programs_program", quiet=()),
        triggers.audit("programs_version"),
    ]
