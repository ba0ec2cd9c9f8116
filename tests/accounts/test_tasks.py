import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import Account, Change
from accounts.tasks import copy_contracts_down
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


def test_a_contract_that_begins_today_is_copied_down(monkeypatch) -> None:
    monkeypatch.setattr("cs_platform.common.clock.now", lambda: NOW)
    factories.line(since=TODAY, until=TODAY + dt.timedelta(days=365), arr=600, seats=5)

    copy_contracts_down()
    copy_contracts_down()

    assert Account.objects.values_list("arr", "seats", "products").get() == (Decimal(600), 5, ["Premium"])
    assert list(Change.objects.filter(operation="update").values_list("actor", flat=True)) == ["worker"]
