"""The ladder model of the product: readiness of accounts at every level, learned from mature asks, with a grade of how
many asks support each level.
"""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.model import predict, training_data
from advocate_score.model.arrays import Floats, Integers, single_thread
from advocate_score.model.blend import Encoded, FittedLadder, fit_completion
from advocate_score.model.encoding import Scale
from advocate_score.model.fit import cold_ladder, fit_ladder
from advocate_score.model.ordinal_logit import Logit
from advocate_score.model.protocol import Grade
from advocate_score.model.recipe import Evidence, Recipe, RecipeParameters
from advocate_score.model.selection_bias import SelectionBias, cold_selection, encoded_without_logs, selection_of
from advocate_score.model.sklearn_inputs import Table, frame_of
from advocate_score.signal_spec import Signal


def asks_per_level(level: Integers, levels: int) -> tuple[int, ...]:
    return tuple(map(int, np.bincount(level, minlength=levels)))


def grade(asks: Sequence[int], choices: Evidence) -> tuple[Grade, ...]:
    """Return one grade per level; with too few asks in total every level is graded `scorecard`."""
    if sum(asks) < choices.limited:
        return tuple("scorecard" for _ in asks)
    return tuple("solid" if own >= choices.solid else "limited" for own in asks)


def borrows(asks: Sequence[int], choices: Evidence) -> tuple[bool, ...]:
    """Return whether each level has so few asks that its readiness relies on those of its neighbours."""
    return tuple(own < choices.borrowing_below for own in asks)


