"""Why a client is in a circle, in a sentence that names the client's own figures."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from advocate_score.policy.attributes import ATTRIBUTES, named

_READY = (
    "readiness {readiness:.0%}, at least {low:.0%}",
    "preparación {readiness:.0%}, al menos {low:.0%}",
)
_FIRST = ("the first here of {kinds}", "el primero aquí de {kinds}")
_MORE = ("one more of kinds that are here already", "uno más de tipos que ya están")
_NEVER = ("never asked", "nunca se le ha pedido nada")
_LAST = ("last asked on {day}", "última petición el {day}")
_BOTH = ("also proposed for the other list", "propuesto también en la otra lista")


def why(members: pd.DataFrame, language: str = "en") -> pd.Series:
    """One sentence for each row of a circle (`policy.pools.COLUMNS`, with `ATTRIBUTES` and last_asked_at)."""
    words = [_sentence(row, language) for row in members.to_dict("records")]
    return pd.Series(words, index=members.index, dtype="str")


def _sentence(row: Mapping[Hashable, Any], language: str) -> str:
    which = int(language == "es")
    firsts = [named(name, row[name], language) for name in ATTRIBUTES if row[f"first_{name}"]]
    parts = [ready(row, language), _FIRST[which].format(kinds=", ".join(firsts)) if firsts else _MORE[which]]
    parts += [asked(row["last_asked_at"], language)]
    parts += [_BOTH[which]] if row["in_both"] else []
    return "; ".join(parts)


def ready(row: Mapping[Hashable, Any], language: str) -> str:
    """The readiness and its lower bound, in words."""
    return _READY[language == "es"].format(readiness=row["readiness"], low=row["readiness_low"])


def asked(last_asked_at: pd.Timestamp, language: str) -> str:
    """When the client was last asked for anything, in words."""
    which = int(language == "es")
    return _NEVER[which] if pd.isna(last_asked_at) else _LAST[which].format(day=f"{last_asked_at:%Y-%m-%d}")
