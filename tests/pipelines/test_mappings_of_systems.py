"""Each shipped mapping accepts the sample export of its system whole, and leads from there to lists."""

import csv
import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advocate_score.cli.main import app, exit_code_of
from advocate_score.config import load_settings
from advocate_score.engine.open import open_engine
from advocate_score.files import shipped_file
from advocate_score.tables.ingest import prepare
from advocate_score.tables.parsing import REFUSED

ACCEPTED = {
    "salesforce": {
        "accounts": (8, 1),
        "contacts": (8, 0),
        "interactions": (12, 9),
        "asks": (4, 3),
        "cases": (3, 0),
        "renewals": (6, 30),
        "opportunities": (9, 0),
    },
    "hubspot": {
        "accounts": (7, 1),
        "contacts": (7, 0),
        "interactions": (6, 2),
        "renewals": (5, 23),
        "opportunities": (7, 14),
    },
    "influitive": {"accounts": (6, 0), "asks": (6, 1)},
    "apostle": {"accounts": (6, 0), "mentions": (3, 1)},
    "customergauge": {"accounts": (6, 0), "renewals": (4, 0), "surveys": (5, 0)},
    "cintell": {"accounts": (6, 0), "contacts": (6, 0)},
    "amicited": {"accounts": (6, 0), "mentions": (4, 0)},
}
"""Rows accepted, and rows that `where` leaves out."""

Column = Callable[[str, str, str], dict[str, Any]]


def copied(system: str, folder: Path) -> Path:
    """As a user has it: the mapping beside the exports."""
    shutil.copytree(shipped_file(f"data/exports/{system}"), folder / "exports")
    return Path(shutil.copy(shipped_file(f"pipelines/{system}.toml"), folder / "advocate.toml"))


@pytest.fixture
def column(tmp_path: Path) -> Column:
    """A column of the tables in use, by another one."""

    def column(system: str, table: str, names: str) -> dict[str, Any]:
        key, name = shlex.split(names)
        settings = load_settings(copied(system, tmp_path))
        with open_engine(settings.engine, tmp_path / "spill") as engine:
            prepare(settings, engine, tmp_path)
            frame = engine.frame(f"SELECT * FROM {table}")
        return frame.set_index(key)[name].dropna().to_dict()

    return column


