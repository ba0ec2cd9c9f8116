from __future__ import annotations

import datetime as dt
import hashlib
import json

from django.db import transaction

from contacts.content.models import Link, Template, TemplateVersion
from contacts.content.rules import Brand, Draft, compile_draft

# Link 0 is the one no human sees: who follows it is a machine.
HONEYPOT = 0


def save_template(*, key: str, name: str, draft: Draft, now: dt.datetime) -> Template:
    """
    Write the email `key` as it stands now; what was published before stays as it was.

    :raises DraftError: listing every problem by block number and field.
    """
    compile_draft(draft, brand=Brand())
    template, _ = Template.objects.update_or_create(
        key=key,
        defaults={
            "name": name,
            "subject": draft.subject,
            "preheader": draft.preheader,
            "blocks": list(draft.blocks),
            "changed_at": now,
        },
    )
    return template


@transaction.atomic
def freeze_template(*, template: Template, now: dt.datetime) -> TemplateVersion:
    """
    Compile the email as it stands and keep it for good; unchanged text gives the version there is.

    :raises DraftError: listing every problem by block number and field.
    """
    Template.objects.select_for_update().get(pk=template.pk)
    digest = _digest(template)
    existing = template.versions.filter(digest=digest).first()
    if existing is not None:
        return existing
    draft = Draft(template.subject, template.preheader, template.blocks)
    compiled = compile_draft(draft, brand=Brand())
    version = TemplateVersion.objects.create(
        template=template,
        number=template.versions.count() + 1,
        subject=draft.subject,
        preheader=draft.preheader,
        blocks=template.blocks,
        compiled=compiled.as_json(),
        digest=digest,
        created_at=now,
    )
    Link.objects.create(version=version, number=HONEYPOT, url="", label="")
    Link.objects.bulk_create(
        [Link(version=version, number=link.number, url=link.url, label=link.label[:200]) for link in compiled.links]
    )
    return version


def _digest(template: Template) -> str:
    written = json.dumps([template.subject, template.preheader, template.blocks], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()
