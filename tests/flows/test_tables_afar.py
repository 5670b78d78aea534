"""Commands on tables that a configuration names by URL."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from flows.conftest import AS_OF, Run

pytest.importorskip("fsspec", reason="fsspec is not installed: the extra object-stores")


def moved(firm: Path) -> list[str]:
    """The tables elsewhere, and the setting that says where."""
    away = firm.parent / "store"
    shutil.move(firm / "tables", away)
    return ["--set", f"sources.folder={away.as_uri()}"]


def test_a_check_says_the_same_and_leaves_nothing(firm: Path, run: Run) -> None:
    here = run(firm, "check").result
    afar = run(firm, "check", *moved(firm)).result
    assert afar == here
    assert not list(firm.glob(".advocate-score-work-*"))


def test_an_account_is_erased_whose_exports_are_afar(champion: Path, run: Run) -> None:
    afar = moved(champion)
    account = str(pd.read_csv(champion / "publications" / AS_OF / "candidates.csv", dtype="str")["account_id"].iloc[0])
    done = run(champion, "erase", account, *afar)
    assert done.code == 0, done.err
    assert done.result["exports"] == afar[1].partition("=")[2]
    assert done.result["exported"]["accounts"] == 1
    shutil.rmtree(champion.parent / "store")
    again = run(champion, "erase", account, *afar)
    assert again.result["unread"] == [done.result["exports"]], "it may still hold the account"


def test_a_store_that_is_not_there_refuses_the_run(firm: Path, run: Run) -> None:
    url = f"{moved(firm)[1]}/none".partition("=")[2]
    refused = run(firm, "check", "--set", f"sources.folder={url}")
    assert refused.code == 2
    assert f"{url}: there is no such file or folder." in refused.err
    assert not list(firm.glob(".advocate-score-work-*"))
