"""What may be had in place of a blocked ask, over the rules themselves."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.policy.eligibility import blocks
from advocate_score.policy.reference_match import substitute_names, substitutes

RECENT, OLD = datetime(2025, 5, 20), datetime(2025, 1, 1)
DENIED = {"status": "denied"}
CONTACT = {"contact_id": "c1"}


@pytest.fixture
def instead(facts: Callable, as_of: datetime) -> Callable[..., dict[int, list[str]]]:
    """Level → what may be had in its place from account `a`."""

    def of(story: bool = True, **tables: list[dict[str, Any]]) -> dict[int, list[str]]:
        found = blocks(facts(**tables), as_of, config.Policy())
        stories = ["a"] if story else []
        return {level: substitutes(found, level, pd.Series(["a"]), stories)["a"].split() for level in LEVEL_NUMBERS}

    return of


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (1, ["introduction", "story"]),
        (2, ["private_reference", "story"]),
        (3, ["story"]),
        (4, ["private_reference", "story"]),
        (5, []),
    ],
)
def test_a_no_to_one_level_leaves_the_substitutes_of_that_level(instead: Callable, level: int, expected: list) -> None:
    no = [{"level": level, "asked_at": OLD, "responded_at": OLD, "response": "declined"}]
    assert instead(asks=no)[level] == expected


def test_without_a_result_that_may_be_told_there_is_no_story(instead: Callable) -> None:
    assert instead(story=False, permissions=[{"channel": "marketing"} | DENIED])[2] == ["private_reference"]


@pytest.mark.parametrize(
    "tables",
    [
        {"permissions": [{"channel": "any"} | DENIED]},
        {"permissions": [{"channel": "any"} | DENIED | CONTACT], "contacts": [CONTACT]},
        {"contacts": [CONTACT | {"objected_at": OLD}]},
        {"cases": [{"opened_at": RECENT, "severity": 1}]},
        {"renewals": [{"kind": "pending", "occurred_at": RECENT}]},
        *({"accounts": [{"account_id": "a", "status": one}]} for one in ("deleted", "churned", "at_risk")),
    ],
)
def test_denied_for_any_use_and_unrest_block_everything(instead: Callable, tables: dict) -> None:
    denied_too = [{"channel": name} | DENIED for name in ("marketing", "website", "events")]
    permissions = [*tables.get("permissions", []), *denied_too]
    assert instead(**(tables | {"permissions": permissions})) == {level: [] for level in LEVEL_NUMBERS}


def test_who_denied_sales_gives_no_reference_no_introduction_and_no_story(instead: Callable) -> None:
    denied = [{"channel": name} | DENIED for name in ("marketing", "website", "sales")]
    found = instead(permissions=denied)
    assert [found[level] for level in (1, 2, 3)] == [[], [], []]


def test_a_client_who_is_in_cooldown_is_asked_for_nothing_else_but_their_story_may_be_told(instead: Callable) -> None:
    asks = [{"level": 1, "asked_at": RECENT, "response": "accepted"}]
    assert instead(asks=asks) == {1: ["story"], 2: ["story"], 3: ["story"], 4: ["story"], 5: []}


def test_substitutes_are_told_in_the_language() -> None:
    assert substitute_names("private_reference story", "en")[0] == "a private reference call in place of the public ask"
    assert substitute_names("private_reference story", "es")[1].startswith("su historia contada de forma anónima")
    assert substitute_names("") == []
