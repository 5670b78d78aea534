from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from advocate_score.policy.moment import NEEDED, Happenings, moments

DAY = timedelta(days=1)
AS_OF = datetime(2025, 6, 1)
THEN = datetime(2025, 5, 20)


@pytest.fixture
def moment(table: Callable) -> Callable[..., list[str]]:
    def run(language: str = "en", **tables: list[dict[str, Any]]) -> list[str]:
        frames = {name: [{"account_id": "a"} | row for row in tables.get(name, [])] for name in NEEDED}
        happenings = Happenings(**{name: table(name, rows) for name, rows in frames.items()})
        return moments(happenings, AS_OF, 60, language)["moment"].tolist()

    return run


@pytest.mark.parametrize(
    ("table_name", "row", "phrase"),
    [
        ("outcomes", {"occurred_at": THEN, "confirmed": True}, "confirmed a result on 2025-05-20"),
        ("outcomes", {"occurred_at": THEN}, None),
        ("asks", {"level": 1, "asked_at": THEN, "completed_at": THEN}, "completed an earlier ask on 2025-05-20"),
        ("asks", {"level": 1, "asked_at": THEN, "completed_at": AS_OF}, None),
        ("surveys", {"answered_at": THEN, "nps": 9}, "answered 9 or 10 to a survey on 2025-05-20"),
        ("surveys", {"answered_at": THEN, "nps": 8}, None),
        ("mentions", {"occurred_at": THEN, "sentiment": 0.5}, "praised us in public on 2025-05-20"),
        ("mentions", {"occurred_at": THEN, "sentiment": 0.4}, None),
        ("renewals", {"occurred_at": THEN, "kind": "renewal"}, "renewed the contract on 2025-05-20"),
        ("renewals", {"occurred_at": THEN, "kind": "expansion"}, "expanded the contract on 2025-05-20"),
        ("renewals", {"occurred_at": THEN, "kind": "pending"}, None),
        ("renewals", {"occurred_at": THEN, "recorded_at": AS_OF, "kind": "renewal"}, None),
        ("renewals", {"occurred_at": AS_OF - 60 * DAY, "kind": "renewal"}, "renewed the contract on 2025-04-02"),
        ("renewals", {"occurred_at": AS_OF - 61 * DAY, "kind": "renewal"}, None),
    ],
)
def test_what_is_a_moment(moment: Callable, table_name: str, row: dict, phrase: str | None) -> None:
    assert moment(**{table_name: [row]}) == ([phrase] if phrase else [])


def test_the_latest_moment_counts_and_ties_have_an_order(moment: Callable) -> None:
    renewal = {"occurred_at": THEN, "kind": "renewal"}
    assert moment("es", renewals=[renewal], surveys=[{"answered_at": THEN + DAY, "nps": 10}]) == [
        "respondió 9 o 10 a una encuesta el 2025-05-21"
    ]
    assert moment(renewals=[renewal], outcomes=[{"occurred_at": THEN, "confirmed": True}]) == [
        "confirmed a result on 2025-05-20"
    ]
