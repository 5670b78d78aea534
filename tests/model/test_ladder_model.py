from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.special import logit
from sklearn.base import clone

from advocate_score.errors import InputError, ModelRefusedError
from advocate_score.model.arrays import ROWS
from advocate_score.model.blend import Encoded, fit_completion, variance_between
from advocate_score.model.design import Preparation
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.ordinal_logit import Logit as LinearPart
from advocate_score.model.predict import describe, probabilities
from advocate_score.model.recipe import Boosting, Evidence, Folds, Logit, Recipe
from advocate_score.model.training_data import Plan, Schema, ask_rows
from advocate_score.signal_spec import Signal
from advocate_score.signal_words import Cases

LogMaker = Callable[..., pd.DataFrame]
Signals = tuple[Signal, ...]
QUICK = Recipe(bootstrap=4, folds=Folds(count=2), boosting=Boosting(rounds=(5, 20)))


@pytest.fixture(scope="module")
def rows(ask_log: LogMaker) -> pd.DataFrame:
    return ask_log(asks=500, accounts=80, seed=1)


@pytest.fixture(scope="module")
def model(rows: pd.DataFrame, log_signals: Signals) -> LadderModel:
    return LadderModel(log_signals, QUICK, seed=3).fit(rows)


@pytest.fixture(scope="module")
def accounts(ask_log: LogMaker) -> pd.DataFrame:
    log = ask_log(asks=300, accounts=200, seed=8)
    return log.drop_duplicates("account_id").drop(columns=["level", "outcome"]).reset_index(drop=True)


def log_loss(chance: np.ndarray, outcome: pd.Series) -> float:
    return -float(np.log(np.where(outcome == 1, chance, 1 - chance)).mean())


def test_readiness_is_a_probability_that_never_rises_along_the_ladder(
    model: LadderModel, accounts: pd.DataFrame
) -> None:
    readiness = model.readiness(accounts)
    assert readiness.shape == (len(accounts), 5)
    assert ((readiness > 0) & (readiness < 1)).all()
    assert (np.diff(readiness, axis=1) <= 0).all()


def test_probability_is_readiness_at_the_level_of_the_ask(model: LadderModel, rows: pd.DataFrame) -> None:
    own = model.readiness(rows)[np.arange(len(rows)), rows["level"] - 1]
    np.testing.assert_allclose(model.probability(rows), own, rtol=0, atol=1e-12)


def test_the_words_of_its_signals_change_nothing(model: LadderModel, rows: pd.DataFrame, log_signals: Signals) -> None:
    words = {"reason": False, "reads": -1, "en": Cases(other="{value} shown"), "es": Cases(other="{value} mostradas")}
    reworded = [signal.model_copy(update=words) for signal in log_signals]
    again = LadderModel(reworded, QUICK, seed=3).fit(rows)
    np.testing.assert_array_equal(again.readiness(rows), model.readiness(rows))
    told, before = (one.explain(rows.head(20)) for one in (again, model))
    pd.testing.assert_frame_equal(told.contributions, before.contributions, check_exact=True)
    np.testing.assert_allclose(told.log_odds, logit(again.probability(rows.head(20))), rtol=0, atol=1e-6)
    assert again.choices() == model.choices()


def test_readiness_lies_within_its_interval(model: LadderModel, accounts: pd.DataFrame) -> None:
    low, high = model.intervals(accounts)
    readiness = model.readiness(accounts)
    assert ((low < readiness) & (readiness < high)).all()
    assert ((low > 0) & (high < 1)).all()


def test_the_curve_holds_readiness_and_interval_of_one_prediction(model: LadderModel, accounts: pd.DataFrame) -> None:
    found = model.curve(accounts)
    assert (found.readiness == model.readiness(accounts)).all()
    assert (np.stack([found.low, found.high]) == np.stack(model.intervals(accounts))).all()


def test_the_scores_are_the_curve_and_completion(model: LadderModel, accounts: pd.DataFrame) -> None:
    found, curve = model.scores(accounts), model.curve(accounts)
    for name in ("readiness", "low", "high"):
        np.testing.assert_array_equal(getattr(found, name), getattr(curve, name))
    np.testing.assert_array_equal(found.completion, model.completion(accounts))


