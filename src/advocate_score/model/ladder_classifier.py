"""The ladder model for any table of asks: a scikit-learn classifier over a ladder of any number of levels."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from advocate_score.model import predict, sklearn_inputs, training_data
from advocate_score.model.arrays import Floats, single_thread
from advocate_score.model.blend import Encoded, FittedLadder, fit_completion
from advocate_score.model.boosting import LEVEL
from advocate_score.model.fit import fit_ladder
from advocate_score.model.ordinal_logit import Logit
from advocate_score.model.predict import Explanation
from advocate_score.model.recipe import Recipe, RecipeParameters
from advocate_score.model.sklearn_inputs import Directions

# ruff: noqa: N803  # X is scikit-learn's name


class LadderClassifier(ClassifierMixin, RecipeParameters):  # type: ignore[misc]  # scikit-learn has no types
    """P(yes | inputs, level), non-increasing in level, from rows each asked at one level.

    X is a pandas, Polars or Arrow table, or an array of numbers, whose columns then go by x0, x1, …. Missing values
    are welcome, and so is text in tables. Columns `history_yes`, `history_n`, where there are, are the past answers of
    the row's group as of the row: yes out of known. Shown at work in docs/estimator.md.

    Parameters
    ----------
    level_column : the name or the index of the level's column; None for a ladder of a single level.
    levels : lowest (most readily accepted) first; None for those seen, in their own order.
    recipe : how it is made; the shipped default when None. Each of its choices is a parameter of its own,
        `recipe__boosting__leaves`.
    seed : of the resamples and the trees; the same rows, recipe and seed give the same model.
    directions : +1 or −1 for the columns with which readiness may only rise or fall. They also make the scorecard that
        speaks while there are few rows, each column alike.
    maturity_days : how long after its time the answer of a row may still come.
    yes : the label of y that is a yes. None: told by the word (accepted, yes, true, … against declined, no_reply, no,
        …), else the second in order. Two words for the same are refused.

    Attributes
    ----------
    classes_ : (2,), in order · yes_ : the one that is a yes · levels_ : the K levels · fitted_ : the blend and its
    trees · completion_ : the second head, None where deliveries teach nothing · n_features_in_, feature_names_in_ : of
    X, with the level.
    """

    def __init__(
        self,
        level_column: str | int | None = LEVEL,
        levels: Sequence[object] | None = None,
        recipe: Recipe | None = None,
        seed: int = 0,
        directions: Directions | None = None,
        maturity_days: float = 0.0,
        yes: object = None,
    ) -> None:
        self.level_column = level_column
        self.levels = levels
        self.recipe = recipe
        self.seed = seed
        self.directions = directions
        self.maturity_days = maturity_days
        self.yes = yes

    @single_thread()
    @sklearn_inputs.refusals_as_value_errors()
    def fit(  # noqa: PLR0913  # each is routed by its name
        self,
        X: object,
        y: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        times: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        propensity: ArrayLike | None = None,
        exploration: ArrayLike | None = None,
        completed: ArrayLike | None = None,
    ) -> Self:
        """Learns from n asks.

        Parameters
        ----------
        X : (n, columns) · y : (n,) of two classes.
        groups : (n,) whose asks these are; they are resampled together. None: each row stands alone.
        times : (n,) instants or days; candidates are judged on later asks than they learned from. None: as the rows
            stand.
        sample_weight : (n,) ≥ 0, how many asks a row stands for; rows of weight 0 are left out.
        propensity, exploration : (n,) how likely the row was to be asked, on any positive scale, and whether it was
            drawn by lot. Where both are told, readiness is calibrated for all, not for those who tend to be asked.
        completed : (n,) for a yes, whether it was delivered, where known: what `completion` is learned from.

        Raises
        ------
        ValueError
            where X, y or what goes with them is not of that form, or y has one class only.
        """
        table = sklearn_inputs.table_of(self, X, reset=True)
        labels = sklearn_inputs.binary_labels(self, y, table)
        circumstances = sklearn_inputs.Circumstances(groups, times, sample_weight, propensity, exploration, completed)
        context = circumstances.frame(table, self.maturity_days)
        used = np.flatnonzero(context["weight"] > 0)
        answers = sklearn_inputs.answers_of(labels[used], self.yes)
        self.classes_, self.yes_ = answers.classes, answers.classes[answers.yes]
        self._columns = sklearn_inputs.Columns.of(table, self.level_column, self.directions or {})
        context = context.iloc[used].reset_index(drop=True).assign(outcome=answers.outcome)
        asks = training_data.in_canonical_order(self._columns.frame(table.iloc[used]).join(context))
        self.levels_ = self._levels(table, asks)
        plan = training_data.Plan(self._columns.schema, self.recipe or Recipe(), len(self.levels_), self.seed)
        rows = replace(training_data.ask_rows(asks, plan.schema, self.levels_), weight=asks["weight"].to_numpy())
        self.fitted_: FittedLadder = fit_ladder(rows, plan)
        delivered = asks["completed"].where(asks["outcome"] == 1).to_numpy()
        self.completion_: Logit | None = fit_completion(
            Encoded.of(rows, self.fitted_.blend.preparation), delivered, plan
        )
        return self

    @single_thread()
    @sklearn_inputs.refusals_as_value_errors()
    def predict_proba(self, X: object) -> Floats:
        """(n, 2), in the order of `classes_`, at each row's own level."""
        frame = self._frame(X)
        yes = predict.own_readiness(self.fitted_, frame, training_data.level_positions(frame[LEVEL], self.levels_))
        both = (1.0 - yes, yes) if self.yes_ == self.classes_[1] else (yes, 1.0 - yes)
        return np.column_stack(both)

    def predict(self, X: object) -> NDArray[np.generic]:
        """(n,) the likelier class at each row's own level."""
        position = self.predict_proba(X).argmax(axis=1)
        likelier: NDArray[np.generic] = self.classes_[position]
        return likelier

    @single_thread()
    @sklearn_inputs.refusals_as_value_errors()
    def readiness(self, X: object) -> Floats:
        """P(ready ≥ level) (n, K), never rising along `levels_`; X's own level is not read, and a table may lack it."""
        return predict.readiness(self.fitted_, self._frame(X))

    @single_thread()
    @sklearn_inputs.refusals_as_value_errors()
    def intervals(self, X: object) -> tuple[Floats, Floats]:
        """90 % bounds (n, K), low and high, with low ≤ readiness ≤ high."""
        return predict.intervals(self.fitted_, self._frame(X))

    @single_thread()
    @sklearn_inputs.refusals_as_value_errors()
    def completion(self, X: object) -> Floats:
        """P(delivered | a yes) (n, K); NaN where too few deliveries are known."""
        return predict.completion(self.fitted_, self.completion_, self._frame(X))

    @single_thread()
    @sklearn_inputs.refusals_as_value_errors()
    def explain(self, X: object) -> Explanation:
        """Contributions to each row's log-odds at its own level, by column; costs far more than a prediction.

        `history_yes` stands first among them, and adds 0 where X has no record of answers.
        """
        frame = self._frame(X)
        own = training_data.level_positions(frame[LEVEL], self.levels_)
        return self._columns.with_own_names(predict.explain(self.fitted_, frame, own))

    def importances(self, X: object) -> "pd.Series[float]":
        """Mean absolute contribution to the log-odds by column, over these rows, largest first."""
        by_column = self.explain(X).contributions.abs().mean()
        return by_column.sort_values(ascending=False, kind="stable").rename("importance")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.classifier_tags.multi_class = False
        return tags

    def _frame(self, data: object) -> pd.DataFrame:
        check_is_fitted(self, "fitted_")
        data = sklearn_inputs.as_pandas(data)
        if isinstance(data, pd.DataFrame):
            data = self._columns.with_level(data, self.levels_[0])
        return self._columns.frame(sklearn_inputs.table_of(self, data, reset=False))

    def _levels(self, table: pd.DataFrame, frame: pd.DataFrame) -> tuple[object, ...]:
        if self.level_column is None:
            return (0.0,)
        if self.levels is not None:
            return tuple(self.levels)
        own = table.iloc[:, self._columns.internal.index(LEVEL)]
        return sklearn_inputs.levels_in_order(own, frame[LEVEL])
