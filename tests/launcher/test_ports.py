from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import ports, sentences
from launcher.places import Home


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as found:
        found.bind((ports.HOST, 0))
        found.listen()
        yield found


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def test_the_usual_port_is_8000(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")

    assert ports.wanted() == 8000


@pytest.mark.parametrize("given", ["0", "65536", "eighty", "-1", "8000.5", "²"])
def test_a_port_that_is_none_is_refused_by_name(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", given)

    with pytest.raises(sentences.CannotGoOn, match="PORT must be a whole number from 1 to 65535"):
        ports.wanted()


def test_a_port_that_somebody_listens_on_is_taken(listener: socket.socket) -> None:
    assert not ports.is_free(port_of(listener))
    with pytest.raises(sentences.CannotGoOn, match="is in use"):
        ports.check_free(port_of(listener))


def test_a_port_that_was_let_go_is_free_again(listener: socket.socket) -> None:
    port = port_of(listener)
    listener.close()

    assert ports.is_free(port)


def test_another_port_is_chosen_where_the_preferred_one_is_taken(listener: socket.socket) -> None:
    chosen = ports.choose(port_of(listener))

    assert chosen != port_of(listener)
    assert ports.is_free(chosen)


def test_a_port_spoken_for_is_not_chosen() -> None:
    free = ports.choose(21_000)

    assert ports.choose(free, taken=[free]) != free


def test_tracking_keeps_its_port_when_the_web_server_moves(tmp_path: Path) -> None:
    first = ports.kept(Home(tmp_path), 22_000)

    assert ports.kept(Home(tmp_path), 22_500) == first


def test_two_products_side_by_side_share_no_port(tmp_path: Path) -> None:
    homes = [Home(tmp_path / name) for name in ("one", "two")]
    for home in homes:
        home.root.mkdir()
    chosen = [
        web for home, web in zip(homes, (23_000, 23_001), strict=True) for web in (web, *ports.kept(home, web).values())
    ]

    assert len(set(chosen)) == 6


def test_a_kept_port_that_was_taken_meanwhile_is_replaced(tmp_path: Path, listener: socket.socket) -> None:
    (tmp_path / "ports.json").write_text(f'{{"tracking": "{port_of(listener)}"}}')

    assert ports.kept(Home(tmp_path), 24_000)["tracking"] != port_of(listener)
