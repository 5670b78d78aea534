"""What was published is read back as it was: plans in either dialect, ids unharmed, changed files not believed."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.files import replace_file
from advocate_score.publication.history import latest_publication_in, past_publications
from advocate_score.publication.list_files import parquet_bytes
from advocate_score.publication.publisher import publish
from advocate_score.publication.spreadsheet_csv import DialectName, csv_bytes

IDS = ["=1+1", "007", "Ñandú; S.A.", "NA"]
PLAN = pd.DataFrame(
    {
        "account_id": IDS,
        "level": [1, 2, 3, 4],
        "propensity": [0.25, 0.5, 1.0, 1.0],
        "exploration": [True, False, False, False],
    }
)
READINESS = pd.DataFrame({"account_id": IDS, "level": 1, "readiness": [0.1, 0.2, 0.3, 0.4]})


def published(target: Path, day: datetime, dialect: DialectName = "standard", language: str = "en") -> None:
    files = {
        "ask_plan.csv": csv_bytes(PLAN.assign(policy_id="plan-1", why_now=""), dialect, language),
        "candidates.csv": csv_bytes(READINESS.assign(rank=1, reason_1="NA"), dialect),
        "readiness.parquet": parquet_bytes(READINESS),
    }
    publish(target, day, files, {"run_id": "1", "as_of": day.date().isoformat(), "model": {"version": "3"}})


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("dialect", ["standard", "spanish-excel"])
def test_a_plan_comes_back_as_it_was(tmp_path: Path, dialect: DialectName, language: str) -> None:
    published(tmp_path, datetime(2025, 5, 1), dialect, language)
    (past,) = past_publications(tmp_path)
    found = past.plan()
    assert found is not None
    assert found["account_id"].tolist() == IDS
    assert found["propensity"].tolist() == PLAN["propensity"].tolist()
    assert found["exploration"].tolist() == PLAN["exploration"].tolist()
    assert past.model == {"version": "3"}


@pytest.mark.parametrize("dialect", ["standard", "spanish-excel"])
def test_lists_come_back_with_the_ids_that_are_known(tmp_path: Path, dialect: DialectName) -> None:
    published(tmp_path, datetime(2025, 5, 1), dialect)
    (past,) = past_publications(tmp_path)
    found, strange = past.lists(IDS), past.lists([])
    assert found is not None
    assert strange is not None
    pd.testing.assert_frame_equal(found, READINESS, check_dtype=False)
    assert strange["account_id"].tolist() == ["'=1+1", *IDS[1:]]


def test_a_changed_file_is_none(tmp_path: Path) -> None:
    published(tmp_path, datetime(2025, 5, 1))
    plan = tmp_path / "2025-05-01" / "ask_plan.csv"
    plan.write_bytes(plan.read_bytes().replace(b"0.25", b"0.99"))
    (past,) = past_publications(tmp_path)
    assert past.plan() is None
    assert past.lists(IDS) is not None
    assert past.readiness() is not None
    assert past.file("nosuch.csv") is None


def test_only_publications_up_to_the_instant_are_past(tmp_path: Path) -> None:
    days = [datetime(2025, month, 1) for month in (3, 4, 5)]
    for day in days:
        published(tmp_path, day)
    assert [one.as_of for one in past_publications(tmp_path, days[1])] == days[:2]
    past = past_publications(tmp_path)
    newest = latest_publication_in(past, days[0], days[1])
    assert newest is not None
    assert newest.as_of == days[1]
    assert latest_publication_in(past, days[2], datetime(2026, 1, 1)) is None
    assert past_publications(tmp_path / "nowhere") == []


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    for content in (b"one", b"two"):
        replace_file(file, content, 0o600)
        assert (file.read_bytes(), file.stat().st_mode & 0o777) == (content, 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
