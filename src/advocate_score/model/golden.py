"""Golden rows: made-up accounts and what the model says of them, kept so that it can be asked again at every load.

They are drawn column by column from what the encoder knows of each signal, so no row is a client's. A digest says that
the files are the same; golden rows say that they still mean the same, under today's libraries.
"""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from advocate_score.errors import ModelRefusedError
from advocate_score.model.arrays import Floats
from advocate_score.model.encoding import Encoder, Scale
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.rows import HISTORY_N, HISTORY_YES

ROWS = 48
TOLERANCE = 1e-9
"""The last bits are another machine's to choose; readiness is published with fewer digits."""
_MOST_ROWS = 256
_SEED = 5
_DIGITS = 6
_UNKNOWN_SHARE = 0.125
_BEYOND = 0.15
_MOST_ANSWERS = 12
_NEVER_SEEN = "?"


def golden_rows(model: LadderModel) -> tuple[str, ...]:
    """At least `ROWS` texts, each a made-up account and what the model says of it; the same model gives the same."""
    frame = _made_up(model.fitted_.blend.preparation.encoder)
    inputs = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return tuple(map(_text, inputs, _said(model, frame).tolist()))


def replay(model: LadderModel, golden: Sequence[str]) -> None:
    """Asks the model again; ModelRefusedError where it answers otherwise than it did, or cannot answer."""
    if not golden:
        return
    try:
        rows = [json.loads(one) for one in golden]
        frame = pd.DataFrame([row["inputs"] for row in rows], columns=_names(model))
        expected = np.array([row["said"] for row in rows], dtype=np.float64)
        said = _said(model, frame)
    except (ValueError, TypeError, LookupError) as error:
        raise ModelRefusedError("its golden rows are not of its signals") from error
    if said.shape != expected.shape:
        raise ModelRefusedError("its golden rows are not of its levels")
    same = np.isclose(said, expected, rtol=0, atol=TOLERANCE, equal_nan=True).all(axis=1)
    if differing := int((~same).sum()):
        raise ModelRefusedError(f"{differing} of {len(rows)} golden rows are answered otherwise than at its promotion")


def _text(inputs: Sequence[object], said: Sequence[float]) -> str:
    known = [None if np.isnan(one) else one for one in said]
    return json.dumps({"inputs": inputs, "said": known}, ensure_ascii=False, allow_nan=False)


def _said(model: LadderModel, frame: pd.DataFrame) -> Floats:
    """(n, 4 K + 1): readiness, its bounds, completion, and how much moved it in all, as the reasons see it."""
    curve = model.curve(frame)
    levels = np.resize(list(model.levels), len(frame))
    moved = model.explain(frame.assign(level=levels)).contributions.abs().sum(axis=1).to_numpy()
    return np.column_stack([curve.readiness, curve.low, curve.high, model.completion(frame), moved])


def _names(model: LadderModel) -> list[str]:
    return [HISTORY_YES, HISTORY_N, *model.fitted_.blend.preparation.encoder.schema_.names]


def _made_up(encoder: Encoder) -> pd.DataFrame:
    """Every category and what was never seen; numbers within and beyond what was; the first row knows nothing."""
    options = [[None, *values, _NEVER_SEEN] for values in encoder.kept]
    size = min(max([ROWS, *map(len, options)]), _MOST_ROWS)
    rng = np.random.default_rng(_SEED)
    answered = rng.integers(0, _MOST_ANSWERS + 1, size)
    columns: dict[str, object] = {HISTORY_YES: rng.integers(0, answered + 1), HISTORY_N: answered}
    numbers = {name: _drawn(scale, size, rng) for name, scale in zip(encoder.numbers, encoder.scales, strict=True)}
    names = [one.name for one in encoder.schema_.categories]
    shuffled = [np.resize(rng.permutation(np.array(some, dtype=object)), size) for some in options]
    texts = dict(zip(names, shuffled, strict=True))
    for name in encoder.schema_.names:
        columns[name] = numbers[name] if name in numbers else texts[name]
    return pd.DataFrame(columns)


def _drawn(scale: Scale, size: int, rng: np.random.Generator) -> Floats:
    """Unknown in the first row; then, shuffled: a little beyond the knots, evenly between them, and unknown.

    A shifted knot moves what lies between it and the next.
    """
    lowest, highest = scale.knots[0], scale.knots[-1]
    unknown = int(_UNKNOWN_SHARE * size)
    within = size - 3 - unknown
    place = np.array([-_BEYOND, 1 + _BEYOND, *((np.arange(within) + 0.5) / within)])
    values = np.interp(place, np.linspace(0, 1, len(scale.knots)), scale.knots)
    values += max(highest - lowest, 1.0) * (np.minimum(place, 0) + np.maximum(place - 1, 0))
    known = [float(f"{value:.{_DIGITS}g}") for value in values]
    return np.array([np.nan, *rng.permutation([*known, *[np.nan] * unknown])])
