"""Rows of tables that protect which are not in use, kept while the run lasts: a "no" in one of them still counts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from advocate_score.sources.base import BrokenRow
from advocate_score.tables.findings import ChunkIssues

CODE, FAILED = "reason code", "failed columns"
"""Columns beside those of a staged table: why a row was set aside, and which of its cells cannot be read."""

_BETWEEN_CELLS = re.compile(r"[,;\t|]")
_QUOTES = " \"'{}[]"
_BETWEEN_KEY_AND_VALUE = re.compile(r"\"\s*:\s*")


@dataclass(frozen=True)
class BrokenLine:
    """A row that could not be cut into cells: `cells` are what may be cells of it."""

    row: int
    code: str
    cells: frozenset[str]


@dataclass
class SetAside:
    """`rows`: typed as staged, with CODE and FAILED; a cell that cannot be read is null · `broken`: rows that could not
    be cut into cells."""

    rows: list[pa.Table] = field(default_factory=list)
    broken: list[BrokenLine] = field(default_factory=list)

    def add(self, rows: pa.Table, code: str | pa.Array, failed: pa.Array | None = None) -> None:
        """`rows`: as staged, with their row numbers."""
        if rows.num_rows:
            codes = pa.array([code] * rows.num_rows, pa.string()) if isinstance(code, str) else code
            columns = pa.array([""] * rows.num_rows, pa.string()) if failed is None else failed
            self.rows.append(rows.append_column(CODE, codes).append_column(FAILED, columns))

    def add_failed(self, rows: pa.Table, issues: ChunkIssues) -> None:
        """The rows of a chunk that broke a rule: the first is the code."""
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
    """The pieces of a row that may have been its cells, whatever the delimiter."""
    pieces = (piece for part in _BETWEEN_CELLS.split(text) for piece in (part, *_BETWEEN_KEY_AND_VALUE.split(part)))
    return frozenset(piece.strip(_QUOTES) for piece in pieces) - {""}
