from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import places, sentences
from launcher.places import Home


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "data of keel")
    places.make(home)
    places.make_sockets(home)
    yield home
    places.remove_sockets(home)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_socket_path_stays_short_however_long_the_home_is() -> None:
    home = Home(Path("/srv") / ("long" * 50))

    assert len(str(home.sockets / ".s.PGSQL.5432.lock")) < 100


def test_two_homes_have_two_socket_folders(tmp_path: Path) -> None:
    assert Home(tmp_path / "one").sockets != Home(tmp_path / "two").sockets


def test_what_is_private_is_closed_to_others(made: Home) -> None:
    places.write_private(made.announcement, {"SECRET_KEY": "s"})

    assert [mode(path) for path in (made.run, made.sockets, made.announcement)] == [0o700, 0o700, 0o600]


def test_the_folder_of_the_sockets_is_made_anew(made: Home) -> None:
    (made.sockets / "left").touch()
    made.sockets.chmod(0o777)

    places.make_sockets(made)

    assert list(made.sockets.iterdir()) == []
    assert mode(made.sockets) == 0o700


def test_a_folder_for_sockets_that_somebody_else_put_there_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.sockets.symlink_to(tmp_path)

    with pytest.raises(sentences.CannotGoOn, match="belongs to another user"):
        places.make_sockets(home)
    home.sockets.unlink()


def test_secrets_are_made_once(made: Home) -> None:
    first = places.kept_secrets(made)

    assert places.kept_secrets(made) == first
    assert len(first["SECRET_KEY"]) >= 50


def test_secrets_of_two_homes_differ(made: Home, tmp_path: Path) -> None:
    other = Home(tmp_path)

    assert places.kept_secrets(made) != places.kept_secrets(other)


def test_one_supervisor_at_a_time_holds_a_home(made: Home) -> None:
    with places.held(made):
        assert places.is_held(made)
        with pytest.raises(sentences.CannotGoOn, match="already running"), places.held(made):
            pass

    assert not places.is_held(made)


def test_the_logs_of_the_run_before_stay_beside_the_new_ones(made: Home) -> None:
    (made.logs / "web.log").write_text("yesterday")
    places.turn_logs(made)

    assert (made.logs / "web.log.1").read_text() == "yesterday"
    assert not (made.logs / "web.log").exists()


def test_a_missing_package_is_named() -> None:
    with pytest.raises(sentences.CannotGoOn, match="The package no_such_package is missing; run `make demo`"):
        places.package_folder("no_such_package")
