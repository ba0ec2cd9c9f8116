"""What surveys tell the rooms below."""

from collections.abc import Mapping, Sequence

from django.urls import reverse

from contacts.recipients.selectors import register_survey_history
from cs_platform.common.dead_letters import register_kind
from surveys.responses.models import Response
from surveys.responses.operations import UNTOLD, tell_timeline
from surveys.responses.selectors import survey_history


def _retry(keys: Sequence[str]) -> None:
    for response in Response.objects.filter(pk__in=keys).select_related("invitation__person", "invitation__survey"):
        tell_timeline(response=response)


def _link(keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    found = Response.objects.filter(pk__in=keys).select_related("invitation__person", "invitation__survey")
    return {
        str(row.pk): (
            f"{row.invitation.person.display_name}, {row.invitation.survey.name}",
            reverse("surveys:account-answers", args=[row.invitation.account_id]),
        )
        for row in found
    }


register_survey_history(survey_history)
register_kind(UNTOLD, "Survey response in the timeline", retry=_retry, link=_link)
