"""Why now: the sentence that stands beside each planned ask."""

import pandas as pd

_LOT = (
    "Drawn by lot, so that we also learn how clients answer whom we seldom ask.",
    "Elegido por sorteo, para saber también cómo responden los clientes a quienes casi no preguntamos.",
)
_NO_MOMENT = (
    "No recent occasion: the client is the best choice left for this ask.",
    "Sin ocasión reciente: es la mejor opción que queda para esta petición.",
)
_MOMENT = ("The client {moment}.", "El cliente {moment}.")
_LAST_ASKED = ("Last asked on {day}.", "Última petición el {day}.")
_NEVER_ASKED = ("Never asked before.", "Nunca se le ha pedido nada.")


def why_now(rows: pd.DataFrame, language: str) -> pd.Series:
    """`rows`: moment (a phrase in `language`, or ''), last_asked_at, exploration."""
    which = int(language == "es")
    days = rows["last_asked_at"].dt.strftime("%Y-%m-%d")
    told = zip(rows["exploration"], rows["moment"], days, strict=True)
    return pd.Series([_sentences(lot, moment, day, which) for lot, moment, day in told], rows.index, "str")


def _sentences(lot: bool, moment: str, day: str | float, which: int) -> str:
    occasion = _MOMENT[which].format(moment=moment) if moment else _LOT[which] if lot else _NO_MOMENT[which]
    lead = [_LOT[which]] if lot and moment else []
    asked = _LAST_ASKED[which].format(day=day) if isinstance(day, str) else _NEVER_ASKED[which]
    return " ".join([*lead, occasion, asked])
