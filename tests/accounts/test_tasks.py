import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import Account, Change
from accounts.tasks import denormalise_contracts
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


def test_a_contract_that_begins_today_is_copied_down(monkeypatch) -> None:
    monkeypatch.setattr("cs_platform.common.clock.now", lambda: NOW)
    factories.line(since=TODAY, until=TODAY + dt.timedelta(days=365), arr=600, seats=5)

    denormalise_contracts()
    denormalise_contracts()

    assert Account.objects.values_list("arr", "seats", "products").get() == (Decimal(600), 5, ["Premium"])
    assert list(Change.objects.filter(operation="update").values_list("actor", flat=True)) == ["worker"]
