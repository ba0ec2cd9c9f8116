"""Make a key to the API from the command line."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.team.models import User
from accounts.team.operations import DEFAULT_LIFETIME, LivesTooLong, UnknownScope, issue_token
from accounts.team.rules import Scope
from cs_platform.common import clock
from cs_platform.common.acting import acting


class Command(BaseCommand):
    help = "Create an API token and print its secret, which is shown only once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        scopes = ", ".join(Scope)
        parser.add_argument("--user", required=True, help="address of the user it acts for")
        parser.add_argument(
            "--scope", action="append", required=True, help=f"what it may do; may be repeated: {scopes}"
        )
        parser.add_argument("--days", type=int, default=DEFAULT_LIFETIME.days, help="how long it lives")
        parser.add_argument("--name", default="Command line", help="the token's name")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["user"].strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"No user has the email {options['user']}.")
        now = clock.now()
        try:
            with acting(actor="create_token"):
                secret = issue_token(
                    user=user,
                    name=options["name"],
                    scopes=options["scope"],
                    now=now,
                    lifetime=dt.timedelta(days=options["days"]),
                )
        except (UnknownScope, LivesTooLong) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(secret)
