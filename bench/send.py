"""Messages sent per second: through the ledger, against a plain Django loop that keeps no books."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench import databases
from bench.result import Result
from cs_platform.env import ROOT

MESSAGES = 3_000

# Both run in a process of their own on the same database, sink and text; each prints its seconds.
PREPARE = """
import datetime as dt
from django.utils import timezone
from accounts.models import Account, Organisation
from contacts.content import operations as content
from contacts.delivery import operations as delivery
from contacts.models import Membership, Person, Sender
from demo.prose import read_email
now = timezone.now()
Organisation.objects.create(pk=1, name="Keel Works", postal_address="1 Harbour Street", is_safe_mode=False)
template = content.save_template(key="bench", name="Bench", now=now,
                                 draft=read_email("onboarding_ci_series/06_backups_self_managed"))
version = content.freeze_template(template=template, now=now)
mailing = delivery.ensure_mailing(kind="program_step", key="bench/one", name="Bench", message_class="enablement")
sender = Sender.objects.create(name="Programs", address="programs@keel.example")
account = Account.objects.create(name="Hafen Logistik")
people = Person.objects.bulk_create(
    [Person(email=f"reader{n}@hafen.example", first_name=f"Reader {n}") for n in range(MESSAGES)])
members = Membership.objects.bulk_create([Membership(person=person, account=account) for person in people])
delivery.plan([delivery.Planned(mailing.pk, m.person_id, "once", m.pk, account.pk, sender.pk, version.pk, 1, None,
    "enablement", m.person.email, {"contact.first_name": m.person.first_name, "account.name": account.name,
    "organisation.name": "Keel Works", "organisation.address": "1 Harbour Street", "sender.name": "Programs"}, now)
    for m in members], now=now)
"""

OURS = """
import time
from django.utils import timezone
from contacts.delivery.operations import send_all_due
start = time.monotonic()
report = send_all_due(is_simulated=False, clock=timezone.now)
assert report.outcomes == {"sent": MESSAGES}, report
print(time.monotonic() - start)
"""

REFERENCE = """
import time
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.template import Context, Template
from contacts.models import Delivery, TemplateVersion
compiled = TemplateVersion.objects.get().compiled
text = Template("Hello {{ name }},\\n\\n" + compiled["text"].replace("{{", "((").replace("}}", "))"))
html = Template("<p>Hello {{ name }}</p>" + compiled["html"].replace("{{", "((").replace("}}", "))"))
readers = list(Delivery.objects.values_list("address", "merge"))
connection = EmailBackend(host=settings.EMAIL["host"], port=settings.EMAIL["port"])
start = time.monotonic()
connection.open()
for address, merge in readers:
    context = Context({"name": merge["contact.first_name"]})
    message = EmailMultiAlternatives("Backups", text.render(context), "programs@keel.example", [address],
                                     connection=connection)
    message.attach_alternative(html.render(context), "text/html")
    message.send()
connection.close()
print(time.monotonic() - start)
"""


def run() -> list[Result]:
    """Send 3,000 personal messages over one SMTP connection both ways; the sink is the same."""
    with databases.fresh("send") as found, sink() as email_url:
        environ = {**found, "EMAIL_URL": email_url, "KEEL_DEMO": "0"}
        _shell(environ, PREPARE)
        reference = MESSAGES / float(_shell(environ, REFERENCE))
        ours = MESSAGES / float(_shell(environ, OURS))
    return [Result(name="send", value=ours, unit="messages/s", reference=reference, bar=1.0)]


def _shell(environ: dict[str, str], code: str) -> str:
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", f"MESSAGES = {MESSAGES}\n{code}"]
    done = subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


@contextmanager
def sink() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.sink", str(port)], cwd=ROOT, stdout=subprocess.PIPE, env=dict(os.environ)
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()
        time.sleep(0.1)
        yield f"smtp://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()
