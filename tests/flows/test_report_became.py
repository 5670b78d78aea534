"""What the report says of earlier lists, held against the lists and the answers themselves."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from advocate_score.flows.project import Silent, open_data, open_project
from advocate_score.flows.report import list_outcomes
from advocate_score.flows.score import score_and_publish
from advocate_score.publication.publisher import publish
from advocate_score.publication.spreadsheet_csv import DialectName, csv_bytes
from advocate_score.tracking.ledger import add_promotion
from flows.conftest import Run, made_plain, promotion
from publication.test_report import data_of

EARLY, LATE, AS_OF = datetime(2025, 4, 1), datetime(2025, 6, 1), datetime(2025, 10, 1)
ANSWERED_BY = "2025-08-17"
"""Asks made up to here had their 45 days by `AS_OF`."""
KEPT = "outputs.retention_days=0"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables only; not to be changed."""
    world = {"accounts": 120, "asks": 900, "seed": 5, "mess": False}
    return made_plain(tmp_path_factory.mktemp("became") / "firm", **world)


@pytest.fixture(scope="module")
def two_nights(plain: Path) -> Path:
    """A night after one that listed everybody at level 3; not to be changed."""
    firm = Path(shutil.copytree(plain, plain.parent / "nights"))
    listed(firm, EARLY, 3, 0.4)
    project = open_project(firm / "advocate.toml", [KEPT], Silent())
    score_and_publish(project, f"{AS_OF:%F}", backfill=False, replace=False, force=True, reason="months apart")
    return firm


@pytest.fixture
def firm(plain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(plain, tmp_path / "firm"))


def listed(firm: Path, day: datetime, level: int, readiness: float, dialect: DialectName = "standard") -> None:
    """A publication that lists every account at that level."""
    accounts = pd.read_csv(firm / "tables" / "accounts.csv", dtype=str)["account_id"]
    rows = pd.DataFrame({"account_id": accounts, "level": level, "readiness": readiness})
    told = {"run_id": f"{day:%F}", "as_of": f"{day:%F}", "model": {"name": "ladder", "version": "1"}}
    publish(firm / "publications", day, {"candidates.csv": csv_bytes(rows, dialect)}, told)


def asked(firm: Path, since: datetime, level: int) -> pd.DataFrame:
    asks = pd.read_csv(firm / "tables" / "asks.csv", dtype={"account_id": str})
    asks["asked_at"] = pd.to_datetime(asks["asked_at"], utc=True).dt.tz_localize(None)
    return asks[(asks["level"] == level) & (asks["asked_at"] >= since) & (asks["asked_at"] <= ANSWERED_BY)]


def found_in(firm: Path, *settings: str) -> dict[str, Any]:
    project = open_project(firm / "advocate.toml", settings, Silent())
    with open_data(project) as data:
        return list_outcomes(project, data, AS_OF)


def told(firm: Path, night: datetime) -> dict[str, Any]:
    page = firm / "publications" / f"{night:%F}" / "report.html"
    found: dict[str, Any] = data_of(page.read_bytes())["became"]
    return found


def test_the_page_counts_who_was_listed_asked_and_said_yes(two_nights: Path) -> None:
    found = told(two_nights, AS_OF)
    asks = {level: asked(two_nights, EARLY, level) for level in range(1, 6)}
    assert (found["first"], found["last"], found["nights"], found["days"]) == ("2025-04-01", "2025-04-01", 1, 45)
    pooled, *levels = found["levels"]
    assert (pooled["listed"], pooled["asked"]) == (120, asks[3]["account_id"].nunique())
    assert [one["listed"] for one in levels] == [0, 0, 120, 0, 0]
    assert [one["asks"] for one in levels] == [0, 0, len(asks[3]), 0, 0]
    assert pooled["observed"] == pytest.approx(pooled["yes"] / len(asks[3]), abs=1e-4)
    assert found["beside"]["n"] == sum(map(len, asks.values())) - len(asks[3])


def test_kinds_of_client_that_stand_out_are_named_with_their_figures(firm: Path) -> None:
    for month in (10, 12):
        listed(firm, datetime(2024, month, 15), 3, 0.95)
    listed(firm, datetime(2025, 2, 15), 3, 0.95)
    listed(firm, EARLY, 3, 0.95)
    found = found_in(firm)["segments"]
    assert found["judged"] > 0
    promised = [row for row in found["rows"] if row["verdict"] == "too_high"]
    assert promised
    for row in promised:
        assert row["observed"] <= row["high"] < row["predicted"] == pytest.approx(0.95)
        assert row["clients"] >= 10
    for row in found["rows"]:
        assert row["verdict"] != "too_few" or row["observed"] is row["predicted"] is None
        assert 0 <= row["never_asked"] <= 1


