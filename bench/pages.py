"""
The pages people open all day, over 200,000 accounts, 1,000,000 contacts and 20,000,000 events.

Each is asked for as a browser does, through Django's own test client: middleware, queries, template. Beside it stands
its bare query, the least that the database must do for its rows. KEEL_BENCH_SIZE=0.05 makes a twentieth of the base.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg2

from bench import databases
from bench.result import Result
from cs_platform.env import ROOT

SIZE = float(os.environ.get("KEEL_BENCH_SIZE", "1"))
ACCOUNTS, CONTACTS, EVENTS = int(200_000 * SIZE), int(1_000_000 * SIZE), int(20_000_000 * SIZE)
ROUNDS = 25
NEXT = re.compile(r'href="(\?[^"]*)"[^>]*rel="next"')
SLOWEST = 0.3  # seconds: what the 95th percentile of a page may take

# What a column holds when the base does not say: the base names only what pages look at.
DEFAULTS = """
select table_name, column_name, data_type from information_schema.columns where table_schema = 'public'
and is_nullable = 'NO' and column_default is null and is_identity = 'NO' and is_generated = 'NEVER'
and table_name in ('accounts_account', 'contacts_person', 'contacts_membership', 'accounts_subscription',
  'contacts_mailing', 'contacts_delivery', 'accounts_entry', 'contacts_soldto', 'accounts_externalid')
"""
BLANK = {
    "character varying": "''", "text": "''", "boolean": "false", "ARRAY": "'{}'", "jsonb": "'{}'",
    "uuid": "keel_uuid7()", "timestamp with time zone": "now()", "date": "current_date", "bigint": "0",
    "integer": "0", "smallint": "0", "numeric": "0", "interval": "'0'",
}  # fmt: skip

# Run inside the product: somebody to sign in as, and one frozen email, whose subject the Outbox shows.
PREPARE = """
from django.utils import timezone
from accounts.models import Bundle, Organisation, User
from contacts.content import operations as content
from contacts.models import Sender
from demo.prose import read_email
now = timezone.now()
Organisation.objects.create(pk=1, name="Keel Works", postal_address="1 Harbour Street", is_safe_mode=False)
user = User.objects.create_user(email="bench@keel.example", password="bench of the pages", name="Bench")
user.bundles.set(Bundle.objects.all())
template = content.save_template(key="bench", name="Bench", now=now,
                                 draft=read_email("onboarding_ci_series/06_backups_self_managed"))
