from collections.abc import Callable
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from advocate_score.evaluation.leakage import permuted_labels, planted_leak, suspicion
from advocate_score.evaluation.methods import smoothed_history
from advocate_score.model.arrays import Floats

ORIGINS = [datetime(2021, 6, 1), datetime(2022, 6, 1), datetime(2023, 1, 1)]
CONCEPTS = {"shown": "warmth", "noise": "noise"}
LogMaker = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def rows(ask_log: LogMaker) -> pd.DataFrame:
    return ask_log(asks=500, accounts=80, seed=8)


def control(rows: pd.DataFrame, end: datetime, method: Callable[..., Floats]) -> tuple[bool | None, float]:
    check = permuted_labels(rows, ORIGINS, method, maturity_days=45, seen_until=end, seed=1)
    return check.passed, check.value


def test_an_honest_method_has_no_skill_on_permuted_labels(rows: pd.DataFrame, log_end: datetime) -> None:
    passed, value = control(rows, log_end, smoothed_history)
    assert passed
    assert abs(value - 0.5) < 0.1
    assert control(rows, log_end, smoothed_history) == (passed, value)


def test_a_method_that_reads_the_answers_is_caught(rows: pd.DataFrame, log_end: datetime) -> None:
    def peek(_: pd.DataFrame, test: pd.DataFrame) -> Floats:
        return (0.4 + 0.2 * test["outcome"]).to_numpy(np.float64)

    assert control(rows, log_end, peek) == (False, 1.0)


def test_planted_leaks_are_caught_and_honest_signals_are_not(rows: pd.DataFrame) -> None:
    checks = planted_leak(rows, CONCEPTS, seed=3)
    assert [check.passed for check in checks] == [True, True, True]
    assert checks == planted_leak(rows, CONCEPTS, seed=3)


def test_a_leak_among_the_real_signals_is_named(rows: pd.DataFrame) -> None:
    leaky = rows.assign(thanked=rows["outcome"] * 2.0)
    *_, clean = planted_leak(leaky, {**CONCEPTS, "thanked": "thanks"}, seed=3)
    assert clean.passed is False
    assert "thanked" in clean.why


def test_a_jump_above_every_other_concept_is_suspicious(rows: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)
    flipped = np.where(rng.random(len(rows)) < 0.15, 1 - rows["outcome"], rows["outcome"])
    found = suspicion(rows.assign(jump=flipped, twin=flipped), {"noise": "noise", "jump": "jump", "twin": "jump"})
    assert found.set_index("signal")["suspicious"].to_dict() == {"jump": True, "twin": True, "noise": False}
    assert found["signal"].tolist()[-1] == "noise"


def test_text_is_judged_by_the_other_accounts(rows: pd.DataFrame) -> None:
    """A name of its own for each account tells nothing of the others; a text made from the outcome does."""
    texts = rows.assign(own=rows["account_id"], answer=np.where(rows["outcome"] == 1, "thanks", None))
    found = suspicion(texts, {"own": "own", "answer": "answer"}).set_index("signal")
    assert found.loc["own", "auc"] == pytest.approx(0.5)
    assert found["suspicious"].to_dict() == {"answer": True, "own": False}


def test_too_few_answers_make_no_suspicion(rows: pd.DataFrame) -> None:
    few = rows.head(15).assign(leak=rows["outcome"])
    assert not suspicion(few, {"leak": "leak"})["suspicious"].any()
