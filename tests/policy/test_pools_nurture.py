from typing import Any

import pandas as pd

from advocate_score import config
from advocate_score.policy.pools import NURTURE_COLUMNS, nearly_ready

LADDER = config.Ladder()


def table(**curves: list[float]) -> pd.DataFrame:
    rows = [(name, level, score) for name, curve in curves.items() for level, score in enumerate(curve, 1)]
    frame = pd.DataFrame(rows, columns=["account_id", "level", "readiness"])
    width = 0.1
    low, high = frame["readiness"] - width, frame["readiness"] + width
    return frame.assign(readiness_low=low, readiness_high=high, eligible=True)


def near(frame: pd.DataFrame, margin: float = 0.05, most: int = 10, **ladder: Any) -> list[tuple[str, int]]:
    found = nearly_ready(frame, LADDER.model_copy(update=ladder), margin, most)
    assert tuple(found.columns) == NURTURE_COLUMNS
    return list(found[["account_id", "level"]].itertuples(index=False, name=None))


def test_only_the_next_level_counts_and_only_when_it_is_near() -> None:
    frame = table(a=[0.9, 0.46, 0.44, 0.1, 0.1], far=[0.3, 0.2, 0.1, 0.1, 0.1], top=[0.9, 0.9, 0.8, 0.7, 0.6])
    assert near(frame) == [("a", 2)]


def test_an_interval_that_reaches_the_threshold_is_near_too() -> None:
    frame = table(a=[0.4, 0.1, 0.1, 0.1, 0.1], b=[0.399, 0.1, 0.1, 0.1, 0.1])
    assert near(frame, margin=0.0) == [("a", 1)]
    assert near(frame, margin=0.11) == [("a", 1), ("b", 1)]


def test_the_nearest_come_first_and_the_list_has_an_end() -> None:
    frame = table(a=[0.45] * 5, b=[0.49] * 5, c=[0.45] * 5, d=[0.9, 0.48, 0.4, 0.3, 0.2])
    assert near(frame) == [("b", 1), ("a", 1), ("c", 1), ("d", 2)]
    assert near(frame, most=2) == [("b", 1), ("a", 1), ("d", 2)]


def test_nobody_who_rests_is_nurtured_towards_the_ask() -> None:
    frame = table(a=[0.45] * 5)
    assert near(frame.assign(eligible=frame["level"] != 1)) == []


def test_the_threshold_is_that_of_the_configuration() -> None:
    thresholds = config.Ladder.model_validate({"thresholds": {"level_1": 0.8}}).thresholds
    frame = table(a=[0.76, 0.75, 0.74, 0.73, 0.72])
    assert near(frame, thresholds=thresholds) == [("a", 1)]
    assert near(frame) == []
