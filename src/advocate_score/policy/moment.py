"""The moment: a dated reason to ask now. A renewal that is pending is none; it is a reason to rest."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from advocate_score.policy.facts import asked, is_true, known
from advocate_score.windows import lookback_start

COLUMNS = ("account_id", "moment", "moment_at")
NEEDED = {
    "outcomes": ("account_id", "occurred_at", "recorded_at", "confirmed"),
    "asks": ("account_id", "level", "asked_at", "completed_at"),
    "surveys": ("account_id", "answered_at", "recorded_at", "nps"),
    "mentions": ("account_id", "occurred_at", "recorded_at", "sentiment"),
    "renewals": ("account_id", "occurred_at", "recorded_at", "kind"),
}
"""The columns of each table that moments are made of."""

SENTENCES = {
    "outcome": ("confirmed a result on {day}", "confirmó un resultado el {day}"),
    "completion": ("completed an earlier ask on {day}", "completó una petición anterior el {day}"),
    "promoter": ("answered 9 or 10 to a survey on {day}", "respondió 9 o 10 a una encuesta el {day}"),
    "praise": ("praised us in public on {day}", "nos elogió en público el {day}"),
    "expansion": ("expanded the contract on {day}", "amplió el contrato el {day}"),
    "renewal": ("renewed the contract on {day}", "renovó el contrato el {day}"),
}
"""Their order decides between moments of the same instant."""

_PROMOTER = 9
_PRAISE = 0.5


@dataclass(frozen=True)
class Happenings:
    """The tables of `NEEDED`; rows of any time, instants naive UTC."""

    outcomes: pd.DataFrame
    asks: pd.DataFrame
    surveys: pd.DataFrame
    mentions: pd.DataFrame
    renewals: pd.DataFrame


def moments(happenings: Happenings, as_of: datetime, window_days: int, language: str = "en") -> pd.DataFrame:
    """The latest moment of each account that has one in [as_of − window, as_of), sorted by account_id.

    Returns
    -------
    frame of `COLUMNS`: moment is a phrase in English or Spanish, moment_at naive UTC.
    """
    dated = pd.concat([rows.assign(kind=kind) for kind, rows in _dated(happenings, as_of).items()])
    dated = dated[dated["moment_at"] >= lookback_start(as_of, window_days)]
    order = dated["kind"].map({kind: place for place, kind in enumerate(SENTENCES)})
    latest = dated.assign(order=order).sort_values(["account_id", "moment_at", "order"], ascending=[True, False, True])
    latest = latest.drop_duplicates("account_id", ignore_index=True)
    days = latest["moment_at"].dt.strftime("%Y-%m-%d")
    words = [SENTENCES[kind][language == "es"].format(day=day) for kind, day in zip(latest["kind"], days, strict=True)]
    return latest.assign(moment=pd.Series(words, latest.index, "str"))[list(COLUMNS)]


def _dated(happenings: Happenings, as_of: datetime) -> dict[str, pd.DataFrame]:
    outcomes = known(happenings.outcomes, as_of)
    asks = asked(happenings.asks, as_of)
    surveys = known(happenings.surveys, as_of, "answered_at")
    mentions = known(happenings.mentions, as_of)
    renewals = known(happenings.renewals, as_of)
    return {
        "outcome": _at(outcomes[is_true(outcomes["confirmed"])], "occurred_at"),
        "completion": _at(asks[asks["completed_at"] < as_of], "completed_at"),
        "promoter": _at(surveys[surveys["nps"] >= _PROMOTER], "answered_at"),
        "praise": _at(mentions[mentions["sentiment"] >= _PRAISE], "occurred_at"),
        "expansion": _at(renewals[renewals["kind"] == "expansion"], "occurred_at"),
        "renewal": _at(renewals[renewals["kind"] == "renewal"], "occurred_at"),
    }


def _at(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    return rows[["account_id", column]].rename(columns={column: "moment_at"})
