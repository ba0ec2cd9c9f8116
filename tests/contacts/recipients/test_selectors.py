"""What SQL says of an account as a whole is what the rules say."""

from __future__ import annotations

from itertools import product

import pytest
from django.db import connection

from accounts.book.models import Account, Stage
from contacts.recipients.rules import (
    DEFAULT_POLICIES,
    AccountFacts,
    Channel,
    Deployment,
    MessageClass,
    Segment,
    resolve,
)
from contacts.recipients.selectors import account_refusal_sql
from tests import factories

pytestmark = pytest.mark.django_db

FLAGS = (False, True)


def test_sql_refuses_an_account_as_the_rules_do() -> None:
    account = factories.account()
    wanted, found = [], []
    for restricted, churned, pubsec, excludes, off in product(FLAGS, FLAGS, FLAGS, FLAGS, ("", "enablement", "all")):
        switched_off = [off] if off else []
        Account.objects.filter(pk=account.pk).update(
            is_restricted=restricted,
            is_pubsec=pubsec,
            stage=Stage.CHURNED if churned else Stage.ADOPTION,
            switched_off=switched_off,
        )
        found.append(_asked(account.pk, excludes_pubsec=str(excludes).lower()))
        facts = AccountFacts(
            Segment.SCALE,
            Channel.WEB_DIRECT,
            Deployment.SAAS,
            is_restricted=restricted,
            is_pubsec=pubsec,
            is_churned=churned,
            switched_off=frozenset(switched_off),
        )
        policy = DEFAULT_POLICIES[MessageClass.INTRO if excludes else MessageClass.ONBOARDING]
        reason = resolve(policy, facts, []).unreached
        wanted.append(reason if restricted or churned or off or (pubsec and excludes) else None)

    assert found == wanted


def _asked(account_id: int, *, excludes_pubsec: str) -> str | None:
    condition = account_refusal_sql(account="a", category="'enablement'", excludes_pubsec=excludes_pubsec)
    with connection.cursor() as cursor:
        cursor.execute(f"select {condition} from accounts_account a where a.id = %s", [account_id])
        (reason,) = cursor.fetchone()
    found: str | None = reason
    return found
