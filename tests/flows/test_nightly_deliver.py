"""What commands deliver to a database, and what becomes of a night when there is none."""

from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pandas as pd
import pytest

from advocate_score.publication.folder import lock_folder
from advocate_score.publication.store import is_whole
from flows.conftest import AS_OF, Run

NEXT = "2026-01-02"
DATABASE = "sqlite:///nights.db"


def configured(firm: Path, database: str = DATABASE) -> Path:
    with (firm / "advocate.toml").open("a", encoding="utf-8") as config:
        config.write(f'[delivery]\ndatabase = "{database}"\n')
    return firm


def rows(firm: Path, sql: str) -> list[tuple]:
    with closing(connect(firm / "nights.db")) as reader:
        return reader.execute(sql).fetchall()


def nights(firm: Path) -> list[str]:
    return [night for (night,) in rows(firm, "SELECT night FROM advocate_nights ORDER BY night")]


def test_a_database_that_is_away_spoils_no_night_and_has_it_later(champion: Path, run: Run) -> None:
    configured(champion, "sqlite:///away/nights.db")
    failed = run(champion, "score", "--as-of", NEXT)
    assert failed.code == 1
    assert failed.result["error"].startswith(f"{champion / 'publications' / NEXT} is published, but [delivery]")
    assert "[delivery] database: the database refused: OperationalError." in failed.result["error"]
    assert is_whole(champion / "publications" / NEXT)
    assert (champion / "publications" / "current").resolve().name == NEXT

    (champion / "away").symlink_to(champion)
    told = {"written": [AS_OF, NEXT], "removed": [], "left": [], "forgotten": 0}
    assert run(champion, "deliver").result == {"database": told}
    assert_as_published(champion, NEXT)
    assert run(champion, "deliver").result["database"]["written"] == []
    assert run(champion, "rollback").result["delivered"]["database"]["removed"] == [NEXT]
    assert nights(champion) == [AS_OF]


def assert_as_published(firm: Path, night: str) -> None:
    for name in ("candidates", "ask_plan", "nurture", "resting", "reference_pool", "advisory_board"):
        published = pd.read_csv(firm / "publications" / night / f"{name}.csv")
        columns = [column for _, column, *_ in rows(firm, f"PRAGMA table_info(advocate_{name})")]
        assert columns == ["night", *published.columns]
        ids = rows(firm, f"SELECT account_id FROM advocate_{name} WHERE night = '{night}' ORDER BY rowid")
        assert [one for (one,) in ids] == published["account_id"].tolist()
    readiness = pd.read_parquet(firm / "publications" / night / "readiness.parquet")
    found = f"SELECT COUNT(*), SUM(readiness), SUM(eligible) FROM advocate_readiness WHERE night = '{night}'"
    expected = (len(readiness), pytest.approx(readiness["readiness"].sum()), readiness["eligible"].sum())
    assert rows(firm, found) == [expected]


def test_the_erased_leave_the_tables(champion: Path, run: Run) -> None:
    configured(champion)
    run(champion, "deliver")
    ((account,),) = rows(champion, "SELECT account_id FROM advocate_candidates LIMIT 1")
    done = run(champion, "erase", account)
    assert done.code == 0, done.err
    assert done.result["delivered"]["database"]["forgotten"] > 5
    assert done.result["delivered"]["database"]["written"] == [AS_OF], "since its files were rewritten"
    content = (champion / "nights.db").read_bytes()
    for name in ("candidates", "ask_plan", "nurture", "resting", "reference_pool", "advisory_board", "readiness"):
        assert rows(champion, f"SELECT 1 FROM advocate_{name} WHERE account_id = '{account}'") == []
    assert account.encode() not in content, "not in what the file has free either"


def test_an_erasure_that_does_not_reach_the_tables_says_so_and_is_made_up_for(champion: Path, run: Run) -> None:
    configured(champion)
    run(champion, "deliver")
    ((account,),) = rows(champion, "SELECT account_id FROM advocate_candidates LIMIT 1")
    away = ["--set", "delivery.database=sqlite:///away/nights.db"]
    failed = run(champion, "erase", account, *away)
    assert failed.code == 1
    assert failed.result["error"].startswith("the account is erased from what is kept here, but [delivery]")
    assert "run 'erase' again to reach it" in failed.result["error"], "nights that changed on the disk included"
    assert run(champion, "deliver").result["database"]["written"] == [AS_OF]
    assert rows(champion, f"SELECT 1 FROM advocate_readiness WHERE account_id = '{account}'") == []
    assert run(champion, "erase", account).code == 0


def test_nothing_is_said_where_nothing_is_to_be_delivered(champion: Path, run: Run) -> None:
    assert "delivered" not in run(champion, "rollback", "--to", AS_OF).result
    refused = run(champion, "deliver")
    assert refused.code == 2
    assert "[delivery]: names no database and no store" in refused.err


def test_row_88_a_delivery_does_not_wait_for_another_run(champion: Path, run: Run) -> None:
    configured(champion)
    with lock_folder(champion / "publications"):
        assert run(champion, "deliver").code == 75
