"""A small firm with contented clients, on which a damaged "no" can be tried: written as CSV, scored by the command."""

import csv
import json
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from advocate_score.cli.main import app, exit_code_of

ACCOUNTS = tuple(f"C{number:03}" for number in range(1, 61))
AS_OF = "2025-12-01"
Rows = list[dict[str, str]]


def _contented() -> dict[str, Rows]:
    return {
        "accounts": [
            {"account_id": account, "account_name": f"Firm {account}", "status": "active", "created_at": "2020-01-01"}
            for account in ACCOUNTS
        ],
        "contacts": [
            {"contact_id": f"P{account}", "account_id": account, "created_at": "2020-02-01", "objected_at": ""}
            for account in ACCOUNTS
        ],
        "permissions": [
            {
                "permission_id": f"W{account}",
                "account_id": account,
                "contact_id": "",
                "channel": "any",
                "status": "granted",
                "valid_from": "2024-01-01",
                "valid_to": "",
            }
            for account in ACCOUNTS
        ],
        "interactions": [
            {"interaction_id": f"I{account}", "account_id": account, "occurred_at": f"2025-11-{day:02}", "kind": "call"}
            for day, account in zip(cycle(range(1, 31)), ACCOUNTS, strict=False)
        ],
        "asks": [
            {
                "ask_id": f"K{account}",
                "account_id": account,
                "level": "1",
                "asked_at": "2024-02-01",
                "response": "accepted",
                "responded_at": "2024-02-03",
                "quality": "1",
            }
            for account in ACCOUNTS
        ],
        "cases": [
            {
                "case_id": f"S{account}",
                "account_id": account,
                "opened_at": "2024-03-01",
                "closed_at": "2024-03-02",
                "severity": "3",
            }
            for account in ACCOUNTS
        ],
        "renewals": [
            {
                "renewal_id": f"R{account}",
                "account_id": account,
                "occurred_at": "2025-06-01",
                "kind": "renewal",
                "amount": "100",
                "currency": "EUR",
                "due_at": "",
            }
            for account in ACCOUNTS
        ],
    }


class Firm:
    """Tables by name, each a list of rows that a test may change before they are written."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capfd = folder, capfd
        self.tables = _contented()
        self.settings = '[sources]\ntime_zone = "UTC"\n'
        self.said = ""

    def add(self, table: str, **cells: str) -> None:
        self.tables.setdefault(table, []).append(cells)

    def row(self, table: str, account: str) -> dict[str, str]:
        return next(row for row in self.tables[table] if row["account_id"] == account)

    def write(self) -> Path:
        folder = self.folder / "tables"
        folder.mkdir(exist_ok=True)
        for name, rows in self.tables.items():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, columns, restval="")
                writer.writeheader()
                writer.writerows(rows)
        config = self.folder / "advocate.toml"
        config.write_text(self.settings, encoding="utf-8")
        return config

    def run(self, *words: str, write: bool = True) -> int:
        config = self.write() if write else self.folder / "advocate.toml"
        code = exit_code_of(lambda: app([*words, "--quiet", "--config", str(config)]))
        self.said = self.output()
        return code

    def output(self) -> str:
        captured = self._capfd.readouterr()
        return captured.out + captured.err

    def score(self, *words: str, as_of: str = AS_OF, write: bool = True) -> int:
        return self.run("score", "--as-of", as_of, *words, write=write)

    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "publications/current/manifest.json").read_text())
        return found

    def read(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "publications" / "current" / name, dtype=str, keep_default_na=False)

    def listed(self) -> set[str]:
        """Accounts on any list from which somebody is asked."""
        names = ("candidates.csv", "ask_plan.csv", "reference_pool.csv", "advisory_board.csv", "nurture.csv")
        return set().union(*(self.read(name)["account_id"] for name in names))

    def rules(self, account: str) -> set[str]:
        rows = self.read("resting.csv")
        return set(rows.loc[rows["account_id"] == account, "rule"])

    def detail(self, account: str) -> str:
        rows = self.read("resting.csv")
        return " ".join(rows.loc[rows["account_id"] == account, "detail"])

    def suggested(self) -> set[str]:
        return set(self.read("candidates.csv")["suggested_contact_id"])

    def resting(self) -> set[str]:
        return set(self.read("resting.csv")["account_id"])

    def spared(self, accounts: Iterable[str]) -> bool:
        return not self.listed() & set(accounts)
