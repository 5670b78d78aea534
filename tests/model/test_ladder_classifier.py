from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.special import logit
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from advocate_score.model.ladder_classifier import LadderClassifier
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Boosting, Folds, Logit, Recipe
from model.conftest import MATURITY_DAYS, signal

LogMaker = Callable[..., pd.DataFrame]
QUICK = Recipe(bootstrap=4, folds=Folds(count=2), boosting=Boosting(rounds=(5, 20)))
INPUTS = ["level", "history_yes", "history_n", "shown", "noise"]
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": "standings, folds and resamples count rows, not their weights",
}


def estimator(**more: object) -> LadderClassifier:
    return LadderClassifier(recipe=QUICK, **more)


@pytest.fixture(scope="module")
def log(ask_log: LogMaker) -> pd.DataFrame:
    return ask_log(asks=500, accounts=80, seed=1)


@pytest.fixture(scope="module")
def fitted(log: pd.DataFrame) -> LadderClassifier:
    return fit(estimator(directions={"shown": 1}, maturity_days=MATURITY_DAYS), log)


def fit(classifier: LadderClassifier, log: pd.DataFrame, columns: list[str] | None = None) -> LadderClassifier:
    return classifier.fit(log[columns or INPUTS], log["outcome"], groups=log["account_id"], times=log["asked_at"])


CHECKS = list(
    estimator_checks_generator(estimator(level_column=None), expected_failed_checks=EXPECTED_FAILURES, mark="xfail")
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("one", "check"), CHECKS)
def test_it_keeps_the_conventions_of_scikit_learn(one: LadderClassifier, check: Callable[..., None]) -> None:
    check(one)


def test_it_is_the_ladder_model(fitted: LadderClassifier, log: pd.DataFrame) -> None:
    signals = signal("shown", direction=1, family="renewals"), signal("noise", family="renewals")
    model = LadderModel(signals, QUICK, levels=(1, 2, 3), scorecard={"renewals": QUICK.scorecard.no_family}).fit(log)
    assert (fitted.readiness(log[INPUTS]) == model.readiness(log)).all()
    assert fitted.predict_proba(log[INPUTS])[:, 1] == pytest.approx(model.probability(log), abs=1e-12)
    assert (np.stack(fitted.intervals(log[INPUTS])) == np.stack(model.intervals(log))).all()


def test_readiness_never_rises_and_lies_within_its_interval(fitted: LadderClassifier, log: pd.DataFrame) -> None:
    readiness, (low, high) = fitted.readiness(log[INPUTS]), fitted.intervals(log[INPUTS])
    assert readiness.shape == (len(log), 3)
    assert (np.diff(readiness, axis=1) <= 0).all()
    assert ((low < readiness) & (readiness < high)).all()


def test_a_chance_is_readiness_at_the_rows_own_level(fitted: LadderClassifier, log: pd.DataFrame) -> None:
    chance = fitted.predict_proba(log[INPUTS])
    own = fitted.readiness(log[INPUTS])[np.arange(len(log)), log["level"] - 1]
    assert chance[:, 1] == pytest.approx(own, abs=1e-12)
    assert chance.sum(axis=1) == pytest.approx(1.0)
    assert (fitted.predict(log[INPUTS]) == (chance[:, 1] > 0.5)).all()


def test_readiness_does_not_read_the_level(fitted: LadderClassifier, log: pd.DataFrame) -> None:
    without = log[INPUTS].drop(columns="level")
    assert (fitted.readiness(without) == fitted.readiness(log[INPUTS])).all()
    with pytest.raises(ValueError, match="history_n"):
        fitted.readiness(without.drop(columns="history_n"))


def test_what_it_learned_is_told(fitted: LadderClassifier) -> None:
    assert fitted.classes_.tolist() == [0, 1]
    assert fitted.levels_ == (1, 2, 3)
    assert fitted.n_features_in_ == 5
    assert fitted.feature_names_in_.tolist() == INPUTS


