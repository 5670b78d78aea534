"""What-if: exact, inside what asks have had, the declared way, and only on what the firm can act on."""

from copy import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest

from advocate_score.errors import ModelRefusedError
from advocate_score.model.encoding import Scale
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Boosting, Folds, Recipe
from advocate_score.model.selection_bias import TrainingSupport, encoded_without_logs
from advocate_score.model.what_if import COLUMNS, ActionableSignal, actionable_signals, support_values, what_if
from advocate_score.signal_spec import Signal

QUICK = Recipe(bootstrap=2, folds=Folds(count=2), boosting=Boosting(rounds=(20,)))


def declared(name: str, table: str, aggregate: str, direction: int, concept: str, **more: object) -> Signal:
    plain = {"family": "executive_engagement", "en": "{value:.0f}", "es": "{value:.0f}", "actionable": True}
    facts = {"name": name, "table": table, "aggregate": aggregate, "direction": direction, "concept": concept}
    return Signal.model_validate({**plain, **facts, **more})


EXECUTIVE = {"where": {"executive": True}}
NEAR = declared("near", "interactions", "count", 1, "executives", lookback_days=90, **EXECUTIVE)
YEAR = declared("year", "interactions", "count", 1, "executives", lookback_days=365, **EXECUTIVE)
LATEST = declared("latest", "interactions", "recency", -1, "executives", **EXECUTIVE)
SPOKEN = declared("spoken", "interactions", "recency", -1, "contact")
CONFIRMED = declared("confirmed", "outcomes", "count", 1, "results", where={"confirmed": True}, lookback_days=730)
RESULTS = declared("results", "outcomes", "count", 1, "results", actionable=False)
CASES = declared("cases", "cases", "count", -1, "problems", where={"open": True})
TONE = declared("tone", "interactions", "mean", 1, "tone", column="sentiment")
ASKED = declared("asked", "asks", "count", 1, "favours", where={"level": 0})
UNSURE = declared("unsure", "interactions", "count", 0, "activity")
SIGNALS = (NEAR, YEAR, LATEST, SPOKEN, CONFIRMED, RESULTS, CASES, TONE, ASKED, UNSURE)


def log(asks: int = 600, seed: int = 0) -> pd.DataFrame:
    """Asks of clients in whom executives, results and few cases make for a yes."""
    rng = np.random.default_rng(seed)
    near, results = rng.poisson(1.0, asks), rng.poisson(2.0, asks)
    year = near + rng.poisson(2.0, asks)
    latest = np.where(near > 0, rng.uniform(1, 90, asks), rng.uniform(90, 400, asks))
    cases, tone = rng.poisson(0.7, asks), rng.normal(size=asks)
    confirmed = rng.binomial(results, 0.5)
    warmth = -1.5 + 0.5 * near + 0.2 * year + 0.5 * confirmed - 0.7 * cases + 0.3 * tone
    level = rng.choice([1, 2, 3], asks)
    asked_at = pd.Timestamp(2023, 1, 1) + pd.to_timedelta(np.sort(rng.integers(0, 900, asks)), unit="D")
    rows = {
        "account_id": [f"a{number:04d}" for number in range(asks)],
        "level": level,
        "asked_at": asked_at,
        "outcome": (rng.random(asks) < 1 / (1 + np.exp(-(warmth - 0.4 * level)))).astype(int),
        "near": near,
        "year": year,
        "latest": np.where(year > 0, latest, np.nan),
        "spoken": np.minimum(latest, rng.uniform(1, 60, asks)),
        "confirmed": confirmed,
        "results": results,
        "cases": cases,
        "tone": np.where(rng.random(asks) < 0.1, np.nan, tone),
        "asked": rng.poisson(1.0, asks),
        "unsure": rng.poisson(5.0, asks),
    }
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def model() -> LadderModel:
    return LadderModel(SIGNALS, QUICK).fit(log())


@pytest.fixture(scope="module")
def accounts() -> pd.DataFrame:
    return log(asks=150, seed=1)


@pytest.fixture(scope="module")
def changes(model: LadderModel, accounts: pd.DataFrame) -> pd.DataFrame:
    return what_if(model, accounts, 2, SIGNALS, top=9)


def changed(accounts: pd.DataFrame, change: dict[Any, Any]) -> pd.DataFrame:
    one: pd.DataFrame = accounts[accounts["account_id"] == change["account_id"]]
    return one.assign(**{change["signal"]: change["to"], **change["also"]})


