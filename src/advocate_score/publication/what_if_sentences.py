"""What-if changes as sentences: the model's response to a change, never the promise of an effect."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

import pandas as pd

from advocate_score.declaration import Signal
from advocate_score.publication.sentences import concept_label

NOTE = (
    "Model response, not effect: how the model would judge the account so changed. It promises nothing, and is no "
    "reason to press anybody.",
    "Respuesta del modelo, no efecto: cómo juzgaría el modelo la cuenta con ese cambio. No promete nada ni es motivo "
    "para presionar a nadie.",
)
_SENTENCE = (
    "{label} — {change} (now {now}); readiness {after:.0f} % instead of {before:.0f} %",
    "{label} — {change} (ahora {now}); preparación del {after:.0f} % en lugar del {before:.0f} %",
)
_NEVER = ("never", "nunca")


def note(language: str) -> str:
    """What has to stand beside every such sentence."""
    return NOTE[language == "es"]


def what_if_sentences(
    changes: pd.DataFrame,
    signals: Mapping[str, Signal],
    concepts: Mapping[str, Mapping[str, str]],
    language: str = "en",
) -> "pd.Series[str]":
    """A sentence for each row of `changes`, as `what_if` returns them, with the same index.

    Parameters
    ----------
    signals : declarations by name. concepts : slug → {en, es} label.
    """
    told = [_sentence(row, signals[row["signal"]], concepts, language) for row in changes.to_dict("records")]
    return pd.Series(told, index=changes.index, dtype="str")


def _sentence(row: Mapping[Any, Any], signal: Signal, concepts: Mapping[str, Mapping[str, str]], language: str) -> str:
    label = concept_label(concepts, row["concept"], language)
    return _SENTENCE[language == "es"].format(
        label=label[:1].upper() + label[1:],
        change=signal.sentence(row["to"], language),
        now=_now(row["from"], signal, language),
        before=100 * row["readiness_from"],
        after=100 * row["readiness_to"],
    )


def _now(value: float, signal: Signal, language: str) -> str:
    """The present value as the signal's own sentence writes numbers."""
    if pd.isna(value):
        return _NEVER[language == "es"]
    sentence = signal.es if language == "es" else signal.en
    formats = [spec for _, field, spec, _ in Formatter().parse(sentence) if field == "value"]
    return format(value, (formats or [""])[0] or "g")
