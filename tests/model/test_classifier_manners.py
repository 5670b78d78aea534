"""What anybody expects of a classifier: orders, labels, the order of rows, MLflow's flavour for scikit-learn."""

import mlflow
import numpy as np
import pandas as pd
import pytest

from advocate_score.model.ladder_classifier import LadderClassifier
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Recipe
from advocate_score.signal_spec import Signal

QUICK = Recipe(bootstrap=0)
SIZES = ["small", "middle", "big", "huge"]


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """The bigger the likelier; many asks of one instant."""
    random = np.random.default_rng(3)
    n = 300
    size = random.integers(0, 4, n)
    frame = pd.DataFrame(
        {
            "account": [f"A{number}" for number in random.integers(0, 80, n)],
            "day": random.integers(0, 60, n) * 10,
            "level": random.integers(1, 4, n),
            "size": size,
            "noise": random.normal(size=n),
        }
    )
    log_odds = 0.9 * size - 0.7 * frame["level"]
    return frame.assign(yes=(random.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int))


def fitted(log: pd.DataFrame, inputs: pd.DataFrame, **choices: object) -> LadderClassifier:
    model = LadderClassifier(recipe=choices.pop("recipe", QUICK), **choices)
    return model.fit(inputs, log["yes"], groups=log["account"], times=log["day"])


def test_ordered_categories_keep_their_order(log: pd.DataFrame) -> None:
    """They are the same to the model as the numbers of their places, and can have a direction."""
    words = pd.Categorical.from_codes(log["size"], SIZES, ordered=True)
    numbers = fitted(log, log[["level", "size"]], directions={"size": 1})
    ordered = fitted(log, log[["level"]].assign(size=words), directions={"size": 1})
    asked = pd.DataFrame({"level": 2, "size": pd.Categorical(SIZES, SIZES, ordered=True)})
    found = ordered.readiness(asked)
    assert found == pytest.approx(numbers.readiness(pd.DataFrame({"level": 2, "size": range(4)})), abs=1e-9)
    assert (np.diff(found, axis=0) >= 0).all()
    assert np.array_equal(ordered.readiness(asked.astype({"size": object})), found), "words are enough"
    assert set(ordered.explain(asked).reasons(top=1)["value"]) <= set(SIZES)


def test_numbers_written_as_text_are_numbers(log: pd.DataFrame) -> None:
    inputs = log[["level"]].assign(size=log["size"] * 5)
    numbers, texts = fitted(log, inputs), fitted(log, inputs.astype({"size": str}))
    assert texts.readiness(inputs.astype({"size": str})) == pytest.approx(numbers.readiness(inputs), abs=1e-9)
    with pytest.raises(ValueError, match="'size' was numbers written as text"):
        texts.predict(inputs.assign(size="big"))


def test_codes_with_leading_zeros_stay_text(log: pd.DataFrame) -> None:
    codes = log[["level"]].assign(size=[f"0{size}" for size in log["size"]])
    with pytest.raises(ValueError, match="directions are of numbers"):
        fitted(log, codes, directions={"size": 1})


def test_levels_go_by_their_category_or_number_and_words_need_an_order(log: pd.DataFrame) -> None:
    inputs = log[["level", "size"]]
    plain = fitted(log, inputs)
    texts = inputs.assign(level=log["level"].map({1: "9", 2: "10", 3: "100"}))
    steps = inputs.assign(level=pd.Categorical.from_codes(log["level"] - 1, ["zebra", "ape", "bee"], ordered=True))
    assert fitted(log, texts).levels_ == ("9", "10", "100")
    assert fitted(log, steps).levels_ == ("zebra", "ape", "bee")
    for frame in (texts, steps):
        assert fitted(log, frame).readiness(frame) == pytest.approx(plain.readiness(inputs), abs=1e-9)
    with pytest.raises(ValueError, match=r"words, whose order nobody told; give levels="):
        fitted(log, steps.astype({"level": str}))