def test_reasons_go_by_the_columns_names_and_add_up(fitted: LadderClassifier, log: pd.DataFrame) -> None:
    found = fitted.explain(log[INPUTS])
    assert found.contributions.columns.tolist() == ["history_yes", "shown", "noise"]
    assert found.log_odds == pytest.approx(logit(fitted.predict_proba(log[INPUTS])[:, 1]), abs=1e-6)
    told = found.reasons(top=1)
    shown = told[told["signal"] == "shown"]
    assert shown["value"].tolist() == log["shown"].iloc[shown["row"]].tolist()


def test_a_direction_is_kept(fitted: LadderClassifier, log: pd.DataFrame) -> None:
    more = log.assign(shown=log["shown"] + 0.7)
    assert (fitted.readiness(more[INPUTS]) >= fitted.readiness(log[INPUTS])).all()


def test_arrays_lists_and_arrow_tables_say_the_same(log: pd.DataFrame) -> None:
    plain = log[["level", "shown", "noise"]]
    frame = estimator().fit(plain, log["outcome"])
    array = estimator(level_column=0, directions={"x2": 0}).fit(plain.to_numpy(), log["outcome"].tolist())
    expected = frame.predict_proba(plain)
    assert (array.predict_proba(plain.to_numpy().tolist()) == expected).all()
    assert (frame.predict_proba(pa.Table.from_pandas(plain)) == expected).all()
    assert array.explain(plain.to_numpy()).contributions.columns.tolist() == ["history_yes", "x1", "x2"]


@pytest.mark.parametrize("levels", [1, 2, 8])
def test_a_ladder_has_any_number_of_levels(levels: int, ask_log: LogMaker) -> None:
    log = ask_log(asks=200, seed=2)
    log["level"] = np.arange(200) % levels
    readiness = fit(estimator(), log).readiness(log[INPUTS])
    assert readiness.shape == (200, levels)
    assert (np.diff(readiness, axis=1) <= 0).all()


def test_levels_may_be_words_and_some_never_asked(log: pd.DataFrame) -> None:
    words = log.assign(level=log["level"].map({1: "small", 2: "middle", 3: "large"}))
    order = ["small", "middle", "large", "huge"]
    named = fit(estimator(levels=order), words)
    assert named.readiness(words[INPUTS]).shape == (len(log), 4)
    assert named.predict_proba(words[INPUTS])[:, 1].std() > 0.05
    with pytest.raises(ValueError, match="must be one of small, middle, large, huge"):
        named.predict(log[INPUTS])


def test_text_odd_names_and_gaps_are_welcome(log: pd.DataFrame) -> None:
    sector = pd.Series(np.where(log["shown"] > 0, "a", "b"))
    odd = log[["level", "noise"]].assign(**{'sector: [x], "y"': sector.mask(log.index % 7 == 0), "one_hot_0": np.nan})
    found = fit(estimator(), odd.assign(**log[["outcome", "account_id", "asked_at"]]), list(odd.columns))
    chance = found.predict_proba(odd)[:, 1]
    assert chance[sector == "a"].mean() > chance[sector == "b"].mean() + 0.1
    unseen = odd.assign(**{'sector: [x], "y"': "c"})
    assert np.isfinite(found.predict_proba(unseen)).all()


def test_any_two_labels_do(log: pd.DataFrame, fitted: LadderClassifier) -> None:
    words = log.assign(outcome=np.where(log["outcome"] == 1, "yes", "no"))
    told = fit(clone(fitted), words)
    assert told.classes_.tolist() == ["no", "yes"]
    assert (told.predict_proba(log[INPUTS]) == fitted.predict_proba(log[INPUTS])).all()
    assert told.score(words[INPUTS], words["outcome"]) > words["outcome"].eq("yes").mean()


def test_rows_without_weight_are_as_if_not_there(log: pd.DataFrame) -> None:
    weight = np.where(log.index < 300, 1.0, 0.0)
    every, some = log[INPUTS], log[INPUTS][:300]
    weighed = estimator().fit(every, log["outcome"], sample_weight=weight)
    assert (weighed.readiness(every) == estimator().fit(some, log["outcome"][:300]).readiness(every)).all()


