"""What gave a hit away is said in words."""

from __future__ import annotations

import re
from pathlib import Path

from contacts.engagement.rules.verdicts import WHY, rule_in_words

VERDICTS = Path(__file__).parents[3] / "contacts" / "engagement" / "rules" / "verdicts.py"


def test_every_rule_that_judges_has_words_of_its_own() -> None:
    names = set(re.findall(r"\"([a-z]+(?:_[a-z]+)+)\"", VERDICTS.read_text().partition("WHY:")[0]))

    assert len(names) > 10
    assert sorted(names - set(WHY)) == []


def test_a_hit_without_a_verdict_has_no_words() -> None:
    assert rule_in_words("") == ""
