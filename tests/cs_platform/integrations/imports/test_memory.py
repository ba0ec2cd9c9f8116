"""A large file takes no more memory than a small one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.places import ROOT

MEGABYTE = 1024  # ru_maxrss is in kilobytes
SEGMENTS = ("Tech Touch", "Scale", "CSM-Managed")


def write(file: Path, rows: int) -> Path:
    with file.open("w") as out:
        out.write("id,name,segment,country,industry,contract date\n")
        for n in range(rows):
            out.write(f"A-{n:07},Customer number {n} of many,{SEGMENTS[n % 3]},PT,Shipping,2025-0{n % 9 + 1}-11\n")
    return file


def peak_of(file: Path, environ: dict[str, str]) -> tuple[int, str]:
    """Return the most memory (kB) that taking the file in needed at any moment, and what was said."""
    command = [sys.executable, str(ROOT / "manage.py"), "import_csv", "accounts", str(file)]
    log = file.with_suffix(".log")
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, log.read_text()
    return usage.ru_maxrss, log.read_text()


@pytest.mark.soak
def test_memory_stays_flat_however_many_rows_a_file_has(tmp_path: Path, product_environ, whole: bool) -> None:
    few, many = (10_000, 100_000) if whole else (2_000, 6_000)

    small, _ = peak_of(write(tmp_path / "few.csv", few), product_environ)
    large, said = peak_of(write(tmp_path / "many.csv", many), product_environ)

    assert f"{many:,} rows: {many - few:,} created, 0 changed, {few:,} unchanged, 0 refused." in said
    assert large - small < 8 * MEGABYTE, f"{few:,} rows needed {small:,} kB, {many:,} rows {large:,} kB"
