"""Sentences with the account's own values, in English or Spanish: the reasons, what is missing, the what-if changes,
which promise no effect, and the result that an ask cites."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import pandas as pd

from advocate_score.dates import spoken_days
from advocate_score.frames import known_before
from advocate_score.signal_spec import Signal
from advocate_score.signal_words import NO_TERMS, Terms, value_words
from advocate_score.text import Text

REASONS = ("reason_1", "reason_2", "reason_3")
COLUMNS = ("account_id", "level", *REASONS)
_WORDS = {
    "no data": Text("no data on {concept}", "sin datos de {concept}"),
    "against": Text("Against: {sentence}", "En contra: {sentence}"),
    "lost": Text("did not renew on {day}", "no renovó el {day}"),
}
LOSS_DAYS = 730
"""For this many days, a contract that was not renewed always appears among the reasons."""
LOSS_CONCEPT = "contraction"
"""What a lost renewal is a case of, so that it is not told twice."""


def reasons(
    explanations: pd.DataFrame,
    signals: Mapping[str, Signal],
    concepts: Mapping[str, Text],
    language: str = "en",
    terms: Terms = NO_TERMS,
) -> pd.DataFrame:
    """Up to three reasons for each explained row: first those in favour, then those against.

    Each concept is told once, the strongest first, by the first of its signals that has words for that side. A concept
    that is not stable is not told, and a missing value is never a reason in favour.

    Parameters
    ----------
    explanations : account_id, level, concept, signal, value (raw; None or NaN where unknown), contribution (of the
        concept, in log-odds), stable; any number of concepts per row, and of signals per concept, strongest first.
    signals : declarations by name. concepts : slug → label. language : en or es.
    terms : the firm's own.

    Returns
    -------
    frame of `COLUMNS`, sorted by account_id, level; '' where there are fewer reasons.
    """
    filled = []
    for key, sentences in _sentences_by_row(explanations, signals, concepts, language, terms):
        words = [_with_side(row, sentence, signals, language) for row, sentence in sentences][: len(REASONS)]
        filled.append((*key, *words, *[""] * (len(REASONS) - len(words))))
    texts = dict.fromkeys(("account_id", *REASONS), "str")
    return pd.DataFrame(filled, columns=list(COLUMNS)).astype({**texts, "level": "int64"})


def missing_phrases(
    explanations: pd.DataFrame,
    signals: Mapping[str, Signal],
    concepts: Mapping[str, Text],
    language: str = "en",
    terms: Terms = NO_TERMS,
) -> pd.DataFrame:
    """What each explained row lacks most, by name: account_id, level, missing; '' where nothing stable is lacking.

    It is the strongest reason against that says of a good thing that there is none, little, or none of late.

    Parameters
    ----------
    As in `reasons`.
    """
    rows = []
    for key, sentences in _sentences_by_row(explanations, signals, concepts, language, terms):
        lacking = (sentence for row, sentence in sentences if row.against and signals[row.signal].lacks(row.value))
        rows.append((*key, next(lacking, "")))
    frame = pd.DataFrame(rows, columns=["account_id", "level", "missing"])
    return frame.astype({"account_id": "str", "level": "int64", "missing": "str"})


_RowSentences = list[tuple[Any, str]]
"""Rows of the explanations, each with its sentence."""


def _sentences_by_row(
    explanations: pd.DataFrame,
    signals: Mapping[str, Signal],
    concepts: Mapping[str, Text],
    language: str,
    terms: Terms,
) -> Iterator[tuple[tuple[str, int], _RowSentences]]:
    """Account and level → its stable concepts, those in favour first, each by the first signal that has words."""
    rows: Iterable[Any] = _strongest_first(explanations).itertuples(index=False)
    sentences: dict[tuple[str, int], dict[str, tuple[Any, str]]] = {}
    for row in rows:
        by_concept = sentences.setdefault((row.account_id, row.level), {})
        if row.stable and row.concept not in by_concept:
            sentence = _signal_sentence(row, signals[row.signal], concepts, language, terms)
            if sentence and sentence not in [text for _, text in by_concept.values()]:
                by_concept[row.concept] = row, sentence
    yield from ((key, list(by_concept.values())) for key, by_concept in sentences.items())


def with_lost_renewals(rows: pd.DataFrame, losses: pd.Series, language: str = "en", zone: tzinfo = UTC) -> pd.DataFrame:
    """The reasons, with a lost renewal added for each account that has one: in the first empty place, otherwise in the
    last.

    Parameters
    ----------
    rows : as returned by `reasons`. losses : account_id → when the latest contract was not renewed.
    language : en or es. zone : of the day in the sentence.
    """
    days = rows["account_id"].map(spoken_days(losses, zone, language).to_dict())
    if days.isna().all():
        return rows
    words = [
        None if pd.isna(day) else _against(_WORDS["lost"].in_language(language).format(day=day), language)
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
    """The concepts in favour before those against, the strongest first; signals of a concept in the order given."""
    order = explanations.assign(against=explanations["contribution"] < 0, size=-explanations["contribution"].abs())
    order = order.assign(given=range(len(order)))
    return order.sort_values(["account_id", "level", "against", "size", "concept", "given"])


def _signal_sentence(row: Any, signal: Signal, concepts: Mapping[str, Text], language: str, terms: Terms) -> str:
    if pd.isna(row.value) and isinstance(signal.en, str):
        return _no_data(signal, concepts, language) if row.against else ""
    return signal.reason_sentence(None if pd.isna(row.value) else row.value, row.against, language, terms)


def _no_data(signal: Signal, concepts: Mapping[str, Text], language: str) -> str:
    label = concept_label(concepts, signal.concept, language)
    return _WORDS["no data"].in_language(language).format(concept=label) if signal.reason else ""


def _with_side(row: Any, sentence: str, signals: Mapping[str, Signal], language: str) -> str:
    """A sentence against says so. One of a firm's own that has no cases keeps its letters, which may be a name's."""
    if not row.against:
        return sentence
    return _against(sentence if isinstance(signals[row.signal].en, str) else _continue_sentence(sentence), language)


def _against(sentence: str, language: str) -> str:
    return _WORDS["against"].in_language(language).format(sentence=sentence)


def _continue_sentence(sentence: str) -> str:
    """The sentence as it stands after a colon; an abbreviation keeps its capitals."""
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]


def concept_label(concepts: Mapping[str, Text], slug: str, language: str) -> str:
    """The concept's label for use inside a sentence; a concept without a label is shown by its slug."""
    label = concepts[slug].in_language(language) if slug in concepts else slug.replace("_", " ")
    return _continue_sentence(label)


