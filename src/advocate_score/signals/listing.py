"""The catalogue as a table, for people."""

import pandas as pd

from advocate_score.declaration import Signal
from advocate_score.signals.catalogue import Catalogue, Present

_DECLARED = ("name", "family", "table", "aggregate", "column", "lookback_days", "unit", "direction", "actionable")
COLUMNS = (*_DECLARED, "concept", "active", "why_inactive", "sentence")


def listing(catalogue: Catalogue, present: Present, language: str = "en") -> pd.DataFrame:
    """One row a declared signal, in the catalogue's order; `sentence` still holds `{value}`."""
    inactive = catalogue.inactive(present)
    rows = [_row(signal, inactive.get(signal.name, ""), language) for signal in catalogue.signals]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"lookback_days": "Int64"})


def _row(signal: Signal, why_inactive: str, language: str) -> dict[str, object]:
    shown = signal.model_dump(include=set(COLUMNS))
    sentence = signal.es if language == "es" else signal.en
    return shown | {"active": not why_inactive, "why_inactive": why_inactive, "sentence": sentence}