content.freeze_template(template=template, now=now)
Sender.objects.create(name="Programs", address="programs@keel.example")
"""


@dataclass(frozen=True)
class Page:
    """An address; `deep` turns that many pages first. `bare` is SQL for the rows it shows."""

    name: str
    address: str
    bare: str
    deep: int = 0
    is_fragment: bool = False


CONTACT_ROWS = (
    "select m.*, p.*, a.* from contacts_membershipsearch s join contacts_membership m on m.id = s.membership_id"
    " join contacts_person p on p.id = m.person_id join accounts_account a on a.id = m.account_id"
)
ACCOUNT_ROWS = "select a.* from accounts_accountsearch s join accounts_account a on a.id = s.account_id"
MESSAGE_ROWS = (
    "select d.*, p.*, a.* from contacts_delivery d join contacts_person p on p.id = d.person_id"
    " join accounts_account a on a.id = d.account_id"
)
PAGES = [
    Page("accounts", "/accounts/", f"{ACCOUNT_ROWS} order by s.name_key, s.account_id limit 26"),
    Page("accounts, page 40", "/accounts/", f"{ACCOUNT_ROWS} order by s.name_key, s.account_id limit 26", deep=40),
    Page(
        "accounts by ARR", "/accounts/?sort=-arr&segment=scale",
        "select * from accounts_account where segment = 'scale' order by arr desc limit 26",
    ),
    Page(
        "accounts found", "/accounts/?q=sohne+gmbh",
        f"{ACCOUNT_ROWS} where s.words @@ keel_words_query('sohne gmbh') order by s.name_key limit 26",
    ),
    Page("contacts", "/contacts/", f"{CONTACT_ROWS} order by s.name_key, s.membership_id limit 26"),
    Page("contacts, page 40", "/contacts/", f"{CONTACT_ROWS} order by s.name_key, s.membership_id limit 26", deep=40),
    Page(
        "contacts by role", "/contacts/?role=gitlab_admin&sort=account",
        f"{CONTACT_ROWS} where m.roles @> array['gitlab_admin'::varchar] order by s.account_key, s.name_key limit 26",
    ),
    Page(
        "contacts opted out", "/contacts/?state=opted_out",
        f"{CONTACT_ROWS} where m.opted_out <> '{{}}' order by s.name_key, s.membership_id limit 26",
    ),
    Page(
        "contacts found", "/contacts/?q=munoz+nunez",
        f"{CONTACT_ROWS} where s.words @@ keel_words_query('munoz nunez') order by s.name_key limit 26",
    ),
    Page(
        "contacts found, many", "/contacts/?q=nunez",
        f"{CONTACT_ROWS} where s.words @@ keel_words_query('nunez') order by s.name_key limit 26",
    ),
    Page(
        "palette", "/search/?q=nunez+northwind",
        f"{CONTACT_ROWS} where s.words @@ keel_words_query('nunez northwind') limit 5", is_fragment=True,
    ),
    Page(
        "palette, one letter", "/search/?q=n",
        f"{CONTACT_ROWS} where s.words @@ keel_words_query('n') limit 5", is_fragment=True,
    ),
    Page(
        "palette, an id", "/search/?q=0035g0000000777AAA",
        f"{CONTACT_ROWS} where s.words @@ keel_words_query('0035g0000000777AAA') limit 5", is_fragment=True,
    ),
    Page("outbox", "/outbox/", f"{MESSAGE_ROWS} order by d.due_at desc, d.id desc limit 26"),
    Page("outbox, page 40", "/outbox/", f"{MESSAGE_ROWS} order by d.due_at desc, d.id desc limit 26", deep=40),
    Page(
        "outbox, uncertain", "/outbox/?state=uncertain",
        f"{MESSAGE_ROWS} where d.state = 'uncertain' order by d.due_at desc, d.id desc limit 26",
    ),
    Page(
        "outbox found", "/outbox/?q=nunez+northwind",
        f"{MESSAGE_ROWS} where d.membership_id in (select membership_id from contacts_membershipsearch"
        " where words @@ keel_words_query('nunez northwind')) order by d.due_at desc, d.id desc limit 26",
    ),
    Page(
        "account with 3,000 contacts", "/accounts/1/contacts/",
        f"{CONTACT_ROWS} where m.account_id = 1 order by m.is_active desc, s.name_key limit 26",
    ),
    Page("account", "/accounts/777/", "select * from accounts_account where id = 777"),
    Page("contact", "/contacts/777/", "select * from contacts_person where id = 777"),
]  # fmt: skip


def run() -> list[Result]:
    """Make the base, then measure every page: pages a second at the 95th percentile, beside its bare query."""
    with databases.fresh("pages") as found:
        environ = {**found, "KEEL_DEMO": "0"}
        _product(environ, PREPARE)
        began = time.monotonic()
        with psycopg2.connect(environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
            write_base(cursor)
        with closing(psycopg2.connect(environ["DATABASE_URL"])) as connection:
            connection.autocommit = True
            connection.cursor().execute("vacuum analyze")
        print(f"  the base took {time.monotonic() - began:,.0f} s", flush=True)
        measured = json.loads(_product(environ, f"from bench.pages import measure_all\nmeasure_all({ROUNDS})"))
    for each in measured:
        print(
            f"  {each['name']}: p95 {each['p95'] * 1e3:,.0f} ms, of it {each['queries']} queries in"
            f" {each['sql'] * 1e3:,.0f} ms; bare query {each['bare'] * 1e3:,.1f} ms",
            flush=True,
        )
        if each["sql"] > SLOWEST / 3:
            print(f"    the slowest: {each['slowest'][:3000]}", flush=True)
    slowest = max(measured, key=lambda each: each["p95"])
    return [
        Result("pages", 1 / slowest["p95"], f"pages/s at the p95 of the slowest ({slowest['name']})", 1 / SLOWEST, 1.0),
        *(Result(f"pages: {m['name']}", 1 / m["p95"], "pages/s at p95", 1 / m["bare"], 0.0) for m in measured),
    ]


def write_base(cursor: Any) -> None:
    """Write the base into a migrated database that holds one sender and one frozen email."""
    cursor.execute(DEFAULTS)
    for table, column, kind in cursor.fetchall():
        cursor.execute(f'alter table {table} alter column "{column}" set default {BLANK[kind]}')
    text = (Path(__file__).parent / "base.sql").read_text()
    for name, value in (("accounts", ACCOUNTS), ("contacts", CONTACTS), ("events", EVENTS)):
        text = text.replace(f":{name}", str(value))
    cursor.execute(text)


def measure_all(rounds: int) -> None:
    """Print the figures of every page as JSON; runs inside the product."""
    from django.db import connection  # noqa: PLC0415 (Django is not set up when this module is first imported)
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    plain, part = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost", headers={"HX-Request": "true"})
    for client in (plain, part):
        client.force_login(User.objects.get(email="bench@keel.example"))
    figures = []
    for page in PAGES:
        client = part if page.is_fragment else plain
        address = page.address
        for _ in range(page.deep):
            address = page.address + NEXT.findall(client.get(address).content.decode())[-1]
        seconds = [_timed(partial(_open, client, address)) for _ in range(rounds + 3)][3:]
        bare = min(_timed(partial(_fetch, connection, page.bare)) for _ in range(5))
        with CaptureQueriesContext(connection) as captured:
            _open(client, address)
        asked = sorted(((float(query["time"]), query["sql"]) for query in captured), reverse=True)
        figures.append(
            {
                "name": page.name,
                "p95": quantiles(seconds, n=20)[-1],
                "bare": bare,
                "sql": sum(took for took, _ in asked),
                "queries": len(asked),
                "slowest": asked[0][1],
            }
        )
    print(json.dumps(figures))


def _open(client: Any, address: str) -> None:
    status = client.get(address).status_code
    if status != 200:
        raise RuntimeError(f"{address} answered {status}")


def _fetch(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _product(environ: dict[str, str], code: str) -> str:
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environ, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