@pytest.mark.parametrize("component", ["logit", "boosted"])
def test_weight_pulls_towards_what_it_is_given_to(component: str, log: pd.DataFrame) -> None:
    weight = np.where(log["outcome"] == 1, 5.0, 1.0)
    alone = LadderClassifier(recipe=QUICK.model_copy(update={"components": (component,), "folds": Folds(min_asks=999)}))
    plain = alone.fit(log[INPUTS], log["outcome"]).predict_proba(log[INPUTS])[:, 1].mean()
    pulled = alone.fit(log[INPUTS], log["outcome"], sample_weight=weight).predict_proba(log[INPUTS])[:, 1]
    assert pulled.mean() > plain + 0.1


def test_only_the_order_of_times_counts_and_rows_stand_in_order_without(log: pd.DataFrame) -> None:
    turned = log[::-1]
    days = (turned["asked_at"] - pd.Timestamp(2020, 1, 1)) / pd.Timedelta(days=1)
    by_days = estimator().fit(turned[INPUTS], turned["outcome"], times=days)
    as_they_stand = estimator().fit(log[INPUTS], log["outcome"])
    assert by_days.fitted_.blend.weights == pytest.approx(as_they_stand.fitted_.blend.weights, abs=1e-6)


def test_a_grid_is_searched_over_recipes(log: pd.DataFrame) -> None:
    recipes = [QUICK, QUICK.model_copy(update={"logit": Logit(ridges=(1e6,)), "components": ("logit",)})]
    with config_context(enable_metadata_routing=True):
        asked = estimator().set_fit_request(groups=True, times=True)
        search = GridSearchCV(asked, {"recipe": recipes}, cv=GroupKFold(3), scoring="neg_log_loss")
        search.fit(log[INPUTS], log["outcome"], groups=log["account_id"], times=log["asked_at"])
    assert search.best_params_["recipe"] is recipes[0]
    assert search.best_estimator_.readiness(log[INPUTS]).shape == (len(log), 3)


def test_a_grid_reaches_every_choice_of_the_recipe(log: pd.DataFrame) -> None:
    grid = {"recipe__boosting__leaves": [3, 5], "recipe__components": [("logit", "boosted")]}
    search = GridSearchCV(estimator(), grid, cv=2, scoring="neg_log_loss").fit(log[INPUTS], log["outcome"])
    best = search.best_estimator_
    assert best.recipe.boosting.leaves == search.best_params_["recipe__boosting__leaves"]
    assert best.recipe.bootstrap == QUICK.bootstrap
    assert set(best.fitted_.blend.weights) == {"logit", "boosted"}


def test_cross_validation_routes_what_goes_with_the_rows(log: pd.DataFrame) -> None:
    beside = {"groups": log["account_id"], "times": log["asked_at"]}
    with config_context(enable_metadata_routing=True):
        asked = make_pipeline(estimator().set_fit_request(groups=True, times=True))
        losses = cross_val_score(
            asked, log[INPUTS], log["outcome"], cv=GroupKFold(2), scoring="neg_log_loss", params=beside
        )
    train, test = next(GroupKFold(2).split(log, groups=log["account_id"]))
    alone = fit(estimator(), log.iloc[train]).predict_proba(log[INPUTS].iloc[test])
    assert losses[0] == pytest.approx(-log_loss(log["outcome"].iloc[test], alone))


def test_propensities_calibrate_for_those_who_were_seldom_asked(log: pd.DataFrame) -> None:
    """Yes is made rare among the asks that were drawn by lot, and they stand for many more like them."""
    drawn = (log.index % 5 == 0) & (log["outcome"] == 0)
    policy = {"propensity": np.where(drawn, 0.05, 0.9), "exploration": drawn}
    blind = fit(estimator(), log).readiness(log[INPUTS])
    told = estimator(maturity_days=MATURITY_DAYS).fit(
        log[INPUTS], log["outcome"], groups=log["account_id"], times=log["asked_at"], **policy
    )
    assert told.readiness(log[INPUTS]).mean() < blind.mean() - 0.05
    model = LadderModel((signal("shown"), signal("noise")), QUICK, levels=(1, 2, 3))
    assert told.readiness(log[INPUTS]) == pytest.approx(model.fit(log.assign(**policy)).readiness(log), abs=1e-9)


