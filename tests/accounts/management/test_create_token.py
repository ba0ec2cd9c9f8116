from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import ApiToken

pytestmark = pytest.mark.django_db


def make(*arguments: str) -> str:
    said = StringIO()
    call_command("create_token", *arguments, stdout=said)
    return said.getvalue().strip()


def test_it_prints_a_secret_that_opens_the_api(ada) -> None:
    secret = make("--user", "Ada@keel.example", "--scope", "accounts:read", "--scope", "accounts:write", "--days", "7")

    token = ApiToken.objects.get()
    assert (token.scopes, (token.expires_at - token.created_at).days) == (["accounts:read", "accounts:write"], 7)
    assert Client().get("/api/v1/accounts", headers={"Authorization": f"Bearer {secret}"}).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--user", "nobody@keel.example", "--scope", "accounts:read"], "No user has the email"),
        (["--user", "ada@keel.example", "--scope", "everything"], "Unknown scope: everything"),
        (["--user", "ada@keel.example", "--scope", "accounts:read", "--days", "4000"], "1 to 366 days"),
    ],
)
def test_it_says_what_is_wrong(ada, arguments, why) -> None:
    with pytest.raises(CommandError, match=why):
        make(*arguments)
    assert not ApiToken.objects.exists()
