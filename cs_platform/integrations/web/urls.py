from __future__ import annotations

from django.urls import include, path

from cs_platform.integrations.web import imports

pages = [
    path("", imports.import_list, name="import-list"),
    path("new/", imports.import_new, name="import-new"),
    path("<int:run_id>/", imports.import_page, name="import"),
    path("<int:run_id>/begin/", imports.import_begin, name="import-begin"),
    path("<int:run_id>/for-real/", imports.import_for_real, name="import-for-real"),
    path("<int:run_id>/again/", imports.import_again, name="import-again"),
    path("<int:run_id>/problems.csv", imports.import_problems, name="import-problems"),
]

urlpatterns = [path("imports/", include((pages, "imports")))]
