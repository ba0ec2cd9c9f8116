from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from launcher import demo, places, ports, programs, sentences
from launcher.places import Home
from launcher.processes import Watch

PORTS = {"tracking": 9000, "mail": 10000}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in ("EMPTY", "EMAIL_URL", "KEEL_DEMO_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    home = Home(tmp_path)
    places.make(home)
    return home


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the commands of manage.py that were run, none of which is."""
    ran: list[str] = []
    monkeypatch.setattr(demo, "manage", lambda *words: ran.append(words[2]))
    return ran


class Answer(http.server.BaseHTTPRequestHandler):
    status = 200
    said = "ok"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b'{"status": "%s"}' % self.said.encode())

    def log_message(self, *words: object) -> None:
        """Stay silent."""


@pytest.fixture
def web() -> Iterator[str]:
    with http.server.HTTPServer((ports.HOST, 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{ports.HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


def environment(home: Home) -> dict[str, str]:
    return demo.environment(home, {"KEEL_HOME": str(home.root)}, PORTS, 8000)


def test_every_process_learns_where_the_others_are(home: Home) -> None:
    environ = environment(home)

    assert environ["BASE_URL"] == "http://127.0.0.1:8000"
    assert environ["TRACKING_URL"] == "http://127.0.0.1:9000"
    assert environ["EMAIL_URL"] == "smtp://127.0.0.1:10000"
    assert environ["KEEL_DEMO"] == "1"


def test_mail_goes_where_email_url_says(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtp://127.0.0.1:2525")
    environ = environment(home)
    names = [process.name for process in programs.all_of(home, environ, PORTS, 8000)]

    assert environ["EMAIL_URL"] == "smtp://127.0.0.1:2525"
    assert "mail catcher" not in names


def test_without_email_url_a_catcher_takes_the_mail(home: Home) -> None:
    names = [process.name for process in programs.all_of(home, environment(home), PORTS, 8000)]

    workers = ["worker", "ingest worker", "send worker", "import worker"]
    assert names == ["mail catcher", "tracking server", "web server", *workers, "beat"]


def test_the_password_may_be_given(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    made_up = environment(home)["KEEL_DEMO_PASSWORD"]
    monkeypatch.setenv("KEEL_DEMO_PASSWORD", "correct horse battery")

    assert environment(home)["KEEL_DEMO_PASSWORD"] == "correct horse battery" != made_up


def test_a_password_given_at_the_first_start_is_kept(
    home: Home, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_DEMO_PASSWORD", "correct horse battery")
    demo.load_customers(home, environment(home))
    monkeypatch.delenv("KEEL_DEMO_PASSWORD")

    demo.load_customers(home, environment(home))

    assert environment(home)["KEEL_DEMO_PASSWORD"] == "correct horse battery"
    assert loaded == ["load_demo"]


def test_another_password_given_at_a_later_start_is_set(
    home: Home, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.load_customers(home, environment(home))
    monkeypatch.setenv("KEEL_DEMO_PASSWORD", "correct horse battery")

    demo.load_customers(home, environment(home))
    demo.load_customers(home, environment(home))

    assert loaded == ["load_demo", "set_demo_password"]
    assert places.kept_secrets(home)["KEEL_DEMO_PASSWORD"] == "correct horse battery"


def test_the_first_start_loads_the_customers_and_the_second_does_not(home: Home, loaded: list[str]) -> None:
    demo.load_customers(home, environment(home))
    demo.load_customers(home, environment(home))

    assert loaded == ["load_demo"]


def test_a_load_that_failed_is_taken_up_again(home: Home, monkeypatch: pytest.MonkeyPatch, loaded: list[str]) -> None:
    def fail(home: Home, environ: Mapping[str, str], command: str) -> None:
        raise sentences.CannotGoOn("It failed.")

    with monkeypatch.context() as broken:
        broken.setattr(demo, "manage", fail)
        with pytest.raises(sentences.CannotGoOn):
            demo.load_customers(home, environment(home))
    demo.load_customers(home, environment(home))

    assert loaded == ["load_demo"]


def test_empty_loads_nothing_and_shows_no_demo_bar(
    home: Home, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "1")
    demo.load_customers(home, environment(home))

    assert loaded == []
    assert environment(home)["KEEL_DEMO"] == "0"


def test_an_installation_that_began_empty_stays_so(
    home: Home, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "1")
    demo.load_customers(home, environment(home))
    monkeypatch.setenv("EMPTY", "")
    demo.load_customers(home, environment(home))

    assert loaded == []
    assert demo.is_empty(home)


def test_empty_leaves_the_customers_that_are_there(
    home: Home, loaded: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    demo.load_customers(home, environment(home))
    monkeypatch.setenv("EMPTY", "1")
    demo.load_customers(home, environment(home))

    assert "EMPTY=1 has no effect" in capsys.readouterr().out
    assert not demo.is_empty(home)


def test_the_greeting_begins_with_the_address_and_names_the_sign_ins(home: Home) -> None:
    first, *rest = demo.greeting(home, environment(home)).splitlines()

    assert first == "Keel is ready at http://127.0.0.1:8000"
    for name in ("pm", "csm", "admin", "exec"):
        assert any(f"{name}@keel.example" in line for line in rest)
    assert any(environment(home)["KEEL_DEMO_PASSWORD"] in line for line in rest)


def test_the_greeting_says_where_mail_goes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(home.root / "mail") in demo.greeting(home, environment(home))

    monkeypatch.setenv("EMAIL_URL", "smtp://127.0.0.1:2525")
    assert "are sent through the server in EMAIL_URL" in demo.greeting(home, environment(home))


def test_the_greeting_of_an_empty_product_shows_the_code(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "1")
    monkeypatch.setattr(demo, "has_users", lambda _: False)
    (home.run / "setup-code").write_text("ABCD-1234\n")

    assert "one-time setup code: ABCD-1234" in demo.greeting(home, environment(home))
    assert "pm@keel.example" not in demo.greeting(home, environment(home))


def test_a_product_that_answers_is_ready(web: str) -> None:
    assert demo.readiness(web) is None
    demo.wait_until_ready([Watch(print)], web)


@pytest.mark.parametrize(("status", "said"), [(503, "not ready"), (200, "degraded")])
def test_a_product_that_is_not_ready_in_time_says_which_part(
    web: str, monkeypatch: pytest.MonkeyPatch, status: int, said: str
) -> None:
    monkeypatch.setattr(Answer, "status", status)
    monkeypatch.setattr(Answer, "said", said)
    monkeypatch.setattr(demo, "READY_SECONDS", 0)

    with pytest.raises(sentences.CannotGoOn, match=rf'/readyz says: \{{"status": "{said}"\}}'):
        demo.wait_until_ready([Watch(print)], web)


def test_a_product_that_does_not_answer_is_not_ready() -> None:
    assert "refused" in str(demo.readiness(f"http://{ports.HOST}:1"))


def test_every_queue_has_a_worker() -> None:
    served = {queue for queues in programs.QUEUES.values() for queue in queues.split(",")}

    assert served == {"journeys", "send", "ingest", "metrics", "sync"}
