"""What surveys tell the rooms below."""

from contacts.recipients.selectors import register_survey_history
from surveys.responses.selectors import survey_history

register_survey_history(survey_history)
