"""A publication of dates that were written without an offset: people read the days that were written, machines UTC."""

import csv
import io
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import openpyxl
import pandas as pd
import pytest

from advocate_score.cli import render
from advocate_score.dates import short_day
from advocate_score.flows.explain import explain_account
from advocate_score.flows.inspection import check_tables
from advocate_score.flows.match import Search, match_prospect
from advocate_score.flows.project import Project, Silent, open_project
from advocate_score.flows.score import score_and_publish
from advocate_score.publication.history import Publication, read_back
from advocate_score.publication.redaction import without_accounts
from advocate_score.publication.report import unpack_tables
from advocate_score.publication.store import read_manifest
from goals import sized

AS_OF = "2026-12-01"
AWKWARD = (
    *("Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Apia"),
    *("America/St_Johns", "America/Sao_Paulo", "America/Havana"),
)
OTHERS = sorted(available_timezones() - {*AWKWARD})
ZONES = (*AWKWARD, *random.Random(2026).sample(OTHERS, sized(2, 24)))
"""Ahead and behind, of quarter and half hours, beside the date line, with clocks that change at midnight; and some of
all the others."""
CONFIG = """
[sources]
time_zone = "{zone}"
date_format = "%d/%m/%Y"
[outputs]
formats = ["csv", "xlsx", "html", "parquet"]
[ladder.thresholds]
level_1 = 0.001
level_2 = 0.001
level_3 = 0.001
level_4 = 0.001
level_5 = 0.001
"""
COUNT = 24
IDS = [f"A{number:02}" for number in range(COUNT)]
ASKED = {id_: date(2026, 1, 2) + number * timedelta(days=9) for number, id_ in enumerate(IDS[:12])}
ASKED |= {id_: date(2026, 10, 19) + number * timedelta(days=2) for number, id_ in enumerate(IDS[12:20])}
"""The first twelve are free again, the next eight rest, the last four were never asked. Clocks change meanwhile."""
RENEWED = {id_: date(2026, 10, 20) + number * timedelta(days=1) for number, id_ in enumerate(IDS)}
LOST = {id_: date(2025, 10, 20) + number * timedelta(days=1) for number, id_ in enumerate(IDS)}
WRITTEN = {day.isoformat() for days in (ASKED, RENEWED, LOST) for day in days.values()}
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def write(file: Path, rows: list[dict[str, Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def renewal(number: int, account: str, kind: str, day: date) -> dict[str, Any]:
    return {"renewal_id": f"{kind}{number}", "account_id": account, "occurred_at": f"{day:%d/%m/%Y}", "kind": kind}


def written(folder: Path, zone: str) -> Project:
    (folder / "tables").mkdir(parents=True)
    (folder / "advocate.toml").write_text(CONFIG.format(zone=zone), encoding="utf-8")
    facts = {"industry": "energy", "segment": "large", "region": "Iberia", "service_line": "Audit"}
    accounts = [{"account_id": id_, "account_name": f"Firm {id_}", **facts, "owner": "Ana"} for id_ in IDS]
    asks = [
        {"ask_id": f"Q{id_}", "account_id": id_, "level": 1, "asked_at": f"{day:%d/%m/%Y}", "response": "accepted"}
        for id_, day in ASKED.items()
    ]
    renewals = [renewal(number, id_, "renewal", RENEWED[id_]) for number, id_ in enumerate(IDS)]
    renewals += [renewal(number, id_, "non_renewal", LOST[id_]) for number, id_ in enumerate(IDS)]
    for name, rows in {"accounts": accounts, "asks": asks, "renewals": renewals}.items():
        write(folder / "tables" / f"{name}.csv", rows)
    return open_project(folder / "advocate.toml", [], Silent())


class Night:
    def __init__(self, folder: Path, zone: str) -> None:
        self.zone, self.project = ZoneInfo(zone), written(folder, zone)
        result = score_and_publish(self.project, AS_OF, backfill=False, replace=False)
        self.folder = Path(result["folder"])

    def list(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / name, keep_default_na=False, dtype=str)

    def begin_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone).astimezone(UTC).replace(tzinfo=None)


@pytest.fixture(scope="module", params=ZONES)
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Night:
    return Night(tmp_path_factory.mktemp("zone") / "firm", request.param)


def asked(account: str) -> str:
    return ASKED[account].isoformat() if account in ASKED else ""


def spoken(day: date) -> str:
    return f"{day.day} {day:%B}"


def test_candidates_and_circles_show_the_days_that_were_written(night: Night) -> None:
    listed, circle = night.list("candidates.csv"), night.list("reference_pool.csv")
    assert set(listed["account_id"]) == {*IDS[:12], *IDS[20:]}
    for row in (*listed.to_dict("records"), *circle.to_dict("records")):
        assert row["last_asked_at"] == asked(row["account_id"])
        assert row["as_of"] == AS_OF
    for row in listed.to_dict("records"):
        assert row["moment"] == f"renewed the contract on {spoken(RENEWED[row['account_id']])}"
        assert f"Against: did not renew on {spoken(LOST[row['account_id']])} 2025" in row.values()
    for row in circle.to_dict("records"):
        account = row["account_id"]
        last = f"last asked on {spoken(ASKED[account])} 2026" if account in ASKED else "no ask on record"
        assert last in row["why"]


def test_the_plan_says_when_they_were_last_asked_and_why_now(night: Night) -> None:
    plan = night.list("ask_plan.csv").to_dict("records")
    assert plan
    for row in plan:
        account = row["account_id"]
        assert f"on {spoken(RENEWED[account])}" in row["why_now"]
        last = (
            f"Last asked on {spoken(ASKED[account])} 2026 (small favours not counted)."
            if account in ASKED
            else "Not asked before (small favours not counted)."
        )
        assert last in row["why_now"]


def test_nobody_who_rests_is_shown_to_be_free_early(night: Night) -> None:
    resting = night.list("resting.csv").to_dict("records")
    assert {row["account_id"] for row in resting} == set(IDS[12:20])
    theirs = night.list("by_owner/Ana.csv")
    for row in resting:
        day, until = ASKED[row["account_id"]], date.fromisoformat(row["until"])
        assert row["since"] == day.isoformat()
        assert f"Last asked on {spoken(day)}" in row["detail"]
        assert night.begin_of(until) >= night.begin_of(day) + timedelta(days=90)
        assert until - day - timedelta(days=90) in (timedelta(0), timedelta(days=1))
        own = theirs[(theirs["state"] == "resting") & (theirs["account_id"] == row["account_id"])]
        assert own[["since", "until", "detail"]].to_numpy().tolist() == [[row["since"], row["until"], row["detail"]]]


def test_on_the_day_that_is_shown_the_lists_hold_them_again(tmp_path: Path) -> None:
    for zone in ("Asia/Kolkata", "America/New_York"):
        night = Night(tmp_path / zone, zone)
        until = night.list("resting.csv")["until"].min()
        due = set(night.list("resting.csv").query("until == @until")["account_id"])
        score_and_publish(night.project, until, backfill=False, replace=False, force=True, reason="weeks apart")
        later = night.folder.with_name(until)
        assert due <= set(pd.read_csv(later / "candidates.csv")["account_id"])
        assert not due & set(pd.read_csv(later / "resting.csv")["account_id"])


def cells(night: Night) -> Iterator[str]:
    """Of the workbook and the report."""
    book = openpyxl.load_workbook(night.folder / "candidates.xlsx", read_only=True)
    yield from (str(cell) for sheet in book for row in sheet.iter_rows(min_row=2, values_only=True) for cell in row)
    page = (night.folder / "report.html").read_text(encoding="utf-8")
    (packed,) = re.findall(r'<script type="application/json" id="night">(.*?)</script>', page, re.DOTALL)
    rows = (row for table in unpack_tables(json.loads(packed)["tables"]).values() for row in table)
    yield from (str(cell) for row in rows for cell in row.values())


def test_workbook_and_report_show_no_other_day(night: Night) -> None:
    shown = {day for cell in cells(night) for day in DAY.findall(cell)}
    assert shown <= WRITTEN | {AS_OF} | set(night.list("resting.csv")["until"])
    assert {day.isoformat() for id_, day in ASKED.items() if id_ < "A20"} <= shown


def test_files_for_machines_stay_in_utc(night: Night) -> None:
    manifest = read_manifest(night.folder)
    assert manifest["as_of"] == AS_OF
    assert set(night.list("crm_load.csv")["as_of"]) == {AS_OF}
    record = pd.read_parquet(night.folder / "protection.parquet")
    asks = record[record["kind"] == "ask"]
    assert dict(zip(asks["account_id"], asks["until"], strict=True)) == {
        id_: pd.Timestamp(night.begin_of(ASKED[id_]) + timedelta(days=90)) for id_ in IDS[12:20]
    }


def test_own_files_are_read_back_and_rewritten(night: Night) -> None:
    publication = Publication(night.folder, read_manifest(night.folder))
    tables = {name: table.to_pandas() for name, table in read_back(publication).items()}
    for row in tables["candidates"].itertuples():
        assert row.last_asked_at == ASKED.get(row.account_id)
    for row in tables["resting"].itertuples():
        assert row.since == ASKED[row.account_id]
    rest = without_accounts(night.folder, ["A00", "A12"], night.project.settings.ladder.thresholds)
    assert rest is not None
    assert not rest.left_out
    remaining = pd.read_csv(io.BytesIO(rest.files["resting.csv"]), dtype=str)
    expected = night.list("resting.csv").query("account_id != 'A12'")
    assert remaining[["since", "until"]].to_numpy().tolist() == expected[["since", "until"]].to_numpy().tolist()


def test_the_card_shows_local_days_and_its_object_has_both(night: Night, capsys: pytest.CaptureFixture[str]) -> None:
    card = explain_account(night.project, "A13", AS_OF)
    (row,) = night.list("resting.csv").query("account_id == 'A13'").to_dict("records")
    start = night.begin_of(ASKED["A13"])
    end = pd.Timestamp(start + timedelta(days=90)).ceil("D")
    for level in card["levels"]:
        assert (level["since"], level["until"]) == (f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}")
        assert (level["since_local"], level["until_local"]) == (row["since"], row["until"])
        assert level["detail"] == row["detail"]
    render.explain(card)
    told = capsys.readouterr().out
    assert f"rests until {short_day(row['until'], 'en')}" in told
    assert set(DAY.findall(told)) <= WRITTEN | {AS_OF, row["until"]}


def test_a_match_shows_local_days_and_its_object_has_both(night: Night, capsys: pytest.CaptureFixture[str]) -> None:
    found = match_prospect(night.project, Search({"industry": "energy"}, level=1, top=COUNT), AS_OF)
    for row in found["matches"]:
        id_ = row["account_id"]
        assert (row["last_asked_local"] or "") == asked(id_)
        assert row["last_asked_at"] == (f"{night.begin_of(ASKED[id_]):%Y-%m-%d}" if id_ in ASKED else None)
    assert found["resting"]
    for row in found["resting"]:
        assert row["since_local"] == asked(row["account_id"])
    render.match(found)
    told = set(DAY.findall(capsys.readouterr().out))
    assert told <= WRITTEN | {AS_OF} | set(night.list("resting.csv")["until"])


def test_check_says_the_day_of_the_data_cut(night: Night, capsys: pytest.CaptureFixture[str]) -> None:
    told = check_tables(night.project)
    render.check(told)
    assert f"Data cut: {max(WRITTEN)} " in capsys.readouterr().out
    assert told["data_cut"].startswith(f"{night.begin_of(date.fromisoformat(max(WRITTEN))):%Y-%m-%d}")
