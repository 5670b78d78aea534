"""What `explain` says beside readiness: whose client it is, why now, whom to ask; and near ids where there is none."""

from pathlib import Path

import pandas as pd

from flows.conftest import AS_OF, Run


def test_a_listed_account_has_its_owner_its_moment_and_its_contact(run: Run, champion: Path) -> None:
    listed = pd.read_csv(champion / "publications" / AS_OF / "candidates.csv", dtype=str, keep_default_na=False)
    row = listed[listed["moment"] != ""].iloc[0]
    card = run(champion, "explain", row["account_id"], "--as-of", AS_OF).result
    (level,) = [one for one in card["levels"] if str(one["level"]) == row["level"]]
    assert (card["owner"], card["industry"]) == (row["owner"], row["industry"])
    assert (level["suggested_contact_id"], level["permission"]) == (row["suggested_contact_id"], row["permission"])
    assert card["moment"] == row["moment"]
    people = pd.read_csv(champion / "tables" / "contacts.csv", dtype=str).set_index("contact_id")
    person = people.loc[row["suggested_contact_id"], ["contact_name", "title"]].tolist()
    assert [row["suggested_contact"], row["contact_title"]] == person
    assert [level["suggested_contact"], level["contact_title"]] == person


def test_nobody_is_suggested_where_nobody_may_be_asked(run: Run, champion: Path) -> None:
    resting = pd.read_csv(champion / "publications" / AS_OF / "resting.csv", dtype=str)
    card = run(champion, "explain", resting["account_id"].iloc[0], "--as-of", AS_OF).result
    shown = ("suggested_contact_id", "suggested_contact", "contact_title")
    assert all(one["may_be_asked"] or [one[name] for name in shown] == ["", "", ""] for one in card["levels"])


def test_near_ids_are_told_where_there_is_no_such_account(run: Run, champion: Path) -> None:
    known = pd.read_csv(champion / "tables" / "accounts.csv", dtype=str)["account_id"].iloc[0]
    ran = run(champion, "explain", known[:-1], "--as-of", AS_OF)
    assert ran.code == 2
    assert "did you mean 'A" in ran.result["faults"][0]["fix"]


def test_an_account_may_be_called_by_its_name(run: Run, champion: Path) -> None:
    accounts = pd.read_csv(champion / "tables" / "accounts.csv", dtype=str)
    named = accounts[accounts["account_name"].str.isascii() & ~accounts["account_name"].duplicated(keep=False)].iloc[0]
    name = f" {named['account_name'].upper()} ".replace(" ", "  ")
    assert run(champion, "explain", name, "--as-of", AS_OF).result["account_id"] == named["account_id"]
    ran = run(champion, "explain", f"{named['account_name']}x", "--as-of", AS_OF)
    assert ran.code == 2
    assert f"'{named['account_id']}' ({named['account_name']})" in ran.result["faults"][0]["fix"]
