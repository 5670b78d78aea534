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

_NO = {word for word, flag in FLAGS.items() if not flag}
_YES = {word for word, flag in FLAGS.items() if flag} | {"x", "on", "✓", "✔"}
_NOTHING = {"none", "nan", "nat", "n/a", "<na>", "nil"}


def refusals(text: pa.Array) -> pa.Array:
    """Trimmed text → whether the cell refuses; null where it says nothing."""
    return by_distinct(text, _refuses, pa.bool_())


def without_words(text: pa.Array) -> pa.Array:
    """The cells that are no plain yes or no, and so may be times; a yes without a time has none."""
    return by_distinct(text, lambda value: None if value.casefold() in _NO | _YES | _NOTHING else value, pa.string())


def are_words(text: pa.Array) -> Mask:
    """Which cells are words that are neither a plain yes or no nor anything like a date."""
    return as_mask(pc.fill_null(by_distinct(text, _is_word, pa.bool_()), False))


def _is_word(value: str) -> bool:
    return value.casefold() not in _NO | _YES | _NOTHING and not any(sign.isdigit() for sign in value)


def _refuses(value: str) -> bool | None:
    word = value.casefold()
    return None if word in _NOTHING else word not in _NO


def says_no(column: Any) -> Mask:
    """Which cells of a column of the export refuse: those that hold anything but nothing and a plain no."""
    return as_mask(pc.fill_null(refusals(_trimmed(column)), False))


def _trimmed(column: Any) -> pa.Array:
    """As text; null where the cell says nothing."""
    text = plain(column.combine_chunks()).cast(pa.string())
    return clean(text, "", Findings(np.arange(len(text))))


def names_to_ask_about(cells: pa.Table, columns: ColumnMap) -> frozenset[str]:
    """Columns that the configuration does not speak of, whose name looks like a "no" and in which somebody says one:
    where consent is given or not, any cell may be a "no"."""
    kinds = {at: (name, kind) for at, name in columns.unmapped.items() if (kind := kind_of_refusal(name))}
    return frozenset(name for at, (name, kind) in kinds.items() if _is_said(cells.column(at), kind))


def _is_said(column: Any, kind: str) -> bool:
    return bool((_are_filled if kind == "consent" else says_no)(column).any())


def _are_filled(column: Any) -> Mask:
    return as_mask(pc.is_valid(_trimmed(column)))