def test_trees_are_read_once_for_all_levels_and_say_what_each_says_alone(
    model: LadderModel, accounts: pd.DataFrame
) -> None:
    """The curve made the long way: every booster asked at every level over rows copied for it."""
    rows, fitted = describe(model.fitted_, accounts), model.fitted_
    assert fitted.bag is not None
    every = [fitted.bag.members_at(rows.trees, np.full(len(accounts), level)) for level in range(5)]
    whole = fitted.blend.linear.at_levels(rows.design) + (fitted.blend.boosted * np.stack(every, axis=2)).mean(axis=0)
    expected = probabilities(fitted.blend.calibration.at_levels(whole))
    np.testing.assert_array_equal(model.readiness(accounts), expected)


@pytest.mark.parametrize("size", [0, 1, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS + 3])
def test_accounts_in_any_number_are_scored_as_in_parts(model: LadderModel, accounts: pd.DataFrame, size: int) -> None:
    """Linear algebra adds the last rows of a part in another order than those before: the last bit may differ."""
    many = accounts.iloc[np.random.default_rng(4).integers(len(accounts), size=size)].reset_index(drop=True)
    whole = model.scores(many)
    parts = [model.scores(many.iloc[start : start + 1_001]) for start in range(0, max(size, 1), 1_001)]
    for name in ("readiness", "low", "high"):
        together = np.concatenate([getattr(part, name) for part in parts])
        assert together.shape == (size, 5)
        np.testing.assert_allclose(getattr(whole, name), together, rtol=0, atol=1e-12)


def test_the_width_of_an_interval_hardly_depends_on_the_seed(
    ask_log: LogMaker, log_signals: Signals, accounts: pd.DataFrame
) -> None:
    """With 20 refits alone the widest of six is half again as wide as the narrowest."""
    rows = ask_log(asks=300, accounts=60, seed=6)
    recipe = Recipe(folds=Folds(count=2), boosting=Boosting(rounds=(5,)))
    widths = [spread_of(LadderModel(log_signals, recipe, seed).fit(rows), accounts) for seed in range(6)]
    assert np.median(np.max(widths, axis=0) / np.min(widths, axis=0)) < 1.25


def spread_of(model: LadderModel, accounts: pd.DataFrame) -> np.ndarray:
    low, high = model.intervals(accounts)
    return high - low


def test_further_linear_refits_change_intervals_alone(
    model: LadderModel, rows: pd.DataFrame, log_signals: Signals, accounts: pd.DataFrame
) -> None:
    without = LadderModel(log_signals, QUICK.model_copy(update={"linear_refits": 0}), seed=3).fit(rows)
    assert len(model.fitted_.blend.linear_refits) == 16
    assert not without.fitted_.blend.linear_refits
    np.testing.assert_array_equal(without.readiness(accounts), model.readiness(accounts))
    assert (spread_of(without, accounts) != spread_of(model, accounts)).any()
    told, before = (one.explain(rows.head(20)) for one in (model, without))
    pd.testing.assert_frame_equal(told.contributions, before.contributions, check_exact=True)
    pd.testing.assert_frame_equal(told.stable["for"], before.stable["for"])
    assert model.choices() == without.choices()
    assert not model.refit(rows).fitted_.blend.linear_refits


@pytest.mark.parametrize(("refits", "members", "levels"), [(2, 1, 1), (7, 7, 4), (10, 3, 4), (100, 20, 4)])
def test_the_spread_between_refits_is_that_of_all_of_them(refits: int, members: int, levels: int) -> None:
    rng = np.random.default_rng(refits)
    design, trees = rng.normal(size=(30, 6)), rng.normal(3.0, 0.5, size=(members, 30 if levels > 1 else 1, levels))
    parts = [LinearPart(intercepts=rng.normal(size=4), slopes=rng.normal(size=6)) for _ in range(refits)]
    each = [part.at_levels(design) + trees[number % members] for number, part in enumerate(parts)]
    np.testing.assert_allclose(variance_between(parts, design, trees), np.var(each, axis=0, ddof=1), rtol=1e-10)