NOTE = Text(
    "Model response, not effect: how the model would judge the account so changed. It promises nothing, and is no "
    "reason to press anybody.",
    "Respuesta del modelo, no efecto: cómo juzgaría el modelo la cuenta con ese cambio. No promete nada ni es motivo "
    "para presionar a nadie.",
)
_SENTENCE = Text(
    "{change} (now {now}): readiness {after} instead of {before}",
    "{change} (ahora, {now}): preparación del {after} en lugar del {before}",
)
_NEVER = Text("never", "nunca")


def note(language: str) -> str:
    """The note that must accompany every what-if sentence."""
    return NOTE.in_language(language)


def what_if_sentences(
    changes: pd.DataFrame, signals: Mapping[str, Signal], language: str = "en", terms: Terms = NO_TERMS
) -> "pd.Series[str]":
    """A sentence for each row of `changes`, with the same index.

    Parameters
    ----------
    changes : as returned by `what_if`. signals : declarations by name. language : en or es.
    terms : the firm's own.
    """
    sentences = [_what_if_sentence(row, signals[row["signal"]], language, terms) for row in changes.to_dict("records")]
    return pd.Series(sentences, index=changes.index, dtype="str")


def _what_if_sentence(row: Mapping[Any, Any], signal: Signal, language: str, terms: Terms) -> str:
    before, after = (value_words(row[name], ".0%", language) for name in ("readiness_from", "readiness_to"))
    now = row["from"]
    return _SENTENCE.in_language(language).format(
        change=signal.sentence(row["to"], language, terms),
        now=_NEVER.in_language(language) if pd.isna(now) else signal.value_words(now, language, terms),
        before=before,
        after=after,
    )


NONE = Text("no result that may be cited", "sin resultado que se pueda citar")
_SHAREABLE = {
    "public": Text("", ""),
    "anonymised": Text(" (only anonymised)", " (solo de forma anónima)"),
    "": Text(" (permission to share unknown)", " (permiso para contarlo desconocido)"),
}
"""From the most to the least shareable; a result that may not be shared is not cited."""
_IMPROVED = {
    "revenue": Text("revenue up {size}", "ingresos un {size} más altos"),
    "cost": Text("costs down {size}", "costes un {size} más bajos"),
    "risk": Text("risk down {size}", "riesgo un {size} menor"),
    "time": Text("{size} less time needed", "plazos un {size} más cortos"),
    "quality": Text("quality up {size}", "calidad un {size} mayor"),
    "strategic": Text("a strategic improvement of {size}", "mejora estratégica del {size}"),
    "": Text("a confirmed improvement of {size}", "mejora confirmada del {size}"),
}
_RESULT = {
    "revenue": Text("a confirmed result in revenue", "resultado confirmado en ingresos"),
    "cost": Text("a confirmed result in costs", "resultado confirmado en costes"),
    "risk": Text("a confirmed result in risk", "resultado confirmado en riesgos"),
    "time": Text("a confirmed result in time saved", "resultado confirmado en plazos"),
    "quality": Text("a confirmed result in quality", "resultado confirmado en calidad"),
    "strategic": Text("a confirmed strategic result", "resultado estratégico confirmado"),
    "": Text("a confirmed result", "resultado confirmado"),
}
"""Of results without a sentence of their own: by kind, with the size of the improvement and without it."""
_SMALLEST = 0.005
"""Improvement below which a figure is not cited: it would read as 0 %, or be no improvement."""


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


def cited_facts(account_ids: pd.Series, outcomes: pd.DataFrame, as_of: datetime, language: str) -> pd.Series:
    """The text of `outcome_facts` for each of the accounts, with their index; `NONE` for one without a result."""
    facts = outcome_facts(outcomes, as_of, language)
    return account_ids.map(facts.to_dict()).astype("str").fillna(NONE.in_language(language))


def _outcome_text(kind: str | float, value: float, shareable: str | float, fact: str | float, language: str) -> str:
    text = fact if isinstance(fact, str) and fact.strip() else _outcome_figures_text(kind, value, language)
    return text + _SHAREABLE[shareable if isinstance(shareable, str) else ""].in_language(language)


def _outcome_figures_text(kind: str | float, value: float, language: str) -> str:
    words = _IMPROVED if value >= _SMALLEST else _RESULT
    sentence = words.get(str(kind), words[""]).in_language(language)
    return sentence.format(size=value_words(value, ".0%", language)) if words is _IMPROVED else sentence
