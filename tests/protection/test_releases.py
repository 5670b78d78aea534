"""What somebody released, whom it frees and until when."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.errors import InputError
from advocate_score.protection.record import RELEASABLE_RULE, Release, are_released, read_releases, releases_text

RELEASE = Release(
    "a",
    (("cases", "S1", "d"), ("contacts", "", "d")),
    "2025-11-30",
    "called them, señor",
    "",
    "2025-12-01T10:00:00",
    "me",
)


def released(release: Release, as_of: datetime = datetime(2025, 12, 1)) -> list[bool]:
    rows = [("a", "cases", "S1"), ("a", "contacts", ""), ("a", "cases", ""), ("b", "cases", "S1"), ("a", "asks", "S1")]
    facts = pd.DataFrame(rows, columns=["account_id", "table", "key"], index=[9, 8, 7, 6, 5])
    facts = facts.assign(digest="d", last_seen=pd.NaT)
    found = are_released(facts, [release], as_of)
    assert found.index.tolist() == [9, 8, 7, 6, 5]
    assert found.dtype == "bool"
    return found.tolist()


def test_the_facts_that_a_release_names_are_free_and_no_others() -> None:
    assert released(RELEASE) == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("digest", "last_seen", "holds"),
    [
        ("d", datetime(2025, 11, 29), True),
        ("d", datetime(2025, 11, 30), True),
        ("d", datetime(2025, 11, 30, 1), False),
        ("d", datetime(2025, 12, 1), False),
        ("e", datetime(2025, 11, 29), False),
        ("e", None, False),
    ],
)
def test_a_release_ends_with_its_row_and_with_what_protected_again(
    digest: str, last_seen: datetime | None, holds: bool
) -> None:
    facts = pd.DataFrame({"account_id": ["a"], "table": ["cases"], "key": ["S1"], "digest": [digest]})
    facts = facts.assign(last_seen=pd.Series([last_seen], dtype="datetime64[us]"))
    later = replace(RELEASE, as_of="2025-10-01")
    for releases in ([RELEASE], [later, RELEASE], [RELEASE, later]):
        assert are_released(facts, releases, datetime(2025, 12, 1)).tolist() == [holds]


@pytest.mark.parametrize(
    ("at", "holds"), [(datetime(2025, 12, 9, 23), True), (datetime(2025, 12, 10), False), (datetime(2026, 1, 1), False)]
)
def test_from_the_day_that_it_names_a_release_frees_nobody(at: datetime, holds: bool) -> None:
    ending = replace(RELEASE, until="2025-12-10")
    assert ending.holds(at) == holds
    assert any(released(ending, at)) == holds


def test_nothing_is_released_where_nobody_released() -> None:
    none = pd.DataFrame({"account_id": [], "table": [], "key": [], "digest": [], "last_seen": []})
    found = are_released(none, [], datetime(2025, 12, 1))
    assert found.empty
    assert found.dtype == "bool"


def test_releases_are_kept_as_they_were_given(tmp_path: Path) -> None:
    file = tmp_path / "releases.json"
    file.write_text(releases_text([RELEASE, replace(RELEASE, account_id="b")]), encoding="utf-8")
    assert read_releases(file) == [RELEASE, replace(RELEASE, account_id="b")]
    text = file.read_text(encoding="utf-8")
    assert "señor" in text
    assert text.endswith("]\n")
    assert '\n {\n  "account_id": "a",' in text


def test_without_a_file_nothing_is_released(tmp_path: Path) -> None:
    assert read_releases(tmp_path / "releases.json") == []


@pytest.mark.parametrize("text", ["[{]", '[{"account_id": "a"}]', '[{"facts": [], "extra": 1}]', '[{"facts": [1]}]'])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "releases.json"
    file.write_text(text)
    with pytest.raises(InputError, match="is damaged: it says which accounts were released") as refused:
        read_releases(file)
    assert "restore it from a backup" in str(refused.value)


def test_one_rule_alone_can_be_released() -> None:
    assert RELEASABLE_RULE == "unreadable_no"
