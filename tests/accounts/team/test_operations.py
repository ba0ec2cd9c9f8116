import datetime as dt

import pytest

from accounts.models import ApiToken
from accounts.team import operations, selectors
from accounts.team.rules import Scope, digest_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def issue(user, **changes: object) -> str:
    plain: dict = {"user": user, "name": "Sync", "scopes": [Scope.READ_ACCOUNTS], "now": NOW, **changes}
    return operations.issue_token(**plain)


def test_a_token_is_found_by_its_secret_which_is_not_kept(ada) -> None:
    secret = issue(ada, lifetime=30 * DAY)

    token = selectors.token_by_digest(digest_of(secret))
    assert token is not None
    assert token.user == ada
    assert (token.is_live(now=NOW + 29 * DAY), token.is_live(now=NOW + 30 * DAY)) == (True, False)
    assert secret not in str(ApiToken.objects.values().get())


def test_a_revoked_token_opens_nothing(ada) -> None:
    token = selectors.token_by_digest(digest_of(issue(ada)))
    assert token is not None
    operations.revoke_token(token=token, now=NOW)
    operations.revoke_token(token=token, now=NOW + DAY)

    token.refresh_from_db()
    assert (token.is_live(now=NOW), token.revoked_at) == (False, NOW)


def test_a_token_is_made_for_scopes_that_exist_and_for_a_year_at_most(ada) -> None:
    with pytest.raises(operations.UnknownScope, match="everything"):
        issue(ada, scopes=["everything"])
    with pytest.raises(operations.LivesTooLong):
        issue(ada, lifetime=400 * DAY)
    with pytest.raises(operations.LivesTooLong):
        issue(ada, lifetime=0 * DAY)


def test_the_last_use_is_remembered_to_the_minute(ada) -> None:
    token = selectors.token_by_digest(digest_of(issue(ada)))
    assert token is not None
    for seconds in (0, 30, 61):
        operations.note_use(token=token, now=NOW + dt.timedelta(seconds=seconds))

    token.refresh_from_db()
    assert token.last_used_at == NOW + dt.timedelta(seconds=61)


def test_nobody_signs_in_twice_with_one_address(ada) -> None:
    plain = {"name": "Ada", "password": "a long enough secret"}
    with pytest.raises(operations.AddressTaken):
        operations.add_user(email=" ADA@keel.example ", bundles=["csm"], **plain)
    with pytest.raises(operations.UnknownBundle, match="king"):
        operations.add_user(email="new@keel.example", bundles=["king"], **plain)

    made = operations.add_user(email=" New@keel.example", bundles=["viewer"], **plain)
    assert (made.email, made.may("view"), made.may("import")) == ("new@keel.example", True, False)
