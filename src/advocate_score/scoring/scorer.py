"""The model as work that may be done elsewhere: it travels as its own files, whose digests are verified on arrival."""

import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa

from advocate_score.model.files import load, save
from advocate_score.model.ladder_model import LadderModel
from advocate_score.scoring.curve import COLUMNS, readiness_curve

Contents = tuple[tuple[str, str, bytes], ...]
"""Of each file of a model: name, sha256, content."""


_TYPES = {"account_id": pa.string(), "level": pa.int64(), "evidence": pa.string()}
READINESS = pa.schema([(name, _TYPES.get(name, pa.float64())) for name in COLUMNS])


class Scorer:
    """Frames of accounts with their signals → their readiness, as `readiness_curve` makes it."""

    def __init__(self, model: LadderModel) -> None:
        self._model = model

    def __call__(self, frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        return (readiness_curve(self._model, frame) for frame in frames)

    def __reduce__(self) -> tuple[Callable[[Contents], "Scorer"], tuple[Contents]]:
        return _arrived, (_contents(self._model),)


def _contents(model: LadderModel) -> Contents:
    with tempfile.TemporaryDirectory() as name:
        digests = save(model, Path(name))
        return tuple((file, digest, (Path(name) / file).read_bytes()) for file, digest in digests.items())


@lru_cache(1)
def _arrived(contents: Contents) -> Scorer:
    """One process gets many parts of the same job, and reads the model once."""
    with tempfile.TemporaryDirectory() as name:
        for file, _, content in contents:
            (Path(name) / file).write_bytes(content)
        return Scorer(load(Path(name), {file: digest for file, digest, _ in contents}))
