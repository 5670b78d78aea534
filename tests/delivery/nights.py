"""Small nights in a publications folder, and what a reader of the database finds of them."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

import duckdb
import pandas as pd

from advocate_score.config import Settings
from advocate_score.dates import parse_as_of
from advocate_score.delivery.database import mirror
from advocate_score.delivery.sync import SyncResult
from advocate_score.publication.list_files import parquet_bytes
from advocate_score.publication.publisher import PublishResult, publish
from advocate_score.publication.spreadsheet_csv import DialectName, csv_bytes

HOSTILE = (
    "Robert'); DROP TABLE advocate_candidates; --",
    '=HYPERLINK("http://x","y")',
    "'-12",
    '"; a, b',
    "Muñoz %s $1 \\N",
)
FILES = {"sqlite": "sqlite:///nights.db", "duckdb": "duckdb:///nights.duckdb"}


class Nights:
    """Publishes, delivers, reads. `address` is that of the database."""

    def __init__(self, folder: Path, address: str, csv: DialectName = "standard", **delivery: str) -> None:
        self.folder, self.address, self._csv = folder, address, csv
        self.target = folder / "publications"
        self.settings = Settings(folder=folder, delivery={"database": address, **delivery})

    def publish(self, day: str, accounts: Sequence[str], run: str = "one", **more: Any) -> PublishResult:
        """`accounts`: ids, the best first; each has a hostile name."""
        lists = {"candidates.csv": self._candidates(day, accounts, more), "resting.csv": self._resting(accounts)}
        files = {name: csv_bytes(frame, self._csv) for name, frame in lists.items()}
        readiness = pd.DataFrame({"account_id": list(accounts), "level": 3, "readiness": 0.5, "eligible": True})
        files["readiness.parquet"] = parquet_bytes(readiness)
        told = {"run_id": f"{day} {run}", "as_of": day, "model": {"name": "ladder", "version": "7"}}
        return publish(self.target, parse_as_of(day), files, told, replace=True, backfill=True)

    def _candidates(self, day: str, accounts: Sequence[str], more: dict[str, Any]) -> pd.DataFrame:
        number = len(accounts)
        told = {
            "rank": pd.Series(range(1, number + 1), dtype="int64"),
            "account_id": pd.Series(list(accounts), dtype="str"),
            "account_name": pd.Series([HOSTILE[one % len(HOSTILE)] for one in range(number)], dtype="str"),
            "level": pd.Series([3] * number, dtype="int64"),
            "readiness": pd.Series([0.123456] * number, dtype="float64"),
            "moment": pd.Series([None] * number, dtype="str"),
            "last_asked_at": pd.Series([pd.Timestamp("2025-11-30 08:15")] * number, dtype="datetime64[us]"),
            "as_of": pd.Series([day] * number, dtype="str"),
        }
        return pd.DataFrame(told | more)

    def _resting(self, accounts: Sequence[str]) -> pd.DataFrame:
        until = pd.Series([pd.Timestamp("2026-02-01"), pd.NaT] * len(accounts), dtype="datetime64[us]")[: len(accounts)]
        level = pd.Series([None] * len(accounts), dtype="Int64")
        return pd.DataFrame({"account_id": pd.Series(list(accounts), dtype="str"), "level": level, "until": until})

    def deliver(self, *erased: str) -> SyncResult:
        return mirror(self.settings, self.address, self.target, erased)

    def move_to(self, folder: Path) -> None:
        shutil.move(self.target, folder)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What another program reads."""
        if self.address.startswith("sqlite"):
            with closing(connect(self.folder / "nights.db")) as reader:
                return reader.execute(sql).fetchall()
        if self.address.startswith("duckdb"):
            with duckdb.connect(self.folder / "nights.duckdb", read_only=True) as reader:
                return reader.execute(sql).fetchall()
        import psycopg

        from postgresql import PASSWORD

        address = self.address.replace("ana:${CRM_PASSWORD}", "ana")
        with psycopg.connect(address, password=PASSWORD, options="-c timezone=UTC") as server:
            return server.execute(sql).fetchall()

    def listed(self) -> dict[str, list[str]]:
        """Night → ids of its candidates, by rank."""
        found: dict[str, list[str]] = {}
        for night, account in self.rows("SELECT night, account_id FROM advocate_candidates ORDER BY night, rank"):
            found.setdefault(str(night), []).append(account)
        return found
