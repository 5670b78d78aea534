"""A model as files: `model.json` and one LightGBM text a booster. Nothing is unpickled, and no byte reaches native code
before its digest is verified."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import lightgbm
from pydantic import ValidationError

from advocate_score.declaration import Signal
from advocate_score.errors import ModelRefusedError
from advocate_score.model.arrays import Fitted
from advocate_score.model.booster_text import check_booster_text
from advocate_score.model.boosting import Bag
from advocate_score.model.fitted import Blend, FittedLadder
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.logit import Logit
from advocate_score.model.recipe import Recipe
from advocate_score.model.selection import Selection

MODEL = "model.json"
_BOOSTER = re.compile(r"booster_(\d{1,4})\.txt")
_MAX_BYTES = {MODEL: 64_000_000}
MAX_BOOSTER_BYTES = 16_000_000


class Document(Fitted):
    """What `model.json` holds."""

    format: Literal[1] = 1
    signals: tuple[Signal, ...]
    recipe: Recipe | None
    seed: int
    scorecard: dict[str, float] | None
    levels: tuple[int, ...]
    schema_digest: str
    asks: tuple[int, ...]
    selection: Selection
    completion: Logit | None
    blend: Blend
    boosters: int


def save(model: LadderModel, folder: Path) -> dict[str, str]:
    """Writes a fitted model into `folder`, which is made; returns file name → sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    boosters = model.fitted_.bag.boosters if model.fitted_.bag else ()
    texts = {f"booster_{number}.txt": one.model_to_string() for number, one in enumerate(boosters)}
    texts[MODEL] = json.dumps(_document(model).model_dump(mode="json"), sort_keys=True, allow_nan=False) + "\n"
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: _sha256(text.encode()) for name, text in sorted(texts.items())}


def verify(folder: Path, digests: Mapping[str, str]) -> dict[str, bytes]:
    """The files' contents, of which nothing is looked into; ModelRefusedError where one is not of its digest."""
    return {name: _verified(folder / name, digest) for name, digest in digests.items()}


def load(folder: Path, digests: Mapping[str, str]) -> LadderModel:
    """A model as it was saved, bit for bit.

    Parameters
    ----------
    digests : file name → sha256, from a place that whoever writes `folder` cannot reach.

    Raises
    ------
    ModelRefusedError
        where a file is missing, foreign, too large, not of its digest, or not a model.
    """
    contents = verify(folder, digests)
    if MODEL not in contents:
        raise ModelRefusedError(f"the digests name no {MODEL}")
    document = _parse(contents.pop(MODEL))
    expected = [f"booster_{number}.txt" for number in range(document.boosters)]
    if set(contents) != set(expected):
        raise ModelRefusedError(f"{MODEL} names {len(expected)} boosters, the digests {len(contents)}")
    return _model(document, [contents[name] for name in expected])


def _document(model: LadderModel) -> Document:
    return Document(
        signals=tuple(model.signals),
        recipe=model.recipe,
        seed=model.seed,
        scorecard=None if model.scorecard is None else dict(model.scorecard),
        levels=tuple(model.levels),
        schema_digest=model.fitted_.blend.preparation.encoder.schema_.digest,
        asks=model.asks_,
        selection=model.selection_,
        completion=model.completion_,
        blend=model.fitted_.blend,
        boosters=len(model.fitted_.bag.boosters) if model.fitted_.bag else 0,
    )


def _model(document: Document, texts: list[bytes]) -> LadderModel:
    model = LadderModel(document.signals, document.recipe, document.seed, document.scorecard, document.levels)
    names = document.blend.preparation.tree_names
    boosters = tuple(_booster(text, names, place) for place, text in enumerate(texts))
    model.fitted_ = FittedLadder(document.blend, Bag(boosters) if boosters else None)
    model.completion_, model.asks_ = document.completion, document.asks
    model.selection_ = document.selection
    return model


def _booster(content: bytes, names: tuple[str, ...], place: int) -> lightgbm.Booster:
    try:
        text = content.decode()
        check_booster_text(text, names)
        return lightgbm.Booster(model_str=text)
    except (ValueError, lightgbm.basic.LightGBMError) as error:
        raise ModelRefusedError(f"booster_{place}.txt is not a booster of this model: {error}") from error


def _verified(file: Path, digest: str) -> bytes:
    """The file's bytes, read once: what is verified is what is used."""
    if file.name != MODEL and not _BOOSTER.fullmatch(file.name):
        raise ModelRefusedError("the digests name a file that no model has")
    if file.is_symlink() or not file.is_file():
        raise ModelRefusedError(f"{file.name} is missing or not a plain file")
    if file.stat().st_size > _MAX_BYTES.get(file.name, MAX_BOOSTER_BYTES):
        raise ModelRefusedError(f"{file.name} is larger than any model")
    content = file.read_bytes()
    if _sha256(content) != digest:
        raise ModelRefusedError(f"{file.name} is not the file that was recorded (sha256 differs)")
    return content


def _parse(content: bytes) -> Document:
    try:
        document = Document.model_validate_json(content)
    except ValidationError as error:
        places = sorted({".".join(map(str, one["loc"][:3])) for one in error.errors()})
        raise ModelRefusedError(f"{MODEL} is not understood at {', '.join(places[:5])}") from error
    if document.schema_digest != document.blend.preparation.encoder.schema_.digest:
        raise ModelRefusedError(f"{MODEL} does not match the digest of its own schema")
    return document


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