@pytest.mark.parametrize("system", ACCEPTED)
def test_check_accepts_the_sample_export(system: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = copied(system, tmp_path)
    code = exit_code_of(lambda: app(["check", "--json", "--quiet", "--config", str(file)]))
    said = json.loads(capfd.readouterr().out)
    assert code == 0
    rows = {row["table"]: (row["accepted"], row.get("left_out", 0)) for row in said["tables"]}
    assert rows == ACCEPTED[system]
    assert not said["quarantined"]
    for row in said["tables"]:
        assert row["rows_in"] == row["accepted"] + row["deduplicated"]
    assert all("is kept for signals" in one or "are kept for signals" in one for one in said["warnings"])


def test_a_person_sees_how_many_rows_are_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(lambda: app(["check", "--quiet", "--config", str(copied("salesforce", tmp_path))])) == 0
    header, *rows = (line.strip("│┃ ").replace("┃", "│").split("│") for line in capfd.readouterr().out.splitlines())
    told = {row[0].strip(): row[-1].strip() for row in [header, *rows]}
    assert told["table"] == "left out"
    assert told["renewals"] == str(ACCEPTED["salesforce"]["renewals"][1])


@pytest.mark.parametrize("system", ["salesforce", "hubspot"])
def test_a_first_list_needs_no_model(system: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = copied(system, tmp_path)
    code = exit_code_of(lambda: app(["score", "--json", "--quiet", "--config", str(file)]))
    said = json.loads(capfd.readouterr().out)
    assert (code, said["model"]) == (0, "scorecard")
    assert {level["listed"] for level in said["levels"]} <= {2, 3, 4, 5}
    with (tmp_path / "publications/current/crm_load.csv").open(newline="") as loaded:
        ids = [row["account_id"] for row in csv.DictReader(loaded)]
    with (tmp_path / "exports" / {"salesforce": "Account.csv", "hubspot": "companies.csv"}[system]).open() as given:
        exported = {row.get("Id") or row["Record ID"] for row in csv.DictReader(given)}
    assert set(ids) <= exported, "the ids go back as the CRM has them"


def test_short_and_long_ids_of_salesforce_are_one_record(column: Column) -> None:
    by_kind = column("salesforce", "interactions", "interaction_id account_id")
    assert {len(account) for account in by_kind.values()} == {18}
    assert len(set(by_kind.values())) == 6


def test_members_of_campaigns_have_the_account_of_their_contact(tmp_path: Path) -> None:
    """A member names a contact or a lead, and no account; here one in 15 characters, another in capitals."""
    file = copied("salesforce", tmp_path)
    spelt = {"0035g00000KB01QAAT": "0035g00000KB01Q", "0035g00000KD03QAAT": "0035G00000KD03QAAT"}
    _change(
        tmp_path / "exports/CampaignMember.csv",
        lambda row: row | {"ContactId": spelt.get(row["ContactId"], row["ContactId"])},
    )
    settings = load_settings(file)
    with open_engine(settings.engine, tmp_path / "spill") as engine:
        prepare(settings, engine, tmp_path)
        asks = engine.frame("SELECT account_id, level FROM asks").sort_values("level", kind="stable")
    assert asks.to_dict("records") == [
        {"account_id": "0015g00000Ka00QAAR", "level": 1},
        {"account_id": "0015g00000Kg06QAAR", "level": 1},
        {"account_id": "0015g00000KD03QAAT", "level": 2},
        {"account_id": "0015g00000KB01QAAT", "level": 3},
    ]


def test_a_member_whose_contact_is_in_no_file_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The lookup is named; where so few rows are let pass, the no among them holds the night."""
    file = copied("salesforce", tmp_path)
    gone = "0035g00000KB01QAAT"
    _change(
        tmp_path / "exports/Contact.csv", lambda row: row | ({"Id": "0035g00000KZ99Q"} if row["Id"] == gone else {})
    )
    assert exit_code_of(lambda: app(["check", "--quiet", "--config", str(file)])) == 2
    said = " ".join(capfd.readouterr().err.split())
    assert "no row of exports/Contact.csv has as Id what these rows have as ContactId" in said
    let_pass = "--set", "sources.refuse_quarantined=0.5"
    assert exit_code_of(lambda: app(["score", "--quiet", *let_pass, "--config", str(file)])) == 3


def test_objects_of_salesforce_become_kinds_of_one_table(column: Column) -> None:
    kinds = list(column("salesforce", "interactions", "interaction_id kind").values())
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "Call": 3,
        "Email": 2,
        "message": 1,
        "meeting": 5,
        "campaign_response": 1,
    }


def test_deals_become_what_became_of_the_contract(column: Column) -> None:
    kinds = list(column("salesforce", "renewals", "renewal_id kind").values())
    assert sorted(kinds) == ["expansion", "non_renewal", "pending", "renewal", "renewal", "renewal"]


@pytest.mark.parametrize(("yes", "no"), [("Yes", ""), ("Yes", "No"), ("true", "false"), ("TRUE", "")])
def test_opt_outs_and_several_companies_of_hubspot(yes: str, no: str, tmp_path: Path) -> None:
    settings = load_settings(copied("hubspot", tmp_path))
    _change(
        tmp_path / "exports/contacts.csv",
        lambda row: (
            row
            | {
                "Unsubscribed from all email": yes if row["Unsubscribed from all email"] else no,
                "Primary Associated Company ID": row["Primary Associated Company ID"] + ";1804422001",
            }
        ),
    )
    _change(
        tmp_path / "exports/engagements.csv",
        lambda row: row | {"Associated Company ID": row["Associated Company ID"] + "; 1804422001"},
    )
    with open_engine(settings.engine, tmp_path / "spill") as engine:
        prepare(settings, engine, tmp_path)
        contacts = engine.frame(f'SELECT contact_id, account_id FROM contacts WHERE "{REFUSED}"')
        interactions = engine.frame("SELECT interaction_id, account_id FROM interactions")
    assert contacts.to_dict("records") == [{"contact_id": "51200003", "account_id": "1804422003"}]
    assert len(interactions) == 11, "five activities are of two companies"
    assert not interactions.duplicated().any()


def test_what_hubspot_archived_and_stages_of_your_own(tmp_path: Path) -> None:
    settings = load_settings(copied("hubspot", tmp_path))
    for name in ("companies", "contacts"):
        _change(
            tmp_path / f"exports/{name}.csv",
            lambda row: row | {"Archived": "true" if row["Record ID"] in ("1804422000", "51200001") else "false"},
        )
    _change(tmp_path / "exports/deals.csv", lambda row: row | {"Deal Stage": "Piloto " + row["Deal Stage"]})
    with open_engine(settings.engine, tmp_path / "spill") as engine:
        prepare(settings, engine, tmp_path)
        deleted = {
            row
            for table, key in (("accounts", "account_id"), ("contacts", "contact_id"))
            for row in engine.frame(f"SELECT {key} FROM {table} WHERE deleted")[key]
        }
        won = engine.frame("SELECT won FROM opportunities")["won"]
    assert deleted == {"1804422000", "51200001"}
    assert len(won) == 7
    assert won.isna().all(), "neither won nor lost"


def _change(file: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    with file.open(encoding="utf-8", newline="") as export:
        rows = [change(row) for row in csv.DictReader(export)]
    with file.open("w", encoding="utf-8", newline="") as export:
        writer = csv.DictWriter(export, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)


def test_who_opted_out_has_objected(column: Column) -> None:
    refused = column("salesforce", "contacts", f"contact_name '{REFUSED}'")
    assert [name for name, said in refused.items() if said] == ["Karl Brandt"]


def test_an_ask_that_is_open_has_no_answer(column: Column) -> None:
    assert column("influitive", "asks", "ask_id response") == {
        "7001": "accepted",
        "7002": "declined",
        "7003": "accepted",
        "7004": "accepted",
        "7005": "no_reply",
    }


def test_words_for_a_tone_become_numbers(column: Column) -> None:
    assert column("amicited", "mentions", "mention_id sentiment") == {"m1": 0.7, "m2": 0.0, "m3": -0.7, "m4": 0.7}
