from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from programs.web import lifecycle, panels, participants, program, programs

of_a_program = [
    path("", program.program, name="program"),
    path("figures/", program.program_figures, name="program-figures"),
    path("participants/", participants.program_participants, name="program-participants"),
    path("emails/", program.program_emails, name="program-emails"),
    path("versions/", program.program_versions, name="program-versions"),
    path("pause/", lifecycle.program_pause, name="program-pause"),
    path("resume/", lifecycle.program_resume, name="program-resume"),
    path("stop/", lifecycle.program_stop, name="program-stop"),
]

pages: list[URLPattern | URLResolver] = [
    path("programs/", programs.program_list, name="program-list"),
    path("programs/<int:program_id>/", include(of_a_program)),
    path("programs/paths/<int:participant_id>/", participants.participant, name="participant"),
    path("accounts/<int:account_id>/programs/", panels.account_programs, name="account-programs"),
    path("contacts/<int:person_id>/decisions/", panels.person_decisions, name="person-decisions"),
    path("outbox/<int:delivery_id>/why/", panels.message_why, name="message-why"),
]

urlpatterns = [path("", include((pages, "programs")))]
