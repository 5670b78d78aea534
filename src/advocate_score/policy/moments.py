"""The moment: a dated reason to ask now. A pending renewal is not a moment; it is a reason to rest."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.asks import asks_before
from advocate_score.dates import local_days, spoken_days
from advocate_score.frames import kinds, known_before
from advocate_score.policy.inputs import age_days, is_true
from advocate_score.text import Text

COLUMNS = ("account_id", "moment", "moment_at", "strength")
NEEDED = {
    "outcomes": ("account_id", "occurred_at", "recorded_at", "confirmed"),
    "asks": ("account_id", "level", "asked_at", "completed_at"),
    "surveys": ("account_id", "answered_at", "recorded_at", "nps"),
    "mentions": ("account_id", "occurred_at", "recorded_at", "sentiment"),
    "renewals": ("account_id", "occurred_at", "recorded_at", "kind"),
    "interactions": ("account_id", "occurred_at", "recorded_at", "kind", "sentiment"),
}
"""The columns of each table that moments are derived from."""

SENTENCES = {
    "outcome": Text("confirmed a result on {day}", "confirmó un resultado el {day}"),
    "milestone": Text("reached a milestone on {day}", "alcanzó un hito el {day}"),
    "completion": Text("completed an earlier ask on {day}", "completó una petición anterior el {day}"),
    "expansion": Text("expanded the contract on {day}", "amplió el contrato el {day}"),
    "renewal": Text("renewed the contract on {day}", "renovó el contrato el {day}"),
    "promoter": Text(
        "gave us {score} out of 10 in a survey on {day}", "nos dio un {score} sobre 10 en una encuesta el {day}"
    ),
    "praise": Text("praised us in public on {day}", "nos elogió en público el {day}"),
    "feedback": Text("sounded pleased when in touch with us on {day}", "se mostró satisfecho en un contacto del {day}"),
    "review": Text("sat down with us for a review on {day}", "hizo balance con nosotros el {day}"),
}
"""The order decides between moments of the same strength and instant."""

_PROMOTER = 9


@dataclass(frozen=True)
class MomentEvents:
    """The tables of `NEEDED`; rows may be of any time, instants are naive UTC."""

    outcomes: pd.DataFrame
    asks: pd.DataFrame
    surveys: pd.DataFrame
    mentions: pd.DataFrame
    renewals: pd.DataFrame
    interactions: pd.DataFrame


def moments(
    events: MomentEvents, as_of: datetime, rules: config.Moments, language: str = "en", zone: tzinfo = UTC
) -> pd.DataFrame:
    """The strongest moment of each account that has one, sorted by account_id; ties go to the latest.

    A moment counts in [as_of − its days, as_of). Its strength is its weight, halved after half of its days, so that
    recent events come first.

    Parameters
    ----------
    events : the tables of `NEEDED`.
    as_of : the instant to judge at.
    rules : days and weight of each kind of moment.
    language : of the phrase, en or es.
    zone : of the day in the phrase.

    Returns
    -------
    frame of `COLUMNS`: moment is a phrase in English or Spanish, moment_at naive UTC, strength in (0, 1].
    """
    by_kind = _dated_events(events, as_of, rules)
    dated = pd.concat([_with_strength(rows, kind, as_of, rules.of(kind)) for kind, rows in by_kind.items()])
    order = dated["kind"].map({kind: index for index, kind in enumerate(SENTENCES)})
    by = ["account_id", "strength", "moment_at", "order"]
    ordered = dated.assign(order=order).sort_values(by, ascending=[True, False, False, True])
    best = ordered.drop_duplicates("account_id", ignore_index=True)
    first, index = kinds([best["kind"], local_days(best["moment_at"], zone), best["score"]])
    shown = best.iloc[first]
    facts = zip(shown["kind"], spoken_days(shown["moment_at"], zone, language, as_of), shown["score"], strict=True)
    words = [SENTENCES[kind].in_language(language).format(day=day, score=f"{score:.0f}") for kind, day, score in facts]
    return best.assign(moment=pd.array(words, dtype="str").take(index))[list(COLUMNS)]


def earliest_moment(as_of: datetime, rules: config.Moments) -> datetime:
    """The instant before which no event counts as a moment."""
    return as_of - timedelta(days=max(rules.of(kind).days for kind in SENTENCES))


def _with_strength(rows: pd.DataFrame, kind: str, as_of: datetime, rule: config.Moment) -> pd.DataFrame:
    """The rows that still count, with their strength."""
    age = age_days(rows["moment_at"], as_of)
    strength = rule.weight * np.exp2(-age / max(rule.days / 2, 1e-9))
    fresh = (age <= rule.days) & (rule.days > 0) & (rule.weight > 0)
    return rows.assign(kind=kind, strength=strength.astype("float64")).loc[fresh]


def _dated_events(events: MomentEvents, as_of: datetime, rules: config.Moments) -> dict[str, pd.DataFrame]:
    outcomes = known_before(events.outcomes, as_of)
    asks = asks_before(events.asks, as_of)
    surveys = known_before(events.surveys, as_of, "answered_at")
    mentions = known_before(events.mentions, as_of)
    renewals = known_before(events.renewals, as_of)
    spoken = known_before(events.interactions, as_of)
    reviews = spoken[spoken["kind"].isin(rules.reviews)]
    return {
        "outcome": _with_moment_at(outcomes[is_true(outcomes["confirmed"])], "occurred_at"),
        "milestone": _with_moment_at(spoken[spoken["kind"].isin(rules.milestones)], "occurred_at"),
        "completion": _with_moment_at(asks[asks["completed_at"] < as_of], "completed_at"),
        "expansion": _with_moment_at(renewals[renewals["kind"] == "expansion"], "occurred_at"),
        "renewal": _with_moment_at(renewals[renewals["kind"] == "renewal"], "occurred_at"),
        "promoter": _with_moment_at(surveys[surveys["nps"] >= _PROMOTER], "answered_at", "nps"),
        "praise": _with_moment_at(mentions[mentions["sentiment"] >= rules.positive], "occurred_at"),
        "feedback": _with_moment_at(_pleased_since(spoken, rules.positive), "occurred_at"),
        "review": _with_moment_at(reviews[~(reviews["sentiment"] < 0)], "occurred_at"),
    }


def _pleased_since(spoken: pd.DataFrame, positive: float) -> pd.DataFrame:
    """The contacts in which a client sounded pleased, and displeased in none since."""
    displeased = spoken["occurred_at"].where(spoken["sentiment"] < 0).groupby(spoken["account_id"]).transform("max")
    return spoken[(spoken["sentiment"] >= positive) & ~(spoken["occurred_at"] < displeased)]


def _with_moment_at(rows: pd.DataFrame, column: str, score: str = "") -> pd.DataFrame:
    """account_id, moment_at and score, which is −1 where a moment has none."""
    scores = rows[score].astype("float64") if score else -1.0
    return rows[["account_id", column]].rename(columns={column: "moment_at"}).assign(score=scores)
