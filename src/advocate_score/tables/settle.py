"""Staged rows → the table in use: rows judged by identity leave, merged accounts hand over to their survivors."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from advocate_score.engine.protocol import Engine
from advocate_score.tables.identity import DELETED, DUPLICATE, JUDGEMENTS, LEFT_OUT, UNKNOWN_ACCOUNT
from advocate_score.tables.staging import Staged
from advocate_score.tables.table_file import ROW, table_file
from advocate_score.tables.tombstones import ERASED

MERGED = "merged"
CODES = (*JUDGEMENTS, MERGED, "merge_cycle", "unknown_survivor", ERASED)
_DEDUPLICATED = np.array([CODES.index(DUPLICATE), CODES.index(MERGED)])
_LEAVING_OUT = np.array([CODES.index(LEFT_OUT), CODES.index(DELETED)])
_NO_FAULT = np.array([*_LEAVING_OUT, *_DEDUPLICATED])
_FORGOTTEN = np.array([*_DEDUPLICATED, CODES.index(ERASED)])
"""Codes of rows of which nothing needs to be remembered."""
_COLUMNS = {
    UNKNOWN_ACCOUNT: "account_id",
    "mixed_currency": "currency",
    "merge_cycle": "merged_into",
    "unknown_survivor": "merged_into",
}
_BATCH_ROWS = 200_000


@dataclass(frozen=True)
class Judged:
    """Rows that cannot stay: source row numbers, ascending, and for each its position in CODES."""

    rows: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int64]

    def of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The code of each of `rows`; −1 where it may stay."""
        if not len(self.rows):
            return np.full(len(rows), -1)
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[at] == rows, self.codes[at], -1)

    def joined(self, rows: npt.NDArray[np.int64], code: str) -> "Judged":
        """With further rows, none of which is judged yet."""
        all_rows = np.concatenate([self.rows, rows])
        codes = np.concatenate([self.codes, np.full(len(rows), CODES.index(code))])
        order = np.argsort(all_rows)
        return Judged(all_rows[order], codes[order])


def judge(engine: Engine, sql: str) -> Judged:
    """`sql`: as `identity.judgements_sql` makes it."""
    judged = engine.frame(sql)
    return Judged(judged[ROW].to_numpy(np.int64), judged["judgement"].to_numpy(np.int64))


def settle(staged: Staged, judged: Judged, survivors: Mapping[str, str], path: Path) -> None:
    """Writes the rows that stay to `path` in the order of the source, and the others to the quarantine."""
    with staged.quarantine, pq.ParquetFile(staged.path) as file, table_file(path, staged.kept) as out:
        for batch in file.iter_batches(_BATCH_ROWS):
            rows = batch.column(ROW).to_numpy()
            numbered = pa.Table.from_batches([batch])
            cells = numbered if staged.table.protects else numbered.drop_columns([ROW])
            codes = judged.of(rows)
            _quarantine(staged, numbered.drop_columns([ROW]), rows, codes)
            _keep_what_protects(staged, numbered, codes)
            staying = cells.filter(pa.array(codes < 0)) if (codes >= 0).any() else cells
            kept = _led_to_survivors(staying, survivors)
            _count(staged, kept, codes)
            out.write_table(kept)
    staged.path.unlink()


def _quarantine(staged: Staged, cells: pa.Table, rows: npt.NDArray[np.int64], codes: npt.NDArray[np.int64]) -> None:
    leaving = (codes >= 0) & ~np.isin(codes, _NO_FAULT)
    if leaving.any():
        reasons = [(CODES[code], _COLUMNS.get(CODES[code], "")) for code in codes[leaving]]
        staged.quarantine.add_judged(rows[leaving].tolist(), reasons, cells.filter(pa.array(leaving)))


def _keep_what_protects(staged: Staged, numbered: pa.Table, codes: npt.NDArray[np.int64]) -> None:
    leaving = (codes >= 0) & ~np.isin(codes, _FORGOTTEN)
    if staged.table.protects and leaving.any():
        names = pa.array([CODES[code] for code in codes[leaving]])
        staged.set_aside.add(numbered.filter(pa.array(leaving)), names)


def _count(staged: Staged, kept: pa.Table, codes: npt.NDArray[np.int64]) -> None:
    report, left_out = staged.report, int(np.isin(codes, _LEAVING_OUT).sum())
    report.rows_in -= left_out
    report.left_out += left_out
    report.accepted += kept.num_rows
    report.deduplicated += int(np.isin(codes, _DEDUPLICATED).sum())
    report.reasons.clear()
    report.reasons.update(staged.quarantine.reasons)
    report.unknown.update({name: kept.column(name).null_count for name in report.columns})


def _led_to_survivors(cells: pa.Table, survivors: Mapping[str, str]) -> pa.Table:
    if not survivors or "account_id" not in cells.column_names:
        return cells
    ids = cells.column("account_id")
    led = pa.array(list(survivors.values())).take(pc.index_in(ids, pa.array(list(survivors))).combine_chunks())
    position = cells.column_names.index("account_id")
    return cells.set_column(position, "account_id", pc.coalesce(led, ids.combine_chunks()))
