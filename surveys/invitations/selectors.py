from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import connection

from contacts.recipients.selectors import SurveyHistory

LAST_ASKED = """
select i.person_id, %(today)s::date - max(i.invited_at)::date from surveys_invitation i
join surveys_survey s on s.id = i.survey_id
where s.kind = 'csat'
  and i.person_id in (select person_id from contacts_membership where account_id = any(%(accounts)s))
group by 1
"""

ASKED_THIS_YEAR = """
select i.account_id, count(distinct (i.survey_id, i.occurrence)) from surveys_invitation i
join surveys_survey s on s.id = i.survey_id
where s.kind = 'csat' and i.account_id = any(%(accounts)s) and i.invited_at > %(today)s::date - 365
group by 1
"""


def survey_history(account_ids: Collection[int], *, today: dt.date) -> SurveyHistory:
    """
    Return when people of these accounts were last asked for CSAT, and how often their accounts were within 365 days.

    GitLab handbook, NPS/CSAT surveys: nobody surveyed in the last eight weeks, no account more than twice a year.
    """
    values: dict[str, Any] = {"accounts": list(account_ids), "today": today}
    with connection.cursor() as cursor:
        cursor.execute(LAST_ASKED, values)
        days_since = dict(cursor.fetchall())
        cursor.execute(ASKED_THIS_YEAR, values)
        past_year = dict(cursor.fetchall())
    return SurveyHistory(days_since, past_year)
