"""LightGBM models as text: checks before native code reads them, and joining of many boosters so that each row is read
once.

LightGBM does not check its own files: a truncated file or an index out of range ends the interpreter.

Joined boosters are evaluated once for levels that no split tells apart. Most boosters never split on the level,
because they are fitted on top of a linear part that knows it. The order of the trees is kept, so each sum equals the
booster's own to the last bit.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

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
    """Raise ValueError if `text` is not a complete booster over the features `names`, in their order."""
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


def trees_of(text: str) -> Iterator[Tree]:
    """Return the fields of each tree in order; raise ValueError if a tree's size differs from the stated one."""
    head, _, body = text.partition("\n\n")
    return _trees(body, _fields(head.removeprefix("tree\n"))["tree_sizes"])


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


_READ = (
    "num_leaves",
    "num_cat",
    "split_feature",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "leaf_value",
    "is_linear",
    "shrinkage",
)
"""The fields of a tree that a prediction reads; the others are a third of the text."""
_NOTHING = {"num_leaves": "1", "num_cat": "0", "leaf_value": "0", "is_linear": "0", "shrinkage": "1"}
_JOINED_TAIL = "end of trees\n\nparameters:\nend of parameters\n\npandas_categorical:[]\n"

_AT_ONCE = 512
"""Trees per text: few enough to stay in the processor's cache while all rows pass."""


@dataclass(frozen=True)
class JoinedTexts:
    """The joined boosters: `texts` read columns of the levels, 0 … K − 1, then the boosters' columns but the level.

    places (boosters, K): the index of a booster's log-odds at a level, among the outputs of all texts in order.
    """

    texts: tuple[str, ...]
    places: NDArray[np.intp]


def joined_texts(texts: Sequence[str], features: int, levels: int) -> JoinedTexts:
    """Join boosters over the same `features`, the level first; the result is usually a single text."""
    members = [[_read(tree) for tree in trees_of(text)] for text in texts]
    alike = [_alike(trees, levels) for trees in members]
    asked = [(number, level) for number, first in enumerate(alike) for level in sorted(set(first))]
    position = {key: number for number, key in enumerate(asked)}
    places = np.array(
        [[position[number, level] for level in first] for number, first in enumerate(alike)], dtype=np.intp
    )
    outputs = max(1, _AT_ONCE // max(map(len, members)))
    parts = [asked[start : start + outputs] for start in range(0, len(asked), outputs)]
    return JoinedTexts(tuple(_joined(members, part, features, levels) for part in parts), places)


def _joined(members: Sequence[Sequence[Tree]], asked: Sequence[tuple[int, int]], features: int, levels: int) -> str:
    """Return the text whose outputs are `asked`: pairs of a booster's number and a level."""
    rounds = zip_longest(*(members[number] for number, _ in asked), fillvalue=_NOTHING)
    trees = (_at_level(tree, level, levels) for row in rounds for tree, (_, level) in zip(row, asked, strict=True))
    body = "".join(f"Tree={number}\n{tree}\n\n" for number, tree in enumerate(trees))
    return f"{_head(len(asked), levels + features - 1)}\n\n{body}{_JOINED_TAIL}"


def _read(tree: Tree) -> Tree:
    return {name: tree[name] for name in _READ if name in tree}


def _alike(trees: Sequence[Tree], levels: int) -> list[int]:
    """Return, for each level, the lowest level that no split on the level separates from it."""
    bounds = {math.floor(threshold) for tree in trees for threshold in _level_thresholds(tree)}
    first = [0] * levels
    for level in range(1, levels):
        first[level] = level if level - 1 in bounds else first[level - 1]
    return first


def _level_thresholds(tree: Tree) -> Iterator[float]:
    """Yield the thresholds of splits on the level; levels up to a threshold go left."""
    features = tree.get("split_feature", "").split()
    return (
        float(threshold)
        for feature, threshold in zip(features, tree.get("threshold", "").split(), strict=True)
        if feature == "0"
    )


def _at_level(tree: Tree, level: int, levels: int) -> str:
    """Return the tree as text, with splits on the level redirected to the column of `level`."""
    features = map(int, tree.get("split_feature", "").split())
    read = " ".join(str(feature + levels - 1 if feature else level) for feature in features)
    return "".join(f"{name}={read if name == 'split_feature' else value}\n" for name, value in tree.items())


def _head(outputs: int, columns: int) -> str:
    fields = {
        "version": "v4",
        "num_class": outputs,
        "num_tree_per_iteration": outputs,
        "label_index": 0,
        "max_feature_idx": columns - 1,
        "feature_names": " ".join(f"column_{position}" for position in range(columns)),
        "feature_infos": " ".join(["[-inf:inf]"] * columns),
    }
    return "\n".join(["tree", *(f"{name}={value}" for name, value in fields.items())])
