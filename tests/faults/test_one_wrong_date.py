"""One wrong date in an export, in whatever column and row and however far off, is nothing to the other accounts."""

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from advocate_score.flows.datasets import account_frame
from advocate_score.flows.project import Silent, open_data, open_project, resolve_as_of
from advocate_score.flows.protection import safeguard
from advocate_score.policy.eligibility import verdicts
from advocate_score.schema import TABLES
from advocate_score.simulate.crm import simulate_crm, write_crm
from advocate_score.simulate.world import World
from goals import sized

pytestmark = pytest.mark.goal("G27")
TRIALS = sized(15, 1_000)
YEARS = (-200, -50, -10, -2, -1, 1, 2, 10, 79, 179)
"""How far off a typed year may be; two years ahead and more is what slips of digits and centuries give."""


class Column(NamedTuple):
    table: str
    name: str


class Seen(NamedTuple):
    """What a run sees: the data cut, and each account's signals and verdicts."""

    cut: datetime | None
    signals: pd.DataFrame
    verdicts: pd.DataFrame


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dates") / "firm"
    folder.mkdir()
    (folder / "advocate.toml").write_text('[sources]\ntime_zone = "UTC"\n', encoding="utf-8")
    write_crm(simulate_crm(World(accounts=80, asks=300, seed=11, mess=False)), folder)
    shutil.rmtree(folder / "truth")
    return folder


def seen(firm: Path) -> Seen:
    project = open_project(firm / "advocate.toml", [], Silent())
    with open_data(project) as data:
        as_of = resolve_as_of(project.settings, None, data.tables.data_cut)
        guard = safeguard(project, data, as_of)
        signals = account_frame(data, project.settings, as_of).set_index("account_id")
        judged = verdicts(guard.facts, as_of, project.settings.policy).set_index(["account_id", "level"])
    return Seen(data.tables.data_cut, signals, judged)


def date_columns(firm: Path) -> list[Column]:
    """Every date column that the export fills."""
    return [
        Column(name, column.name)
        for name, table in TABLES.items()
        for column in table.columns
        if column.type == "time" and column.name in pd.read_csv(firm / "tables" / f"{name}.csv", nrows=0).columns
    ]


USUAL = pd.Timedelta(days=4)
"""So soon after the newest row, nothing tells a wrong date from a new row."""


def moved(file: Path, column: str, chance: random.Random, cut: datetime) -> str | None:
    """Moves the date of one row by whole years; the account of the row, None if the column is empty, or if the date is
    then one of the days after the data cut."""
    table = pd.read_csv(file, dtype="str", keep_default_na=False)
    filled = [row for row, cell in enumerate(table[column]) if cell]
    if not filled:
        return None
    row = chance.choice(filled)
    cell = table.loc[row, column]
    table.loc[row, column] = f"{int(cell[:4]) + chance.choice(YEARS):04d}{cell[4:]}"
    day = pd.to_datetime(table.loc[row, column], errors="coerce", utc=True).tz_localize(None)
    if cut < day <= cut + USUAL:
        return None
    table.to_csv(file, index=False)
    return str(table.loc[row, "account_id"]) if "account_id" in table else ""


def trials(firm: Path) -> Iterator[tuple[Column, random.Random]]:
    columns = date_columns(firm)
    for number in range(TRIALS):
        yield columns[number % len(columns)], random.Random(number)


def test_one_wrong_date_is_its_own_accounts_matter(firm: Path, tmp_path: Path, measured: Callable[[str], None]) -> None:
    before, tried = seen(firm), 0
    assert before.cut is not None
    for column, chance in trials(firm):
        copy = Path(shutil.copytree(firm, tmp_path / "copy"))
        account = moved(copy / "tables" / f"{column.table}.csv", column.name, chance, before.cut)
        if account is not None:
            after = seen(copy)
            where = f"{column.table}.{column.name} of {account}"
            assert after.cut == before.cut, where
            others = before.signals.index.drop([account], errors="ignore")
            pd.testing.assert_frame_equal(after.signals.loc[others], before.signals.loc[others], obj=where)
            same = before.verdicts.index.get_level_values("account_id") != account
            kept = before.verdicts[same]
            pd.testing.assert_frame_equal(after.verdicts.loc[kept.index], kept, obj=where)
            tried += 1
        shutil.rmtree(copy)
    measured(f"{tried} wrong dates in {len(date_columns(firm))} columns: the data cut and the other accounts stand")
