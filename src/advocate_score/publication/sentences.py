"""From explanations to reasons: sentences with the account's own values, in English or Spanish."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from advocate_score.declaration import Signal

REASONS = ("reason_1", "reason_2", "reason_3")
COLUMNS = ("account_id", "level", *REASONS)
_WORDS = {
    "no data": ("no data on {concept}", "sin datos de {concept}"),
    "mixed": ("mixed signals", "señales mixtas"),
    "against": ("against: {sentence}", "en contra: {sentence}"),
    "lost": ("did not renew on {day}", "no renovó el {day}"),
}
LOSS_DAYS = 730
"""For how long a contract that was not renewed is always told."""


def reasons(
    explanations: pd.DataFrame,
    signals: Mapping[str, Signal],
    concepts: Mapping[str, Mapping[str, str]],
    language: str = "en",
) -> pd.DataFrame:
    """Up to three reasons for each explained row: what speaks for it first, then what speaks against it.

    Each concept speaks once, the strongest first. Concepts whose part is not stable are told together as mixed
    signals, after the stable ones of their side. Not to know a thing is never told as a reason for.

    Parameters
    ----------
    explanations : account_id, level, concept, signal (the input that leads the concept), value (raw; None or NaN where
        unknown), contribution (log-odds), stable; any number of concepts a row.
    signals : declarations by name. concepts : slug → {en, es} label.

    Returns
    -------
    frame of `COLUMNS`, sorted by account_id, level; '' where there are fewer reasons.
    """
    told: dict[tuple[str, int], list[str]] = {}
    rows: Iterable[Any] = _strongest_first(explanations).itertuples(index=False)
    for row in rows:
        words = told.setdefault((row.account_id, row.level), [])
        unknown_speaks_for = pd.isna(row.value) and not row.against
        if len(words) < len(REASONS) and not unknown_speaks_for:
            label = concept_label(concepts, row.concept, language)
            reason = _reason(row, signals[row.signal], label, language)
            words += [reason] if reason not in words else []
    filled = [(*key, *words, *[""] * (len(REASONS) - len(words))) for key, words in told.items()]
    texts = dict.fromkeys(("account_id", *REASONS), "str")
    return pd.DataFrame(filled, columns=list(COLUMNS)).astype({**texts, "level": "int64"})


def with_losses(rows: pd.DataFrame, losses: pd.Series, language: str = "en") -> pd.DataFrame:
    """The reasons, with a lost renewal among them wherever there was one: in the first place that is empty, or else in
    the last.

    Parameters
    ----------
    rows : as `reasons` gives them. losses : account_id → when the latest contract was not renewed.
    """
    days = rows["account_id"].map(losses.dt.strftime("%Y-%m-%d").to_dict())
    if days.isna().all():
        return rows
    words = [
        None if pd.isna(day) else _say("against", language, sentence=_say("lost", language, day=day)) for day in days
    ]
    told = rows.copy()
    lost = pd.Series(words, rows.index, dtype="object")
    waiting = lost.notna()
    for place in REASONS:
        free = waiting & ((told[place] == "") | (place == REASONS[-1]))
        told.loc[free, place] = lost[free].astype("str")
        waiting &= ~free
    return told


def _strongest_first(explanations: pd.DataFrame) -> pd.DataFrame:
    """One row a concept; what speaks against comes after all that speaks for, and on each side what is not stable."""
    order = explanations.assign(against=explanations["contribution"] < 0, size=-explanations["contribution"].abs())
    order = order.sort_values(["account_id", "level", "size", "concept", "signal"])
    one_each = order.drop_duplicates(["account_id", "level", "concept"])
    return one_each.assign(mixed=~one_each["stable"].astype(bool)).sort_values(
        ["account_id", "level", "against", "mixed", "size", "concept", "signal"]
    )


def _reason(row: Any, signal: Signal, label: str, language: str) -> str:
    if not row.stable:
        return _say("mixed", language)
    sentence = _sentence(signal, label, row.value, language)
    return _say("against", language, sentence=sentence) if row.against else sentence


def _sentence(signal: Signal, label: str, value: Any, language: str) -> str:
    if pd.isna(value):
        return _say("no data", language, concept=label)
    return signal.sentence(value, language)


def _say(what: str, language: str, **parts: str) -> str:
    return _WORDS[what][language == "es"].format(**parts)


def concept_label(concepts: Mapping[str, Mapping[str, str]], slug: str, language: str) -> str:
    """The concept's label as part of a sentence; a user's own concept without one is called by its slug."""
    label = concepts.get(slug, {}).get("es" if language == "es" else "en", slug.replace("_", " "))
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
