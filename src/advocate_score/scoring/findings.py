"""What `monitor` found, in plain words: English and Spanish."""

from collections.abc import Iterator

import pandas as pd

from advocate_score.scoring.drift import LARGE
from advocate_score.scoring.realised import TOO_FEW, TOO_HIGH, TOO_LOW

_PREDICTIONS = {
    TOO_HIGH: (
        "{where}: predictions were too high. Of {n} asks {predicted:.0%} were expected to end in a yes, {observed:.0%} "
        "did ({low:.0%} to {high:.0%}).",
        "{where}: las predicciones fueron demasiado altas. De {n} peticiones se esperaba un sí en el {predicted:.0%} y "
        "lo hubo en el {observed:.0%} (de {low:.0%} a {high:.0%}).",
    ),
    TOO_LOW: (
        "{where}: predictions were too low. Of {n} asks {predicted:.0%} were expected to end in a yes, {observed:.0%} "
        "did ({low:.0%} to {high:.0%}).",
        "{where}: las predicciones fueron demasiado bajas. De {n} peticiones se esperaba un sí en el {predicted:.0%} y "
        "lo hubo en el {observed:.0%} (de {low:.0%} a {high:.0%}).",
    ),
}
_DRIFT = {
    "readiness": (
        "Readiness for level {name} has moved{much}: on average from {before:.0%} to {after:.0%}.",
        "La preparación para el nivel {name} ha cambiado{much}: de media del {before:.0%} al {after:.0%}.",
    ),
    "signal": (
        "The signal {name} has moved{much}: on average from {before:.3g} to {after:.3g}.",
        "La señal {name} ha cambiado{much}: de media de {before:.3g} a {after:.3g}.",
    ),
    "category": (
        "The signal {name} has moved{much}: its commonest value went from {before:.0%} to {after:.0%} of accounts.",
        "La señal {name} ha cambiado{much}: su valor más común pasó del {before:.0%} al {after:.0%} de las cuentas.",
    ),
}
_MUCH = (" a great deal", " mucho")
_LEVEL, _ALL = ("Level {}", "Nivel {}"), ("All levels", "Todos los niveles")
_QUIET = (
    "Predictions and answers agree as far as so few asks can tell.",
    "Predicciones y respuestas concuerdan, hasta donde tan pocas peticiones permiten ver.",
)
_NOTHING = (
    "No ask that was made after a publication is old enough to be judged yet.",
    "Aún no hay peticiones posteriores a una publicación con antigüedad suficiente para juzgarlas.",
)
_STEADY = (
    "Nothing has drifted since {since} beyond chance and by enough to matter.",
    "Nada ha cambiado desde {since} más allá del azar y lo bastante para importar.",
)


def findings(realised: pd.DataFrame, drift: pd.DataFrame | None, since: str, spanish: bool) -> list[str]:
    """Sentences, alarms first; `drift` is None where there are no two publications to compare."""
    told = [*_of_predictions(realised, spanish)]
    if drift is not None:
        told += [*_of_drift(drift, spanish)] or [_STEADY[spanish].format(since=since)]
    return told


def _of_predictions(realised: pd.DataFrame, spanish: bool) -> Iterator[str]:
    if realised.empty:
        yield _NOTHING[spanish]
        return
    alarms = [row for row in realised.to_dict("records") if row["verdict"] in _PREDICTIONS]
    for row in alarms:
        where = _ALL[spanish] if row["level"] == "pooled" else _LEVEL[spanish].format(row["level"])
        facts = {str(name): value for name, value in row.items()}
        yield _PREDICTIONS[row["verdict"]][spanish].format(where=where, **facts)
    if not alarms:
        yield (_NOTHING if (realised["verdict"] == TOO_FEW).all() else _QUIET)[spanish]


def _of_drift(drift: pd.DataFrame, spanish: bool) -> Iterator[str]:
    for row in drift[drift["drifted"]].to_dict("records"):
        facts = {str(name): value for name, value in row.items()}
        much = _MUCH[spanish] if row["psi"] > LARGE else ""
        yield _DRIFT[row["kind"]][spanish].format(much=much, **facts)
