"""Log loss and AUC on the newest asks by how many earlier asks were learned from: whether more of them help.

The models are those of the backtest, asked about the newest asks as well, and one a method that learned from the oldest
fifth alone: nothing else is fitted for the curve.
"""

from collections.abc import Mapping

import pandas as pd

from advocate_score.model.arrays import Floats
from advocate_score.model.baselines import Method
from advocate_score.model.metrics import POOLED, Estimate, estimate
from advocate_score.model.origins import FEWEST_TRAINING, Split
from advocate_score.model.resampling import interval
from advocate_score.model.threads import one_thread

CURVE_METHODS = ("readiness", "logit", "smoothed_history")
OLDEST_SHARE = 0.2
CURVE_METRICS = ("log_loss", "auc")
COLUMNS = ["method", "asks", "metric", "value", "low", "high", "tested"]


class Watched:
    """A method that foretells the `newest` asks too, whenever it has learned; `foretold` by number of training asks."""

    def __init__(self, method: Method, newest: pd.DataFrame) -> None:
        self.method = method
        self.newest = newest
        self.foretold: dict[int, Floats] = {}

    def __call__(self, training: pd.DataFrame, test: pd.DataFrame) -> Floats:
        probability = self.method(training, pd.concat([test, self.newest], ignore_index=True))
        self.foretold[len(training)] = probability[len(test) :]
        return probability[: len(test)]


@one_thread()
def learning_curve(methods: Mapping[str, Watched], last: Split, rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """One row a method, number of training asks and metric, on the asks of the `last` split, all levels together, with
    the 90 % account-clustered interval.

    Parameters
    ----------
    methods : after the backtest, which has called each at every origin; all watch the same newest asks.
    rows : the mature asks that the backtest was given.
    """
    oldest = _oldest(last.training(rows))
    for method in methods.values():
        if oldest is not None and len(oldest) < min(method.foretold):
            method(oldest, method.newest[:0])
    newest = next(iter(methods.values())).newest
    keys = [(name, asks) for name, one in methods.items() for asks in sorted(one.foretold)]
    described = newest[["account_id", "level", "outcome"]].assign(origin=pd.Timestamp(last.origin))
    predictions = described.assign(**{_column(*key): methods[key[0]].foretold[key[1]] for key in keys})
    found = estimate(predictions, [_column(*key) for key in keys], CURVE_METRICS, seed=seed)
    points = [(*key, metric, *_point(found[_column(*key), metric])) for key in keys for metric in CURVE_METRICS]
    return pd.DataFrame([(*point, len(newest)) for point in points], columns=COLUMNS)


def _point(one: Estimate) -> tuple[float, float, float]:
    return one.value[POOLED], *interval(one.draws[POOLED])


def _oldest(training: pd.DataFrame) -> pd.DataFrame | None:
    """The first asks of the log; None where they could teach nothing."""
    ordered = training.sort_values(["asked_at", "ask_id"], kind="stable")
    oldest = ordered.head(int(OLDEST_SHARE * len(ordered)))
    return oldest if len(oldest) >= FEWEST_TRAINING and oldest["outcome"].nunique() == 2 else None


def _column(method: str, asks: int) -> str:
    return f"{method} after {asks}"
