"""Builds the frames that the rules read, typed as the engine hands them over."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from advocate_score.policy.inputs import TABLE_COLUMNS, Facts
from advocate_score.schema import TABLES

DTYPES = {"time": "datetime64[us]", "number": "float64", "integer": "float64", "flag": "object"}


def typed(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = TABLES[table].columns
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return frame.astype({column.name: DTYPES.get(column.type, "str") for column in columns})


def build(**tables: list[dict[str, Any]]) -> Facts:
    return Facts(**{name: typed(name, tables.get(name, [])) for name in TABLE_COLUMNS})


@pytest.fixture
def facts() -> Callable[..., Facts]:
    """`facts(accounts=[…], asks=[…])`; without accounts, the one account `a`."""

    def make(**tables: list[dict[str, Any]]) -> Facts:
        tables.setdefault("accounts", [{"account_id": "a", "status": "active"}])
        for rows in tables.values():
            for row in rows:
                row.setdefault("account_id", "a")
        return build(**tables)

    return make


@pytest.fixture
def table() -> Callable[[str, list[dict[str, Any]]], pd.DataFrame]:
    return typed


@pytest.fixture
def as_of() -> datetime:
    return datetime(2025, 6, 1)
