from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from demo.management.commands.set_demo_password import Command
from demo.world.operations.team import found_house
from tests import factories

pytestmark = pytest.mark.django_db


def test_everybody_of_the_demo_gets_the_new_password_and_nobody_else(settings, monkeypatch) -> None:
    settings.DEMO = True
    found_house(password="the first one")
    factories.user(bundle="viewer", email="guest@elsewhere.example", name="A guest")
    before = User.objects.get(email="guest@elsewhere.example").password
    monkeypatch.setenv("KEEL_DEMO_PASSWORD", "the second one")

    call_command(Command())

    assert all(User.objects.get(email=f"{who}@keel.example").check_password("the second one") for who in ("pm", "exec"))
    assert User.objects.get(email="guest@elsewhere.example").password == before


@pytest.mark.parametrize(("is_demo", "password"), [(False, "a good one"), (True, "")])
def test_a_real_installation_and_an_empty_password_are_refused(settings, monkeypatch, is_demo, password) -> None:
    settings.DEMO = is_demo
    monkeypatch.setenv("KEEL_DEMO_PASSWORD", password)

    with pytest.raises(CommandError):
        call_command(Command())
