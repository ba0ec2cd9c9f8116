"""The append-only tables of the event stream, partitioned by month."""

from django.db import migrations

from cs_platform.common.triggers import partitioned

EVENT = """(
  id bigint generated always as identity,
  kind varchar(12) not null,
  delivery_id bigint not null,
  mailing_id bigint not null,
  person_id bigint not null,
  account_id bigint,
  link_id bigint,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  source varchar(30) not null,
  method varchar(8) not null default '',
  user_agent varchar(400) not null default '',
  network varchar(45) not null default '',
  detail jsonb not null default '{}',
  dedupe_key varchar(80) not null,
  primary key (id, occurred_at),
  -- A redelivered hit carries the same key and the same instant, so it is kept once.
  unique (dedupe_key, occurred_at)
) partition by range (occurred_at)"""

VERDICT = """(
  event_id bigint not null,
  occurred_at timestamptz not null,
  delivery_id bigint not null,
  rule_version smallint not null,
  verdict varchar(8) not null,
  rule varchar(40) not null,
  judged_at timestamptz not null,
  primary key (event_id, occurred_at, rule_version)
) partition by range (occurred_at)"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_schema")]
    operations = [
        partitioned("contacts_event", EVENT),
        partitioned("contacts_verdict", VERDICT),
        migrations.RunSQL(
            [
                # All hits of one delivery, which are judged together.
                "create index event_of_delivery on contacts_event (delivery_id, occurred_at)",
                "create index event_of_account on contacts_event (account_id, occurred_at desc)",
                "create index verdict_of_delivery on contacts_verdict (delivery_id, occurred_at)",
                # The ledger is updated in place several times a row: leave room for it on the page.
                "alter table contacts_delivery set (fillfactor = 75)",
                "alter table contacts_bucket set (fillfactor = 75)",
            ],
            [
                "alter table contacts_bucket reset (fillfactor)",
                "alter table contacts_delivery reset (fillfactor)",
                "drop index verdict_of_delivery",
                "drop index event_of_account",
                "drop index event_of_delivery",
            ],
        ),
    ]
