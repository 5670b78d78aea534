"""The concrete result that an ask cites, or the plain statement that there is none."""

from datetime import datetime

import pandas as pd

NONE = ("no outcome on record", "sin resultado registrado")
_SHAREABLE = {
    "public": ("", ""),
    "anonymised": (" (only anonymised)", " (solo de forma anónima)"),
    "": (" (permission to share unknown)", " (permiso para contarlo desconocido)"),
}
"""From the best to the least shareable; a result that may not be shared is not cited."""
_KINDS = {
    "revenue": ("revenue", "ingresos"),
    "cost": ("cost", "costes"),
    "risk": ("risk", "riesgo"),
    "time": ("time", "plazos"),
    "quality": ("quality", "calidad"),
    "strategic": ("strategy", "estrategia"),
}
_UNNAMED = ("confirmed result", "resultado confirmado")


def outcome_facts(outcomes: pd.DataFrame, as_of: datetime, language: str = "en") -> pd.Series:
    """account_id → its best confirmed result known before `as_of`, in words; accounts without one are left out.

    The best is the most freely shareable, then the largest, the latest, the first outcome_id.

    `outcomes`: outcome_id, account_id, occurred_at, recorded_at, kind, value (fraction), confirmed, shareable, fact.
    """
    recorded = outcomes["recorded_at"].fillna(outcomes["occurred_at"])
    known = (outcomes["occurred_at"] < as_of) & (recorded < as_of)
    confirmed = outcomes["confirmed"].eq(True).fillna(value=False).astype(bool)
    place = outcomes["shareable"].fillna("").map({name: place for place, name in enumerate(_SHAREABLE)})
    rows = outcomes.assign(place=place)[known & confirmed & place.notna()]
    by = ["account_id", "place", "value", "occurred_at", "outcome_id"]
    best = rows.sort_values(by, ascending=[True, True, False, False, True]).drop_duplicates("account_id")
    facts = zip(best["kind"], best["value"], best["shareable"], best["fact"], strict=True)
    words = [_words(kind, value, share, fact, int(language == "es")) for kind, value, share, fact in facts]
    return pd.Series(words, index=pd.Index(best["account_id"], dtype="str"), name="outcome_fact", dtype="str")


def _words(kind: str | float, value: float, shareable: str | float, fact: str | float, which: int) -> str:
    told = fact if isinstance(fact, str) and fact.strip() else _from_figures(kind, value, which)
    return told + _SHAREABLE[shareable if isinstance(shareable, str) else ""][which]


def _from_figures(kind: str | float, value: float, which: int) -> str:
    name = _KINDS.get(str(kind), _UNNAMED)[which]
    return name if pd.isna(value) else f"{name}: {100 * value:.0f} %"
