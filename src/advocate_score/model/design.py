"""Turns signals and the record of answers into the inputs of the components: the points of the scorecard, the record
shrunk to the base rate, and the encoded signals.

log-odds at a level = its base rate's + Σ over families: weight × mean over its concepts × mean over their signals of
direction × standing. It is a sum over signals, so every contribution is exact. A concept counts once however many
signals it has, so no single survey score can dominate the card.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import pandas as pd
from scipy.special import logit, xlogy

from advocate_score.model.arrays import Fitted, Floats, Integers, Vector
from advocate_score.model.boosting import LEVEL, TreeTable
from advocate_score.model.encoding import Encoder
from advocate_score.model.ordinal_logit import Prior
from advocate_score.model.recipe import Recipe
from advocate_score.model.training_data import HISTORY_N, HISTORY_YES, AskRows, Input, Plan, Schema
from advocate_score.signal_spec import Family


def card_points(schema: Schema, weights: Mapping[Family | None, float]) -> dict[str, float]:
    """Return the log-odds that each number is worth at a standing of 1; signals without a direction are worth 0."""
    scored = [spec for spec in schema.numbers if spec.direction != 0 and weights.get(spec.family, 0.0) != 0]
    in_concept = Counter((spec.family, spec.concept) for spec in scored)
    in_family = Counter(family for family, _ in in_concept)
    return {spec.name: _worth(spec, weights, in_concept, in_family) for spec in scored}


def _worth(
    spec: Input,
    weights: Mapping[Family | None, float],
    in_concept: Counter[tuple[Family | None, str]],
    in_family: Counter[Family | None],
) -> float:
    return spec.direction * weights[spec.family] / in_family[spec.family] / in_concept[spec.family, spec.concept]


def points_vector(points: Mapping[str, float], sources: tuple[str, ...], number_count: int) -> Floats:
    """Return the card as slopes of the design, whose first `standings` columns are standings."""
    worth = [points.get(name, 0.0) if position < number_count else 0.0 for position, name in enumerate(sources)]
    return np.array(worth, dtype=np.float64)


class History(Fitted):
    """The account's own rate of yes, shrunk to `base_rate` with the weight of `strength` asks."""

    base_rate: float
    strength: float

    def log_odds(self, yes: Floats, answered: Floats) -> Floats:
        """Return log-odds above (+) or below (−) the base rate; 0 if nothing was answered yet."""
        rate = (yes + self.strength * self.base_rate) / (answered + self.strength)
        return logit(rate) - logit(self.base_rate)


def fit_history(
    yes: Floats, answered: Floats, outcome: Floats, strengths: Sequence[float], weight: Floats | None = None
) -> History:
    """Fit the strength with which the records as of each ask predict its answer best; each row is out of sample.

    If there is no record of answers, the median strength is used.

    Parameters
    ----------
    yes, answered : (n,) the account's record as of the ask.
    outcome : (n,) 0 or 1.
    strengths : the candidates.
    weight : (n,) how many asks a row counts as; by default one.
    """
    weight = np.ones(len(outcome)) if weight is None else weight
    base_rate = float((weight @ outcome + 1.0) / (weight.sum() + 4.0))
    if len(outcome) == 0 or not answered.any():
        return History(base_rate=base_rate, strength=float(np.median(strengths)))
    losses = [_loss((yes + s * base_rate) / (answered + s), outcome, weight) for s in strengths]
    return History(base_rate=base_rate, strength=strengths[int(np.argmin(losses))])


def _loss(rate: Floats, outcome: Floats, weight: Floats) -> float:
    return -float(weight @ (xlogy(outcome, rate) + xlogy(1 - outcome, 1 - rate)))


CARD, HISTORY = 0, 1
"""The first two design columns: the scorecard's points and the history's log-odds. Encoded signals follow."""

_RATE = "history_log_odds"


