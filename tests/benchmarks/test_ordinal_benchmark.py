import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "ordinal.py"
MADE = runpy.run_path(str(FILE))


def test_a_label_answers_every_ask() -> None:
    asks, answers, row = MADE["threshold_asks"](np.array([[5.0], [6.0]]), np.array([0, 2]), 4)
    assert asks["in0"].tolist() == [5.0] * 3 + [6.0] * 3
    assert asks["level"].tolist() == [1, 2, 3] * 2
    assert answers.tolist() == [0, 0, 0, 1, 1, 0]
    assert row.tolist() == [0, 0, 0, 1, 1, 1]


def test_the_curve_gives_back_the_chances_of_the_classes() -> None:
    chances = MADE["class_chances"](np.array([[0.9, 0.4, 0.4], [1.0, 1.0, 1.0]]))
    assert chances == pytest.approx(np.array([[0.1, 0.5, 0.0, 0.4], [0.0, 0.0, 0.0, 1.0]]))
    assert MADE["median_class"](chances).tolist() == [1, 3]


def test_the_median_has_the_least_expected_error() -> None:
    chances = np.random.default_rng(0).dirichlet(np.ones(5), size=50)
    apart = np.abs(np.arange(5)[:, None] - np.arange(5)[None, :])
    assert (MADE["median_class"](chances) == (chances @ apart).argmin(axis=1)).all()


def test_errors_count_alike_in_every_class() -> None:
    assert MADE["amae"](np.array([0, 0, 0, 2]), np.array([0, 0, 0, 0])) == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["LadderClassifier", "logistic", "LightGBM"])
def test_every_method_learns_an_order(name: str) -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(300, 2))
    classes = np.digitize(inputs[:, 0], [-0.7, 0.0, 1.2])
    told = MADE["methods"]()[name](inputs[:200], classes[:200], inputs[200:], 0)
    assert MADE["amae"](classes[200:], told) < 0.35


def test_without_the_data_sets_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["ordinal.py"])
    monkeypatch.setitem(MADE["main"].__globals__, "find_spec", lambda _name: None)
    MADE["main"]()
    told = capsys.readouterr()
    assert "pip install skordinal" in told.err
    assert not told.out
