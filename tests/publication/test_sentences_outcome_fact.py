from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from advocate_score.publication.sentences import outcome_facts
from advocate_score.schema import TABLES

AS_OF = datetime(2025, 6, 1)
THEN = datetime(2025, 5, 1)


def told(*rows: dict[str, Any], language: str = "en") -> str | None:
    base = {"account_id": "a", "occurred_at": THEN, "confirmed": True, "shareable": "public"}
    whole = [base | {"outcome_id": f"o{number}"} | row for number, row in enumerate(rows)]
    frame = pd.DataFrame(whole, columns=TABLES["outcomes"].column_names)
    frame = frame.astype({"occurred_at": "datetime64[us]", "recorded_at": "datetime64[us]", "value": "float64"})
    words: str | None = outcome_facts(frame, AS_OF, language).to_dict().get("a")
    return words


@pytest.mark.parametrize(
    "row",
    [
        {"shareable": "no"},
        {"confirmed": False},
        {"confirmed": None},
        {"occurred_at": AS_OF},
        {"recorded_at": AS_OF},
    ],
)
def test_what_may_not_be_cited(row: dict[str, Any]) -> None:
    assert told({"fact": "18 % lower cost"} | row) is None


def test_anonymised_and_unknown_say_so() -> None:
    fact = {"fact": "18 % lower cost"}
    assert told(fact) == "18 % lower cost"
    assert told(fact | {"shareable": "anonymised"}) == "18 % lower cost (only anonymised)"
    assert told(fact | {"shareable": "anonymised"}, language="es") == "18 % lower cost (solo de forma anónima)"
    assert told(fact | {"shareable": None}) == "18 % lower cost (permission to share unknown)"


def test_the_best_is_the_most_shareable_then_the_largest_then_the_latest() -> None:
    small = {"fact": "small", "value": 0.1}
    large = {"fact": "large", "value": 0.5}
    assert told(small, large) == "large"
    assert told(small, large | {"shareable": "anonymised"}) == "small"
    assert told(small, {"fact": "later", "value": 0.1, "occurred_at": datetime(2025, 5, 2)}) == "later"
    assert told({"fact": "first"}, {"fact": "second"}) == "first"
    assert told(small, {"fact": "no figure"}) == "small"


@pytest.mark.parametrize("fact", [None, " "])
def test_without_a_sentence_the_figures_speak(fact: str | None) -> None:
    assert told({"fact": fact, "kind": "cost", "value": 0.18}) == "costs down 18%"
    assert told({"fact": fact, "kind": "cost", "value": 0.18}, language="es") == "costes un 18 % más bajos"
    assert told({"fact": fact, "kind": "revenue", "value": 0.12}) == "revenue up 12%"
    assert told({"fact": fact, "value": 1.5}, language="es") == "mejora confirmada del 150 %"
    assert told({"fact": fact, "kind": "risk"}) == "a confirmed result in risk"
    assert told({"fact": fact}, language="es") == "resultado confirmado"


@pytest.mark.parametrize("value", [0.0, -0.2, 0.004])
def test_what_is_no_improvement_is_cited_without_a_figure(value: float) -> None:
    assert told({"kind": "cost", "value": value}) == "a confirmed result in costs"
    assert told({"kind": "cost", "value": value}, language="es") == "resultado confirmado en costes"
