"""What scoring, reasons, what-if and evaluation need of a model; `ladder_model.py` has the model of the product.

Outcomes and drift need nothing of a model, as they read publications and signals. How a model is trained, saved and
registered is not part of the protocol: `flows/train.py`, `model/persistence.py` and `tracking/` know the ladder model.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advocate_score.model.arrays import Floats
from advocate_score.model.encoding import Scale
from advocate_score.model.predict import Explanation, Scores
from advocate_score.model.selection_bias import SelectionBias
from advocate_score.signal_spec import Signal

Grade = Literal["scorecard", "limited", "solid"]


class Model(Protocol):
    """A fitted model of n accounts at K levels. Probabilities lie in [0, 1].

    `accounts`: account_id, the signals by name, and the record of answers `history_yes`, `history_n`; one row per
    account. `rows`: the same with a `level`, one of `levels`, per row. Results are in the order of the rows; there may
    be none. ModelRefusedError if a signal is missing or not of its type. Predictions do not depend on the other rows,
    as a frame may be scored in parts; on an engine's workers the model arrives pickled.
    """

    @property
    def signals(self) -> Sequence[Signal]:
        """The declared signals that it reads; explanations and what-if name inputs as these do."""

    @property
    def levels(self) -> Sequence[int]:
        """The numbers of its K levels, lowest first."""

    @property
    def asks_(self) -> tuple[int, ...]:
        """(K,): the mature asks that it learned from; all 0 if it needs none."""

    def scores(self, accounts: pd.DataFrame) -> Scores:
        """P(ready ≥ level), its 90 % bounds, and P(delivered | accepted), (n, K) each.

        Readiness never rises along the levels and lies within its bounds; completion is NaN where unknown.
        """

    def probability(self, rows: pd.DataFrame) -> Floats:
        """Readiness (n,) at each row's own `level`, equal to that of `scores` to 1e-9.

        What-if needs it for thousands of changed rows, so it should not compute the other levels.
        """

    def explain(self, rows: pd.DataFrame) -> Explanation:
        """Contributions to the log-odds of each row's readiness at its own `level`.

        The inputs are named as in `signals`, or `history_yes` for the record of answers.
        `model.predict.group_by_concept` makes an Explanation of contributions (n, inputs), and of those of refits if
        there are any.
        """

    def evidence(self) -> Mapping[int, Grade]:
        """Level → how much data supports it."""

    def borrowed(self) -> tuple[int, ...]:
        """The levels with so few asks that their readiness relies on those of their neighbours."""

    def selection_bias(self, accounts: pd.DataFrame) -> SelectionBias:
        """How the asks that it learned from were selected, with the figures for `accounts`."""

    def scales(self) -> Mapping[str, Scale]:
        """Signal → its distribution among the asks, for numbers only. What-if suggests no value outside of it, and
        changes no signal without one."""

    def outside_support(self, accounts: pd.DataFrame) -> NDArray[np.bool_]:
        """(n,): whether the account is unlike all asks, so that what-if must not move another one there."""

    def choices(self) -> tuple[object, ...]:
        """How it is made, beside asks and seed: the promotion gate asks only non-inferiority of a challenger whose
        choices equal the champion's."""

    def refit(self, asks: pd.DataFrame) -> Self:
        """A new model of the same choices that learned from `asks`; this one is unchanged.

        Parameters
        ----------
        asks : rows with `outcome` (1 = yes), account_id, asked_at, matures_at, …, as `flows.datasets.labelled_asks`
            gives them.
        """