def test_what_is_shrunk_for_want_of_asks_is_not_held_for_known(ask_log: LogMaker, log_signals: Signals) -> None:
    """A slope that the ridge holds near nothing is as unknown as its prior says, however alike resamples are."""
    rows = ask_log(asks=150, accounts=40, seed=5)
    firm = QUICK.model_copy(update={"components": ("logit",), "bootstrap": 40})
    wide, narrow = (firm.model_copy(update={"logit": Logit(ridges=(ridge,))}) for ridge in (3.0, 3000.0))
    far = pd.DataFrame({"account_id": ["far", "middle"], "shown": [9.0, rows["shown"].median()], "noise": [0.0, 0.0]})
    spread = [spread_at_first_level(LadderModel(log_signals, one).fit(rows), far) for one in (wide, narrow)]
    assert spread[0][0] > 1.2 * spread[0][1]
    assert spread[0][0] > spread[1][0]


def spread_at_first_level(model: LadderModel, accounts: pd.DataFrame) -> np.ndarray:
    """In log-odds, since the same doubt is narrower near certainty."""
    low, high = (np.log(bound / (1 - bound))[:, 0] for bound in model.intervals(accounts))
    return high - low


def test_it_foretells_later_asks_better_than_base_rate_and_record(rows: pd.DataFrame, log_signals: Signals) -> None:
    early, late = rows[:350], rows[350:]
    found = LadderModel(log_signals, QUICK).fit(early).probability(late)
    rate = early["outcome"].mean()
    record = (late["history_yes"] + 10 * rate) / (late["history_n"] + 10)
    assert log_loss(found, late["outcome"]) < log_loss(record.to_numpy(), late["outcome"])
    assert log_loss(found, late["outcome"]) < log_loss(np.full(len(late), rate), late["outcome"])


def test_more_of_what_speaks_for_never_lowers_readiness(model: LadderModel, accounts: pd.DataFrame) -> None:
    more = accounts.assign(shown=accounts["shown"] + 0.7)
    assert (model.readiness(more) >= model.readiness(accounts)).all()


def test_the_same_rows_give_the_same_model(model: LadderModel, rows: pd.DataFrame, accounts: pd.DataFrame) -> None:
    again = clone(model).fit(rows)
    assert (again.readiness(accounts) == model.readiness(accounts)).all()
    assert again.get_params()["seed"] == 3


def test_columns_are_found_by_name_and_others_ignored(model: LadderModel, accounts: pd.DataFrame) -> None:
    turned = accounts[accounts.columns[::-1]].assign(other="x")
    assert (model.readiness(turned) == model.readiness(accounts)).all()
    with pytest.raises(ModelRefusedError, match="noise"):
        model.readiness(accounts.drop(columns="noise"))


def test_an_account_never_seen_and_unknown_in_everything_is_scored(model: LadderModel) -> None:
    blank = pd.DataFrame({"account_id": ["new"], "shown": [np.nan], "noise": [np.nan]})
    readiness = model.readiness(blank)
    assert ((readiness > 0) & (readiness < 1)).all()


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.assign(outcome=1),
        lambda rows: rows[:0],
        lambda rows: rows.assign(outcome=rows["outcome"].where(rows.index > 0)),
        lambda rows: rows.assign(level=9),
    ],
    ids=["one class", "no asks", "missing label", "unknown level"],
)
def test_labels_that_teach_nothing_are_refused(
    change: Callable[[pd.DataFrame], pd.DataFrame], rows: pd.DataFrame, log_signals: Signals
) -> None:
    with pytest.raises(InputError):
        LadderModel(log_signals, QUICK).fit(change(rows))


def test_a_handful_of_asks_is_the_scorecard_hardly_moved(
    ask_log: LogMaker, log_signals: Signals, accounts: pd.DataFrame
) -> None:
    few = ask_log(asks=12, accounts=12, seed=3)
    model = LadderModel(log_signals, QUICK).fit(few)
    cold = LadderModel(log_signals, QUICK).fit_cold(accounts)
    ranks = [pd.Series(one.readiness(accounts)[:, 2]).rank() for one in (model, cold)]
    assert ranks[0].corr(ranks[1]) > 0.95
    assert set(model.evidence().values()) == {"scorecard"}


