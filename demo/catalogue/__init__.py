"""
The demo's programs as data, after the catalogue of GitLab's Customer Programs team of 2023-24.

Segments, recipients, triggers and titles follow GitLab's public handbook (Available programs); the days inside a
series are ours. Left out, because it takes more than an email: the post-churn survey (questions to choose from),
programs a CSM enrolls by hand, and calls to action after a booked or unbooked call.
"""

from demo.catalogue.enablement import ENABLEMENT
from demo.catalogue.onboarding import ONBOARDING
from demo.catalogue.retention import RETENTION
from demo.catalogue.shapes import DemoProgram, DemoQuestion, DemoSender, DemoStep, DemoSurvey
from demo.catalogue.surveys import SURVEYS

PROGRAMS: tuple[DemoProgram, ...] = (*ONBOARDING, *ENABLEMENT, *RETENTION)

SENDERS = (
    DemoSender("programs", "GitLab Customer Programs", "programs@keel.example"),
    DemoSender("success", "GitLab Customer Success", "success@keel.example"),
    DemoSender("account_team", "Your GitLab account team", "accounts@keel.example"),
    DemoSender("scale", "GitLab Scale team", "scale@keel.example"),
)

__all__ = [
    "PROGRAMS",
    "SENDERS",
    "SURVEYS",
    "DemoProgram",
    "DemoQuestion",
    "DemoSender",
    "DemoStep",
    "DemoSurvey",
]