def test_it_tells_what_the_model_says_of_the_account_so_changed(
    model: LadderModel, accounts: pd.DataFrame, changes: pd.DataFrame
) -> None:
    assert len(changes) > 100
    before = pd.Series(model.readiness(accounts)[:, 1], accounts["account_id"])
    after = model.readiness(pd.concat([changed(accounts, one) for one in changes.to_dict("records")]))[:, 1]
    np.testing.assert_allclose(changes["readiness_to"], after, rtol=0, atol=1e-12)
    np.testing.assert_allclose(changes["readiness_from"], before[changes["account_id"]], rtol=0, atol=1e-12)
    assert (changes["reaches"] == (changes["readiness_to"] >= 0.5)).all()


def test_every_change_goes_the_declared_way_and_helps(changes: pd.DataFrame) -> None:
    directions = {one.name: one.direction for one in SIGNALS}
    way = changes["signal"].map(directions)
    known = changes["from"].notna()
    assert ((changes["to"] - changes["from"]) * way > 0)[known].all()
    assert set(changes.loc[~known, "signal"]) <= {"latest"}
    gain = changes["readiness_to"] - changes["readiness_from"]
    assert (gain >= 0.01).all()


def test_every_value_is_one_that_asks_have_had(changes: pd.DataFrame) -> None:
    rows = log()
    for name, values in changes.groupby("signal")["to"]:
        assert values.between(rows[name].quantile(0.005), rows[name].quantile(0.995)).all()
    counts = changes[changes["signal"].isin(["near", "year", "confirmed", "cases", "latest", "spoken"])]
    assert (counts["to"] == counts["to"].round()).all()


def test_nobody_is_asked_more_and_nothing_unactionable_or_of_unknown_direction_is_touched(
    changes: pd.DataFrame,
) -> None:
    assert not {"asked", "results", "unsure"} & set(changes["signal"])
    assert {"near", "cases", "confirmed"} <= set(changes["signal"])
    assert not {"asked", "results", "unsure"} & {name for one in changes["also"] for name in one}


def test_no_account_becomes_what_it_could_not_be(accounts: pd.DataFrame, changes: pd.DataFrame) -> None:
    after = pd.concat([changed(accounts, one) for one in changes.to_dict("records")])
    assert (after["near"] <= after["year"]).all()
    assert (after["confirmed"] <= after["results"]).all()
    assert (after.loc[after["near"] > 0, "latest"] <= 90).all()
    assert (after["spoken"] <= after["latest"].fillna(np.inf)).all()


def test_no_account_is_led_out_of_where_asks_were(model: LadderModel, accounts: pd.DataFrame) -> None:
    support = model.selection_.support
    assert support is not None
    standing = encoded_without_logs(model.fitted_.blend.preparation.encoder, accounts)
    narrow = support.model_copy(update={"limit": float(np.quantile(support.distance(standing), 0.8))})
    for limits, anybody in ((narrow, False), (None, True)):
        held = copy(model)
        held.selection_ = model.selection_.model_copy(update={"support": limits})
        assert led_out(model, narrow, accounts, what_if(held, accounts, 2, SIGNALS, top=9)).any() == anybody


def led_out(model: LadderModel, support: TrainingSupport, accounts: pd.DataFrame, changes: pd.DataFrame) -> np.ndarray:
    encoder = model.fitted_.blend.preparation.encoder
    outside = pd.Series(support.are_outside(encoded_without_logs(encoder, accounts)), accounts["account_id"])
    after = pd.concat([changed(accounts, one) for one in changes.to_dict("records")])
    return support.are_outside(encoded_without_logs(encoder, after)) & ~outside[changes["account_id"]].to_numpy()


def test_accounts_that_are_ready_need_nothing(model: LadderModel, accounts: pd.DataFrame) -> None:
    ready = accounts.loc[model.readiness(accounts)[:, 1] >= 0.3, "account_id"]
    assert len(ready) > 10
    assert not set(what_if(model, accounts, 2, SIGNALS, threshold=0.3)["account_id"]) & set(ready)


def test_the_nearest_value_that_reaches_is_told(model: LadderModel, accounts: pd.DataFrame) -> None:
    found = what_if(model, accounts, 1, SIGNALS, threshold=0.5, top=9)
    reached = found[found["reaches"] & (found["signal"] == "cases")]
    assert len(reached) > 3
    for one in reached.to_dict("records"):
        step_less = changed(accounts, one | {"to": one["to"] + 1})
        assert model.readiness(step_less)[0, 0] < 0.5


def test_one_change_a_concept_the_reaching_first(model: LadderModel, accounts: pd.DataFrame) -> None:
    found = what_if(model, accounts, 1, SIGNALS, top=2)
    assert not found.duplicated(["account_id", "concept"]).any()
    assert found.groupby("account_id")["place"].apply(list).map(lambda places: places == [1, 2][: len(places)]).all()
    first, second = found[found["place"] == 1].set_index("account_id"), found[found["place"] == 2]
    assert (first["reaches"][second["account_id"]].to_numpy() >= second["reaches"].to_numpy()).all()


