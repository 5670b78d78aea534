"""A simulated world as a model sees it, with its truth beside it, kept on disk once made."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks.quality.cells import Cell

from advocate_score.config import Engine as EngineSettings, Settings
from advocate_score.engine.open import open_engine
from advocate_score.flows.datasets import account_frame, ask_frame
from advocate_score.flows.project import Data
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.model.arrays import Floats
from advocate_score.schema import TABLES
from advocate_score.signal_spec import Signal
from advocate_score.signals.catalogue import shipped_catalogue
from advocate_score.signals.compute import schema_hash
from advocate_score.simulate.crm import SimulatedCrm, simulate_crm
from advocate_score.simulate.world import Bools, World
from advocate_score.tables.ingest import PreparedTables

_FILES = ("asks", "accounts", "truth")


@dataclass(frozen=True)
class Judged:
    """asks: what a model learns from · accounts (n rows): whom it scores · truth: P(yes) at the data cut (n, 5) ·
    never: who was never asked (n,).
    """

    asks: pd.DataFrame
    accounts: pd.DataFrame
    truth: Floats
    never: Bools


@cache
def signals() -> tuple[Signal, ...]:
    """The shipped catalogue where every table has every column."""
    return shipped_catalogue().active({name: frozenset(table.column_names) for name, table in TABLES.items()})


def judged_world(cell: Cell, seed: int, folder: Path) -> Judged:
    """The world of a cell and seed: read from `folder`, or made and kept there."""
    return _kept(cell.world(seed), folder / "worlds" / f"{cell.name}-{seed}")


def _kept(world: World, folder: Path) -> Judged:
    recipe = f"{world.model_dump_json()} {schema_hash(signals())}"
    stamp = folder / "made-of"
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == recipe):
        _keep(made_world(world), recipe, folder)
    asks, accounts, truth = (pd.read_parquet(folder / f"{name}.parquet") for name in _FILES)
    return Judged(asks, accounts, truth.drop(columns="never_asked").to_numpy(), truth["never_asked"].to_numpy())


def _keep(made: Judged, recipe: str, folder: Path) -> None:
    """Whole or not at all, since several processes may make the same world."""
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    unfinished.mkdir(parents=True)
    for name, frame in zip(_FILES, (made.asks, made.accounts, _truth_frame(made)), strict=True):
        frame.to_parquet(unfinished / f"{name}.parquet")
    (unfinished / "made-of").write_text(recipe, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def made_world(world: World, with_asks: bool = True) -> Judged:
    """`with_asks` false is quicker and leaves them out."""
    crm = simulate_crm(world)
    with tempfile.TemporaryDirectory() as name, open_engine(EngineSettings(threads=1), Path(name)) as engine:
        for table, frame in crm.tables.items():
            engine.register_frame(table, frame)
        tables = PreparedTables({}, {}, {}, (), world.data_cut, {}, {})
        data, settings = Data(engine, tables, signals(), Path(name)), Settings(folder=Path(name))
        asks = ask_frame(data, settings, world.data_cut) if with_asks else pd.DataFrame()
        accounts = _clients(crm, account_frame(data, settings, world.data_cut))
    return Judged(asks, accounts, *_truth_of(crm, accounts["account_id"].to_list()))


def _clients(crm: SimulatedCrm, accounts: pd.DataFrame) -> pd.DataFrame:
    """Those who have not left by the data cut: nobody asks the others, so no log can tell how ready they are."""
    status = crm.tables["accounts"].set_index("account_id")["status"]
    return accounts[accounts["account_id"].map(status) != "churned"].reset_index(drop=True)


def _truth_of(crm: SimulatedCrm, accounts: list[str]) -> tuple[Floats, Bools]:
    curve = crm.truth.pivot_table(index="account_id", columns="level", values="p_yes").loc[accounts]
    never = crm.truth.groupby("account_id")["never_asked"].first().loc[accounts]
    return curve.to_numpy(), never.to_numpy()


def _truth_frame(made: Judged) -> pd.DataFrame:
    curve = {f"level_{level}": made.truth[:, place] for place, level in enumerate(LEVEL_NUMBERS)}
    return pd.DataFrame({**curve, "never_asked": np.asarray(made.never, dtype=bool)})
