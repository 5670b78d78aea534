"""A "no" that an earlier publication knew is not forgotten, whatever happens between that one and the next."""

import getpass
import json
from pathlib import Path

import pytest

from protection.firm import ACCOUNTS, Firm
from protection.test_vanished_and_released import NEXT, NO, OTHER, deny, lose

LATER = "2025-12-03"


def test_a_backfill_between_two_nights_changes_nothing(firm: Firm) -> None:
    deny(firm, NO)
    assert firm.score() == 0
    lose(firm, "permissions", NO)
    assert firm.score("--backfill", as_of=NEXT) == 0, firm.said
    assert firm.score(as_of=LATER) == 0, firm.said
    assert firm.rules(NO) == {"unreadable_no"}


def test_a_night_written_anew_remembers_what_it_said_before(firm: Firm) -> None:
    assert firm.score() == 0
    deny(firm, NO)
    assert firm.score(as_of=NEXT) == 0
    lose(firm, "permissions", NO)
    assert firm.score("--replace", as_of=NEXT) == 0, firm.said
    assert firm.rules(NO) == {"unreadable_no"}
    assert firm.score(as_of=LATER) == 0
    assert firm.rules(NO) == {"unreadable_no"}


def test_a_night_that_was_withdrawn_has_been_told_of_a_no_all_the_same(firm: Firm) -> None:
    assert firm.score() == 0
    deny(firm, NO)
    assert firm.score(as_of=NEXT) == 0
    assert firm.run("rollback", "--to", "2025-12-01") == 0, firm.said
    lose(firm, "permissions", NO)
    assert firm.score(as_of=LATER) == 0, firm.said
    assert firm.rules(NO) == {"unreadable_no"}


@pytest.mark.parametrize("damage", ["record gone", "record changed", "manifest gone to pieces"])
def test_an_earlier_night_that_cannot_be_read_holds_the_next(firm: Firm, damage: str) -> None:
    deny(firm, NO)
    assert firm.score() == 0
    folder = firm.folder / "publications" / "2025-12-01"
    if damage == "record gone":
        (folder / "protection.parquet").unlink()
    elif damage == "record changed":
        (folder / "protection.parquet").write_bytes(b"PAR1")
    else:
        (folder / "manifest.json").write_text("{")
    lose(firm, "permissions", NO)
    assert firm.score(as_of=NEXT) == 3
    assert "2025-12-01: what protected in that publication cannot be read" in firm.said
    assert firm.score("--force", "--reason", "looked through by hand", as_of=NEXT) == 0, firm.said


def test_an_account_that_was_away_for_a_night_comes_back_with_its_no(firm: Firm) -> None:
    deny(firm, NO)
    assert firm.score() == 0
    away = firm.row("accounts", NO)
    firm.tables["accounts"].remove(away)
    lose(firm, "permissions", NO)
    assert firm.score(as_of=NEXT) == 0, firm.said
    firm.tables["accounts"].append(away)
    assert firm.score(as_of=LATER) == 0, firm.said
    assert firm.rules(NO) == {"unreadable_no"}


def test_row_numbers_for_ids_hide_no_no_and_hold_no_night(firm: Firm) -> None:
    def numbered() -> None:
        for number, row in enumerate(firm.tables["permissions"], 1):
            row["permission_id"] = str(number)

    accounts = ACCOUNTS[20:40]
    deny(firm, *accounts)
    numbered()
    assert firm.score() == 0
    lose(firm, "permissions", ACCOUNTS[0], accounts[3])
    numbered()
    assert firm.score(as_of=NEXT) == 0, firm.said
    assert firm.spared(accounts)
    assert firm.rules(accounts[3]) == {"unreadable_no"}
    assert firm.rules(accounts[9]) == {"permission_denied"}


