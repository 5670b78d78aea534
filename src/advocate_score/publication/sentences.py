"""Sentences with the account's own values, in English or Spanish: the reasons, the what-if changes, which promise no
effect, and the result that an ask cites."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from string import Formatter
from typing import Any

import pandas as pd

from advocate_score.days import local_day_texts
from advocate_score.frames import known_before
from advocate_score.signal_spec import Signal
from advocate_score.text import Text

REASONS = ("reason_1", "reason_2", "reason_3")
COLUMNS = ("account_id", "level", *REASONS)
_WORDS = {
    "no data": Text("no data on {concept}", "sin datos de {concept}"),
    "mixed": Text("mixed signals", "señales mixtas"),
    "against": Text("against: {sentence}", "en contra: {sentence}"),
    "lost": Text("did not renew on {day}", "no renovó el {day}"),
}
LOSS_DAYS = 730
"""For this many days, a contract that was not renewed always appears among the reasons."""


def reasons(
    explanations: pd.DataFrame,
    signals: Mapping[str, Signal],
    concepts: Mapping[str, Text],
    language: str = "en",
) -> pd.DataFrame:
    """Up to three reasons for each explained row: first those in favour, then those against.

    Each concept appears once, the strongest first. Unstable concepts are shown together as mixed signals, after the
    stable ones of their side. A missing value is never shown as a reason in favour.

    Parameters
    ----------
    explanations : account_id, level, concept, signal (the input that leads the concept), value (raw; None or NaN where
        unknown), contribution (log-odds), stable; any number of concepts per row.
    signals : declarations by name. concepts : slug → label.
    language : en or es.

    Returns
    -------
    frame of `COLUMNS`, sorted by account_id, level; '' where there are fewer reasons.
    """
    words_by_row: dict[tuple[str, int], list[str]] = {}
    rows: Iterable[Any] = _strongest_first(explanations).itertuples(index=False)
    for row in rows:
        words = words_by_row.setdefault((row.account_id, row.level), [])
        unknown_speaks_for = pd.isna(row.value) and not row.against
        if len(words) < len(REASONS) and not unknown_speaks_for:
            label = concept_label(concepts, row.concept, language)
            reason = _reason(row, signals[row.signal], label, language)
            words += [reason] if reason not in words else []
    filled = [(*key, *words, *[""] * (len(REASONS) - len(words))) for key, words in words_by_row.items()]
    texts = dict.fromkeys(("account_id", *REASONS), "str")
    return pd.DataFrame(filled, columns=list(COLUMNS)).astype({**texts, "level": "int64"})


def with_lost_renewals(rows: pd.DataFrame, losses: pd.Series, language: str = "en", zone: tzinfo = UTC) -> pd.DataFrame:
    """The reasons, with a lost renewal added for each account that has one: in the first empty place, otherwise in the
    last.

    Parameters
    ----------
    rows : as returned by `reasons`. losses : account_id → when the latest contract was not renewed.
    language : en or es. zone : of the day in the sentence.
    """
    days = rows["account_id"].map(local_day_texts(losses, zone).to_dict())
    if days.isna().all():
        return rows
    words = [
        None if pd.isna(day) else _phrase("against", language, sentence=_phrase("lost", language, day=day))
        for day in days
    ]
    result = rows.copy()
    lost = pd.Series(words, rows.index, dtype="object")
    waiting = lost.notna()
    for column in REASONS:
        free = waiting & ((result[column] == "") | (column == REASONS[-1]))
        result.loc[free, column] = lost[free].astype("str")
        waiting &= ~free
    return result


def _strongest_first(explanations: pd.DataFrame) -> pd.DataFrame:
    """One row per concept: those in favour before those against, and within each side the stable ones first."""
    order = explanations.assign(against=explanations["contribution"] < 0, size=-explanations["contribution"].abs())
    order = order.sort_values(["account_id", "level", "size", "concept", "signal"])
    one_each = order.drop_duplicates(["account_id", "level", "concept"])
    return one_each.assign(mixed=~one_each["stable"].astype(bool)).sort_values(
        ["account_id", "level", "against", "mixed", "size", "concept", "signal"]
    )


def _reason(row: Any, signal: Signal, label: str, language: str) -> str:
    if not row.stable:
        return _phrase("mixed", language)
    sentence = _signal_sentence(signal, label, row.value, language)
    return _phrase("against", language, sentence=sentence) if row.against else sentence


def _signal_sentence(signal: Signal, label: str, value: Any, language: str) -> str:
    if pd.isna(value):
        return _phrase("no data", language, concept=label)
    return signal.sentence(value, language)


def _phrase(what: str, language: str, **parts: str) -> str:
    return _WORDS[what].in_language(language).format(**parts)


def concept_label(concepts: Mapping[str, Text], slug: str, language: str) -> str:
    """The concept's label for use inside a sentence; a concept without a label is shown by its slug."""
    label = concepts[slug].in_language(language) if slug in concepts else slug.replace("_", " ")
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


