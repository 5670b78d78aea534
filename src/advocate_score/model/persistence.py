"""Stores a model as files: `model.json` and one LightGBM text per booster, with SHA-256 digests and golden rows.

Nothing is unpickled, and no byte reaches native code before its digest is verified. Golden rows are synthetic accounts
with the model's predictions, which are checked at every load: a digest proves that the files are the same, golden rows
that they still mean the same under the installed libraries. They are drawn column by column from what the encoder
knows of each signal, so no row is a client's.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import lightgbm
import numpy as np
import pandas as pd
from pydantic import ValidationError

from advocate_score.errors import ModelRefusedError
from advocate_score.model.arrays import Fitted, Floats
from advocate_score.model.blend import Blend, FittedLadder
from advocate_score.model.boosting import Bag
from advocate_score.model.encoding import Encoder, Scale
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.ordinal_logit import Logit
from advocate_score.model.recipe import Recipe
from advocate_score.model.selection_bias import SelectionBias
from advocate_score.model.training_data import HISTORY_N, HISTORY_YES
from advocate_score.signal_spec import Signal

MODEL = "model.json"
_BOOSTER = re.compile(r"booster_(\d{1,4})\.txt")
_MAX_BYTES = {MODEL: 64_000_000}
MAX_BOOSTER_BYTES = 16_000_000


class Document(Fitted):
    """The contents of `model.json`."""

    format: Literal[1] = 1
    signals: tuple[Signal, ...]
    recipe: Recipe | None
    seed: int
    scorecard: dict[str, float] | None
    levels: tuple[int, ...]
    schema_digest: str
    asks: tuple[int, ...]
    selection: SelectionBias
    completion: Logit | None
    blend: Blend
    boosters: int


def save(model: LadderModel, folder: Path) -> dict[str, str]:
    """Write a fitted model into `folder`, created if needed; return file name → sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    boosters = model.fitted_.bag.boosters if model.fitted_.bag else ()
    texts = {f"booster_{number}.txt": booster.model_to_string() for number, booster in enumerate(boosters)}
    texts[MODEL] = json.dumps(_document(model).model_dump(mode="json"), sort_keys=True, allow_nan=False) + "\n"
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: _sha256(text.encode()) for name, text in sorted(texts.items())}


def verify(folder: Path, digests: Mapping[str, str]) -> dict[str, bytes]:
    """Return the contents of the files, unparsed; raise ModelRefusedError if a digest does not match."""
    return {name: _read_verified(folder / name, digest) for name, digest in digests.items()}


def load(folder: Path, digests: Mapping[str, str]) -> LadderModel:
    """Return the model exactly as it was saved.

    Parameters
    ----------
    digests : file name → sha256, from a source that whoever can write to `folder` cannot change.

    Raises
    ------
    ModelRefusedError
        if a file is missing, unexpected, too large, not a model, or does not match its digest.
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
    boosters = tuple(_read_booster(text, names, number) for number, text in enumerate(texts))
    model.fitted_ = FittedLadder(document.blend, Bag(boosters) if boosters else None)
    model.completion_, model.asks_ = document.completion, document.asks
    model.selection_ = document.selection
    return model


def _read_booster(content: bytes, names: tuple[str, ...], number: int) -> lightgbm.Booster:
    try:
        text = content.decode()
        check_booster_text(text, names)
        return lightgbm.Booster(model_str=text)
    except (ValueError, lightgbm.basic.LightGBMError) as error:
        raise ModelRefusedError(f"booster_{number}.txt is not a booster of this model: {error}") from error


def _read_verified(file: Path, digest: str) -> bytes:
    """Return the file's bytes; they are read once, so that the verified bytes are the ones used."""
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
        locations = sorted({".".join(map(str, detail["loc"][:3])) for detail in error.errors()})
        raise ModelRefusedError(f"{MODEL} is not understood at {', '.join(locations[:5])}") from error
    if document.schema_digest != document.blend.preparation.encoder.schema_.digest:
        raise ModelRefusedError(f"{MODEL} does not match the digest of its own schema")
    return document


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


ROWS = 48
TOLERANCE = 1e-9
"""Machines may differ in the last bits; readiness is published with fewer digits."""
_MOST_ROWS = 256
_SEED = 5
_DIGITS = 6
_UNKNOWN_SHARE = 0.125
_BEYOND = 0.15
_MOST_ANSWERS = 12
_NEVER_SEEN = "?"