def test_completion_is_learned_from_deliveries_of_a_yes(log: pd.DataFrame) -> None:
    done = (log["noise"] > 0).astype(float).where(log["outcome"] == 1, 1.0)
    head = estimator().fit(log[INPUTS], log["outcome"], completed=done)
    completion = head.completion(log[INPUTS])
    assert completion.shape == (len(log), 3)
    assert (np.diff(completion, axis=1) <= 0).all()
    assert completion[log["noise"] > 0].mean() > completion[log["noise"] < 0].mean() + 0.1
    of_yes = estimator().fit(log[INPUTS], log["outcome"], completed=done.where(log["outcome"] == 1))
    assert (of_yes.completion(log[INPUTS]) == completion).all()
    assert np.isnan(fit(estimator(), log).completion(log[INPUTS])).all()


def test_directions_alone_make_a_scorecard_that_weighs_columns_alike(log: pd.DataFrame) -> None:
    card = QUICK.model_copy(update={"components": ("scorecard",), "folds": Folds(min_asks=999)})
    made = LadderClassifier(recipe=card, directions={"shown": 1, "noise": -1}).fit(log[INPUTS], log["outcome"])
    points = made.fitted_.blend.preparation.points
    assert points[np.flatnonzero(points)].tolist() == [1.0, -1.0]
    assert made.predict_proba(log[INPUTS])[:, 1].std() > 0.05
    silent = LadderClassifier(recipe=card).fit(log[INPUTS], log["outcome"])
    assert np.ptp(silent.readiness(log[INPUTS]), axis=0).max() == 0


def test_it_ends_a_pipeline_that_keeps_frames(log: pd.DataFrame) -> None:
    scaled = make_column_transformer(
        (StandardScaler(), ["shown", "noise"]), remainder="passthrough", verbose_feature_names_out=False
    )
    pipeline = make_pipeline(scaled.set_output(transform="pandas"), estimator())
    pipeline.fit(log[INPUTS], log["outcome"], ladderclassifier__groups=log["account_id"])
    assert set(pipeline[-1].feature_names_in_) == set(INPUTS)
    assert pipeline.score(log[INPUTS], log["outcome"]) > 0.6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"level_column": "rung"}, "no column 'rung'"),
        ({"level_column": 9}, "no column 9"),
        ({"directions": {"level": 1}}, "not so level"),
        ({"directions": {"shown": 2}}, "-1, 0 or 1"),
        ({"levels": (1, 2)}, "must be one of 1, 2"),
    ],
)
def test_what_does_not_fit_the_table_is_refused(changes: dict[str, object], message: str, log: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=message):
        fit(estimator(**changes), log)


def test_circumstances_are_of_every_row(log: pd.DataFrame) -> None:
    for beside in ("groups", "times", "sample_weight", "propensity", "exploration", "completed"):
        with pytest.raises(ValueError, match=r"inconsistent|expected \(500,\)"):
            estimator().fit(log[INPUTS], log["outcome"], **{beside: np.ones(3)})
    for beside, wrong in (("propensity", 0.0), ("exploration", 2), ("completed", "Ms Smith"), ("completed", 0.5)):
        with pytest.raises(ValueError, match=f"^{beside} [^S]*$"):
            estimator().fit(log[INPUTS], log["outcome"], **{beside: np.full(len(log), wrong)})
    with pytest.raises(ValueError, match="missing or infinite"):
        estimator().fit(log[INPUTS], log["outcome"], times=log["asked_at"].mask(log.index == 3))
    with pytest.raises(ValueError, match="holds times"):
        estimator().fit(log[[*INPUTS, "asked_at"]], log["outcome"])


def test_a_record_has_no_more_yes_than_answers(fitted: LadderClassifier, log: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="between 0 and history_n"):
        fitted.predict(log[INPUTS].assign(history_yes=log["history_n"] + 1))
    with pytest.raises(ValueError, match="go together"):
        fit(estimator(), log, ["level", "history_yes", "noise"])
    with pytest.raises(ValueError, match=r"unique column names|two columns of one name"):
        fit(estimator(), log, ["level", "noise", "noise"])


def test_a_number_that_becomes_text_is_refused_by_name(fitted: LadderClassifier, log: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="shown' is a number"):
        fitted.predict(log[INPUTS].assign(shown="x"))