def test_with_no_ask_at_all_the_scorecard_speaks(log_signals: Signals, accounts: pd.DataFrame) -> None:
    model = LadderModel(log_signals, QUICK).fit_cold(accounts)
    readiness = model.readiness(accounts)
    low, high = model.intervals(accounts)
    assert (np.diff(readiness, axis=1) <= 0).all()
    assert pd.Series(readiness[:, 0]).corr(accounts["shown"], method="spearman") > 0.99
    assert (high - low).mean() > 0.4
    assert np.isnan(model.completion(accounts)).all()
    assert model.evidence() == dict.fromkeys((1, 2, 3, 4, 5), "scorecard")


def test_weights_of_the_scorecard_can_be_set(log_signals: Signals, accounts: pd.DataFrame) -> None:
    off = LadderModel(log_signals, QUICK, scorecard={"renewals": 0.0}).fit_cold(accounts)
    assert (off.readiness(accounts) == off.readiness(accounts)[0]).all()
    with pytest.raises(ValueError, match="loyalty"):
        LadderModel(log_signals, QUICK, scorecard={"loyalty": 1.0}).fit_cold(accounts)


def test_without_bootstrap_the_prediction_still_stands(rows: pd.DataFrame, log_signals: Signals) -> None:
    quick = LadderModel(log_signals, QUICK).fit(rows, bootstrap=0)
    low, high = quick.intervals(rows)
    assert ((low <= quick.readiness(rows)) & (quick.readiness(rows) <= high)).all()


def test_evidence_is_graded_by_the_asks_of_a_level(rows: pd.DataFrame, log_signals: Signals) -> None:
    graded = QUICK.model_copy(update={"evidence": Evidence(limited=100, solid=120, borrowing_below=30)})
    model = LadderModel(log_signals, graded).fit(rows)
    assert model.evidence() == {1: "solid", 2: "solid", 3: "limited", 4: "limited", 5: "limited"}
    assert model.borrowed() == (4, 5)


def test_completion_is_learned_from_accepted_asks_alone(rows: pd.DataFrame, log_signals: Signals) -> None:
    accepted = rows["outcome"] == 1
    done = (rows["noise"] > 0).astype("float64").where(accepted)
    model = LadderModel(log_signals, QUICK).fit(rows.assign(completed=done))
    completion = model.completion(rows)
    assert pd.Series(completion[:, 0]).corr(rows["noise"], method="spearman") > 0.8
    assert completion[:, 0].mean() == pytest.approx(done.mean(), abs=0.1)


def test_completion_may_rise_with_the_level(rows: pd.DataFrame, log_signals: Signals) -> None:
    """A level that is hardly ever delivered says nothing of those above it."""
    accepted = rows["outcome"] == 1
    done = (rows["level"] != 2).astype("float64").where(accepted)
    model = LadderModel(log_signals, QUICK).fit(rows.assign(completed=done))
    middle = model.completion(rows).mean(axis=0)
    assert middle[1] < 0.3
    assert min(middle[0], middle[2]) > 0.8
    assert done.mean() - 0.2 < middle[3] < done.mean() + 0.2, "a level without asks has the rate of all"


def test_completion_counts_a_row_of_weight_two_as_two_rows(rows: pd.DataFrame, log_signals: Signals) -> None:
    done = (rows["noise"] > 0).astype("float64").where(rows["outcome"] == 1)
    plan = Plan(Schema.of_signals(log_signals), QUICK, 5, 0)
    asks = ask_rows(rows, plan.schema, (1, 2, 3, 4, 5))
    data = Encoded.of(asks, Preparation.fit(asks, plan))
    twice = np.concatenate([np.arange(len(asks)), np.arange(100)])
    weight = np.where(np.arange(len(asks)) < 100, 2.0, 1.0)
    weighed = fit_completion(replace(data, rows=replace(asks, weight=weight)), done.to_numpy(), plan)
    repeated = fit_completion(Encoded.of(asks.take(twice), data.preparation), done.to_numpy()[twice], plan)
    assert weighed is not None
    assert repeated is not None
    np.testing.assert_allclose(weighed.slopes, repeated.slopes, atol=1e-4)