class Preparation(Fitted):
    """The fitted encoding of signals and record.

    `points` are the scorecard as slopes over the encoder's design; `prior` (K,) the levels' log-odds before any ask;
    `centre` the mean of the design over the rows of the fit, from which contributions are measured.
    """

    encoder: Encoder
    history: History
    points: Vector
    prior: Vector
    centre: Vector

    @classmethod
    def fit(cls, rows: AskRows, plan: Plan) -> Self:
        encoder = Encoder.fit(plan.schema, rows.signals, rows.account, plan.recipe.min_accounts)
        history = fit_history(rows.yes, rows.answered, rows.outcome, plan.recipe.history.strengths, rows.weight)
        preparation = cls._from_encoder(encoder, history, plan)
        centre = preparation.design(rows.signals, rows.yes, rows.answered).mean(axis=0)
        return preparation.model_copy(update={"centre": centre})

    @classmethod
    def cold(cls, signals: pd.DataFrame, plan: Plan) -> Self:
        """Return a preparation fitted without asks: standings are among the accounts to be scored, the centre is 0."""
        alone = np.arange(len(signals), dtype=np.int64)
        encoder = Encoder.fit(plan.schema, signals, alone, plan.recipe.min_accounts)
        empty = np.empty(0)
        return cls._from_encoder(encoder, fit_history(empty, empty, empty, plan.recipe.history.strengths), plan)

    @classmethod
    def _from_encoder(cls, encoder: Encoder, history: History, plan: Plan) -> Self:
        card = plan.recipe.scorecard
        points = card_points(plan.schema, card.by_family)
        return cls(
            encoder=encoder,
            history=history,
            points=points_vector(points, encoder.design_sources, len(encoder.scales)),
            prior=prior_log_odds(card.base_rates, plan.levels),
            centre=np.zeros(2 + len(encoder.design_sources)),
        )

    def design(self, signals: pd.DataFrame, yes: Floats, answered: Floats) -> Floats:
        """Return (n, 2 + encoded): `CARD`, `HISTORY`, then the encoded signals."""
        return self.encode(signals, yes, answered)[0]

    def encode(self, signals: pd.DataFrame, yes: Floats, answered: Floats) -> tuple[Floats, TreeTable]:
        """Return the design and the input of the trees; the signals are encoded once for both."""
        columns, rate = self.encoder.columns(signals), self.history.log_odds(yes, answered)
        design = np.empty((len(signals), len(self.centre)))
        self.encoder.write_design(columns, design[:, HISTORY + 1 :])
        design[:, CARD] = design[:, HISTORY + 1 :] @ self.points
        design[:, HISTORY] = rate
        table = np.empty((len(signals), 3 + len(columns)))
        table[:, 0], table[:, 1], table[:, 2], table[:, 3:] = yes, answered, rate, columns.T
        trees = pd.DataFrame(table, columns=list(self.tree_names[1:]), copy=False)
        return design, TreeTable(trees, self.tree_directions)

    @property
    def tree_directions(self) -> tuple[int, ...]:
        return (1, 0, 1, *self.encoder.tree_directions)

    @property
    def tree_names(self) -> tuple[str, ...]:
        """The features of the boosters, the level first."""
        return (LEVEL, HISTORY_YES, HISTORY_N, _RATE, *self.encoder.tree_names)

    @property
    def tree_sources(self) -> tuple[str, ...]:
        """The input behind each column of `trees`."""
        return (HISTORY_YES, HISTORY_YES, HISTORY_YES, *self.encoder.tree_sources)

    def slope_prior(self, recipe: Recipe, ridge: float) -> Prior:
        """Return the prior of the whole logit: slopes of signals near 0, those of the card and the history near 1."""
        directions = self.encoder.design_directions if recipe.logit.signs else 0 * self.encoder.design_directions
        spread = np.full(len(directions), ridge)
        return Prior(
            means=np.concatenate([[1.0, 1.0], np.zeros(len(directions))]),
            penalties=np.concatenate([[recipe.scorecard.strength, recipe.history.strength], spread]),
            signs=np.concatenate([[1, 1], directions]).astype(np.int64),
            intercepts=self.prior,
        )

    def lone_prior(self, column: int, recipe: Recipe) -> Prior:
        """Return the prior of the logit on a single column, `CARD` or `HISTORY`."""
        strength = recipe.scorecard.strength if column == CARD else recipe.history.strength
        ones: Integers = np.ones(1, dtype=np.int64)
        return Prior(np.ones(1), np.array([strength]), ones, self.prior)


def prior_log_odds(base_rates: tuple[float, ...], levels: int) -> Floats:
    """Return (K,) the stated base rates as log-odds, never rising, interpolated if K differs from their number."""
    rates = np.minimum.accumulate(logit(np.array(base_rates)))
    return np.interp(np.linspace(0, 1, levels), np.linspace(0, 1, len(rates)), rates)
