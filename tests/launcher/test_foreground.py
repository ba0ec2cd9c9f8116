from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from launcher.places import ROOT

# A product in small: it waits for a request to stop, and says which one came.
WAITING = """
import time
from launcher.foreground import Stop, listen_for_stops
listen_for_stops()
try:
    print("up", flush=True)
    time.sleep(60)
except Stop as stop:
    print("stopped by", stop.number, flush=True)
"""


def answer_to(number: signal.Signals, *, ignored: bool) -> str:
    """Return what the product says to a signal; `ignored` is how a shell starts what runs in the background."""

    def as_in_the_background() -> None:
        signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)

    product = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=as_in_the_background,  # noqa: PLW1509 (no threads here)
    )
    assert product.stdout
    with product, product.stdout:
        product.stdout.readline()
        product.send_signal(number)
        if ignored and number == signal.SIGHUP:
            product.send_signal(signal.SIGTERM)
        return product.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_is_heard(number: signal.Signals) -> None:
    assert answer_to(number, ignored=False) == f"stopped by {number.value}"


def test_a_product_in_the_background_of_a_script_can_be_stopped_by_the_signal_of_ctrl_c() -> None:
    assert answer_to(signal.SIGINT, ignored=True) == f"stopped by {signal.SIGINT.value}"


def test_a_product_that_was_told_to_outlive_its_terminal_does() -> None:
    assert answer_to(signal.SIGHUP, ignored=True) == f"stopped by {signal.SIGTERM.value}"