class LadderModel(RecipeParameters):
    """P(yes | signals as of the ask, level), non-increasing in level.

    Rows are a pandas or Polars frame, or an Arrow table; answers are in their order.

    Parameters
    ----------
    signals : the active declared signals; the account's record `history_yes`, `history_n` is always read beside them.
    recipe : how it is made; the shipped default when None.
    seed : of the resamples and the trees; the same rows, recipe and seed give the same model.
    scorecard : weights of families, over those of the recipe.
    levels : the ladder's levels, lowest first.

    Attributes
    ----------
    fitted_ : the blend and its trees · completion_ : the second head, None where deliveries teach nothing ·
    asks_ : mature asks per level · selection_ : how the asks were chosen, and how far they reach.
    """

    def __init__(
        self,
        signals: Sequence[Signal] = (),
        recipe: Recipe | None = None,
        seed: int = 0,
        scorecard: Mapping[str, float] | None = None,
        levels: Sequence[int] = LEVEL_NUMBERS,
    ) -> None:
        self.signals = signals
        self.recipe = recipe
        self.seed = seed
        self.scorecard = scorecard
        self.levels = levels

    @single_thread()
    def fit(self, rows: Table, bootstrap: int | None = None) -> Self:
        """Learns from the ask frame: account_id, level, asked_at, matures_at, outcome, completed, the signals, …

        Parameters
        ----------
        bootstrap : refits behind intervals and stable reasons, over the recipe's; 0 is quick and has neither.

        Raises
        ------
        InputError
            where there are no asks, one kind of answer only, or labels that are not 0 or 1.
        ModelRefusedError
            where an input is missing or not of its type.
        """
        plan, frame = self.plan(bootstrap), training_data.in_canonical_order(frame_of(rows))
        asks = training_data.ask_rows(frame, plan.schema, self.levels)
        self.fitted_: FittedLadder = fit_ladder(asks, plan)
        encoded = Encoded.of(asks, self.fitted_.blend.preparation)
        self.completion_: Logit | None = fit_completion(encoded, _completion_outcomes(frame), plan)
        self.asks_: tuple[int, ...] = asks_per_level(asks.level, len(self.levels))
        self.selection_: SelectionBias = selection_of(asks, self.fitted_, plan.recipe, plan.levels)
        return self

    def fit_cold(self, accounts: Table) -> Self:
        """The scorecard alone, from the accounts that are to be scored and no ask at all."""
        plan, frame = self.plan(None), frame_of(accounts)
        self.fitted_ = cold_ladder(plan.schema.select(frame).reset_index(drop=True), plan)
        self.completion_ = None
        self.asks_ = (0,) * len(self.levels)
        self.selection_ = cold_selection(frame, self.fitted_, plan.recipe)
        return self

    @single_thread()
    def curve(self, accounts: Table) -> predict.Curve:
        """Readiness and its interval at every level, from one prediction."""
        return predict.curve(self.fitted_, frame_of(accounts))

    @single_thread()
    def scores(self, accounts: Table) -> predict.Scores:
        """The curve and completion, from one reading of the signals."""
        return predict.scores(self.fitted_, self.completion_, frame_of(accounts))

    def readiness(self, accounts: Table) -> Floats:
        """P(ready ≥ level) (n, K), never rising along the levels."""
        return self.curve(accounts).readiness

    @single_thread()
    def probability(self, rows: Table) -> Floats:
        """P(yes) (n,) at each row's own `level`: readiness to 1e-9, for a fifth of the work."""
        frame = frame_of(rows)
        return predict.own_readiness(self.fitted_, frame, training_data.level_positions(frame["level"], self.levels))

    def intervals(self, accounts: Table) -> tuple[Floats, Floats]:
        """90 % bounds (n, K), low and high, with low ≤ readiness ≤ high."""
        bounds = self.curve(accounts)
        return bounds.low, bounds.high

    @single_thread()
    def completion(self, accounts: Table) -> Floats:
        """P(delivered | accepted) (n, K); NaN where unknown."""
        return predict.completion(self.fitted_, self.completion_, frame_of(accounts))

    def evidence(self) -> dict[int, Grade]:
        """How much data stands behind each level."""
        return dict(zip(self.levels, grade(self.asks_, self._recipe(None).evidence), strict=True))

    def borrowed(self) -> tuple[int, ...]:
        """Levels with so few asks that their readiness rests on their neighbours'."""
        flags = borrows(self.asks_, self._recipe(None).evidence)
        return tuple(level for level, flag in zip(self.levels, flags, strict=True) if flag)

    @single_thread()
    def explain(self, rows: Table) -> predict.Explanation:
        """Contributions to each row's log-odds at its own `level`; costs far more than a prediction."""
        frame = frame_of(rows)
        return predict.explain(self.fitted_, frame, training_data.level_positions(frame["level"], self.levels))

    def selection_bias(self, accounts: Table) -> SelectionBias:
        """How the asks were selected, with the figures for `accounts`."""
        return self.selection_.among(frame_of(accounts), self.fitted_)

    def scales(self) -> dict[str, Scale]:
        """The distribution of each number among the asks, by signal."""
        encoder = self.fitted_.blend.preparation.encoder
        return dict(zip(encoder.numbers, encoder.scales, strict=True))

    def outside_support(self, accounts: Table) -> NDArray[np.bool_]:
        """(n,): whether the account lies farther out than 99 of 100 asks; never without asks."""
        frame, support = frame_of(accounts), self.selection_.support
        if support is None:
            return np.zeros(len(frame), dtype=np.bool_)
        signals = predict.schema_of(self.fitted_).select(frame)
        return support.are_outside(encoded_without_logs(self.fitted_.blend.preparation.encoder, signals))

    def choices(self) -> tuple[object, ...]:
        """Recipe, signals and weights of the scorecard; models that share them differ in asks, seed and words only.

        How evidence is graded and how many linear refits there are changes no prediction, so these are not among them.
        """
        same = {"evidence": Evidence(), "linear_refits": 0}
        recipe = (self.recipe or Recipe()).model_copy(update=same)
        return recipe, tuple(signal.declaration() for signal in self.signals), self.scorecard

    def refit(self, asks: Table) -> Self:
        """A new model of the same recipe, signals, seed and levels, fitted on `asks` to see what it predicts.

        It does without the further linear refits, which cost time and change no prediction.
        """
        recipe = (self.recipe or Recipe()).model_copy(update={"linear_refits": 0})
        return type(self)(self.signals, recipe, self.seed, self.scorecard, self.levels).fit(asks)

    def plan(self, bootstrap: int | None = None) -> training_data.Plan:
        """What a fit is asked to do; `bootstrap` as in `fit`."""
        return training_data.Plan(self._schema(), self._recipe(bootstrap), len(self.levels), self.seed)

    def _schema(self) -> training_data.Schema:
        return training_data.Schema.of_signals(
            [
                signal
                for signal in self.signals
                if signal.name not in (training_data.HISTORY_YES, training_data.HISTORY_N)
            ]
        )

    def _recipe(self, bootstrap: int | None) -> Recipe:
        recipe = self.recipe or Recipe()
        card = recipe.scorecard.with_weights(self.scorecard or {})
        draws = recipe.bootstrap if bootstrap is None else bootstrap
        return recipe.model_copy(update={"scorecard": card, "bootstrap": draws})


def _completion_outcomes(rows: pd.DataFrame) -> Floats:
    if "completed" not in rows.columns:
        return np.full(len(rows), np.nan)
    return np.asarray(rows["completed"], dtype=np.float64)
