"""A model of another kind has nothing but the protocol, and is scored, explained, asked "what if" and evaluated.

mypy checks this file too, so that the protocol holds by its types.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit

from advocate_score.evaluation.backtest import PREDICTION_COLUMNS, rolling_origins
from advocate_score.evaluation.comparison import summary
from advocate_score.evaluation.methods import cold_scorecard, methods, recipes_compared, refit_method
from advocate_score.evaluation.promotion_gate import Candidacy, GateSettings, judge, monotonicity_violations
from advocate_score.model.arrays import Floats
from advocate_score.model.encoding import Scale
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.predict import Contributions, Explanation, Scores, group_by_concept
from advocate_score.model.protocol import Grade, Model
from advocate_score.model.selection_bias import SelectionBias, selection_bias
from advocate_score.model.training_data import level_positions
from advocate_score.model.what_if import what_if
from advocate_score.publication.sentences import reasons, what_if_sentences
from advocate_score.scoring import COLUMNS, Scorer, score_accounts
from advocate_score.signal_spec import Signal

SLOPE = 1.5
LEVELS = (1, 2, 3)
SHOWN = Signal(
    name="shown",
    family="sentiment",
    table="interactions",
    aggregate="mean",
    column="sentiment",
    direction=1,
    actionable=True,
    concept="tone",
    en="a tone of {value:.2f}",
    es="un tono de {value:.2f}",
)
ORIGINS = [datetime(2022, 1, 1), datetime(2023, 1, 1)]


@dataclass(frozen=True)
class OneSignalModel:
    """Log-odds of readiness: the level's own share of yes, and `SLOPE` for each deviation of a single signal."""

    signal: Signal
    levels: tuple[int, ...]
    asks_: tuple[int, ...]
    intercepts: Floats
    scale: Scale
    mean: float
    deviation: float
    selection: SelectionBias

    @classmethod
    def learn(cls, signal: Signal, levels: tuple[int, ...], asks: pd.DataFrame) -> Self:
        yes = asks["outcome"].groupby(asks["level"]).agg(["sum", "count"]).reindex(list(levels), fill_value=0)
        share = ((yes["sum"] + 1) / (yes["count"] + 2)).to_numpy(np.float64)
        values = asks[signal.name].to_numpy(np.float64, na_value=np.nan)
        return cls(
            signal=signal,
            levels=levels,
            asks_=tuple(map(int, yes["count"])),
            intercepts=np.minimum.accumulate(logit(share)),
            scale=Scale.fit(values),
            mean=float(np.nanmean(values)),
            deviation=float(np.nanstd(values)),
            selection=selection_bias(asks, levels=levels),
        )

    @property
    def signals(self) -> tuple[Signal, ...]:
        return (self.signal,)

    def refit(self, asks: pd.DataFrame) -> Self:
        return self.learn(self.signal, self.levels, asks)

    def scores(self, accounts: pd.DataFrame) -> Scores:
        log_odds = self.intercepts + self._contribution(accounts)[:, None]
        unknown = np.full(log_odds.shape, np.nan)
        return Scores(expit(log_odds), expit(log_odds - 0.5), expit(log_odds + 0.5), unknown)

    def probability(self, rows: pd.DataFrame) -> Floats:
        return np.asarray(expit(self._own_intercepts(rows) + self._contribution(rows)))

    def explain(self, rows: pd.DataFrame) -> Explanation:
        contribution = self._contribution(rows)[:, None]
        parts = Contributions(self._own_intercepts(rows), contribution, np.empty((0, len(rows), 1)))
        return group_by_concept(parts, rows[[self.signal.name]], {self.signal.name: self.signal.concept})

    def evidence(self) -> dict[int, Grade]:
        return dict.fromkeys(self.levels, "limited")

    def borrowed(self) -> tuple[int, ...]:
        return ()

    def selection_bias(self, accounts: pd.DataFrame) -> SelectionBias:
        return self.selection.among(accounts)

    def scales(self) -> dict[str, Scale]:
        return {self.signal.name: self.scale}

    def outside_support(self, accounts: pd.DataFrame) -> NDArray[np.bool_]:
        return np.asarray(np.abs(self._contribution(accounts)) > 4 * SLOPE)

    def choices(self) -> tuple[object, ...]:
        return "one signal", self.signal, SLOPE

    def _contribution(self, rows: pd.DataFrame) -> Floats:
        values = rows[self.signal.name].to_numpy(np.float64, na_value=np.nan)
        return SLOPE * np.nan_to_num((values - self.mean) / self.deviation)

    def _own_intercepts(self, rows: pd.DataFrame) -> Floats:
        return self.intercepts[level_positions(rows["level"], self.levels)]


