"""Ids for rows of exports that have none, made of the row's content."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.sources.base import plain

_DIGEST_BYTES = 10
_END = "\0"
"""Ends each name and each cell. No row with it in a cell is used, so that different rows never look alike."""


def row_ids(columns: Iterable[tuple[str, Any]], rows: int) -> pa.Array:
    """A digest of each row, as text: the same for rows whose filled cells are the same, whatever the order of the
    columns.

    Parameters
    ----------
    columns : name and cells of each column. rows : number of rows.
    """
    texts = [_named_cells(name, column) for name, column in sorted(columns, key=lambda named: named[0])]
    joined = pc.binary_join_element_wise(*texts, "") if texts else pa.array([""] * rows)
    return pa.array([_digest(text) for text in joined.to_pylist()], pa.string())


def _named_cells(name: str, column: Any) -> Any:
    """The column's name before each cell; nothing for an empty cell, so that a new column without values changes no
    id."""
    cells = pc.utf8_trim_whitespace(pc.fill_null(plain(column).cast(pa.string()), ""))
    return pc.if_else(pc.equal(cells, ""), "", pc.binary_join_element_wise(name, cells, "", _END))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
