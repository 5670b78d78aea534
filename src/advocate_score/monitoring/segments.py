"""Is readiness right for every kind of client? Calibration, lift and the share of clients never asked by industry,
segment, region, language and account manager, with findings in English and Spanish.

Whoever looks at many kinds finds some that stand out by chance. So verdicts are corrected over all kinds together (Holm
1979): the chance that a correct model has any of them told is at most `outcomes.ALARM`, however the tests depend on
each other. Most of it goes to the level of the predictions, the rest to their order. Intervals are each of a single
figure, 90 %.
"""

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from advocate_score.evaluation.metrics import Cases, cases_of, lift_at_capacity, plain_weights
from advocate_score.model.arrays import AccountDraws, Integers, draw_accounts, interval, single_thread
from advocate_score.monitoring import outcomes
from advocate_score.stats import wilson
from advocate_score.text import Text

ATTRIBUTES = {
    "industry": Text("Industry", "Sector"),
    "segment": Text("Segment", "Segmento"),
    "region": Text("Region", "Región"),
    "language": Text("Language", "Idioma"),
    "owner": Text("Account manager", "Responsable de cuenta"),
}
COLUMNS = (
    *("attribute", "value", "clients", "never_asked", "never_asked_low", "never_asked_high"),
    *("n", "accounts", "predicted", "observed", "low", "high", "apart", "p"),
    *("lift", "lift_low", "lift_high", "p_order", "verdict", "judged", "wrong"),
)
WRONG_ORDER = "wrong_order"
WRONG = (outcomes.TOO_HIGH, outcomes.TOO_LOW, WRONG_ORDER)
LIFT_SHARE = 1 / 3
"""Lift is that of the readiest third at each level: a tenth of a small kind would be a handful of asks."""
_MOST_TOLD = 5
_OF_ORDER = 0.2
"""The part of `outcomes.ALARM` that is kept for wrong orders, which are rarer than wrong levels and plainer."""


@single_thread()
def by_segment(
    asks: pd.DataFrame, accounts: pd.DataFrame, asked: Collection[str], *, draws: int = 200, seed: int = 0
) -> pd.DataFrame:
    """Return the frame of `COLUMNS`, one row per attribute and value.

    Attributes with fewer than two values, and accounts without a value, are left out. Kinds with answers of fewer than
    `FEWEST_ACCOUNTS` accounts have no verdict.

    Parameters
    ----------
    asks : account_id, level, outcome, readiness (none missing): readiness as it was before each answer.
    accounts : account_id and those of `ATTRIBUTES` that are known, one row per account.
    asked : accounts with an ask whose outcome is known.
    draws, seed : of the bootstrap over accounts behind the bounds of the lift.

    Returns
    -------
    clients, never_asked: accounts of this kind, the share of them not in `asked`, with Wilson's bounds · n, accounts:
    asks and their accounts · `observed` has its Wilson interval, with related asks counting less; `apart`: observed −
    predicted; `p`: the chance of as large a difference · lift: yes among the readiest third at each level, over those
    of as many at random; `p_order`: the chance of an order as wrong as this one if readiness told nothing, one-sided ·
    judged, wrong: whether there is a verdict, and whether readiness is wrong for this kind.
    """
    known = accounts.assign(never_asked=~accounts["account_id"].isin(list(asked)))
    answers, cases = outcomes.answers_by_account(asks), cases_of(asks.assign(origin=0), "readiness")
    resampled = draw_accounts(asks["account_id"], draws, seed)
    rows = [
        row
        for attribute in ATTRIBUTES
        if attribute in known and known[attribute].nunique() > 1
        for row in _kinds(attribute, known, asks, answers, cases, resampled)
    ]
    table = pd.DataFrame(rows, columns=[*COLUMNS[:-3]])
    table = table.assign(verdict=_verdicts(table))
    return table.assign(judged=table["verdict"] != outcomes.TOO_FEW, wrong=table["verdict"].isin(WRONG))


def _kinds(
    attribute: str,
    accounts: pd.DataFrame,
    asks: pd.DataFrame,
    answers: pd.DataFrame,
    cases: Cases,
    draws: AccountDraws,
) -> Iterator[dict[str, object]]:
    """Yield one row per value of the attribute."""
    value = asks["account_id"].map(accounts.set_index("account_id")[attribute])
    order = _order_by_account(asks, value)
    for name, clients in accounts.groupby(attribute):
        row: dict[str, object] = {"attribute": attribute, "value": name, **_reach(clients["never_asked"])}
        row |= {"n": 0, "accounts": 0}
        own = answers[answers.index.isin(clients["account_id"])]
        if len(own):
            row |= outcomes.outcome_figures(own)
        if len(own) >= outcomes.FEWEST_ACCOUNTS:
            ahead = order.loc[own.index]
            row |= _lift(cases, np.flatnonzero(value == name), draws)
            row["p_order"] = outcomes.p_of_sum(
                ahead["product"].to_numpy(np.float64), float(ahead["variance"].sum()), below=True
            )
        yield row


