from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import (
    AccountBody,
    AccountBulk,
    AccountPage,
    AccountShape,
    AccountUpserted,
    AccountUpsertRow,
    account_row,
    show_accounts,
)
from accounts.book import operations
from accounts.book.filters import AccountFilter
from accounts.book.models import Account, AccountQuerySet, ExternalId
from accounts.book.operations import AccountRow, external_ids
from accounts.team.http import caller
from accounts.team.rules import Scope
from cs_platform.common import clock
from cs_platform.common.acting import LONGEST_SOURCE, act
from cs_platform.common.api import (
    NOT_FOUND,
    PROBLEMS,
    BulkAnswer,
    ChangesQuery,
    answer_changes,
    filter_parameters,
    filtered,
    only,
    take_rows,
    understood,
)
from cs_platform.common.outcomes import Outcome


def visible(request: Request) -> AccountQuerySet:
    return Account.objects.for_viewer(caller(request)).select_related("parent", "csm")


def number_of(kind: str, system: str, external_id: str) -> int:
    """Return what an external id stands for, in either spelling of a Salesforce id."""
    found = external_ids.resolve(system=system, kind=kind, names=[external_id])
    if external_id not in found:
        raise NotFound(f"No account has the {system} ID {external_id}.", "not_found")
    return found[external_id]


class Accounts(APIView):
    scopes = {"GET": Scope.READ_ACCOUNTS}

    @extend_schema(
        operation_id="listAccounts",
        summary="Accounts, ordered by last change",
        parameters=[ChangesQuery, *filter_parameters(AccountFilter)],
        responses={200: AccountPage, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        wanted = filtered(request, AccountFilter, viewer=caller(request), today=clock.today())
        rows = wanted.qs.select_related("parent", "csm")
        return answer_changes(request, rows, show=show_accounts, filters=wanted.filters)


class AccountById(APIView):
    scopes = {"GET": Scope.READ_ACCOUNTS}

    @extend_schema(
        operation_id="getAccount", summary="One account", responses={200: AccountShape, **PROBLEMS, **NOT_FOUND}
    )
    def get(self, request: Request, uuid: UUID) -> Response:
        account = visible(request).filter(uuid=uuid).first()
        if account is None:
            raise NotFound("No account has this ID.", "not_found")
        return Response(show_accounts([account])[0])


class AccountByExternalId(APIView):
    scopes = {"GET": Scope.READ_ACCOUNTS, "PUT": Scope.WRITE_ACCOUNTS}

    @extend_schema(
        operation_id="getAccountByExternalId",
        summary="One account by its ID in another system",
        responses={200: AccountShape, **PROBLEMS, **NOT_FOUND},
    )
    def get(self, request: Request, system: str, external_id: str) -> Response:
        return Response(self._shown(request, number_of(ExternalId.Kind.ACCOUNT, system, external_id)))

    @extend_schema(
        operation_id="upsertAccount",
        summary="Create or update an account by its ID in another system",
        request=AccountBody,
        responses={200: AccountUpserted, 201: AccountUpserted, **PROBLEMS},
    )
    def put(self, request: Request, system: str, external_id: str) -> Response:
        body = understood(AccountBody, request.data)
        row = account_row(external_id, body)
        outcome = only(upsert(request, system, [row], all_or_none=False))
        assert outcome.pk is not None
        shown = {**self._shown(request, outcome.pk), "created": outcome.is_created, "changed": outcome.is_changed}
        return Response(shown, status=status.HTTP_201_CREATED if outcome.is_created else status.HTTP_200_OK)

    def _shown(self, request: Request, number: int) -> dict[str, Any]:
        account = visible(request).filter(pk=number).first()
        if account is None:
            raise NotFound("Not found.", "not_found")
        return show_accounts([account])[0]


class AccountsInBulk(APIView):
    scopes = {"POST": Scope.WRITE_ACCOUNTS}

    @extend_schema(
        operation_id="bulkUpsertAccounts",
        summary="Create or update up to 200 accounts; one result per row, in order",
        request=AccountBulk,
        responses={200: BulkAnswer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        body = understood(AccountBulk, request.data)
        system, all_or_none = body["system"], body["all_or_none"]

        def take(rows: list[Any]) -> list[Outcome]:
            told = [account_row(row["external_id"], row) for row in rows]
            return upsert(request, system, told, all_or_none=all_or_none)

        rows = body["rows"]
        return Response(take_rows(rows, serializer=AccountUpsertRow, take=take, all_or_none=all_or_none))


def upsert(request: Request, system: str, rows: list[AccountRow], *, all_or_none: bool) -> list[Outcome]:
    user = caller(request)

    def write() -> list[Outcome]:
        return operations.upsert_accounts(
            system=system, rows=rows, viewer=user, today=clock.today(), all_or_none=all_or_none
        )

    return act(write, actor=user.email, source=system[:LONGEST_SOURCE])