def golden_rows(model: LadderModel) -> tuple[str, ...]:
    """Return at least `ROWS` texts, each a synthetic account with its predictions; the same model gives the same."""
    frame = _synthetic_rows(model.fitted_.blend.preparation.encoder)
    inputs = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return tuple(map(_golden_text, inputs, _predictions(model, frame).tolist()))


def replay(model: LadderModel, golden: Sequence[str]) -> None:
    """Raise ModelRefusedError if the model's predictions for the golden rows differ, or cannot be made."""
    if not golden:
        return
    try:
        rows = [json.loads(line) for line in golden]
        frame = pd.DataFrame([row["inputs"] for row in rows], columns=_names(model))
        expected = np.array([row["said"] for row in rows], dtype=np.float64)
        predicted = _predictions(model, frame)
    except (ValueError, TypeError, LookupError) as error:
        raise ModelRefusedError("its golden rows are not of its signals") from error
    if predicted.shape != expected.shape:
        raise ModelRefusedError("its golden rows are not of its levels")
    same = np.isclose(predicted, expected, rtol=0, atol=TOLERANCE, equal_nan=True).all(axis=1)
    if differing := int((~same).sum()):
        raise ModelRefusedError(f"{differing} of {len(rows)} golden rows have another prediction than at its promotion")


def _golden_text(inputs: Sequence[object], predicted: Sequence[float]) -> str:
    known = [None if np.isnan(value) else value for value in predicted]
    return json.dumps({"inputs": inputs, "said": known}, ensure_ascii=False, allow_nan=False)


def _predictions(model: LadderModel, frame: pd.DataFrame) -> Floats:
    """Return (n, 4 K + 1): readiness, its bounds, completion, and the sum of the absolute contributions."""
    curve = model.curve(frame)
    levels = np.resize(list(model.levels), len(frame))
    total_contribution = model.explain(frame.assign(level=levels)).contributions.abs().sum(axis=1).to_numpy()
    return np.column_stack([curve.readiness, curve.low, curve.high, model.completion(frame), total_contribution])


def _names(model: LadderModel) -> list[str]:
    return [HISTORY_YES, HISTORY_N, *model.fitted_.blend.preparation.encoder.schema_.names]


def _synthetic_rows(encoder: Encoder) -> pd.DataFrame:
    """Draw rows with every category and an unseen one, and with numbers inside and outside their range.

    The numbers of the first row are all unknown.
    """
    options = [[None, *values, _NEVER_SEEN] for values in encoder.kept]
    size = min(max([ROWS, *map(len, options)]), _MOST_ROWS)
    rng = np.random.default_rng(_SEED)
    answered = rng.integers(0, _MOST_ANSWERS + 1, size)
    columns: dict[str, object] = {HISTORY_YES: rng.integers(0, answered + 1), HISTORY_N: answered}
    numbers = {
        name: _sample_numbers(scale, size, rng) for name, scale in zip(encoder.numbers, encoder.scales, strict=True)
    }
    names = [category.name for category in encoder.schema_.categories]
    shuffled = [np.resize(rng.permutation(np.array(choices, dtype=object)), size) for choices in options]
    texts = dict(zip(names, shuffled, strict=True))
    for name in encoder.schema_.names:
        columns[name] = numbers[name] if name in numbers else texts[name]
    return pd.DataFrame(columns)


def _sample_numbers(scale: Scale, size: int, rng: np.random.Generator) -> Floats:
    """Return numbers: unknown in the first row, then shuffled ones beyond the knots, evenly between them, and unknown.

    Values between the knots reveal a shifted knot.
    """
    lowest, highest = scale.knots[0], scale.knots[-1]
    unknown = int(_UNKNOWN_SHARE * size)
    within = size - 3 - unknown
    fraction = np.array([-_BEYOND, 1 + _BEYOND, *((np.arange(within) + 0.5) / within)])
    values = np.interp(fraction, np.linspace(0, 1, len(scale.knots)), scale.knots)
    values += max(highest - lowest, 1.0) * (np.minimum(fraction, 0) + np.maximum(fraction - 1, 0))
    known = [float(f"{value:.{_DIGITS}g}") for value in values]
    return np.array([np.nan, *rng.permutation([*known, *[np.nan] * unknown])])


