"""The questions of the demo's surveys, in our own words."""

from __future__ import annotations

from demo.catalogue.shapes import DemoQuestion, DemoSurvey

_RECOMMEND_SO_FAR = "Considering your experience so far, how likely are you to recommend GitLab to a colleague?"

SURVEYS = (
    DemoSurvey(
        "nps_post_onboarding",
        "Post-onboarding NPS",
        (
            DemoQuestion("recommend", "nps", _RECOMMEND_SO_FAR, is_required=True),
            DemoQuestion("onboarding", "csat5", "How satisfied are you with your onboarding?"),
            DemoQuestion("improve", "text", "What would have made your team ready for GitLab sooner?"),
        ),
    ),
    DemoSurvey(
        "nps_pre_renewal",
        "Pre-renewal NPS",
        (
            DemoQuestion(
                "recommend", "nps", "How likely are you to recommend GitLab to a friend or colleague?", is_required=True
            ),
            DemoQuestion("satisfied", "csat5", "How satisfied are you with GitLab as a whole?"),
        ),
    ),
    DemoSurvey(
        "nps_post_renewal",
        "Post-renewal NPS",
        (DemoQuestion("recommend", "nps", _RECOMMEND_SO_FAR, is_required=True),),
    ),
)
