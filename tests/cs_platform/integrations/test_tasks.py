import io

import pytest

from accounts.models import Account
from cs_platform.integrations.imports.models import Kind
from cs_platform.integrations.imports.operations import start_run
from cs_platform.integrations.tasks import take_file_in
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_an_uploaded_file_is_taken_in_by_its_run(ada, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    run = start_run(kind=Kind.ACCOUNTS, file_name="a.csv", file=io.BytesIO(b"id,name\nA1,Acme\n"), by=ada, now=NOW)

    take_file_in(run_id=run.pk)
    take_file_in(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.unchanged, Account.objects.count()) == ("done", 1, 1)