@pytest.fixture(scope="module")
def asks(ask_log: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    return ask_log(asks=600, accounts=150, seed=4)


@pytest.fixture(scope="module")
def model(asks: pd.DataFrame) -> Model:
    return OneSignalModel.learn(SHOWN, LEVELS, asks)


@pytest.fixture(scope="module")
def accounts(ask_log: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    log = ask_log(asks=120, accounts=40, seed=9)
    return log.drop_duplicates("account_id").sort_values("account_id", ignore_index=True).drop(columns="level")


@pytest.fixture(scope="module")
def predictions(model: Model, asks: pd.DataFrame, log_end: datetime) -> pd.DataFrame:
    compared = {**methods(model), "cold": cold_scorecard(model)}
    return rolling_origins(asks, ORIGINS, compared, maturity_days=45, seen_until=log_end)


def test_its_accounts_are_scored_at_its_own_levels(model: Model, accounts: pd.DataFrame) -> None:
    readiness = score_accounts(model, accounts)
    assert tuple(readiness.columns) == COLUMNS
    assert readiness["level"].tolist() == [*LEVELS] * len(accounts)
    own = model.probability(readiness[["account_id", "level"]].merge(accounts, on="account_id"))
    np.testing.assert_allclose(readiness["readiness"], own, rtol=0, atol=1e-9)
    assert set(readiness["evidence"]) == {"limited"}


def test_it_is_sent_to_workers(model: Model, accounts: pd.DataFrame) -> None:
    sent: Scorer = pickle.loads(pickle.dumps(Scorer(model)))  # noqa: S301  # its own bytes
    pd.testing.assert_frame_equal(next(sent(iter([accounts]))), score_accounts(model, accounts), check_exact=True)


def test_its_contributions_become_sentences(model: Model, accounts: pd.DataFrame) -> None:
    rows = accounts.assign(level=2)
    explained = model.explain(rows)
    np.testing.assert_allclose(expit(explained.log_odds), model.probability(rows), rtol=0, atol=1e-9)
    sides = pd.concat([explained.reasons(3, "for"), explained.reasons(3, "against")], ignore_index=True)
    described = rows[["account_id", "level"]].iloc[sides["row"]].reset_index(drop=True).join(sides)
    words = reasons(described, {"shown": SHOWN}, {}).set_index("account_id")["reason_1"]
    side = np.where(explained.contributions["shown"] > 0, "", "Against: ")
    expected = [f"{prefix}a tone of {value:.2f}" for prefix, value in zip(side, rows["shown"], strict=True)]
    assert words[rows["account_id"]].tolist() == expected


def test_what_if_says_what_the_model_would(model: Model, accounts: pd.DataFrame) -> None:
    changes = what_if(model, accounts, 3, model.signals)
    assert len(changes) > 5
    changed = changes[["account_id", "level"]].assign(shown=changes["to"])
    np.testing.assert_allclose(changes["readiness_to"], model.probability(changed), rtol=0, atol=1e-12)
    assert (changes["to"] > changes["from"]).all()
    assert what_if_sentences(changes, {"shown": SHOWN}).str.startswith("a tone of ").all()


def test_the_backtest_compares_it_with_baselines_and_components(predictions: pd.DataFrame) -> None:
    assert tuple(predictions.columns[: len(PREDICTION_COLUMNS)]) == PREDICTION_COLUMNS
    losses = summary(predictions, metrics=("log_loss",), draws=50).query("subset == 'all' and level == 'pooled'")
    by_method = losses.set_index("method")["value"]
    assert by_method["readiness"] < by_method["base_rate"]
    assert {"logit", "lightgbm", "scorecard", "cold"} <= set(by_method.index)


def test_it_learns_again_at_each_origin(model: Model, asks: pd.DataFrame) -> None:
    early, late = asks.iloc[:300], asks.iloc[300:]
    again = refit_method(model)(early, late)
    np.testing.assert_allclose(again, model.refit(early).probability(late), rtol=0, atol=1e-9)
    assert not np.allclose(again, model.probability(late))


@pytest.mark.parametrize("reference", ["base_rate", "cold"])
def test_the_promotion_gate_judges_it(
    predictions: pd.DataFrame, model: Model, accounts: pd.DataFrame, reference: str
) -> None:
    violations = monotonicity_violations(model.scores(accounts).readiness)
    gate = GateSettings(min_outcomes=100, draws=200)
    verdict = judge(predictions, gate, Candidacy(True, 600, violations), challenger="readiness", references=[reference])
    assert verdict.promoted, verdict.table()


def test_only_a_ladder_model_is_compared_with_its_own_components(model: Model) -> None:
    own = LadderModel((SHOWN,), levels=LEVELS)
    assert [*recipes_compared(own)] == ["readiness", "logit", "lightgbm", "scorecard"]
    assert [*recipes_compared(model)] == ["logit", "lightgbm", "scorecard"]


def test_the_record_of_its_asks_is_reported(model: Model, asks: pd.DataFrame, accounts: pd.DataFrame) -> None:
    assert model.asks_ == tuple(asks["level"].value_counts()[[*LEVELS]])
    selection = model.selection_bias(accounts)
    assert (selection.asks, selection.identified) == (600, False)
    assert selection.never_asked is not None
    assert "treat the percentages as rough" in selection.banner()


def test_the_ladder_model_has_the_protocol_with_and_without_asks(asks: pd.DataFrame, accounts: pd.DataFrame) -> None:
    untrained = LadderModel((SHOWN,), levels=LEVELS)
    fitted: tuple[Model, ...] = (untrained.refit(asks), untrained.fit_cold(accounts))
    for ladder in fitted:
        assert len(score_accounts(ladder, accounts)) == len(LEVELS) * len(accounts)
        assert ladder.choices() == untrained.choices()
        assert ladder.scales().keys() == {"shown"}
        assert ladder.outside_support(accounts).mean() < 0.2
        assert ladder.selection_bias(accounts).never_asked is not None
