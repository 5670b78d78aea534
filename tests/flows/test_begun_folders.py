"""`init`, `simulate` and `demo` begin something new: what is there already stays, and no link is followed."""

from datetime import datetime
from pathlib import Path

import pytest

from advocate_score.errors import InputError
from advocate_score.flows.project import Silent
from advocate_score.flows.setup import init_folder, simulate_folder, write_demo_config
from advocate_score.tracking.champion import CachedVersion, move_into_cache

WORLD = {"accounts": 60, "asks": 100, "seed": 1}


def simulate(out: Path) -> None:
    simulate_folder(out, WORLD, Silent())


@pytest.mark.goal("G39")
def test_a_simulation_writes_through_no_link(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "accounts.csv").write_text("of the user's", encoding="utf-8")
    out = tmp_path / "out"
    simulate(out)
    (out / "tables" / "accounts.csv").unlink()
    (out / "tables" / "accounts.csv").symlink_to(mine / "accounts.csv")
    with pytest.raises(InputError, match=r"holds links, and what they lead to would be replaced: accounts\.csv"):
        simulate(out)
    for name in ("tables", "truth"):
        other = tmp_path / f"other {name}"
        other.mkdir()
        (other / name).symlink_to(mine)
        with pytest.raises(InputError, match=f"would be replaced: {name}"):
            simulate(other)
    assert [*mine.iterdir()] == [mine / "accounts.csv"]
    assert (mine / "accounts.csv").read_text(encoding="utf-8") == "of the user's"


@pytest.mark.goal("G39")
@pytest.mark.parametrize("theirs", ["tables/accounts.csv", "tables/accounts.csv.gz", "truth/truth.parquet"])
def test_a_simulation_replaces_nothing_but_a_simulation(tmp_path: Path, theirs: str) -> None:
    file = tmp_path / theirs
    for folder in ("tables", "truth"):
        (tmp_path / folder).mkdir()
    file.write_text("of the user's", encoding="utf-8")
    with pytest.raises(InputError, match="no simulation, and would be replaced"):
        simulate(tmp_path)
    assert file.read_text(encoding="utf-8") == "of the user's"


@pytest.mark.goal("G39")
def test_a_demo_is_not_configured_through_a_link(tmp_path: Path) -> None:
    theirs = write_demo_config(tmp_path / "theirs")
    before = theirs.read_bytes()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "advocate.toml").symlink_to(theirs)
    with pytest.raises(InputError, match="is not empty and not an earlier demo"):
        write_demo_config(tmp_path / "out", "es")
    assert theirs.read_bytes() == before


@pytest.mark.goal("G39")
def test_init_leaves_templates_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "accounts.csv").write_text("of the user's", encoding="utf-8")
    (tmp_path / "templates" / "asks.csv").symlink_to("elsewhere")
    init_folder(tmp_path)
    assert (tmp_path / "templates" / "accounts.csv").read_text(encoding="utf-8") == "of the user's"
    assert not (tmp_path / "templates" / "elsewhere").exists()
    assert (tmp_path / "templates" / "contacts.csv").exists()


@pytest.mark.goal("G39")
def test_the_copy_of_the_champion_removes_versions_alone(tmp_path: Path) -> None:
    cache = tmp_path / ".champion"
    for name in ("thesis", "3", ".staging-old"):
        (cache / name).mkdir(parents=True)
    (tmp_path / "files").mkdir()
    move_into_cache(
        tmp_path, tmp_path / "files", {}, CachedVersion(model_name="m", version="4", verified_at=datetime(2025, 6, 1))
    )
    assert {path.name for path in cache.iterdir()} == {"thesis", "4", ".staging-old", "verified.json"}
