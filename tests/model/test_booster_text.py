import numpy as np
import pandas as pd
import pytest

from advocate_score.model.booster_text import check_booster_text
from advocate_score.model.boosting import Residue, TreeTable, fit_booster
from advocate_score.model.recipe import Boosting


@pytest.fixture(scope="module")
def booster_text() -> str:
    rng = np.random.default_rng(0)
    known = rng.random(600) < 0.5
    table = pd.DataFrame({"score": np.where(known, rng.normal(size=600), np.nan)})
    yes = (rng.random(600) < np.where(known, 0.1, 0.9)).astype(np.float64)
    residue = Residue(np.zeros(600, dtype=np.int64), yes, np.ones(600), None)
    return fit_booster(TreeTable(table, (0,)), residue, Boosting(columns=1.0), 3, seed=1).model_to_string()


def test_a_split_of_known_from_unknown_is_a_split_like_any_other(booster_text: str) -> None:
    """LightGBM writes its threshold as `inf`."""
    assert "threshold=inf" in booster_text
    check_booster_text(booster_text, ["level", "score"])


@pytest.mark.parametrize(
    ("line", "place", "value", "words"),
    [
        ("decision_type", 0, "1", "of a kind"),
        ("decision_type", 0, "3", "of a kind"),
        ("left_child", 0, "99", "out of its tree"),
        ("right_child", 0, "same as the left", "same place"),
        ("leaf_weight", 0, "1 1", "wrong length"),
        ("num_cat", 0, "1", "not ours"),
        ("num_leaves", 0, "0", "not ours"),
        ("leaf_value", 0, "inf", "no value"),
        ("split_feature", 0, "2", "not there"),
        ("split_feature", 0, "-1", "not there"),
        ("leaf_count", 0, "many", "what no tree has"),
        ("shrinkage", 0, "1\nshrinkage=1", "line of it is broken"),
        ("shrinkage", 0, "1\nnonsense", "line of it is broken"),
    ],
)
def test_a_split_that_would_be_read_out_of_range_is_found(
    booster_text: str, line: str, place: int, value: str, words: str
) -> None:
    old = next(one for one in booster_text.split("\n") if one.startswith(f"{line}="))
    numbers = old.removeprefix(f"{line}=").split(" ")
    left = next(one for one in booster_text.split("\n") if one.startswith("left_child=")).removeprefix("left_child=")
    numbers[place] = left.split(" ")[place] if value == "same as the left" else value
    changed = booster_text.replace(old, f"{line}={' '.join(numbers)}", 1)
    sizes = next(one for one in changed.split("\n") if one.startswith("tree_sizes="))
    first, *further = sizes.removeprefix("tree_sizes=").split(" ")
    grown = str(int(first) + len(changed) - len(booster_text))
    with pytest.raises(ValueError, match=words):
        check_booster_text(changed.replace(sizes, f"tree_sizes={' '.join([grown, *further])}"), ["level", "score"])
