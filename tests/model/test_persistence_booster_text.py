import numpy as np
import pandas as pd
import pytest

from advocate_score.model.boosting import Residue, TreeTable, fit_booster
from advocate_score.model.persistence import check_booster_text
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
        ("decision_type", 0, "1", "a split is of a kind that is not ours"),
        ("decision_type", 0, "3", "a split is of a kind that is not ours"),
        ("left_child", 0, "99", "a split leads out of its tree"),
        ("left_child", 0, "as many as leaves", "a split leads out of its tree"),
        ("left_child", 0, "one less", "a split leads out of its tree"),
        ("right_child", 0, "same as the left", "two splits lead to the same place"),
        ("leaf_weight", 0, "1 1", "a tree has lists of the wrong length"),
        ("num_cat", 0, "1", "a tree is of a kind that is not ours"),
        ("num_leaves", 0, "0", "a tree is of a kind that is not ours"),
        ("leaf_value", 0, "inf", "a leaf has no value"),
        ("split_feature", 0, "2", "a split reads a feature that is not there"),
        ("split_feature", 0, "-1", "a split reads a feature that is not there"),
        ("leaf_count", 0, "many", "a tree holds what no tree has"),
        ("shrinkage", 0, "1\nshrinkage=1", "a line of it is broken"),
        ("shrinkage", 0, "1\nnonsense", "a line of it is broken"),
    ],
)
def test_a_split_that_would_be_read_out_of_range_is_found(
    booster_text: str, line: str, place: int, value: str, words: str
) -> None:
    left = _line(booster_text, "left_child").split(" ")
    numbers = _line(booster_text, line).split(" ")
    leaves = int(_line(booster_text, "num_leaves"))
    named = {"same as the left": left[place], "as many as leaves": str(leaves), "one less": str(leaves - 1)}
    numbers[place] = named.get(value, value)
    with pytest.raises(ValueError, match=f"^{words}$"):
        check_booster_text(_with(booster_text, line, " ".join(numbers)), ["level", "score"])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tree\n", "", "it does not begin like one"),
        ("feature_names=level score", "feature_names=score level", "its features differ, or its kind"),
        ("version=v4", "version=v3", "its features differ, or its kind"),
        ("Tree=0", "Tree=1", "its trees are not where it says"),
        ("pandas_categorical:", "pandas_categorical:[1]", "it does not end like one"),
    ],
)
def test_what_is_around_the_trees_is_as_we_write_it(booster_text: str, old: str, new: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        check_booster_text(booster_text.replace(old, new, 1), ["level", "score"])


@pytest.fixture(scope="module")
def lone_leaf() -> str:
    """A booster that found nothing to split."""
    answers = np.arange(600) % 2
    residue = Residue(np.zeros(600, dtype=np.int64), answers.astype(np.float64), np.ones(600), None)
    table = TreeTable(pd.DataFrame({"score": np.zeros(600)}), (0,))
    return fit_booster(table, residue, Boosting(columns=1.0), 3, seed=1).model_to_string()


@pytest.mark.parametrize(("weight", "count"), [("", "600"), ("1", "600"), ("", ""), ("1", "")])
def test_a_tree_of_one_leaf_has_a_value_and_may_have_no_more(lone_leaf: str, weight: str, count: str) -> None:
    text = _with(_with(lone_leaf, "leaf_weight", weight), "leaf_count", count)
    assert _line(text, "num_leaves") == "1"
    check_booster_text(text, ["level", "score"])


@pytest.mark.parametrize(
    ("line", "value", "words"),
    [
        ("leaf_value", "", "a leaf has no value"),
        ("leaf_value", "nan", "a tree holds what no tree has"),
        ("leaf_value", "1 2", "a tree has lists of the wrong length"),
        ("leaf_count", "300 300", "a tree has lists of the wrong length"),
        ("split_feature", "0", "a tree has lists of the wrong length"),
        ("left_child", "-1", "a tree has lists of the wrong length"),
        ("num_leaves", "2", "a tree has lists of the wrong length"),
    ],
)
def test_a_lone_leaf_with_more_than_that_is_refused(lone_leaf: str, line: str, value: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        check_booster_text(_with(lone_leaf, line, value), ["level", "score"])


def _line(text: str, name: str) -> str:
    """What the first tree says of `name`."""
    return next(one for one in text.split("\n") if one.startswith(f"{name}=")).removeprefix(f"{name}=")


def _with(text: str, name: str, value: str) -> str:
    """The first tree with another value of `name`, and the size that it then has."""
    changed = text.replace(f"\n{name}={_line(text, name)}\n", f"\n{name}={value}\n", 1)
    sizes = _line(changed, "tree_sizes")
    first, *further = sizes.split(" ")
    grown = str(int(first) + len(changed) - len(text))
    return changed.replace(f"tree_sizes={sizes}", f"tree_sizes={' '.join([grown, *further])}", 1)