def test_batches_change_nothing(
    model: LadderModel, accounts: pd.DataFrame, changes: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = accounts.head(30)
    changes = changes[changes["account_id"].isin(accounts["account_id"])]
    monkeypatch.setattr("advocate_score.model.what_if._BATCH", 64)
    pd.testing.assert_frame_equal(what_if(model, accounts, 2, SIGNALS, top=9), changes)


def test_rows_may_be_about_levels_of_their_own(model: LadderModel, accounts: pd.DataFrame) -> None:
    some = accounts.head(30)
    levels, thresholds = pd.Series([1] * 30 + [3] * 30), pd.Series([0.5] * 30 + [0.3] * 30)
    found = what_if(model, pd.concat([some, some]), levels, SIGNALS, threshold=thresholds, top=9)
    assert set(found["level"]) == {1, 3}
    for level, threshold in ((1, 0.5), (3, 0.3)):
        alone = what_if(model, some, level, SIGNALS, threshold=threshold, top=9)
        pd.testing.assert_frame_equal(found[found["level"] == level].reset_index(drop=True), alone, rtol=1e-12)


def test_nobody_or_nothing_to_change_gives_an_empty_frame(model: LadderModel, accounts: pd.DataFrame) -> None:
    for found in (what_if(model, accounts.head(0), 2, SIGNALS), what_if(model, accounts, 2, (ASKED, RESULTS))):
        assert found.empty
        assert tuple(found.columns) == COLUMNS


def test_a_missing_input_is_refused(model: LadderModel, accounts: pd.DataFrame) -> None:
    with pytest.raises(ModelRefusedError):
        what_if(model, accounts.drop(columns="near"), 2, SIGNALS)


def test_the_scorecard_answers_before_any_ask(accounts: pd.DataFrame) -> None:
    cold = LadderModel(SIGNALS).fit_cold(accounts)
    assert "near" in set(what_if(cold, accounts, 3, SIGNALS)["signal"])


def lever(name: str) -> ActionableSignal:
    rows = log()
    scales = {one.name: Scale.fit(rows[one.name].to_numpy(float)) for one in SIGNALS}
    return next(one for one in actionable_signals(SIGNALS, scales) if one.signal.name == name)


NOW = {"near": 0.0, "year": 1.0, "latest": 200.0, "spoken": 150.0, "confirmed": 1.0, "results": 2.0}


def test_one_more_row_counts_wherever_it_counts() -> None:
    assert lever("near").side_effects(NOW, 2.0) == {"year": 3.0, "latest": 90.0, "spoken": 90.0}
    assert lever("year").side_effects(NOW, 2.0) == {"latest": 200.0, "spoken": 150.0}
    assert lever("latest").side_effects(NOW, 100.0) == {"year": 2.0, "spoken": 100.0}
    assert lever("latest").side_effects(NOW | {"latest": np.nan}, 30.0) == {"near": 1.0, "year": 2.0, "spoken": 30.0}


def test_a_result_that_is_not_there_cannot_be_confirmed() -> None:
    assert lever("confirmed").better_values(NOW).tolist() == [2.0]
    assert lever("confirmed").better_values(NOW | {"confirmed": 2.0}).tolist() == []


def test_unknown_is_filled_by_a_first_event_only() -> None:
    assert len(lever("latest").better_values({**NOW, "latest": np.nan})) > 0
    assert lever("tone").better_values({"tone": np.nan}).tolist() == []


def test_the_outer_hundredths_are_not_support() -> None:
    values = np.repeat([0.0, 1.0, 2.0, 40.0], [900, 60, 35, 5])
    assert support_values(NEAR, Scale.fit(values)).tolist() == [0.0, 1.0, 2.0]
    amounts = np.random.default_rng(0).normal(size=5_000)
    inside = support_values(TONE, Scale.fit(amounts))
    assert np.quantile(amounts, 0.01) <= inside[0] < inside[-1] <= np.quantile(amounts, 0.99)


def test_steps_go_from_the_nearest_to_the_farthest() -> None:
    for most in (2, 3, 6):
        steps = lever("spoken").steps(NOW, most)
        better = lever("spoken").better_values(NOW)
        assert len(steps) == most
        assert (np.diff(steps) < 0).all()
        assert (steps[0], steps[-1]) == (better[0], better[-1])
    assert lever("spoken").steps(NOW, 1).tolist() == [lever("spoken").better_values(NOW)[-1]]