def test_any_number_of_levels(rows: pd.DataFrame, log_signals: Signals) -> None:
    three = LadderModel(log_signals, QUICK, levels=(1, 2, 3)).fit(rows)
    assert three.readiness(rows).shape == (len(rows), 3)
    one = LadderModel(log_signals, QUICK, levels=(1,)).fit(rows[rows["level"] == 1])
    assert one.readiness(rows).shape == (len(rows), 1)


def test_no_signals_at_all_leave_level_and_record(rows: pd.DataFrame) -> None:
    model = LadderModel((), QUICK).fit(rows)
    found = model.probability(rows)
    assert pd.Series(found).corr(rows["history_yes"] / (rows["history_n"] + 1), method="spearman") > 0.5


def test_logged_propensities_mend_what_favouritism_did(log_signals: Signals) -> None:
    rows, everybody, truth = favouritism()
    mended = LadderModel(log_signals, QUICK, levels=(1,)).fit(rows)
    naive = LadderModel(log_signals, QUICK, levels=(1,)).fit(rows.assign(propensity=1.0))
    assert naive.readiness(everybody).mean() > truth + 0.06
    assert abs(mended.readiness(everybody).mean() - truth) < 0.04


def favouritism() -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Asks of those whose goodwill somebody felt but nobody recorded, and one in ten of anybody."""
    rng = np.random.default_rng(5)
    shown, goodwill = rng.normal(size=4000), rng.normal(size=4000)
    chance = 1 / (1 + np.exp(1.0 - shown - 1.2 * goodwill))
    liked = np.exp(1.2 * goodwill) / np.exp(1.2 * goodwill).sum()
    explore = rng.random(1500) < 0.1
    account = np.where(explore, rng.integers(4000, size=1500), rng.choice(4000, 1500, p=liked))
    asked_at = pd.Series(pd.Timestamp(2020, 1, 1) + pd.to_timedelta(np.arange(1500), unit="D"))
    rows = pd.DataFrame(
        {
            "account_id": account,
            "level": 1,
            "asked_at": asked_at,
            "matures_at": asked_at + pd.Timedelta(days=45),
            "outcome": (rng.random(1500) < chance[account]).astype("int8"),
            "propensity": 0.9 * liked[account] + 0.1 / 4000,
            "exploration": explore,
            "shown": shown[account],
            "noise": 0.0,
        }
    )
    return rows, pd.DataFrame({"shown": shown, "noise": 0.0}), float(chance.mean())


class Foreign:
    """A frame of another library, as Polars' is: it has columns of its own kind, and hands them over as Arrow."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._table = pa.Table.from_pandas(frame, preserve_index=False)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def test_frames_of_other_libraries_say_the_same(
    model: LadderModel, rows: pd.DataFrame, accounts: pd.DataFrame, log_signals: Signals
) -> None:
    again = LadderModel(log_signals, QUICK, seed=3).fit(Foreign(rows))
    expected, found = model.scores(accounts), again.scores(Foreign(accounts))
    for name, figures in vars(expected).items():
        assert np.array_equal(figures, getattr(found, name), equal_nan=True), name
    assert np.array_equal(again.intervals(Foreign(accounts)), model.intervals(accounts))
    assert np.array_equal(again.completion(Foreign(accounts)), model.completion(accounts), equal_nan=True)
    assert (again.probability(Foreign(rows)) == model.probability(rows)).all()
    few = rows.head(3)
    assert (again.explain(Foreign(few)).concepts == model.explain(few).concepts).all(axis=None)
    cold = [LadderModel(log_signals, QUICK, seed=3).fit_cold(one) for one in (accounts, Foreign(accounts))]
    assert (cold[0].readiness(accounts) == cold[1].readiness(Foreign(accounts))).all()


def test_rows_that_are_no_table_are_refused(model: LadderModel) -> None:
    with pytest.raises(InputError, match="are no table but of type ndarray"):
        model.readiness(np.zeros((2, 2)))  # type: ignore[arg-type]
