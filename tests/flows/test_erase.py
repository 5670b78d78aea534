"""An erased account stands nowhere that the program keeps, and does not come back."""

import csv
import shutil
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from advocate_score.config import Settings
from advocate_score.flows.erase import erase_account, record_training_accounts
from advocate_score.flows.programme import record_answers
from advocate_score.flows.project import Project, Silent, open_project
from advocate_score.flows.score import score_and_publish
from advocate_score.publication.store import is_whole, published_dates, read_manifest
from advocate_score.tables.erasure import FILE, KEY, read_tombstones
from advocate_score.tracking.ledger import Registered, models_trained_on
from flows.conftest import AS_OF, Run, called
from flows.test_score import files_of
from goals import sized
from publication.conftest import exit_code, fork

NEXT = "2026-01-02"
MOST_STEPS = 400
Measured = Callable[[str], None]


def table(firm: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(firm / "tables" / f"{name}.csv", dtype=str, keep_default_na=False)


def write(firm: Path, name: str, frame: pd.DataFrame) -> None:
    frame.to_csv(firm / "tables" / f"{name}.csv", index=False)


def listed_account(firm: Path) -> str:
    """One that stands in lists and plan, and was asked before the model was trained."""
    plan = pd.read_csv(firm / "publications" / AS_OF / "ask_plan.csv", dtype={"account_id": str})
    candidates = pd.read_csv(firm / "publications" / AS_OF / "candidates.csv", dtype={"account_id": str})
    asked = set(table(firm, "asks").query("asked_at < '2025-06-01' and level != '0'")["account_id"])
    return next(one for one in plan["account_id"] if one in asked and one in set(candidates["account_id"]))


def break_rows(firm: Path, account: str) -> None:
    """One of its rows breaks a rule, and one cannot be cut into cells."""
    outcomes = table(firm, "outcomes")
    cells = [account if name == "account_id" else "" for name in outcomes]
    with (firm / "tables" / "outcomes.csv").open("a", encoding="utf-8") as file:
        file.write(",".join(cells) + f"\nx,{account},Canaria\n")


def where(folder: Path, words: list[str], but: str = "tables") -> list[str]:
    """Files of the firm, decompressed where they are Parquet, that hold one of the words."""
    found = []
    for name, content in files_of(folder).items():
        text = content.decode(errors="replace")
        if name.endswith(".parquet"):
            text = pq.read_table(folder / name).to_pandas().to_csv()
        if not name.startswith(but) and any(word in text for word in words):
            found.append(name)
    return found


def words_of(firm: Path, account: str) -> list[str]:
    names = table(firm, "accounts").set_index("account_id")["account_name"]
    return [account, names[account]]


@pytest.fixture(scope="session")
def keeping(published: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A firm that keeps an account in every place: publications, recorded asks, quarantine, model; its id."""
    firm = Path(shutil.copytree(published, tmp_path_factory.mktemp("keeping") / "firm", symlinks=True))
    shutil.rmtree(firm / "mlartifacts")
    account = listed_account(firm)
    break_rows(firm, account)
    plan = pd.read_csv(firm / "publications" / AS_OF / "ask_plan.csv", dtype=str)
    ask = plan.loc[plan["account_id"] == account, "ask_id"].iloc[0]
    record_answers(opened(firm), None, {"ask_id": ask, "response": "open"}, replace=False)
    score_and_publish(opened(firm), NEXT, backfill=False, replace=False)
    shutil.copytree(firm / "publications" / AS_OF, firm / "publications" / ".advocate-score-tmp-torn")
    return firm, account


@pytest.fixture
def kept(keeping: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    firm, account = keeping
    return Path(shutil.copytree(firm, tmp_path / "firm", symlinks=True)), account


@pytest.mark.goal("G14")
def test_nothing_that_is_kept_holds_an_erased_account(kept: tuple[Path, str], run: Run, measured: Measured) -> None:
    firm, account = kept
    words, before = words_of(firm, account), files_of(firm / "tables")
    held = where(firm, words)
    assert {name.split("/")[0] for name in held} == {"publications", "quarantine", "recorded"}
    assert any("/.advocate-score-tmp-torn/" in name for name in held)
    done = run(firm, "erase", account)
    assert done.code == 0, done.err
    assert where(firm, words) == []
    assert files_of(firm / "tables") == before
    for word in words:
        assert word not in done.out + done.err
    told = done.result
    assert told["publications"] == [AS_OF, NEXT]
    assert (told["recorded"], told["quarantine"], told["left_out"]) == (1, {"outcomes": 2}, {})
    assert told["exported"]["accounts"] == 1
    assert [(one["version"], one["champion"]) for one in told["models"]] == [("1", True)]
    assert told["models_not_known"] == []
    for day in (AS_OF, NEXT):
        assert is_whole(firm / "publications" / day)
        assert read_manifest(firm / "publications" / day)["erased"] == 1
    measured(f"{len(held)} files held the account, 0 after; {len(told['models'])} model named")


def test_the_next_export_does_not_bring_it_back(kept: tuple[Path, str], run: Run) -> None:
    firm, account = kept
    words = words_of(firm, account)
    run(firm, "erase", account)
    done = run(firm, "score", "--as-of", "2026-01-03")
    assert done.code == 0, done.err
    assert where(firm, words) == []
    checked = run(firm, "check").result
    rows = {one["table"]: one for one in checked["tables"]}
    for figures in rows.values():
        assert figures["rows_in"] == figures["accepted"] + figures["deduplicated"] + figures["quarantined"]
    assert checked["quality"]["accounts"]["reasons"]["erased account_id"] == 1
    assert checked["quality"]["outcomes"]["reasons"]["short_row"] == 1
    with (firm / "quarantine" / "outcomes.csv").open(newline="", encoding="utf-8") as file:
        assert [row["source.text"] for row in csv.DictReader(file) if row["reason_code"] == "short_row"] == [""]


def test_erasing_again_changes_nothing(kept: tuple[Path, str], run: Run) -> None:
    firm, account = kept
    run(firm, "erase", account)
    before = files_of(firm)
    again = run(firm, "erase", account)
    assert (again.code, again.result["publications"], again.result["recorded"]) == (0, [], 0)
    assert [one["version"] for one in again.result["models"]] == ["1"]
    assert files_of(firm) == before


def test_an_account_that_is_gone_from_the_export_is_erased_as_well(kept: tuple[Path, str], run: Run) -> None:
    firm, account = kept
    words = words_of(firm, account)
    for path in (firm / "tables").glob("*.csv"):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        if "account_id" in frame:
            frame[frame["account_id"] != account].to_csv(path, index=False)
    done = run(firm, "erase", account)
    assert (done.code, done.result["exported"]) == (0, {})
    assert [one["version"] for one in done.result["models"]] == ["1"]
    assert where(firm, words) == []


def test_nothing_is_erased_of_an_account_that_nobody_knows(champion: Path, run: Run) -> None:
    before = files_of(champion)
    done = run(champion, "erase", "Nadie")
    assert done.code == 2
    assert "Nadie" not in done.err
    assert files_of(champion) == before


def test_a_merge_makes_one_client_of_two(champion: Path, run: Run) -> None:
    """Whichever is named, both go."""
    accounts = table(champion, "accounts")
    survivor = listed_account(champion)
    merged = next(one for one in accounts["account_id"] if one != survivor)
    write(champion, "accounts", accounts.assign(merged_into=accounts["account_id"].map({merged: survivor}).fillna("")))
    done = run(champion, "erase", merged)
    assert (done.code, done.result["accounts"]) == (0, 2)
    assert where(champion, [survivor, merged]) == []
    assert read_manifest(champion / "publications" / AS_OF)["erased"] == 2


def test_what_is_kept_in_another_spelling_goes_as_well(kept: tuple[Path, str], run: Run) -> None:
    """The export writes the id otherwise than when the publications and the model were made of it."""
    firm, account = kept
    words = words_of(firm, account)
    for path in (firm / "tables").glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace(account, account.lower()), encoding="utf-8")
    done = run(firm, "erase", account.lower())
    assert (done.code, done.result["publications"], done.result["recorded"]) == (0, [AS_OF, NEXT], 1)
    assert [one["version"] for one in done.result["models"]] == ["1"]
    assert where(firm, words) == []
    assert read_manifest(firm / "publications" / AS_OF)["erased"] == 1


def test_another_client_whose_id_differs_in_case_alone_stays(firm: Path, run: Run) -> None:
    accounts = table(firm, "accounts")
    account, other = accounts["account_id"][5], accounts["account_id"][6]
    write(firm, "accounts", accounts.replace({"account_id": {other: account.lower()}}))
    done = run(firm, "erase", account)
    assert (done.code, done.result["alike"], done.result["accounts"]) == (0, 1, 1)
    stones = read_tombstones(firm)
    assert account in stones
    assert account.lower() not in stones
    both = run(firm, "erase", account.lower())
    assert (both.code, both.result["alike"]) == (0, 0)
    assert f"{account} " in read_tombstones(firm)


def test_contacts_of_an_erased_account_are_known_by_their_ids(firm: Path, run: Run) -> None:
    contacts = table(firm, "contacts")
    account, contact = contacts["account_id"][0], contacts["contact_id"][0]
    run(firm, "erase", account)
    with (firm / "tables" / "contacts.csv").open("a", encoding="utf-8") as file:
        file.write(",".join({"contact_id": contact, "contact_name": "Canaria"}.get(one, "") for one in contacts))
        file.write(f"\n{contact},Canaria\n")
    assert run(firm, "check").code == 0
    assert where(firm, ["Canaria"]) == []
    reasons = pd.read_csv(firm / "quarantine" / "contacts.csv")["reason_code"].tolist()
    assert sorted(reasons) == ["missing_required", "short_row"]


def test_a_lost_or_foreign_secret_refuses_every_run(champion: Path, run: Run) -> None:
    run(champion, "erase", listed_account(champion))
    secret, stones = (champion / KEY).read_text(), (champion / FILE).read_text()
    assert oct((champion / KEY).stat().st_mode)[-3:] == oct((champion / FILE).stat().st_mode)[-3:] == "600"

    def refused(file: str, content: str | None) -> str:
        (champion / KEY).write_text(secret)
        (champion / FILE).write_text(stones)
        if content is None:
            (champion / file).unlink()
        else:
            (champion / file).write_text(content)
        done = run(champion, "check")
        assert done.code == 2
        return done.err

    assert "is lost" in refused(KEY, None)
    assert "is another one" in refused(KEY, "ab" * 32)
    assert "not a key" in refused(KEY, "nonsense")
    assert "is lost" in refused(FILE, None)
    assert "damaged" in refused(FILE, "{}")
    assert "damaged" in refused(FILE, "[")


def test_tables_that_cannot_be_read_are_told(champion: Path, run: Run) -> None:
    account = listed_account(champion)
    (champion / "tables" / "asks.csv").write_bytes(b"")
    done = run(champion, "erase", account)
    assert (done.code, done.result["unread"]) == (0, ["asks"])
    (champion / "tables" / "accounts.csv").write_bytes(b"")
    assert run(champion, "erase", account).result["unread"] == ["accounts", "asks"]
    (champion / "tables" / "asks.parquet").write_bytes(b"")
    assert run(champion, "erase", account).result["unread"] == ["tables"]


def test_a_file_that_was_changed_since_does_not_stay(champion: Path, run: Run) -> None:
    night = champion / "publications" / AS_OF
    (night / "resting.csv").write_bytes(b"changed")
    (night / "notes.txt").write_bytes(b"somebody's")
    done = run(champion, "erase", listed_account(champion))
    assert done.result["left_out"] == {AS_OF: ["notes.txt", "resting.csv"]}
    assert not (night / "resting.csv").exists()
    assert is_whole(night)


def test_where_nothing_was_trained_and_nothing_published_the_tombstone_alone_is_kept(firm: Path, run: Run) -> None:
    account = table(firm, "accounts")["account_id"][5]
    write(firm, "accounts", table(firm, "accounts").drop(columns="merged_into"))
    (firm / "quarantine").mkdir()
    header = "row,id,reason_code,rule,column,message,source.ask_id,source.account_id,source.text"
    (firm / "quarantine" / "asks.csv").write_text(f"{header}\n7,K7,not_a_time,r,asked_at,m,K7,{account},\n")
    done = run(firm, "erase", account)
    assert done.result["quarantine"] == {"asks": 1}
    assert list((firm / "quarantine").iterdir()) == []
    assert (done.code, done.result["models"], done.result["publications"]) == (0, [], [])
    assert (firm / KEY).stat().st_mode & 0o777 == (firm / FILE).stat().st_mode & 0o777 == 0o600
    assert where(firm, [account]) == []
    (firm / "tables" / "accounts.csv").unlink()
    assert run(firm, "erase", account).code == 0


def test_what_only_the_program_keeps_is_known_too(kept: tuple[Path, str], run: Run) -> None:
    """Kept asks, quarantine and publications are each enough to know an account by."""
    firm, account = kept
    shutil.rmtree(firm / ".taught")
    shutil.rmtree(firm / "tables")
    (firm / "tables").mkdir()
    shutil.rmtree(firm / "recorded")
    shutil.rmtree(firm / "quarantine")
    done = run(firm, "erase", account)
    assert (done.code, done.result["publications"]) == (0, [AS_OF, NEXT])
    assert done.result["models_not_known"] == ["1"]


def test_whom_a_version_learned_from_is_noted_by_digests(tmp_path: Path) -> None:
    registered = Registered("ladder", "1", "run1", "1")
    record_training_accounts(Settings(folder=tmp_path), registered, datetime(2025, 1, 1), ["A1", "A2"])
    stones = read_tombstones(tmp_path)
    assert [one.version for one in models_trained_on(tmp_path, stones.fingerprint, {stones.digest("A2")})] == ["1"]
    assert "A2" not in (tmp_path / ".taught" / "run1.json").read_text()


def test_people_read_what_was_erased_and_what_was_not(
    kept: tuple[Path, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    firm, account = kept
    (firm / "publications" / AS_OF / "resting.csv").write_bytes(b"changed")
    for note in (firm / ".taught").iterdir():
        note.write_text("{}")
    config = ["--config", str(firm / "advocate.toml")]
    done = called(["advocate-score", "erase", account, *config], capsys, monkeypatch)
    assert done.code == 0, done.err
    assert "Publications rewritten: 2026-01-01, 2026-01-02" in done.out
    assert "resting.csv" in done.out
    assert "Not known whether they learned from it: versions 1" in done.out
    (firm / "tables" / "asks.csv").write_bytes(b"")
    again = called(["advocate-score", "erase", account, *config], capsys, monkeypatch)
    assert "none held it" in again.out
    assert "Could not be read, and may hold it: asks" in again.out
    for path in (firm / "tables").iterdir():
        path.unlink()
    last = called(["advocate-score", "erase", account, *config], capsys, monkeypatch)
    assert "exports" not in last.out


def test_people_read_that_another_account_looks_alike(
    firm: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = table(firm, "accounts")
    account, other = accounts["account_id"][5], accounts["account_id"][6]
    write(firm, "accounts", accounts.replace({"account_id": {other: account.lower()}}))
    done = called(["advocate-score", "erase", account, "--config", str(firm / "advocate.toml")], capsys, monkeypatch)
    assert "Not erased: accounts whose id differs from its own in spelling alone, such as in case: 1" in done.out
    assert account.lower() not in done.out


def test_people_read_that_no_model_learned_from_it(
    firm: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    account = table(firm, "accounts")["account_id"][5]
    done = called(["advocate-score", "erase", account, "--config", str(firm / "advocate.toml")], capsys, monkeypatch)
    assert "Erased." in done.out
    assert "learned" not in done.out


def test_people_read_which_models_learned_from_it(
    kept: tuple[Path, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    firm, account = kept
    done = called(["advocate-score", "erase", account, "--config", str(firm / "advocate.toml")], capsys, monkeypatch)
    assert "Models that learned from it" in done.out


def test_what_is_rewritten_is_open_to_whom_it_was(kept: tuple[Path, str], run: Run) -> None:
    firm, account = kept
    done = run(firm, "erase", account, "--set", "outputs.mode=group")
    assert done.code == 0, done.err
    night = firm / "publications" / AS_OF
    assert {path.stat().st_mode & 0o777 for path in night.rglob("*") if path.is_file()} == {0o640}
    assert {path.stat().st_mode & 0o777 for path in (night, night / "by_owner")} == {0o750}
    private = [firm / KEY, firm / FILE, *(firm / "quarantine").iterdir(), *(firm / ".taught").iterdir()]
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}


@pytest.mark.goal("G14")
def test_killed_before_any_file_operation_it_ends_clean_when_run_again(
    kept: tuple[Path, str], tmp_path: Path, measured: Measured
) -> None:
    firm, account = kept
    words = words_of(firm, account)
    for name in ("interactions", "contacts", "permissions", "renewals"):
        (firm / "tables" / f"{name}.csv").unlink()
    kills = 0
    for step in range(1, MOST_STEPS, sized(30, 1)):
        copy = Path(shutil.copytree(firm, tmp_path / str(step), symlinks=True))
        code = exit_code(fork(lambda: erase_account(opened(copy), account), step))  # noqa: B023
        target = copy / "publications"
        assert all(is_whole(target / day) for day in [*published_dates(target), "current"])
        again = erase_account(opened(copy), account)
        assert where(copy, words) == []
        assert all(read_manifest(target / day)["erased"] == 1 for day in (AS_OF, NEXT))
        assert all(is_whole(target / day) for day in (AS_OF, NEXT))
        assert [one["version"] for one in again["models"]] == ["1"]
        shutil.rmtree(copy)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        kills += 1
    assert code == 0
    measured(f"{kills} kills on the way, each clean when run again")


def opened(firm: Path) -> Project:
    return open_project(firm / "advocate.toml", [], Silent())
