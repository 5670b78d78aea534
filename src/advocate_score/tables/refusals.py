"""What cells of a column say where any value but a plain "no" is a refusal, such as `contacts.objected_at`."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.sources.mapping import ColumnMap
from advocate_score.sources.raw import plain
from advocate_score.tables.findings import Findings, Mask, as_mask
from advocate_score.tables.refusal_names import kind_of_refusal
from advocate_score.tables.values import FLAGS, by_distinct, clean

REFUSED = "said to refuse"
"""Column of staged contacts: true, false where the export says no in so many words, null where it says nothing. A blank
in its name keeps it apart from every column of an export."""

_NO = {word for word, flag in FLAGS.items() if not flag} | {"n", "f"}
_YES = {word for word, flag in FLAGS.items() if flag} | {"y", "t", "s", "x", "on", "✓", "✔"}
_NOTHING = {"none", "nan", "nat", "n/a", "<na>", "nil"}


def refusals(text: pa.Array) -> pa.Array:
    """Trimmed text → whether the cell refuses; null where it says nothing."""
    return by_distinct(text, _refuses, pa.bool_())


def without_words(text: pa.Array) -> pa.Array:
    """The cells that are no plain yes or no, and so may be times; a yes without a time has none."""
    return by_distinct(text, lambda value: None if value.casefold() in _NO | _YES | _NOTHING else value, pa.string())


def _refuses(value: str) -> bool | None:
    word = value.casefold()
    return None if word in _NOTHING else word not in _NO


def says_no(column: Any) -> Mask:
    """Which cells of a column of the export refuse: those that hold anything but nothing and a plain no."""
    text = plain(column.combine_chunks()).cast(pa.string())
    trimmed = clean(text, "", Findings(np.arange(len(text))))
    return as_mask(pc.fill_null(refusals(trimmed), False))


def names_to_ask_about(cells: pa.Table, columns: ColumnMap) -> frozenset[str]:
    """Columns that the configuration does not speak of, whose name looks like a "no" and in which somebody says one."""
    asked = {at: name for at, name in columns.unmapped.items() if kind_of_refusal(name)}
    return frozenset(name for at, name in asked.items() if says_no(cells.column(at)).any())