def test_no_account_is_named_and_none_stands_alone(two_nights: Path) -> None:
    accounts = pd.read_csv(two_nights / "tables" / "accounts.csv", dtype=str)["account_id"]
    found = told(two_nights, AS_OF)
    said = json.dumps(found)
    assert not [account for account in accounts if account in said]
    for level in found["levels"]:
        assert level["asked"] >= 10 or level["yes"] is level["observed"] is level["predicted"] is None


def test_a_date_written_anew_is_the_same_again(firm: Path) -> None:
    listed(firm, EARLY, 3, 0.4)
    before = found_in(firm)
    listed(firm, AS_OF, 3, 0.9)
    assert found_in(firm) == before


def test_an_erased_account_takes_nothing_along_but_itself(two_nights: Path, tmp_path: Path, run: Run) -> None:
    copy = Path(shutil.copytree(two_nights, tmp_path / "copy", symlinks=True))
    before = told(copy, AS_OF)
    account = asked(copy, EARLY, 3)["account_id"].iloc[0]
    assert run(copy, "erase", account).result["left_out"] == {}
    assert told(copy, AS_OF) == before


@pytest.mark.parametrize("dialect", ["standard", "spanish-excel"])
def test_lists_that_promised_too_much_are_told_so(firm: Path, dialect: DialectName) -> None:
    listed(firm, EARLY, 3, 0.95, dialect)
    found = found_in(firm)
    pooled, level = found["levels"][0], found["levels"][3]
    asks = asked(firm, EARLY, 3)
    assert (level["level"], level["asks"], level["listed"]) == ("3", len(asks), 120)
    assert (level["verdict"], level["predicted"]) == ("too_high", 0.95)
    assert {name: pooled[name] for name in ("asks", "yes")} == {name: level[name] for name in ("asks", "yes")}
    assert level["low"] < level["yes"] / level["asks"] < level["high"]


def test_an_ask_is_held_against_the_list_before_it(firm: Path) -> None:
    listed(firm, EARLY, 3, 0.2)
    listed(firm, LATE, 3, 0.6)
    late = len(asked(firm, LATE, 3)) / len(asked(firm, EARLY, 3))
    found = found_in(firm)
    assert (found["first"], found["last"], found["nights"]) == ("2025-04-01", "2025-06-01", 2)
    assert found["levels"][3]["predicted"] == pytest.approx(0.2 + 0.4 * late, abs=1e-4)


def test_what_was_asked_too_late_or_answered_later_changes_nothing(firm: Path) -> None:
    listed(firm, EARLY, 3, 0.4)
    before = found_in(firm)
    file = firm / "tables" / "asks.csv"
    asks = pd.read_csv(file, dtype=str)
    late = (asks["asked_at"] > ANSWERED_BY + "T00:00:01") | (asks["recorded_at"] >= f"{AS_OF:%F}")
    assert late.any()
    asks.assign(response=asks["response"].mask(late, "accepted")).to_csv(file, index=False)
    assert found_in(firm) == before


def test_answers_of_few_accounts_are_not_told(firm: Path) -> None:
    listed(firm, EARLY, 3, 0.4)
    found = found_in(firm, "programme.smallest_cell=100")
    assert {level["yes"] for level in found["levels"]} == {None}
    assert found["beside"].keys() == {"n"}
    assert found["calibration"] == []


def test_tonight_young_old_and_changed_lists_do_not_count(firm: Path) -> None:
    for day in (datetime(2024, 9, 1), datetime(2025, 9, 1), AS_OF):
        listed(firm, day, 3, 0.4)
    assert found_in(firm) == {"days": 45}
    shutil.rmtree(firm / "publications")
    listed(firm, EARLY, 3, 0.4)
    (firm / "publications" / f"{EARLY:%F}" / "candidates.csv").write_text("changed", encoding="utf-8")
    assert found_in(firm) == {"days": 45}


def test_lists_of_a_model_that_learned_later_do_not_count(firm: Path) -> None:
    listed(firm, EARLY, 3, 0.4)
    listed(firm, LATE, 3, 0.4)
    add_promotion(firm, promotion("ladder", datetime(2025, 5, 1)))
    add_promotion(firm, promotion("other", datetime(2030, 1, 1)))
    found = found_in(firm)
    assert (found["nights"], found["levels"][3]["asks"]) == (1, len(asked(firm, LATE, 3)))
