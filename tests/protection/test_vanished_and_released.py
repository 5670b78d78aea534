"""What protected once and is gone without a word protects on, or holds the publication; a release ends no more."""

import json
from pathlib import Path

import pytest

from advocate_score.cli.main import app, exit_code_of
from protection.firm import ACCOUNTS, Firm

NO, OTHER = "C005", "C015"
NEXT = "2025-12-02"


def deny(firm: Firm, *accounts: str) -> None:
    for account in accounts:
        firm.row("permissions", account)["status"] = "denied"


def lose(firm: Firm, table: str, *accounts: str) -> None:
    firm.tables[table] = [row for row in firm.tables[table] if row["account_id"] not in accounts]


def test_a_denial_that_is_gone_protects_on_until_it_is_released(firm: Firm) -> None:
    deny(firm, NO)
    assert firm.score() == 0
    lose(firm, "permissions", NO)
    for day in (NEXT, "2025-12-03"):
        assert firm.score(as_of=day) == 0, firm.said
        assert firm.rules(NO) == {"unreadable_no"}
        assert "gone from the export" in firm.detail(NO)
    assert firm.run("release", NO, "--reason", "asked them by phone", "--json", write=False) == 0
    assert firm.score("--replace", as_of="2025-12-03") == 0, firm.said
    assert NO in firm.listed()
    kept = json.loads((firm.folder / "recorded" / "releases.json").read_text())
    assert (kept[0]["account_id"], kept[0]["reason"]) == (NO, "asked them by phone")
    assert kept[0]["by"]


def test_a_denial_whose_cell_is_empty_now_protects_on(firm: Firm) -> None:
    deny(firm, NO)
    assert firm.score() == 0
    firm.row("permissions", NO)["status"] = ""
    assert firm.score(as_of=NEXT) == 0
    assert firm.rules(NO) == {"unreadable_no"}


@pytest.mark.parametrize("status", ["granted", "needs_approval"])
def test_a_row_that_says_otherwise_explains_itself(firm: Firm, status: str) -> None:
    deny(firm, NO)
    assert firm.score() == 0
    firm.row("permissions", NO)["status"] = status
    assert firm.score(as_of=NEXT) == 0
    assert firm.resting() == set()


def test_an_objection_that_is_silent_now_protects_on_and_a_plain_no_ends_it(firm: Firm) -> None:
    for account in (NO, OTHER):
        firm.row("contacts", account)["objected_at"] = "2025-10-10"
    assert firm.score() == 0
    firm.row("contacts", NO)["objected_at"] = ""
    firm.row("contacts", OTHER)["objected_at"] = "no"
    assert firm.score(as_of=NEXT) == 0
    assert firm.rules(NO) == {"unreadable_no"}
    assert OTHER in firm.listed()


def test_a_closed_case_needs_no_explanation(firm: Firm) -> None:
    firm.add("cases", case_id="X", account_id=NO, opened_at="2025-11-01", closed_at="", severity="1")
    assert firm.score() == 0
    assert firm.rules(NO) == {"open_case"}
    firm.tables["cases"] = [row for row in firm.tables["cases"] if row["case_id"] != "X"]
    assert firm.score(as_of=NEXT) == 0
    assert firm.resting() == set()


@pytest.mark.parametrize("change", ["table", "column", "many rows"])
def test_much_that_is_gone_holds_the_publication(firm: Firm, change: str) -> None:
    accounts = ACCOUNTS[:8]
    deny(firm, *accounts)
    assert firm.score() == 0
    if change == "table":
        (firm.folder / "tables" / "permissions.csv").unlink()
        del firm.tables["permissions"]
    elif change == "column":
        for row in firm.tables["permissions"]:
            del row["status"]
    else:
        lose(firm, "permissions", *accounts)
    assert firm.score(as_of=NEXT) == 3
    assert "permissions" in firm.said
    assert not (firm.folder / "publications" / NEXT).exists()
    assert firm.score("--force", "--reason", "a new consent form", as_of=NEXT) == 0, firm.said
    assert firm.spared(accounts)
    assert firm.manifest()["protection"]["forced"] == "a new consent form"


def test_a_firm_that_never_had_the_table_is_not_troubled(firm: Firm) -> None:
    del firm.tables["permissions"]
    assert firm.score() == 0
    assert firm.score(as_of=NEXT) == 0


def test_a_no_of_nobody_holds_once_and_may_be_let_pass(firm: Firm) -> None:
    firm.add("permissions", permission_id="X1", account_id="ZZ9", channel="any", status="denied")
    assert firm.score() == 3
    assert "permissions: 1 row (row 62)" in firm.said
    assert firm.score("--force", "--reason", "a former client") == 0
    assert firm.score(as_of=NEXT) == 0, "it is not new any more"
    firm.add("permissions", permission_id="X2", account_id="ZZ8", channel="any", status="denied")
    assert firm.score(as_of="2025-12-03") == 3
    firm.settings += "[sources.permissions]\nignore_unmatched = true\n"
    assert firm.score(as_of="2025-12-03") == 0


