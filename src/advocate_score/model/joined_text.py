"""Many boosters as LightGBM texts that read a row once and answer for several of them, at every level.

A booster answers once for levels that none of its splits tells apart: on top of a linear part that knows the level,
most never ask for it. Its trees keep their order, so that each sum is the booster's own to the last bit.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from advocate_score.model.booster_text import Tree, trees_of

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
"""What a prediction reads of a tree; the rest is a third of the text."""
_NOTHING = {"num_leaves": "1", "num_cat": "0", "leaf_value": "0", "is_linear": "0", "shrinkage": "1"}
_TAIL = "end of trees\n\nparameters:\nend of parameters\n\npandas_categorical:[]\n"

_AT_ONCE = 512
"""Trees of a text, so few that they stay in the processor's own memory while all rows pass."""


@dataclass(frozen=True)
class JoinedTexts:
    """`texts` take rows of all levels, 0 … K − 1, and then of the boosters' columns but the level.

    places (boosters, K): where among the outputs of all texts, one after another, a booster's log-odds at a level are.
    """

    texts: tuple[str, ...]
    places: NDArray[np.intp]


def joined_texts(texts: Sequence[str], features: int, levels: int) -> JoinedTexts:
    """Of boosters over the same `features`, the level in front; most often one text."""
    members = [[_read(tree) for tree in trees_of(text)] for text in texts]
    alike = [_alike(trees, levels) for trees in members]
    asked = [(number, level) for number, first in enumerate(alike) for level in sorted(set(first))]
    place = {one: number for number, one in enumerate(asked)}
    places = np.array([[place[number, level] for level in first] for number, first in enumerate(alike)], dtype=np.intp)
    outputs = max(1, _AT_ONCE // max(map(len, members)))
    parts = [asked[start : start + outputs] for start in range(0, len(asked), outputs)]
    return JoinedTexts(tuple(_joined(members, part, features, levels) for part in parts), places)


def _joined(members: Sequence[Sequence[Tree]], asked: Sequence[tuple[int, int]], features: int, levels: int) -> str:
    """The text that answers what is `asked`: for a booster, by its number, at a level."""
    rounds = zip_longest(*(members[number] for number, _ in asked), fillvalue=_NOTHING)
    trees = (_at_level(tree, level, levels) for row in rounds for tree, (_, level) in zip(row, asked, strict=True))
    body = "".join(f"Tree={number}\n{tree}\n\n" for number, tree in enumerate(trees))
    return f"{_head(len(asked), levels + features - 1)}\n\n{body}{_TAIL}"


def _read(tree: Tree) -> Tree:
    return {name: tree[name] for name in _READ if name in tree}


def _alike(trees: Sequence[Tree], levels: int) -> list[int]:
    """For each level the lowest one that no split on the level tells from it."""
    bounds = {math.floor(threshold) for tree in trees for threshold in _level_thresholds(tree)}
    first = [0] * levels
    for level in range(1, levels):
        first[level] = level if level - 1 in bounds else first[level - 1]
    return first


def _level_thresholds(tree: Tree) -> Iterator[float]:
    """Levels up to a threshold go left."""
    features = tree.get("split_feature", "").split()
    return (
        float(one) for feature, one in zip(features, tree.get("threshold", "").split(), strict=True) if feature == "0"
    )


def _at_level(tree: Tree, level: int, levels: int) -> str:
    """The tree as a text, where a split on the level reads the column of `level` among the levels."""
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
        "feature_names": " ".join(f"column_{place}" for place in range(columns)),
        "feature_infos": " ".join(["[-inf:inf]"] * columns),
    }
    return "\n".join(["tree", *(f"{name}={value}" for name, value in fields.items())])