def _reach(never_asked: "pd.Series[bool]") -> dict[str, float]:
    share = float(never_asked.mean())
    low, high = wilson(share, len(never_asked))
    figures = {"never_asked": share, "never_asked_low": min(low, share), "never_asked_high": max(high, share)}
    return {"clients": len(never_asked), **figures}


def _order_by_account(asks: pd.DataFrame, value: "pd.Series[str]") -> pd.DataFrame:
    """Return, by account, the sum over its asks of (outcome − mean) × (readiness − mean) and its variance without any
    relation; means are those of the kind and level."""
    mean = asks.groupby([value, asks["level"]])[["outcome", "readiness"]].transform("mean")
    ahead = asks["readiness"] - mean["readiness"]
    parts = {
        "product": (asks["outcome"] - mean["outcome"]) * ahead,
        "variance": mean["outcome"] * (1 - mean["outcome"]) * ahead**2,
    }
    return pd.DataFrame(parts).groupby(asks["account_id"]).sum()


def _lift(asks: Cases, rows: Integers, draws: AccountDraws) -> dict[str, float]:
    cases = Cases(asks.outcome[rows], asks.probability[rows], asks.block[rows], np.full_like(asks.share, LIFT_SHARE))
    drawn = np.concatenate([lift_at_capacity(cases, weight) for weight in draws.only(rows).weights()])
    low, high = interval(drawn)
    return {"lift": float(lift_at_capacity(cases, plain_weights(cases))[0]), "lift_low": low, "lift_high": high}


def _verdicts(table: pd.DataFrame) -> list[str]:
    p = table[["p", "p_order"]].astype("float64").to_numpy()
    off, turned = (
        outcomes.holm(p[:, 0], (1 - _OF_ORDER) * outcomes.ALARM),
        outcomes.holm(p[:, 1], _OF_ORDER * outcomes.ALARM),
    )
    direction = np.where(table["apart"].astype("float64") < 0, outcomes.TOO_HIGH, outcomes.TOO_LOW)
    judged = np.where(off, direction, np.where(turned, WRONG_ORDER, outcomes.AS_PREDICTED))
    return [str(verdict) for verdict in np.where(np.isnan(p[:, 0]), outcomes.TOO_FEW, judged)]


def wrong(table: pd.DataFrame) -> pd.DataFrame:
    """Return the kinds for which readiness is wrong, the surest first."""
    off = table[table["wrong"]]
    return off.assign(least=off[["p", "p_order"]].astype("float64").min(axis=1)).sort_values("least", kind="stable")


def judged(table: pd.DataFrame) -> int:
    """Return how many kinds have enough answers for a verdict."""
    return int(table["judged"].sum())


def rarely_asked(table: pd.DataFrame, asked: float) -> pd.DataFrame:
    """Return the kinds whose clients were surely asked less often than all clients, the least asked first.

    Their bounds are corrected for the number of kinds (Bonferroni).

    Parameters
    ----------
    table : as `by_segment` returns it.
    asked : the share of all clients that were asked.
    """
    confidence = 1 - (1 - 0.9) / max(1, len(table))
    least = [
        wilson(share, clients, confidence)[0]
        for share, clients in zip(table["never_asked"], table["clients"], strict=True)
    ]
    return table[np.array(least, dtype=np.float64) > 1 - asked].sort_values("never_asked", ascending=False)


_QUIET = Text(
    "Kinds of client with enough answers: {n}, by industry, segment, region, language and account manager. Readiness "
    "is wrong for none of them beyond chance.",
    "Tipos de cliente con respuestas suficientes: {n}, por sector, segmento, región, idioma y responsable de cuenta. "
    "En ninguno se equivoca la preparación más allá del azar.",
)
_TOO_FEW = Text(
    "No kind of client has answers of enough accounts to say whether readiness is right for it.",
    "Ningún tipo de cliente tiene respuestas de suficientes cuentas para decir si la preparación acierta en él.",
)
_ORDER = Text(
    "{where}: the order was wrong. At the same level, clients with more readiness said yes less often.",
    "{where}: el orden fue el contrario. En el mismo nivel, los clientes más preparados dijeron que sí menos veces.",
)
_MORE = Text("{n} more kinds of client stand out.", "Hay {n} tipos de cliente más que destacan.")


def segment_findings(table: pd.DataFrame, language: str) -> Iterator[str]:
    """Yield the findings as sentences: the kinds for which readiness is wrong, or that there are none."""
    off = wrong(table)
    for row in off.head(_MOST_TOLD).to_dict("records"):
        where = f"{ATTRIBUTES[row['attribute']].in_language(language)} {row['value']}"
        facts = {str(name): value for name, value in row.items()} | {"where": where}
        if row["verdict"] == WRONG_ORDER:
            yield _ORDER.in_language(language).format(**facts)
        else:
            yield outcomes.predictions_sentence(row["verdict"], language, facts)
    if len(off) > _MOST_TOLD:
        yield _MORE.in_language(language).format(n=len(off) - _MOST_TOLD)
    if off.empty:
        yield (_QUIET if judged(table) else _TOO_FEW).in_language(language).format(n=judged(table))
