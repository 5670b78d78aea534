"""Compares predictions with answers: asks made after a publication against its readiness, the outcomes of listed
accounts, and the findings of `monitor` in English and Spanish.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from scipy import stats

from advocate_score.evaluation.comparison import reliability
from advocate_score.evaluation.methods import base_rate, smoothed_history
from advocate_score.evaluation.metrics import POOLED, Estimate, difference, estimate
from advocate_score.model.arrays import Floats, interval
from advocate_score.monitoring.drift import LARGE
from advocate_score.stats import effective_size, wilson
from advocate_score.text import Text

OUTCOME_COLUMNS = (
    *("level", "n", "accounts", "predicted", "observed", "low", "high"),
    *("apart", "p", "verdict", "log_loss", "log_loss_low", "log_loss_high"),
    *("beats_base_rate", "beats_history"),
)
TOO_FEW, AS_PREDICTED, TOO_HIGH, TOO_LOW = "too_few", "as_predicted", "too_high", "too_low"
FEWEST_ACCOUNTS = 10
"""With fewer accounts there is no verdict, because their spread cannot be estimated."""
ALARM = 0.05
"""The chance that a correct model raises any alarm (Holm, over the levels and all asks together)."""

_LOG_LOSS = "log_loss"
_BASELINES = ("base_rate", "smoothed_history")


@dataclass(frozen=True)
class Prediction:
    """The readiness of one publication: account_id, level, readiness.

    `trained_as_of`: the as-of of its model, None if the model was not trained on asks.
    """

    as_of: datetime
    trained_as_of: datetime | None
    readiness: pd.DataFrame


def with_predictions(asks: pd.DataFrame, predictions: Sequence[Prediction]) -> pd.DataFrame:
    """Return mature `asks` with the `readiness` of the last publication up to `asked_at`.

    It is NaN if there is none, or if its model was trained after the ask. `predicted_as_of` is the publication's as-of;
    `learned_from` says whether the model may have seen the answer.
    """
    keys = ["account_id", "level"]
    rows = asks.astype({"level": "int64"}).sort_values("asked_at", kind="stable", ignore_index=True)
    tables = [
        _table(prediction, rows[keys]) for prediction in sorted(predictions, key=lambda prediction: prediction.as_of)
    ]
    if not tables:
        never = pd.Series(pd.NaT, rows.index, dtype="datetime64[us]")
        return rows.assign(readiness=np.nan, predicted_as_of=never, learned_from=False)
    matched = pd.merge_asof(
        rows, pd.concat(tables), left_on="asked_at", right_on="predicted_as_of", by=keys, direction="backward"
    )
    is_learned_from = (matched["trained_as_of"] > matched["asked_at"]).fillna(value=False)
    return matched.assign(learned_from=is_learned_from, readiness=matched["readiness"].mask(is_learned_from)).drop(
        columns="trained_as_of"
    )


def realised_outcomes(asks: pd.DataFrame, known: pd.DataFrame, draws: int = 500, seed: int = 0) -> pd.DataFrame:
    """Return the frame of `OUTCOME_COLUMNS`, `pooled` first: how well predictions matched the outcomes.

    Parameters
    ----------
    asks : account_id, level, outcome, readiness (none missing), history_yes, history_n.
    known : earlier asks whose outcomes the baselines learn from.
    draws, seed : of the bootstrap over accounts.

    Returns
    -------
    `observed` has its Wilson interval, with related asks counting less; `apart`: observed − predicted; `p`: the chance
    of as large a difference; `beats_…`: P(log loss is below the baseline's) with accounts resampled, NaN without a
    baseline.
    """
    groups = {POOLED: asks, **{str(level): rows for level, rows in asks.groupby("level")}}
    outcomes = pd.DataFrame([_outcome_row(level, rows) for level, rows in groups.items() if len(rows)])
    if outcomes.empty:
        return pd.DataFrame(columns=list(OUTCOME_COLUMNS))
    outcomes["verdict"] = _verdicts(outcomes)
    losses = _losses(asks, known, draws, seed)
    return outcomes.merge(pd.DataFrame(losses), on="level")[list(OUTCOME_COLUMNS)]


def _table(prediction: Prediction, asked: pd.DataFrame) -> pd.DataFrame:
    pairs = asked.drop_duplicates()
    rows = prediction.readiness.merge(pairs, on=["account_id", "level"])[["account_id", "level", "readiness"]]
    at = pd.Series(prediction.as_of, rows.index, dtype="datetime64[us]")
    trained = pd.Series(prediction.trained_as_of or pd.NaT, rows.index, dtype="datetime64[us]")
    return rows.assign(predicted_as_of=at, trained_as_of=trained)


def _outcome_row(level: str, rows: pd.DataFrame) -> dict[str, object]:
    return {"level": level, **outcome_figures(answers_by_account(rows))}


def answers_by_account(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per account: n, yes, expected (Σ readiness) and the variance of yes that readiness implies."""
    readiness = rows["readiness"]
    parts = {"yes": rows["outcome"], "expected": readiness, "variance": readiness * (1 - readiness)}
    return pd.DataFrame({"n": 1.0, **parts}, index=rows.index).groupby(rows["account_id"]).sum()


def outcome_figures(answers: pd.DataFrame) -> dict[str, object]:
    """Return n, accounts, predicted, observed with its bounds, apart and p.

    Parameters
    ----------
    answers : as `answers_by_account` returns them, of at least one account.
    """
    yes, n = answers["yes"].to_numpy(np.float64), answers["n"].to_numpy(np.float64)
    share, mean = float(yes.sum() / n.sum()), float(answers["expected"].sum() / n.sum())
    low, high = wilson(share, effective_size(yes, n))
    p = p_of_sum(yes - answers["expected"].to_numpy(np.float64), float(answers["variance"].sum()))
    counts: dict[str, object] = {"n": int(n.sum()), "accounts": len(n), "predicted": mean, "observed": share}
    return counts | {"low": low, "high": high, "apart": share - mean, "p": p}


def p_of_difference(rows: pd.DataFrame) -> float:
    """Return the two-sided p of Σ(outcome − readiness) = 0, as `p_of_sum` does."""
    answers = answers_by_account(rows)
    return p_of_sum((answers["yes"] - answers["expected"]).to_numpy(np.float64), float(answers["variance"].sum()))


def p_of_sum(parts: Floats, implied: float, *, below: bool = False) -> float:
    """Return the two-sided p of Σ parts = 0, by t over accounts; NaN below `FEWEST_ACCOUNTS`.

    The variance is the larger of the one that is implied by the predictions and the one observed between accounts. So
    related asks of one account do not count as independent, and a few accounts that agree by chance do not count as
    certain.

    Parameters
    ----------
    parts : one per account.
    implied : the variance of their sum if predictions are right and asks independent.
    below : return the one-sided p instead, which is small if the sum is surely below 0.
    """
    if len(parts) < FEWEST_ACCOUNTS:
        return float("nan")
    observed = float((parts**2).sum()) * len(parts) / (len(parts) - 1)
    t = parts.sum() / np.sqrt(max(implied, observed, 1e-12))
    return float(stats.t.cdf(t, len(parts) - 1) if below else 2 * stats.t.sf(abs(t), len(parts) - 1))


def _verdicts(outcomes: pd.DataFrame) -> list[str]:
    p = outcomes["p"].to_numpy(np.float64)
    alarms = holm(p, ALARM)
    direction = np.where(outcomes["apart"] < 0, TOO_HIGH, TOO_LOW)
    return [str(verdict) for verdict in np.where(np.isnan(p), TOO_FEW, np.where(alarms, direction, AS_PREDICTED))]


def holm(p: np.ndarray, level: float) -> np.ndarray:
    """Return which of several p are significant together at `level` (Holm 1979); NaN never is."""
    order = np.argsort(p)
    known = int(np.isfinite(p).sum())
    bounds = level / np.maximum(known - np.arange(len(p)), 1)
    rejected = np.logical_and.accumulate(p[order] <= bounds)
    return rejected[np.argsort(order)]


def _losses(asks: pd.DataFrame, known: pd.DataFrame, draws: int, seed: int) -> list[dict[str, object]]:
    baselines = _BASELINES if len(known) else ()
    methods = {"base_rate": base_rate, "smoothed_history": smoothed_history}
    rows = asks.assign(origin=0, **{name: methods[name](known, asks) for name in baselines})
    estimates = estimate(rows, ["readiness", *baselines], [_LOG_LOSS], draws=draws, seed=seed)
    own = estimates["readiness", _LOG_LOSS]
    return [_loss_row(level, own, estimates) for level in own.value if level in {POOLED, *map(str, asks["level"])}]


def _loss_row(level: str, own: Estimate, estimates: Mapping[tuple[str, str], Estimate]) -> dict[str, object]:
    low, high = interval(own.draws[level])
    beats = {name: _p_below(own, estimates.get((name, _LOG_LOSS)), level) for name in _BASELINES}
    row = {"level": level, "log_loss": own.value[level], "log_loss_low": low, "log_loss_high": high}
    return row | {"beats_base_rate": beats["base_rate"], "beats_history": beats["smoothed_history"]}


def _p_below(own: Estimate, other: Estimate | None, level: str) -> float:
    return float("nan") if other is None else difference(own, other, _LOG_LOSS, level, (0, 0)).p_below_zero


LIST_COLUMNS = ("level", "listed", "asked", "asks", "yes", "predicted", "observed", "low", "high", "verdict")
WORKED_WITH_DAYS = 30
"""A list is in use for this many days, or until the next one."""

_ANSWERS = ["yes", "predicted", "observed", "low", "high"]
_FIGURES = ["predicted", "observed", "low", "high", "n"]


def of_lists(asks: pd.DataFrame, lists: Sequence[Prediction]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split mature asks since the first list into those of listed accounts and others.

    An ask counts as listed if its account was on a list of that level in use at the time; it then has the `readiness`
    of the last such list.

    Parameters
    ----------
    asks : mature asks.
    lists : the listed accounts of each publication: at least one, and none by a model that learned from later answers.
    """
    publication_times = np.array(sorted(published.as_of for published in lists), dtype="datetime64[us]")
    matched = with_predictions(asks[asks["asked_at"] >= publication_times[0]], lists)
    asked_at = matched["asked_at"].to_numpy("datetime64[us]")
    last = publication_times[np.searchsorted(publication_times, asked_at, side="right") - 1]
    fresh = np.minimum(last, asked_at - np.timedelta64(WORKED_WITH_DAYS, "D"))
    is_listed = matched["predicted_as_of"].to_numpy("datetime64[us]") >= fresh
    return matched[is_listed].reset_index(drop=True), matched[~is_listed].reset_index(drop=True)


def outcomes_of_listed(
    lists: Sequence[Prediction], asks: pd.DataFrame, smallest: int, levels: Iterable[int], seed: int = 0
) -> pd.DataFrame:
    """Return the frame of `LIST_COLUMNS`, `pooled` first, then every level.

    If fewer than `smallest` accounts were asked, their answers are left out.

    Parameters
    ----------
    lists : the listed accounts of each publication.
    asks : of listed accounts, as `of_lists` returns them.
    smallest : the fewest accounts whose answers may be shown.
    levels : of the ladder.
    seed : of the bootstrap over accounts.

    Returns
    -------
    listed, asked: accounts · yes: asks that were accepted · the others as in `realised_outcomes`.
    """
    rows = pd.concat([published.readiness[["account_id", "level"]] for published in lists])
    outcomes = realised_outcomes(asks, asks.iloc[:0], seed=seed).set_index("level")
    table = pd.DataFrame([_counts(level, rows, outcomes) for level in (POOLED, *map(str, levels))])
    table = table.join(outcomes[["predicted", "observed", "low", "high", "verdict"]].astype(object), on="level")
    table["yes"] = (table["asks"] * table["observed"]).astype("float64").round()
    too_few = table["asked"] < max(1, smallest)
    table.loc[too_few, _ANSWERS] = None
    table.loc[too_few, "verdict"] = TOO_FEW
    return table[list(LIST_COLUMNS)].astype(dict.fromkeys(_ANSWERS, "float64"))


def predicted_bins(asks: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return predicted and observed shares in bins, all levels together; empty if too few accounts were asked.

    Parameters
    ----------
    asks : of listed accounts, as `of_lists` returns them.
    outcomes : as `realised_outcomes` returns it.
    """
    pooled = outcomes.loc[outcomes["level"] == POOLED, "verdict"].item()
    bins = reliability(asks, "readiness") if pooled != TOO_FEW else pd.DataFrame(columns=["level", *_FIGURES])
    pooled_bins = bins.loc[bins["level"] == POOLED, _FIGURES]
    return pooled_bins if len(pooled_bins) > 1 else pooled_bins.iloc[:0]


def _counts(level: str, rows: pd.DataFrame, outcomes: pd.DataFrame) -> dict[str, object]:
    own = rows if level == POOLED else rows[rows["level"] == int(level)]
    totals = outcomes.loc[outcomes.index == level, ["accounts", "n"]].sum().astype("int64")
    return {"level": level, "listed": own["account_id"].nunique(), "asked": totals["accounts"], "asks": totals["n"]}


_PREDICTIONS = {
    TOO_HIGH: Text(
        "{where}: predictions were too high. Of {n} asks {predicted:.0%} were expected to end in a yes, {observed:.0%} "
        "did ({low:.0%} to {high:.0%}).",
        "{where}: las predicciones fueron demasiado altas. De {n} peticiones se esperaba un sí en el {predicted:.0%} y "
        "lo hubo en el {observed:.0%} (de {low:.0%} a {high:.0%}).",
    ),
    TOO_LOW: Text(
        "{where}: predictions were too low. Of {n} asks {predicted:.0%} were expected to end in a yes, {observed:.0%} "
        "did ({low:.0%} to {high:.0%}).",
        "{where}: las predicciones fueron demasiado bajas. De {n} peticiones se esperaba un sí en el {predicted:.0%} y "
        "lo hubo en el {observed:.0%} (de {low:.0%} a {high:.0%}).",
    ),
}
_DRIFT = {
    "readiness": Text(
        "Readiness for level {name} has moved{much}: on average from {before:.0%} to {after:.0%}.",
        "La preparación para el nivel {name} ha cambiado{much}: de media del {before:.0%} al {after:.0%}.",
    ),
    "signal": Text(
        "The signal {name} has moved{much}: on average from {before:.3g} to {after:.3g}.",
        "La señal {name} ha cambiado{much}: de media de {before:.3g} a {after:.3g}.",
    ),
    "category": Text(
        "The signal {name} has moved{much}: its commonest value went from {before:.0%} to {after:.0%} of accounts.",
        "La señal {name} ha cambiado{much}: su valor más común pasó del {before:.0%} al {after:.0%} de las cuentas.",
    ),
}
_MUCH = Text(" a great deal", " mucho")
_LEVEL, _ALL = Text("Level {}", "Nivel {}"), Text("All levels", "Todos los niveles")
_QUIET = Text(
    "Predictions and answers agree as far as so few asks can tell.",
    "Predicciones y respuestas concuerdan, hasta donde tan pocas peticiones permiten ver.",
)
_NOTHING = Text(
    "No ask that was made after a publication is old enough to be judged yet.",
    "Aún no hay peticiones posteriores a una publicación con antigüedad suficiente para juzgarlas.",
)
_STEADY = Text(
    "Nothing has drifted since {since} beyond chance and by enough to matter.",
    "Nada ha cambiado desde {since} más allá del azar y lo bastante para importar.",
)


def findings(realised: pd.DataFrame, drift: pd.DataFrame | None, since: str, language: str) -> list[str]:
    """Return the findings as sentences, alarms first.

    Parameters
    ----------
    realised : as `realised_outcomes` returns it.
    drift : as `monitoring.drift.drift` returns it, None if there are no two publications to compare.
    since : the date of the earlier publication, as text.
    language : en or es.
    """
    sentences = [*_of_predictions(realised, language)]
    if drift is not None:
        sentences += [*_of_drift(drift, language)] or [_STEADY.in_language(language).format(since=since)]
    return sentences


def _of_predictions(realised: pd.DataFrame, language: str) -> Iterator[str]:
    if realised.empty:
        yield _NOTHING.in_language(language)
        return
    alarms = [row for row in realised.to_dict("records") if row["verdict"] in _PREDICTIONS]
    for row in alarms:
        where = (_ALL if row["level"] == "pooled" else _LEVEL).in_language(language).format(row["level"])
        facts = {str(name): value for name, value in row.items()}
        yield predictions_sentence(row["verdict"], language, facts | {"where": where})
    if not alarms:
        yield (_NOTHING if (realised["verdict"] == TOO_FEW).all() else _QUIET).in_language(language)


def predictions_sentence(verdict: str, language: str, facts: Mapping[str, object]) -> str:
    """Return what is wrong with the predictions `where`, with their figures: n, predicted, observed, low, high."""
    return _PREDICTIONS[verdict].in_language(language).format(**facts)


def _of_drift(drift: pd.DataFrame, language: str) -> Iterator[str]:
    for row in drift[drift["drifted"]].to_dict("records"):
        facts = {str(name): value for name, value in row.items()}
        much = _MUCH.in_language(language) if row["psi"] > LARGE else ""
        yield _DRIFT[row["kind"]].in_language(language).format(much=much, **facts)
