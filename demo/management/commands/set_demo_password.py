from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.world.operations.team import change_password


class Command(BaseCommand):
    help = "Set the demo users' password to KEEL_DEMO_PASSWORD."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is a real installation; users choose their own passwords.")
        password = os.environ.get("KEEL_DEMO_PASSWORD", "")
        if not password:
            raise CommandError("KEEL_DEMO_PASSWORD is not set.")
        change_password(password=password)