NOTE = Text(
    "Model response, not effect: how the model would judge the account so changed. It promises nothing, and is no "
    "reason to press anybody.",
    "Respuesta del modelo, no efecto: cómo juzgaría el modelo la cuenta con ese cambio. No promete nada ni es motivo "
    "para presionar a nadie.",
)
_SENTENCE = Text(
    "{label} — {change} (now {now}); readiness {after:.0f} % instead of {before:.0f} %",
    "{label} — {change} (ahora {now}); preparación del {after:.0f} % en lugar del {before:.0f} %",
)
_NEVER = Text("never", "nunca")


def note(language: str) -> str:
    """The note that must accompany every what-if sentence."""
    return NOTE.in_language(language)


def what_if_sentences(
    changes: pd.DataFrame,
    signals: Mapping[str, Signal],
    concepts: Mapping[str, Text],
    language: str = "en",
) -> "pd.Series[str]":
    """A sentence for each row of `changes`, with the same index.

    Parameters
    ----------
    changes : as returned by `what_if`. signals : declarations by name. concepts : slug → label.
    language : en or es.
    """
    sentences = [
        _what_if_sentence(row, signals[row["signal"]], concepts, language) for row in changes.to_dict("records")
    ]
    return pd.Series(sentences, index=changes.index, dtype="str")


def _what_if_sentence(row: Mapping[Any, Any], signal: Signal, concepts: Mapping[str, Text], language: str) -> str:
    label = concept_label(concepts, row["concept"], language)
    return _SENTENCE.in_language(language).format(
        label=label[:1].upper() + label[1:],
        change=signal.sentence(row["to"], language),
        now=_current_value(row["from"], signal, language),
        before=100 * row["readiness_from"],
        after=100 * row["readiness_to"],
    )


def _current_value(value: float, signal: Signal, language: str) -> str:
    """The present value, in the number format of the signal's own sentence."""
    if pd.isna(value):
        return _NEVER.in_language(language)
    sentence = Text(signal.en, signal.es).in_language(language)
    formats = [spec for _, field, spec, _ in Formatter().parse(sentence) if field == "value"]
    return format(value, (formats or [""])[0] or "g")


NONE = Text("no outcome on record", "sin resultado registrado")
_SHAREABLE = {
    "public": Text("", ""),
    "anonymised": Text(" (only anonymised)", " (solo de forma anónima)"),
    "": Text(" (permission to share unknown)", " (permiso para contarlo desconocido)"),
}
"""From the most to the least shareable; a result that may not be shared is not cited."""
_KINDS = {
    "revenue": Text("revenue", "ingresos"),
    "cost": Text("cost", "costes"),
    "risk": Text("risk", "riesgo"),
    "time": Text("time", "plazos"),
    "quality": Text("quality", "calidad"),
    "strategic": Text("strategy", "estrategia"),
}
_UNNAMED = Text("confirmed result", "resultado confirmado")


def outcome_facts(outcomes: pd.DataFrame, as_of: datetime, language: str = "en") -> pd.Series:
    """account_id → a text for its best confirmed result known before `as_of`; accounts without one are left out.

    The best is the most freely shareable, then the largest, the latest, and the lowest outcome_id.

    `outcomes`: outcome_id, account_id, occurred_at, recorded_at, kind, value (fraction), confirmed, shareable, fact.
    """
    known = known_before(outcomes, as_of)
    confirmed = known["confirmed"].eq(True).fillna(value=False).astype(bool)
    rank = known["shareable"].fillna("").map({name: rank for rank, name in enumerate(_SHAREABLE)})
    rows = known.assign(shareable_rank=rank)[confirmed & rank.notna()]
    by = ["account_id", "shareable_rank", "value", "occurred_at", "outcome_id"]
    best = rows.sort_values(by, ascending=[True, True, False, False, True]).drop_duplicates("account_id")
    facts = zip(best["kind"], best["value"], best["shareable"], best["fact"], strict=True)
    words = [_outcome_text(kind, value, share, fact, language) for kind, value, share, fact in facts]
    return pd.Series(words, index=pd.Index(best["account_id"], dtype="str"), name="outcome_fact", dtype="str")


def _outcome_text(kind: str | float, value: float, shareable: str | float, fact: str | float, language: str) -> str:
    text = fact if isinstance(fact, str) and fact.strip() else _outcome_figures_text(kind, value, language)
    return text + _SHAREABLE[shareable if isinstance(shareable, str) else ""].in_language(language)


def _outcome_figures_text(kind: str | float, value: float, language: str) -> str:
    name = _KINDS.get(str(kind), _UNNAMED).in_language(language)
    return name if pd.isna(value) else f"{name}: {100 * value:.0f} %"
