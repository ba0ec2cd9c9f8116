"""The tree stays tidy: sizes, names, and who does what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture import tree

VOCABULARY = {"__init__", "models", "rules", "selectors", "filters", "operations"}
# What an app has beside its topics; registrations.py tells lower rooms what this one adds to their lists.
APP_LEVEL = {"__init__", "apps", "models", "signals", "tasks", "admin", "registrations"}
INTERFACES = {"web", "api", "migrations", "management", "static", "templates"}
BANNED = {"utils", "helpers", "services", "managers", "misc"}

# Names beyond the vocabulary, each with its reason.
NINTH_NAMES = {
    "accounts/team/http.py": "gives request.user its type",
    "accounts/segments/fields.py": "the registry of fields a condition may name, filled by upper apps",
}
# Where every file is one kind of a thing, the file is named for the kind.
ONE_FILE_A_KIND = {"programs/steps"}


def test_no_file_passes_the_wall_of_400_lines() -> None:
    sizes = {tree.name_of(path): len(path.read_text().splitlines()) for path in tree.code()}

    assert {name: size for name, size in sizes.items() if size > 400} == {}


def test_files_and_functions_keep_to_the_norm() -> None:
    sizes = [len(path.read_text().splitlines()) for path in tree.code()]
    lengths = [tree.length(node) for path in tree.code() for node in tree.functions(path)]

    assert tree.percentile(sizes, 0.95) <= 250
    assert tree.percentile(lengths, 0.95) <= 30


def test_no_function_passes_the_wall_of_60_lines() -> None:
    assert too_long(tree.code(), 60) == []


def test_no_test_passes_the_wall_of_60_lines_and_most_keep_to_30() -> None:
    tests = tree.below("tests")

    assert too_long(tests, 60) == []
    assert tree.percentile([tree.length(node) for path in tests for node in tree.functions(path)], 0.95) <= 30


def test_tasks_are_shells() -> None:
    assert too_long([path for path in tree.code() if path.name == "tasks.py"], 15) == []


def test_a_topic_uses_the_vocabulary_of_files() -> None:
    strangers = [name for app in tree.APPS for name in strangers_in(tree.ROOT / app)]

    assert [name for name in strangers if name not in NINTH_NAMES] == []


def test_an_app_has_the_same_files_beside_its_topics_as_every_other() -> None:
    strangers = [path for app in tree.APPS for path in (tree.ROOT / app).glob("*.py") if path.stem not in APP_LEVEL]

    assert [tree.name_of(path) for path in strangers] == []


def test_every_ninth_name_still_exists() -> None:
    missing = [name for name in NINTH_NAMES if not (tree.ROOT / name).parent.parent.exists()]

    assert missing == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    named = [path for path in tree.below(*tree.PACKAGES, "tests", "bench") if BANNED & {path.stem, *path.parts}]

    assert [tree.name_of(path) for path in named] == []


def test_rules_ask_no_clock() -> None:
    clock = re.compile(r"(^|\.)(now|today|utcnow|monotonic|perf_counter|localdate|localtime)$|^time\.time$")
    rules = [path for path in tree.code() if "rules" in (path.stem, path.parent.name)]

    asking = [
        f"{tree.name_of(path)}:{line} {name}" for path in rules for name, line in tree.calls(path) if clock.search(name)
    ]

    assert asking == []


def test_operations_and_selectors_are_given_the_time() -> None:
    clock = re.compile(r"(^|\.)(utcnow|localdate)$|(timezone|datetime|date|clock)\.(now|today)$")
    deciding = [path for path in topic_files() if {"operations", "selectors", "models"} & {path.stem, path.parent.name}]

    asking = [
        f"{tree.name_of(path)}:{line}" for path in deciding for name, line in tree.calls(path) if clock.search(name)
    ]

    assert asking == []


def test_pages_apis_tasks_and_selectors_write_nothing() -> None:
    writing = re.compile(
        r"\.(save|bulk_create|bulk_update|get_or_create|update_or_create|objects\.create|objects\..*\.delete)$"
    )
    readers = [
        path
        for path in tree.code()
        if {"web", "api", "selectors"} & {*path.parts, path.stem} or path.name == "tasks.py"
    ]

    found = [
        f"{tree.name_of(path)}:{line} {name}"
        for path in readers
        for name, line in tree.calls(path)
        if writing.search(name)
    ]

    assert found == []


def test_of_the_project_package_apps_know_the_floor_and_the_pieces_of_pages_alone() -> None:
    known = re.compile(r"^cs_platform\.(common|ui)(\.|$)")
    apps = [path for path in tree.below(*tree.APPS) if "migrations" not in path.parts]

    roof = [(path, name) for path in apps for name in tree.imports(path) if name.startswith("cs_platform")]

    assert [f"{tree.name_of(path)}: {name}" for path, name in roof if not known.match(name)] == []


def test_no_mail_leaves_past_the_delivery_topic() -> None:
    senders = [
        tree.name_of(path)
        for path in tree.code()
        if any(name.startswith("django.core.mail") for name in tree.imports(path))
    ]

    assert [name for name in senders if not name.startswith("contacts/delivery/")] == []


def too_long(paths: list[Path], wall: int) -> list[str]:
    return [
        f"{tree.name_of(path)}:{node.lineno} {node.name}"
        for path in paths
        for node in tree.functions(path)
        if tree.length(node) > wall
    ]


def topic_files() -> list[Path]:
    """Return the files of all topics, in their folders of any depth."""
    return [
        path
        for app in tree.APPS
        for path in tree.below(app)
        if len(path.relative_to(tree.ROOT / app).parts) > 1
        and path.relative_to(tree.ROOT / app).parts[0] not in INTERFACES
    ]


def strangers_in(app: Path) -> list[str]:
    """Return the files of an app's topics whose second step is no word of the vocabulary."""
    found = []
    for topic in sorted(
        folder for folder in app.iterdir() if folder.is_dir() and folder.name not in {*INTERFACES, "__pycache__"}
    ):
        if f"{app.name}/{topic.name}" in ONE_FILE_A_KIND:
            continue
        found += [
            tree.name_of(entry) for entry in sorted(topic.iterdir()) if entry.stem not in {*VOCABULARY, "__pycache__"}
        ]
    return found


@pytest.mark.parametrize("app", tree.APPS)
def test_an_app_says_in_its_first_file_what_it_owns(app: str) -> None:
    assert tree.parsed(tree.ROOT / app / "__init__.py").body, f"{app}/__init__.py is empty"
