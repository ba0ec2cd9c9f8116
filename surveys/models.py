"""The shop window: what Django and the rooms above find under `surveys.models`."""

from surveys.design.models import Question, Survey, SurveyVersion
from surveys.responses.models import Answer, Invitation, Response

__all__ = ["Answer", "Invitation", "Question", "Response", "Survey", "SurveyVersion"]