def test_an_answer_that_is_emptied_is_not_hidden_by_its_ask(firm: Firm) -> None:
    asked = {"account_id": NO, "level": "3", "asked_at": "2025-11-20", "responded_at": "2025-11-22"}
    firm.add("asks", ask_id="X", response="declined", **asked)
    assert firm.score() == 0
    firm.tables["asks"][-1] |= {"response": "", "responded_at": ""}
    assert firm.score(as_of=NEXT) == 0, firm.said
    assert "unreadable_no" in firm.rules(NO)


def test_a_person_whose_objection_has_gone_is_suggested_nowhere(firm: Firm) -> None:
    firm.add("contacts", contact_id="MOVER", account_id=NO, created_at="2020-01-01", objected_at="2025-05-05")
    assert firm.score() == 0
    lose(firm, "contacts", OTHER)
    mover = next(row for row in firm.tables["contacts"] if row["contact_id"] == "MOVER")
    mover |= {"account_id": OTHER, "objected_at": ""}
    assert firm.score(as_of=NEXT) == 0, firm.said
    assert "MOVER" not in firm.suggested()
    assert OTHER not in firm.listed()


def test_a_release_ends_once_the_no_was_there_again(firm: Firm) -> None:
    deny(firm, NO)
    denied = dict(firm.row("permissions", NO))
    assert firm.score() == 0
    lose(firm, "permissions", NO)
    assert firm.score(as_of=NEXT) == 0
    assert firm.run("release", NO, "--reason", "a misunderstanding") == 0, firm.said
    assert firm.score("--replace", as_of=NEXT) == 0
    assert NO in firm.listed()
    firm.tables["permissions"].append(denied)
    assert firm.score(as_of=LATER) == 0
    assert firm.rules(NO) == {"permission_denied"}
    lose(firm, "permissions", NO)
    for day in ("2025-12-04", "2025-12-05"):
        assert firm.score(as_of=day) == 0, firm.said
        assert firm.rules(NO) == {"unreadable_no"}
        assert f"by {getpass.getuser()}, and no longer" in firm.detail(NO)


def test_the_manifest_says_who_released(firm: Firm) -> None:
    firm.add("asks", ask_id="X", account_id=NO, level="2", asked_at="soon", response="", responded_at="")
    assert firm.run("release", NO, "--reason", "never sent", "--until", "2099-01-01") == 0, firm.said
    assert firm.score() == 0
    said = firm.manifest()["protection"]
    assert said["released"] == 1
    assert [(one["by"], one["until"]) for one in said["releases"]] == [(getpass.getuser(), "2099-01-01")]


def test_a_release_of_an_ask_does_not_cover_the_answer_that_comes_later(firm: Firm) -> None:
    firm.add("asks", ask_id="X", account_id=NO, level="2", asked_at="soon", response="", responded_at="")
    assert firm.score() == 0, firm.said
    assert firm.run("release", NO, "--reason", "never sent") == 0, firm.said
    assert firm.score("--replace") == 0
    assert NO in firm.listed()
    firm.tables["asks"][-1] |= {"response": "declined"}
    assert firm.score(as_of=NEXT) == 0
    assert NO not in firm.listed()


def test_a_no_of_nobody_is_known_by_its_id_too(firm: Firm) -> None:
    firm.add("permissions", permission_id="X1", account_id="ZZ9", channel="any", status="denied")
    assert firm.score("--force", "--reason", "a former client") == 0
    firm.tables["permissions"][-1]["account_id"] = "YY7"
    assert firm.score(as_of=NEXT) == 3


def test_releases_name_rows_and_no_person(firm: Firm, tmp_path: Path) -> None:
    firm.row("contacts", NO)["objected_at"] = "Ms Rivera asked by letter"
    assert firm.score() == 0
    assert firm.run("release", NO, "--reason", "seen") == 0, firm.said
    kept = (tmp_path / "recorded" / "releases.json").read_text()
    assert "Rivera" not in kept
    assert json.loads(kept)[0]["as_of"]
