from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import Account, AccountSearch, ExternalId
from cs_platform.common.search import WordsQuery
from tests import factories

pytestmark = pytest.mark.django_db


def found(text: str) -> set[str]:
    return set(Account.objects.filter(search__words=WordsQuery(text)).values_list("name", flat=True))


def test_an_account_is_found_by_words_of_its_name() -> None:
    factories.account(name="Gebrüder Söhne GmbH")
    factories.account(name="Sonnenschein AG")

    assert found("sohn") == {"Gebrüder Söhne GmbH"}
    assert found("gmbh gebruder") == {"Gebrüder Söhne GmbH"}


def test_renaming_changes_by_what_it_is_found() -> None:
    account = factories.account(name="Old Name")
    account.name = "Fresh Start"
    account.save()

    assert (found("old"), found("fresh")) == (set(), {"Fresh Start"})


def test_an_account_is_found_by_its_ids_and_its_subscription_numbers() -> None:
    subscription = factories.subscription(account=factories.account(name="Acme"), number="A-S00017")
    factories.external_id(row=subscription.account, kind="account", name="0015g00000XyZabAAF")
    factories.external_id(row=subscription, kind="subscription", name="a0X5g000001")

    assert found("A-S00017") == found("0015g00000XyZab") == found("a0x5g000001") == {"Acme"}
    ExternalId.objects.all().delete()
    subscription.number = "A-S00018"
    subscription.save()
    assert (found("0015g00000XyZab"), found("A-S00017"), found("A-S00018")) == (set(), set(), {"Acme"})


def test_a_subscription_that_moves_is_found_at_its_new_account() -> None:
    subscription = factories.subscription(account=factories.account(name="Acme"), number="A-S00017")
    subscription.account = factories.account(name="Beta")
    subscription.save()

    assert found("A-S00017") == {"Beta"}


def test_a_deleted_account_leaves_nothing_behind() -> None:
    subscription = factories.subscription(number="A-S00017")
    factories.external_id(row=subscription.account, kind="account", name="0015g00000XyZabAAF")

    subscription.account.delete()
    connection.check_constraints()

    assert not AccountSearch.objects.exists()
