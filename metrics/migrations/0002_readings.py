"""Usage readings, bulk loaded and partitioned by month."""

from django.db import migrations

from cs_platform.common.triggers import partitioned

READING = """(
  subscription_id bigint not null references accounts_subscription (id) on delete cascade,
  measure varchar(40) not null,
  date date not null,
  value numeric(18,4) not null,
  source varchar(30) not null,
  primary key (subscription_id, measure, date)
) partition by range (date)"""


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_schema")]
    operations = [partitioned("metrics_reading", READING)]