def test_what_cannot_be_released_says_why(firm: Firm) -> None:
    deny(firm, NO)
    assert firm.score() == 0
    assert firm.run("release", NO, "--reason", "x") == 2
    assert "does not rest by unreadable_no" in firm.said
    assert firm.run("release", NO, "--rule", "permission_denied", "--reason", " ", "--until", "yesterday") == 2
    assert all(
        text in firm.said for text in ("is never released by hand", "--reason: is empty", "is not a date in the future")
    )


def test_a_release_ends_when_it_says(firm: Firm) -> None:
    firm.row("contacts", NO)["objected_at"] = "see the letter"
    assert firm.run("release", NO, "--reason", "a typing error", "--until", "2099-01-01") == 0, firm.said
    assert firm.score() == 0
    assert firm.rules(NO) == {"contact_objection"}, "the objection itself is not released"


def test_damaged_releases_are_refused(firm: Firm, tmp_path: Path) -> None:
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded" / "releases.json").write_text("[{]")
    assert firm.score() == 2
    assert "releases.json" in firm.said


def test_check_counts_what_protects_beside_last_time(firm: Firm) -> None:
    deny(firm, NO, OTHER)
    assert firm.score() == 0
    firm.row("permissions", NO)["status"] = "granted"
    firm.row("accounts", "C020")["status"] = "Sleeping"
    assert firm.run("check", "--explain-protection", "--json") == 0
    said = json.loads(firm.said)
    assert said["protection"]["before"]["denial"] == 2
    assert said["protection"]["facts"] == {"denial": 1, "status": 1}
    assert [row["settles"] for row in said["explained"]] == ['[sources.accounts.values.status] "Sleeping" = "…"']


def test_answers_count_at_once(firm: Firm) -> None:
    """What `record` takes in the afternoon is not on the plan that is written anew."""
    assert firm.score() == 0
    plan = firm.read("ask_plan.csv")
    account, level = plan.loc[0, ["account_id", "level"]]
    ask = f"2025-12-01:{account}:{level}"
    assert firm.run("record", "--ask", ask, "--response", "declined", "--asked-at", "2025-12-01") == 0, firm.said
    assert firm.score("--replace") == 0, firm.said
    assert account not in set(firm.read("ask_plan.csv")["account_id"])
    assert "declined" in firm.rules(account)


def test_an_unmapped_column_that_says_no_is_asked_about(firm: Firm) -> None:
    for account in ACCOUNTS:
        firm.row("contacts", account)["Email Opt Out"] = "false"
    assert firm.score() == 0, firm.said
    firm.row("contacts", NO)["Email Opt Out"] = "true"
    assert firm.score(as_of=NEXT) == 2
    assert '[sources.contacts] ignore = ["Email Opt Out"]' in firm.said, "objected_at is another column already"
    firm.settings += '[sources.contacts]\nignore = ["Email Opt Out"]\n'
    assert firm.score(as_of=NEXT) == 0, firm.said
    for account in ACCOUNTS:
        del firm.row("contacts", account)["objected_at"]
    firm.settings = '[sources]\ntime_zone = "UTC"\n[sources.contacts]\ncolumns = { objected_at = "Email Opt Out" }\n'
    assert firm.score("--replace", as_of=NEXT) == 0, firm.said
    assert firm.rules(NO) == {"contact_objection"}


def test_contacts_that_where_leaves_out_for_their_no_have_objected(firm: Firm) -> None:
    for account in ACCOUNTS:
        row = firm.row("contacts", account)
        del row["objected_at"]
        row["Unsubscribed"] = "true" if account == NO else "false"
    firm.settings += '[[sources.contacts.parts]]\nwhere = { Unsubscribed = ["", "No", "false"] }\n'
    firm.settings += '[[sources.contacts.parts]]\nwhere = { Unsubscribed = ["Yes"] }\n'
    assert firm.score() == 0, firm.said
    assert NO not in firm.listed()


def test_many_dates_that_stand_for_unknown_refuse(firm: Firm) -> None:
    for account in ACCOUNTS:
        firm.row("contacts", account)["objected_at"] = "1900-01-01"
    assert firm.score() == 2
    assert '"1900-01-01" = ""' in firm.said
    firm.settings += '[sources.contacts.values.objected_at]\n"1900-01-01" = ""\n'
    assert firm.score() == 0, firm.said
    assert firm.resting() == set()


def test_the_first_run_after_an_upgrade_says_what_the_rules_do(firm: Firm) -> None:
    assert firm.score() == 0
    manifest = firm.folder / "publications" / "2025-12-01" / "manifest.json"
    said = json.loads(manifest.read_text())
    del said["files"]["protection.parquet"]
    manifest.write_text(json.dumps(said))
    firm.row("accounts", NO)["status"] = "Sleeping"
    config = firm.write()
    assert exit_code_of(lambda: app(["score", "--as-of", NEXT, "--config", str(config)])) == 0
    told = firm.output()
    assert "first run of the protecting rules: reads strictly, accounts.status: 1" in told
    assert "Sleeping" in told
