"""Keeps, during a run, the rows that were set aside from tables that protect, because a "no" in one still counts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from advocate_score.sources.base import BrokenRow
from advocate_score.tables.findings import ChunkIssues

CODE, FAILED = "reason code", "failed columns"
"""Extra columns of a staged table: why a row was set aside, and which of its cells cannot be read."""

_BETWEEN_CELLS = re.compile(r"[,;\t|]")
_QUOTES = " \"'{}[]:"
_BETWEEN_KEY_AND_VALUE = re.compile(r"\"\s*:\s*")


@dataclass(frozen=True)
class BrokenLine:
    """A row that could not be split into cells; `cells` are the pieces that may have been its cells."""

    row: int
    code: str
    cells: frozenset[str]


@dataclass
class SetAside:
    """Rows of one table that were set aside.

    rows: typed as in the staged table, with CODE and FAILED; a cell that cannot be read is null · broken: rows that
    could not be split into cells.
    """

    rows: list[pa.Table] = field(default_factory=list)
    broken: list[BrokenLine] = field(default_factory=list)

    def add(self, rows: pa.Table, code: str | pa.Array, failed: pa.Array | None = None) -> None:
        """Adds rows of the staged table, row numbers included; `code` is one code or one per row."""
        if rows.num_rows:
            codes = pa.array([code] * rows.num_rows, pa.string()) if isinstance(code, str) else code
            columns = pa.array([""] * rows.num_rows, pa.string()) if failed is None else failed
            self.rows.append(rows.append_column(CODE, codes).append_column(FAILED, columns))

    def add_failed(self, rows: pa.Table, issues: ChunkIssues) -> None:
        """Adds the rows of a chunk that broke a rule, under the code of the first rule broken."""
        failed = issues.failed
        if not failed.any():
            return
        codes, columns = (np.full(len(failed), "", dtype=object) for _ in range(2))
        for failure in reversed(issues.failures):
            codes[failure.rows] = failure.code
            columns[failure.rows] = columns[failure.rows] + f" {failure.column}"
        self.add(rows.filter(pa.array(failed)), pa.array(codes[failed]), pa.array(columns[failed]))

    def add_broken(self, rows: Iterable[BrokenRow], offset: int) -> None:
        self.broken.extend(BrokenLine(row.row + offset, row.code, possible_cells(row.text)) for row in rows)


def possible_cells(text: str) -> frozenset[str]:
    """The pieces of a row that may have been its cells, for any common delimiter, a blank among them."""
    parts = _BETWEEN_CELLS.split(text)
    pieces = (piece for part in parts for piece in (part, *_BETWEEN_KEY_AND_VALUE.split(part), *part.split()))
    return frozenset(piece.strip(_QUOTES) for piece in pieces) - {""}
