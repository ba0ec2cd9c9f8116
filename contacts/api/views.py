from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.book.models import ExternalId
from accounts.book.operations import external_ids
from accounts.team.http import caller
from accounts.team.rules import Scope
from contacts.api.serializers import (
    ContactBody,
    ContactBulk,
    ContactPage,
    ContactShape,
    ContactUpserted,
    ContactUpsertRow,
    RolesBody,
    contact_rows,
    show_contacts,
)
from contacts.consent.operations import upsert_with_opt_outs
from contacts.people.filters import ContactFilter
from contacts.people.models import Membership, MembershipQuerySet, Source
from contacts.people.operations import ContactRow, UpsertContext
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
from cs_platform.common.outcomes import Outcome, Problem

# What the operations call a field where the API calls it otherwise.
FIELDS = {"roles": "gitlab_roles", "ordered_date": "sold_to_since"}


def visible(request: Request) -> MembershipQuerySet:
    return Membership.objects.for_viewer(caller(request)).live().select_related("person", "account")


def shown(request: Request, **which: Any) -> dict[str, Any]:
    membership = visible(request).filter(**which).first()
    if membership is None:
        raise NotFound("No contact has this ID.", "not_found")
    return show_contacts([membership])[0]


def number_of(system: str, external_id: str) -> int:
    """Return which contact an external id stands for, in either spelling of a Salesforce id."""
    found = external_ids.resolve(system=system, kind=ExternalId.Kind.CONTACT, names=[external_id])
    if external_id not in found:
        raise NotFound(f"No contact has the {system} ID {external_id}.", "not_found")
    return found[external_id]


def upsert(request: Request, system: str, rows: list[ContactRow], *, all_or_none: bool = False) -> list[Outcome]:
    user, now = caller(request), clock.now()
    source = Source.SALESFORCE if system == Source.SALESFORCE else Source.IMPORT
    by = UpsertContext(viewer=user, actor=user.email, source=source, now=now)

    def write() -> list[Outcome]:
        return upsert_with_opt_outs(system=system, rows=rows, by=by, all_or_none=all_or_none)

    outcomes = act(write, actor=user.email, source=system[:LONGEST_SOURCE])
    for outcome in outcomes:
        outcome.problems = [in_words_of_the_api(problem) for problem in outcome.problems]
    return outcomes


def in_words_of_the_api(problem: Problem) -> Problem:
    return replace(problem, fields=tuple(FIELDS.get(field, field) for field in problem.fields))


def upserted(request: Request, system: str, external_id: str, said: dict[str, Any]) -> Response:
    """Write one contact and answer with the whole of it, and whether it is new or different."""
    outcome = only(upsert(request, system, contact_rows([(external_id, said)])))
    body = {**shown(request, pk=outcome.pk), "created": outcome.is_created, "changed": outcome.is_changed}
    return Response(body, status=status.HTTP_201_CREATED if outcome.is_created else status.HTTP_200_OK)


class Contacts(APIView):
    scopes = {"GET": Scope.READ_CONTACTS}

    @extend_schema(
        operation_id="listContacts",
        summary="List contacts in the order of their last change",
        parameters=[ChangesQuery, *filter_parameters(ContactFilter)],
        responses={200: ContactPage, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        wanted = filtered(request, ContactFilter, viewer=caller(request), today=clock.today())
        rows = wanted.qs.select_related("person", "account")
        return answer_changes(request, rows, show=show_contacts, filters=wanted.filters)


class ContactById(APIView):
    scopes = {"GET": Scope.READ_CONTACTS}

    @extend_schema(
        operation_id="getContact", summary="Get a contact", responses={200: ContactShape, **PROBLEMS, **NOT_FOUND}
    )
    def get(self, request: Request, uuid: UUID) -> Response:
        return Response(shown(request, uuid=uuid))


class ContactByExternalId(APIView):
    scopes = {"GET": Scope.READ_CONTACTS, "PUT": Scope.WRITE_CONTACTS}

    @extend_schema(
        operation_id="getContactByExternalId",
        summary="Get a contact by its external ID",
        responses={200: ContactShape, **PROBLEMS, **NOT_FOUND},
    )
    def get(self, request: Request, system: str, external_id: str) -> Response:
        return Response(shown(request, pk=number_of(system, external_id)))

    @extend_schema(
        operation_id="upsertContact",
        summary="Create or update a contact by its external ID",
        request=ContactBody,
        responses={200: ContactUpserted, 201: ContactUpserted, **PROBLEMS},
    )
    def put(self, request: Request, system: str, external_id: str) -> Response:
        body = understood(ContactBody, request.data)
        return upserted(request, system, external_id, body)


class RolesByExternalId(APIView):
    scopes = {"PUT": Scope.WRITE_CONTACTS}

    @extend_schema(
        operation_id="setGitlabRoles",
        summary="Set a contact's GitLab roles",
        request=RolesBody,
        responses={200: ContactUpserted, **PROBLEMS, **NOT_FOUND},
    )
    def put(self, request: Request, system: str, external_id: str) -> Response:
        body = understood(RolesBody, request.data)
        number_of(system, external_id)
        return upserted(request, system, external_id, body)


class ContactsInBulk(APIView):
    scopes = {"POST": Scope.WRITE_CONTACTS}

    @extend_schema(
        operation_id="bulkUpsertContacts",
        summary="Create or update up to 200 contacts, with one result per row in order",
        request=ContactBulk,
        responses={200: BulkAnswer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        body = understood(ContactBulk, request.data)
        system, all_or_none = body["system"], body["all_or_none"]

        def take(rows: list[Any]) -> list[Outcome]:
            told = contact_rows((row["external_id"], row) for row in rows)
            return upsert(request, system, told, all_or_none=all_or_none)

        rows = body["rows"]
        return Response(take_rows(rows, serializer=ContactUpsertRow, take=take, all_or_none=all_or_none))
