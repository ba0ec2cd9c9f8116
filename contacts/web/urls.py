from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from contacts.web import (
    account,
    consent,
    coverage,
    held,
    mail,
    outbox,
    people,
    picklist,
    preferences,
    roles,
    suppressions,
    timeline,
)

of_accounts = [
    path("contacts/", account.account_contacts, name="account-contacts"),
    path("standing/", account.account_standing, name="account-standing"),
    path("recipients/", account.account_recipients, name="account-recipients"),
    path("mail/", account.account_mail, name="account-mail"),
    path("timeline/", timeline.account_timeline, name="account-timeline"),
    path("changes/", account.account_changes, name="account-changes"),
]

of_memberships = [
    path("", roles.contact_details, name="contact-details"),
    path("roles/", roles.roles, name="roles"),
    path("role-editor/", roles.role_editor, name="role-editor"),
    path("roles-foreseen/", roles.roles_foreseen, name="roles-foreseen"),
    path("preferences/", consent.contact_preferences, name="contact-preferences"),
]

of_messages = [
    path("", outbox.outbox, name="outbox"),
    path("<int:delivery_id>/", outbox.message, name="message"),
    path("<int:delivery_id>/body/", outbox.message_body, name="message-body"),
    path("<int:delivery_id>/settle/", outbox.message_settle, name="message-settle"),
]

of_settings = [
    path("mail/", mail.mail, name="mail-settings"),
    path("mail/allowed/", mail.allowed, name="allowed-addresses"),
    path("mail/safe-mode/", mail.safe_mode, name="safe-mode"),
    path("mail/held/", mail.held, name="held-mail"),
    path("mail/retry/<int:breaker_id>/", mail.retry, name="mail-retry"),
    path("mail/senders/new/", mail.sender_edit, name="sender-new"),
    path("mail/senders/<int:sender_id>/", mail.sender_edit, name="sender"),
    path("roles/", picklist.role_list, name="role-list"),
    path("roles/new/", picklist.role_edit, name="role-new"),
    path("roles/<int:role_id>/", picklist.role_edit, name="role"),
]

pages: list[URLPattern | URLResolver] = [
    path("accounts/<int:account_id>/", include(of_accounts)),
    path("contacts/", people.person_list, name="person-list"),
    path("contacts/contacts.csv", people.person_export, name="person-export"),
    path("contacts/new/", people.person_new, name="person-new"),
    path("contacts/suppressions/", suppressions.suppression_list, name="suppression-list"),
    path("contacts/suppressions/<int:suppression_id>/", suppressions.suppression, name="suppression"),
    path("contacts/coverage/", coverage.coverage, name="coverage"),
    path("contacts/<int:person_id>/", people.person_page, name="person"),
    path("contacts/<int:person_id>/edit/", people.person_edit, name="person-edit"),
    path("contacts/<int:person_id>/activity/", people.person_activity, name="person-activity"),
    path("contacts/at/<int:membership_id>/", include(of_memberships)),
    path("held-changes/<int:change_id>/undo/", held.held_change_undo, name="held-change-undo"),
    path("outbox/", include(of_messages)),
    path("settings/", include(of_settings)),
    path("unsubscribe/<str:token>/", preferences.preferences, name="preferences"),
]

urlpatterns = [path("", include((pages, "contacts")))]
