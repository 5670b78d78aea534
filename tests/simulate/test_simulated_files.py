import gzip
import hashlib
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.schema import TABLES
from advocate_score.simulate import crm
from advocate_score.simulate.crm import SimulatedCrm, simulate_crm, write_crm
from advocate_score.simulate.world import World

TRUTH_COLUMNS = {"p_yes", "goodwill", "blocked", "never_asked", "chance"}


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crm, "COMPRESSED_FROM", 5_000)
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        write_crm(simulate_crm(World(accounts=200, asks=600, seed=seed)), tmp_path / name)
    one, two, three = (digests(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert "tables/interactions.csv.gz" in one
    assert one.keys() == three.keys()
    assert not set(one.values()) & set(three.values())


def test_tables_have_the_canonical_names_and_the_truth_stands_apart(tmp_path: Path, crm: SimulatedCrm) -> None:
    write_crm(crm, tmp_path)
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {f"{name}.csv" for name in TABLES}
    assert {path.name for path in (tmp_path / "truth").iterdir()} == {"truth.parquet", "ask_truth.parquet"}
    for name, table in TABLES.items():
        header = (tmp_path / "tables" / f"{name}.csv").read_text(encoding="utf-8").split("\n", 1)[0]
        columns = [column.strip('"') for column in header.split(",")]
        assert columns == [name for name in table.column_names if name not in ("deleted", "first_name")]
        assert not TRUTH_COLUMNS & set(columns)


def test_times_are_iso_8601_with_a_z_and_ids_keep_their_zeros(tmp_path: Path, crm: SimulatedCrm) -> None:
    write_crm(crm, tmp_path)
    asks = pd.read_csv(tmp_path / "tables" / "asks.csv", dtype="str", keep_default_na=False)
    assert asks["asked_at"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
    assert asks["level"].isin(list("012345")).all()
    accounts = pd.read_csv(tmp_path / "tables" / "accounts.csv", dtype="str", keep_default_na=False)
    assert accounts["account_id"].str.match("0").any()
    assert (accounts["region"] == "NA").any()


def test_another_world_over_the_first_leaves_one_file_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = simulate_crm(World(accounts=50, asks=50))
    write_crm(small, tmp_path)
    monkeypatch.setattr(crm, "COMPRESSED_FROM", 1)
    write_crm(small, tmp_path)
    names = sorted(path.name for path in (tmp_path / "tables").iterdir())
    assert names == sorted(f"{name}.csv.gz" for name in TABLES)
    with gzip.open(tmp_path / "tables" / "accounts.csv.gz", "rt", encoding="utf-8") as stream:
        assert sum(1 for _ in stream) == len(small.tables["accounts"]) + 1
