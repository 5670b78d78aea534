"""A plan goes out, answers come back, and the next training learns from them with what the plan knew of each."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.flows import programme
from advocate_score.flows.datasets import mature_asks
from advocate_score.flows.project import Silent, open_data, open_project
from advocate_score.model.training_data import Schema, are_logged, ask_rows
from advocate_score.publication.folder import lock_folder
from flows.conftest import PLAN_DAY, Run, ask_ids, kept

LATER = "2026-01-01"


def asks(firm: Path) -> pd.DataFrame:
    project = open_project(firm / "advocate.toml", [], Silent())
    with open_data(project) as data:
        return data.engine.frame("SELECT * FROM asks").set_index("ask_id")


def learned(firm: Path) -> pd.DataFrame:
    """The rows that a model would learn from."""
    project = open_project(firm / "advocate.toml", [], Silent())
    with open_data(project) as data:
        return mature_asks(data, project.settings, datetime(2026, 1, 1))


def weighted(rows: pd.DataFrame) -> bool:
    """Whether calibration would weigh the asks by their propensity."""
    return are_logged(ask_rows(rows, Schema(inputs=()), (1, 2, 3, 4, 5)))


def test_what_was_answered_is_learned_from_with_its_propensity(planned: Path, run: Run) -> None:
    table = pd.read_csv(planned / "tables" / "asks.csv", dtype=str)
    table.drop(columns=["propensity", "exploration", "policy_id"]).to_csv(planned / "tables" / "asks.csv", index=False)
    assert not weighted(learned(planned))
    first, second, third, fourth = ask_ids(planned)
    answers = planned / "answers.csv"
    answers.write_text(
        "ask_id,response,responded_at,completed_at,recorded_at\n"
        f"{first},accepted,2025-06-09,2025-06-20,2025-06-21\n"
        f"{second},declined,2025-06-03,,2025-06-04\n"
        f"{third},no_reply,,,2025-08-01\n"
        f"{fourth},accepted,2025-06-05,,2025-06-05\n",
        encoding="utf-8",
    )
    told = run(planned, "record", str(answers))
    assert (told.code, len(told.result["new"])) == (0, 4)
    rows = learned(planned)
    back = rows.set_index("ask_id").loc[ask_ids(planned)]
    assert back["outcome"].tolist() == [1, 0, 0, 1]
    assert back["completed"].tolist()[0] == 1
    assert back["propensity"].tolist() == [0.9, 0.7, 0.5, 0.05]
    assert back["exploration"].tolist() == [False, False, False, True]
    assert set(back["policy_id"]) == {"plan-a"}
    assert (back["asked_at"] == PLAN_DAY).all()
    assert weighted(rows)


def test_the_same_answers_again_change_nothing(planned: Path, run: Run) -> None:
    ask = ask_ids(planned)[0]
    words = ("--ask", ask, "--response", "accepted", "--responded-at", "2025-06-09")
    assert run(planned, "record", *words).result["new"] == [ask]
    file = planned / "recorded" / "asks.db"
    before = file.read_bytes()
    again = run(planned, "record", *words)
    assert (again.code, again.result["unchanged"]) == (0, [ask])
    assert file.read_bytes() == before
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_ask_is_first_open_then_answered_then_delivered(planned: Path, run: Run) -> None:
    ask = ask_ids(planned)[0]
    assert run(planned, "record", "--ask", ask, "--response", "open", "--asked-at", "2025-06-03").code == 0
    assert (kept(planned)[ask]["response"], kept(planned)[ask]["recorded_at"]) == (None, None)
    assert run(planned, "record", "--ask", ask, "--response", "accepted", "--recorded-at", "2025-06-10").code == 0
    done = run(
        planned, "record", "--ask", ask, "--response", "accepted", "--completed-at", "2025-07-01", "--quality", "4"
    )
    assert done.result["changed"] == [ask]
    row = kept(planned)[ask]
    assert (row["asked_at"], row["recorded_at"], row["quality"]) == (datetime(2025, 6, 3), datetime(2025, 6, 10), 4)


def test_another_answer_needs_replace(planned: Path, run: Run) -> None:
    ask = ask_ids(planned)[0]
    run(planned, "record", "--ask", ask, "--response", "accepted", "--completed-at", "2025-07-01")
    refused = run(planned, "record", "--ask", ask, "--response", "declined")
    assert refused.code == 2
    assert "--replace" in refused.err
    assert kept(planned)[ask]["response"] == "accepted"
    assert run(planned, "record", "--ask", ask, "--response", "declined", "--replace").code == 0
    assert (kept(planned)[ask]["response"], kept(planned)[ask]["completed_at"]) == ("declined", None)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("{},accepted,2025-05-31,,", "the answer comes before the ask"),
        ("{},accepted,2199-01-01,,", "lies in the future"),
        ("{},no_reply,2025-06-09,,", "no answer that was made then"),
        ("{},declined,,2025-06-09,", "was not accepted"),
        ("{},accepted,2025-06-09,2025-06-05,", "lies before the answer"),
        ("{},maybe,,,", "one of accepted, declined, not_now, no_reply, open"),
        ("{}x,accepted,,,", "of this account there are"),
        (",accepted,,,", "a required value is missing"),
        ("{},accepted,31/05/2025,,", "date_format"),
        ("{},accepted,,,2025-05-01", "it was recorded before it happened"),
    ],
)
def test_what_cannot_be_is_refused_whole(planned: Path, run: Run, cells: str, words: str) -> None:
    good, bad, *_ = ask_ids(planned)
    file = planned / "answers.csv"
    header = "ask_id,response,responded_at,completed_at,recorded_at"
    file.write_text(f"{header}\n{good},accepted,,,\n{cells.format(bad)}\n", encoding="utf-8")
    refused = run(planned, "record", str(file))
    assert refused.code == 2
    assert words in refused.err
    assert "answers.csv row 3" in refused.err
    assert kept(planned) == {}


def test_all_faults_are_told_at_once(planned: Path, run: Run) -> None:
    first, second, *_ = ask_ids(planned)
    file = planned / "answers.csv"
    file.write_text(f"ask_id,response,responded_at\n{first},maybe,\n{second},accepted,2025-13-01\n", encoding="utf-8")
    assert len(json.loads(run(planned, "record", str(file)).out)["faults"]) == 2


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("answers.csv", "--ask", "x", "--response", "open"),
        ("nosuch.csv",),
        ("--ask", "x"),
        ("a.csv", "--undo", "x"),
    ],
)
def test_misuse_is_told(planned: Path, run: Run, words: tuple[str, ...]) -> None:
    assert run(planned, "record", *words).code == 2


def test_a_run_that_writes_for_long_is_not_waited_for(planned: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programme, "PATIENCE", 0.1)
    with lock_folder(planned / "recorded"):
        assert run(planned, "record", "--ask", ask_ids(planned)[0], "--response", "accepted").code == 75


def test_a_day_in_the_firms_own_zone_is_no_earlier_than_the_ask(planned: Path, run: Run) -> None:
    ask = ask_ids(planned)[0]
    zone = ("--set", "sources.time_zone=Europe/Madrid")
    words = (
        "--ask",
        ask,
        "--asked-at",
        "2025-06-03T10:00:00",
        "--response",
        "accepted",
        "--responded-at",
        "2025-06-03",
    )
    assert run(planned, "record", *words, *zone).code == 0
    assert kept(planned)[ask]["responded_at"] == kept(planned)[ask]["asked_at"] == datetime(2025, 6, 3, 8)


def test_the_exports_own_row_of_an_ask_joins_the_kept_one(planned: Path, run: Run) -> None:
    first, second, third, _ = ask_ids(planned)
    for ask in (first, second):
        run(planned, "record", "--ask", ask, "--response", "accepted", "--recorded-at", "2025-06-09")
    run(planned, "record", "--ask", third, "--response", "open")
    table = pd.read_csv(planned / "tables" / "asks.csv", dtype=str)
    accounts = (planned / "ids").read_text(encoding="utf-8").splitlines()
    asked = "2025-06-02T00:00:00Z"
    for ask, account, level, recorded, response in (
        (first, accounts[0], "1", "2025-06-08T00:00:00Z", "declined"),
        (second, accounts[1], "2", "2025-06-10T00:00:00Z", "declined"),
        (third, accounts[2], "3", "2025-06-05T00:00:00Z", "not_now"),
    ):
        own = {"ask_id": ask, "account_id": account, "level": level, "asked_at": asked}
        table.loc[len(table)] = own | {"response": response, "recorded_at": recorded, "channel": "email"}
    table.to_csv(planned / "tables" / "asks.csv", index=False)
    joined = asks(planned).loc[[first, second, third]]
    assert joined["response"].tolist() == ["accepted", "declined", "not_now"]
    assert joined["channel"].tolist() == ["email"] * 3
    assert joined["propensity"].tolist() == [0.9, 0.7, 0.5]
    assert joined["asked_at"].tolist() == [PLAN_DAY, datetime(2025, 6, 2), datetime(2025, 6, 2)]


def test_a_firm_without_any_export_of_asks_can_learn_from_its_answers(planned: Path, run: Run) -> None:
    (planned / "tables" / "asks.csv").unlink()
    assert run(planned, "train", "--as-of", LATER).code == 2
    run(planned, "record", "--ask", ask_ids(planned)[0], "--response", "accepted", "--recorded-at", "2025-06-09")
    assert asks(planned).index.tolist() == ask_ids(planned)[:1]
    checked = run(planned, "check")
    counts = {row["table"]: row for row in checked.result["tables"]}["recorded_asks"]
    assert (counts["rows_in"], counts["accepted"]) == (1, 1)


def test_kept_asks_follow_a_merge_and_leave_with_their_account(planned: Path, run: Run) -> None:
    first, second, *_ = ask_ids(planned)
    for ask in (first, second):
        run(planned, "record", "--ask", ask, "--response", "accepted", "--recorded-at", "2025-06-09")
    one, other, survivor, _ = (planned / "ids").read_text(encoding="utf-8").splitlines()
    accounts = pd.read_csv(planned / "tables" / "accounts.csv", dtype=str)
    accounts.loc[accounts["account_id"] == one, "merged_into"] = survivor
    accounts = accounts[accounts["account_id"] != other]
    accounts.to_csv(planned / "tables" / "accounts.csv", index=False)
    text = ("--set", "sources.refuse_quarantined=1.0")
    checked = run(planned, "check", *text)
    counts = {row["table"]: row for row in checked.result["tables"]}["recorded_asks"]
    assert (counts["rows_in"], counts["accepted"], counts["quarantined"]) == (2, 1, 1)
    project = open_project(planned / "advocate.toml", ["sources.refuse_quarantined=1.0"], Silent())
    with open_data(project) as data:
        found = data.engine.frame("SELECT account_id FROM asks WHERE policy_id = 'plan-a'")
    assert found["account_id"].tolist() == [survivor]


def test_a_damaged_file_of_kept_asks_is_refused_and_left_alone(planned: Path, run: Run) -> None:
    ask = ask_ids(planned)[0]
    run(planned, "record", "--ask", ask, "--response", "accepted")
    file = planned / "recorded" / "asks.db"
    file.write_bytes(file.read_bytes()[:-5000])
    damaged = file.read_bytes()
    for words in (("check",), ("record", "--ask", ask, "--response", "accepted")):
        refused = run(planned, *words)
        assert refused.code == 2
        assert "is damaged" in refused.err
    assert file.read_bytes() == damaged


@pytest.mark.extra
def test_from_a_night_to_the_next_training(firm: Path, run: Run) -> None:
    """The plan of a real night, filled in as it is, recorded, and learned from."""
    assert run(firm, "score", "--as-of", "2025-06-01").code == 0
    file = firm / "publications" / "2025-06-01" / "ask_plan.csv"
    plan = pd.read_csv(file, dtype=str)
    answers = firm / "answers.csv"
    own = {"response": "accepted", "responded_at": "2025-06-10", "recorded_at": "2025-06-10"}
    plan.assign(**own).to_csv(answers, index=False)
    recorded = run(firm, "record", str(answers))
    assert (recorded.code, set(recorded.result["new"])) == (0, set(plan["ask_id"]))
    rows = learned(firm)
    back = rows[rows["ask_id"].isin(plan["ask_id"])]
    assert len(back) == len(plan) > 0
    assert back["outcome"].all()
    assert (back["propensity"] > 0).all()
    trained = run(firm, "train", "--as-of", LATER)
    assert trained.code == 0, trained.err
    assert trained.result["asks"] == len(rows)
    assert run(firm, "monitor", "--as-of", LATER).result["asks"]["judged"] > len(plan)


def test_recording_answers_loads_no_library_of_models() -> None:
    """It would take as long again as the recording itself."""
    script = "import advocate_score.flows.programme, sys; print({'lightgbm', 'sklearn', 'mlflow'} & {*sys.modules})"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "set()"