_TAIL_PATTERN = re.compile(r"end of trees\n.*\nend of parameters\n\npandas_categorical:(\[\]|null)\n", re.DOTALL)
_NUMBERS = re.compile(r"(?:[-+.0-9e ]|\binf\b)*")
"""A threshold of `inf` separates known from unknown."""
_OF_NUMBERS = {0, 2, 4, 6, 8, 10}
"""Decision types of numeric splits; odd ones are categorical, whose list of values could be read out of range."""
_CHILDREN = ("left_child", "right_child")
_INTERNAL = ("internal_value", "internal_weight", "internal_count")
_OF_SPLITS = ("split_feature", "split_gain", "threshold", "decision_type", *_CHILDREN, *_INTERNAL)
_OF_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
_OF_TREE = {"Tree", "num_leaves", "num_cat", "is_linear", "shrinkage", *_OF_SPLITS, *_OF_LEAVES}
_OF_HEAD = {"version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective"} | {
    "feature_names",
    "monotone_constraints",
    "feature_infos",
    "tree_sizes",
}
Tree = Mapping[str, str]


def check_booster_text(text: str, names: Sequence[str]) -> None:
    """Raise ValueError if `text` is not a complete booster over the features `names`, in their order.

    LightGBM does not check its own files: a truncated file or an index out of range ends the interpreter.
    """
    head, blank, body = text.partition("\n\n")
    if not head.startswith("tree\n") or not blank:
        raise ValueError("it does not begin like one")
    fields = _fields(head.removeprefix("tree\n"))
    expected = {"feature_names": " ".join(names), "max_feature_idx": str(len(names) - 1)} | _ONE_CLASS
    if fields.keys() != _OF_HEAD or any(fields[name] != value for name, value in expected.items()):
        raise ValueError("its features differ, or its kind")
    for tree in _trees(body, fields["tree_sizes"]):
        _check_tree(tree, len(names))


_ONE_CLASS = {"version": "v4", "num_class": "1", "num_tree_per_iteration": "1", "objective": "binary sigmoid:1"}


def _trees(body: str, sizes: str) -> Iterator[Tree]:
    """Yield the trees; their sizes in bytes must fill the body up to its tail."""
    end = 0
    for number, size in enumerate(map(int, sizes.split(" "))):
        start, end = end, end + size
        block = body[start:end]
        if not block.startswith(f"Tree={number}\n") or not block.endswith("\n\n\n"):
            raise ValueError("its trees are not where it says")
        yield _fields(block)
    if not _TAIL_PATTERN.fullmatch(body[end:]):
        raise ValueError("it does not end like one")


def _fields(block: str) -> Mapping[str, str]:
    """Parse lines `name=value`, each name once."""
    parts = [line.partition("=") for line in block.split("\n") if line]
    fields = {name: value for name, _, value in parts}
    if len(fields) != len(parts) or not all(equals for _, equals, _ in parts):
        raise ValueError("a line of it is broken")
    return fields


def _check_tree(tree: Tree, features: int) -> None:
    if tree.keys() != _OF_TREE or not all(map(_NUMBERS.fullmatch, tree.values())):
        raise ValueError("a tree holds what no tree has")
    leaves = int(tree["num_leaves"])
    if leaves < 1 or (tree["num_cat"], tree["is_linear"]) != ("0", "0"):
        raise ValueError("a tree is of a kind that is not ours")
    splits = {name: _numbers(tree[name], {leaves - 1}) for name in _OF_SPLITS}
    lengths = {leaves} if leaves > 1 else {0, 1}  # a single leaf may have only a value
    values = {name: _numbers(tree[name], lengths) for name in _OF_LEAVES}["leaf_value"]
    if len(values) != leaves or not all(map(math.isfinite, values)):
        raise ValueError("a leaf has no value")
    if not all(feature in range(features) for feature in splits["split_feature"]):
        raise ValueError("a split reads a feature that is not there")
    if not set(splits["decision_type"]) <= _OF_NUMBERS:
        raise ValueError("a split is of a kind that is not ours")
    for name in _CHILDREN:
        _check_children(splits[name], leaves)
    if len({*splits["left_child"], *splits["right_child"]}) != 2 * (leaves - 1):
        raise ValueError("two splits lead to the same place")


def _numbers(text: str, lengths: set[int]) -> list[float]:
    numbers = [float(number) for number in text.split()]
    if len(numbers) not in lengths:
        raise ValueError("a tree has lists of the wrong length")
    return numbers


def _check_children(children: Sequence[float], leaves: int) -> None:
    """Refuse a child that is neither a leaf (negative) nor a later split, so that every path ends in a leaf."""
    for node, child in enumerate(children):
        if child not in range(-leaves, leaves - 1) or 0 <= child <= node:
            raise ValueError("a split leads out of its tree")
