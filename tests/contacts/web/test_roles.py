"""GitLab roles: by chips, and in the details of a contact."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from accounts.models import User
from contacts.models import GitlabRole, Membership, RoleChange
from tests import factories
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact() -> Membership:
    person = factories.person(first_name="Sofia", last_name="Marchetti")
    return factories.membership(account=factories.account(name="Acme"), person=person, roles=["security_lead"])


@pytest.fixture
def parts(browser_of: Browser, ada: User) -> Client:
    return browser_of(ada, htmx=True)


def roles_of(contact: Membership) -> list[str]:
    contact.refresh_from_db()
    return contact.roles


def at(contact: Membership, page: str = "") -> str:
    return f"/contacts/at/{contact.pk}/{page}"


def test_a_tick_is_saved_at_once_and_answered_with_the_row_its_picklist_open(
    parts: Client, contact: Membership
) -> None:
    answer = parts.post(at(contact, "roles/"), {"shown": "security_lead", "wanted": ["security_lead", "gitlab_admin"]})

    row = answer.content.decode()
    assert roles_of(contact) == ["gitlab_admin", "security_lead"]
    assert row.strip().startswith(f'<li id="contact-{contact.pk}"')
    assert 'value="gitlab_admin" checked' in row
    assert 'name="shown" value="gitlab_admin,security_lead"' in row
    assert answer.headers["HX-Trigger"] == "roles:changed"


def test_who_ticked_what_where_and_when_remains(parts: Client, contact: Membership, ada: User) -> None:
    parts.post(at(contact, "roles/"), {"shown": "security_lead", "wanted": "gitlab_admin"})

    changes = RoleChange.objects.filter(membership=contact).order_by("role")
    assert [(one.role, one.is_added, one.actor, one.source) for one in changes] == [
        ("gitlab_admin", True, ada.email, "keel"),
        ("security_lead", False, ada.email, "keel"),
    ]


def test_a_role_that_a_colleague_gave_meanwhile_stays(parts: Client, contact: Membership) -> None:
    parts.post(at(contact, "roles/"), {"shown": "security_lead", "wanted": ["security_lead", "decision_maker"]})
    parts.post(at(contact, "roles/"), {"shown": "security_lead", "wanted": ["security_lead", "gitlab_admin"]})

    assert roles_of(contact) == ["decision_maker", "gitlab_admin", "security_lead"]


def test_sold_to_is_no_role_one_can_tick(parts: Client, contact: Membership) -> None:
    factories.sold_to(account=contact.account, person=contact.person)

    assert "Sold-To" not in parts.get(at(contact, "role-editor/")).content.decode()
    assert parts.post(at(contact, "roles/"), {"shown": "", "wanted": "sold_to"}).status_code == 400
    assert roles_of(contact) == ["security_lead"]


def test_without_scripts_a_form_saves_and_leads_back_to_the_account(
    browser_of: Browser, ada: User, contact: Membership
) -> None:
    answer = browser_of(ada).post(at(contact, "roles/"), {"shown": "security_lead", "wanted": "gitlab_admin"})

    assert answer.headers["Location"] == f"/accounts/{contact.account_id}/contacts/"
    assert roles_of(contact) == ["gitlab_admin"]


def test_the_row_leads_to_the_details_by_a_plain_link(browser_of: Browser, ada: User, contact: Membership) -> None:
    shown = browser_of(ada).get(f"/accounts/{contact.account_id}/contacts/").content.decode()

    assert f'<a class="menu-item" href="{at(contact)}" hx-get="{at(contact)}" hx-target="#dialog">' in shown


def test_the_details_show_the_order_above_the_picklist(browser_of: Browser, ada: User, contact: Membership) -> None:
    factories.sold_to(account=contact.account, person=contact.person, source="Salesforce order")

    shown = browser_of(ada).get(at(contact)).content.decode()

    assert "Salesforce order" in shown
    assert shown.index("Salesforce order") < shown.index("GitLab Role</legend>")
    assert 'value="security_lead" class="checkbox checkbox-xs checkbox-primary" id="id_roles_4" checked' in shown


def details(**changed: object) -> dict[str, object]:
    return {"shown": "security_lead", "roles": ["security_lead"], "access": "", "is_active": "on", **changed}


def test_save_writes_roles_access_and_activity_and_closes_the_dialog(parts: Client, contact: Membership) -> None:
    answer = parts.post(at(contact), details(roles=["gitlab_admin"], access="owner", is_active=""))

    assert roles_of(contact) == ["gitlab_admin"]
    assert (contact.access, contact.is_active) == ("owner", False)
    assert answer.status_code == 204
    assert set(json.loads(answer.headers["HX-Trigger"])) == {"dialog:close", "contacts:changed", "roles:changed"}


def test_save_works_without_scripts(browser_of: Browser, ada: User, contact: Membership) -> None:
    answer = browser_of(ada).post(at(contact), details(roles=["gitlab_admin"]), follow=True)

    assert roles_of(contact) == ["gitlab_admin"]
    assert "Sofia Marchetti saved." in answer.content.decode()


def test_a_mistake_keeps_the_form_and_writes_nothing(parts: Client, contact: Membership) -> None:
    answer = parts.post(at(contact), details(roles=["gitlab_admin"], access="emperor"))

    assert answer.status_code == 422
    assert 'value="gitlab_admin" class="checkbox checkbox-xs checkbox-primary" id="id_roles_0" checked' in (
        answer.content.decode()
    )
    assert roles_of(contact) == ["security_lead"]


def test_the_details_on_a_page_of_their_own_belong_to_the_contact(
    browser_of: Browser, ada: User, contact: Membership
) -> None:
    shown = browser_of(ada).get(f"/contacts/at/{contact.pk}/").content.decode()

    assert f"<title>{contact.person.display_name} at {contact.account.name} · Keel</title>" in shown
    assert 'href="/contacts/"' in shown


def test_the_dialog_is_part_of_the_page(browser_of: Browser, ada: User, contact: Membership) -> None:
    page, dialog = (browser_of(ada, htmx=part).get(at(contact)).content.decode() for part in (False, True))

    lines = [line for line in dialog.strip().splitlines() if "csrfmiddlewaretoken" not in line]
    assert [line for line in lines if line not in page] == []


def test_who_may_only_read_sees_chips_and_is_refused_the_rest(
    browser_of: Browser, reader: User, contact: Membership
) -> None:
    client = browser_of(reader)

    shown = client.get(f"/accounts/{contact.account_id}/contacts/").content.decode()
    assert "Security Lead" in shown
    assert "chip-add" not in shown
    assert "Save" not in client.get(at(contact)).content.decode()
    assert client.get(at(contact, "role-editor/")).status_code == 403
    assert client.post(at(contact, "roles/"), {"shown": "", "wanted": "gitlab_admin"}).status_code == 403
    assert client.post(at(contact), details()).status_code == 403
    assert roles_of(contact) == ["security_lead"]


def test_nobody_edits_a_contact_they_may_not_see(browser_of: Browser, ben: User, eve: User) -> None:
    contact = factories.membership(account=factories.account(is_pubsec=True))

    assert browser_of(ben).post(at(contact, "roles/"), {"shown": "", "wanted": "gitlab_admin"}).status_code == 404
    assert browser_of(eve).post(at(contact, "roles/"), {"shown": "", "wanted": "gitlab_admin"}).status_code == 403
    assert roles_of(contact) == []


def test_the_editor_offers_a_retired_role_to_whoever_holds_it_alone(parts: Client, contact: Membership) -> None:
    from_now_on_retired(role="security_lead")

    held = parts.get(at(contact, "role-editor/")).content.decode()
    other = parts.get(at(factories.membership(), "role-editor/")).content.decode()

    assert 'value="security_lead" checked' in held
    assert "security_lead" not in other


def from_now_on_retired(*, role: str) -> None:
    GitlabRole.objects.filter(key=role).update(is_active=False)
