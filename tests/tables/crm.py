"""A small export on disk, for tests that break it."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from advocate_score.config import Settings
from advocate_score.engine.open import open_engine
from advocate_score.errors import InputError
from advocate_score.tables.ingest import PreparedTables, prepare

DEFAULTS: dict[str, object] = {"time_zone": "UTC", "refuse_quarantined": 1.0, "warn_quarantined": 1.0}


class Crm:
    """Writes tables, prepares them, and shows what became of their rows. Thirty accounts: A1 … A30."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables = folder / "tables"
        self.tables.mkdir()
        self.write("accounts", "account_id", *(f"A{number}" for number in range(1, 31)))
        self.frames: dict[str, pd.DataFrame] = {}
        self.sections: dict[str, Any] = {}

    def write(self, table: str, header: str, *rows: str) -> Path:
        return self.write_bytes(f"{table}.csv", "\n".join([header, *rows, ""]).encode())

    def write_bytes(self, name: str, content: bytes) -> Path:
        path = self.tables / name
        path.write_bytes(content)
        return path

    def interactions(self, *rows: str) -> None:
        """Rows of `interaction_id,account_id,occurred_at,kind`."""
        self.write("interactions", "interaction_id,account_id,occurred_at,kind", *rows)

    def prepare(self, needed: Sequence[str] = (), **sources: object) -> PreparedTables:
        return self.prepare_in(self.folder / "work", needed, **sources)

    def prepare_in(
        self, work: Path, needed: Sequence[str] = (), quarantine: str = "quarantine", **sources: object
    ) -> PreparedTables:
        outputs = {"quarantine": quarantine}
        settings = Settings(folder=self.folder, sources=DEFAULTS | sources, outputs=outputs, **self.sections)
        work.mkdir(exist_ok=True)
        with open_engine(settings.engine, work / "spill") as engine:
            prepared = prepare(settings, engine, work, needed)
            self.frames = {name: engine.frame(f"SELECT * FROM {name}") for name in ("asks", *prepared.present)}
        return prepared

    def refusal(self, needed: Sequence[str] = (), **sources: object) -> str:
        """The message with which the run is refused."""
        with pytest.raises(InputError) as refused:
            self.prepare(needed, **sources)
        assert refused.value.exit_code == 2
        return str(refused.value)

    def refusal_with(self, **sections: object) -> str:
        """The message with which the run is refused, under further sections of the configuration."""
        self.sections = sections
        return self.refusal()

    def quarantined(self, table: str) -> list[dict[str, str]]:
        path = self.folder / "quarantine" / f"{table}.csv"
        if not path.exists():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def reasons(self, table: str) -> dict[int, str]:
        """Source row → reason code."""
        return {int(row["row"]): row["reason_code"] for row in self.quarantined(table)}

    def values(self, table: str, column: str) -> list[object]:
        """Accepted values in the order of the key; None where unknown."""
        frame = self.frames[table]
        ordered = frame.sort_values(frame.columns[0])[column]
        return [None if pd.isna(value) else value for value in ordered]