@pytest.mark.parametrize(
    ("yes", "no"),
    [("accepted", "declined"), ("accepted", "no_reply"), ("sí", "no"), ("True", "False"), ("won", "lost")],
)
def test_a_yes_is_told_by_its_word(log: pd.DataFrame, yes: str, no: str) -> None:
    inputs = log[["level", "size"]]
    plain = LadderClassifier(recipe=QUICK).fit(inputs, log["yes"])
    told = LadderClassifier(recipe=QUICK).fit(inputs, np.where(log["yes"] == 1, yes, no))
    assert told.yes_ == yes
    assert np.array_equal(told.readiness(inputs), plain.readiness(inputs))
    column = list(told.classes_).index(yes)
    assert np.array_equal(told.predict_proba(inputs)[:, column], plain.predict_proba(inputs)[:, 1])
    assert np.array_equal(told.predict(inputs) == yes, plain.predict(inputs) == 1)


def test_a_yes_that_no_word_tells_can_be_told(log: pd.DataFrame) -> None:
    inputs, labels = log[["level", "size"]], np.where(log["yes"] == 1, "agreed", "zzz")
    assert LadderClassifier(recipe=QUICK).fit(inputs, labels).yes_ == "zzz"
    assert LadderClassifier(recipe=QUICK, yes="agreed").fit(inputs, labels).yes_ == "agreed"
    with pytest.raises(ValueError, match="yes='Agreed' is none of the classes of y: agreed, zzz"):
        LadderClassifier(recipe=QUICK, yes="Agreed").fit(inputs, labels)
    with pytest.raises(ValueError, match="two words for the same, declined and no_reply"):
        LadderClassifier(recipe=QUICK).fit(inputs, np.where(log["yes"] == 1, "declined", "no_reply"))


def test_the_order_of_the_rows_changes_nothing(log: pd.DataFrame) -> None:
    recipe = Recipe(bootstrap=3)
    inputs, mixed = ["level", "size", "noise"], log.sample(frac=1, random_state=5)
    first, second = (fitted(frame, frame[inputs], recipe=recipe) for frame in (log, mixed))
    assert np.array_equal(first.readiness(log[inputs]), second.readiness(log[inputs]))
    assert all(map(np.array_equal, first.intervals(log[inputs]), second.intervals(log[inputs])))


@pytest.mark.parametrize("has_ids", [True, False])
def test_the_order_of_the_rows_changes_nothing_in_the_product_either(log: pd.DataFrame, has_ids: bool) -> None:
    count = {"family": "renewals", "table": "interactions", "aggregate": "count", "lookback_days": 90}
    signals = tuple(Signal(name=name, concept=name, en="{value}", es="{value}", **count) for name in ("size", "noise"))
    rows = log.rename(columns={"account": "account_id", "yes": "outcome"}).assign(
        asked_at=pd.Timestamp("2024-01-01") + pd.to_timedelta(log["day"], "D"), completed=np.nan
    )
    rows = rows.assign(matures_at=rows["asked_at"] + pd.Timedelta(days=45))
    rows = rows.assign(ask_id=[f"K{number}" for number in range(len(rows))]) if has_ids else rows
    mixed = rows.sample(frac=1, random_state=5)
    first, second = (
        LadderModel(signals, Recipe(bootstrap=3), 1, levels=(1, 2, 3)).fit(frame) for frame in (rows, mixed)
    )
    assert np.array_equal(first.readiness(rows), second.readiness(rows))


def test_importances_are_of_columns_largest_first(log: pd.DataFrame) -> None:
    inputs = log[["level", "size", "noise"]]
    found = fitted(log, inputs).importances(inputs)
    assert found.index[0] in ("size", "level")
    assert found["size"] > 3 * found["noise"]
    assert found.is_monotonic_decreasing


def test_mlflow_keeps_it_as_any_model_of_scikit_learn(log: pd.DataFrame, tmp_path) -> None:
    inputs = log[["level", "size", "noise"]]
    model = fitted(log, inputs)
    mlflow.sklearn.save_model(model, tmp_path / "kept", serialization_format="cloudpickle")
    kept = mlflow.sklearn.load_model(str(tmp_path / "kept"))
    assert np.array_equal(kept.readiness(inputs), model.readiness(inputs))
