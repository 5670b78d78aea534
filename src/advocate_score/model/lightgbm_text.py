"""Checks a LightGBM model's text before native code reads it.

LightGBM does not check its own files: a truncated file or an index out of range ends the interpreter.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

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
