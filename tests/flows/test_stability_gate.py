"""A night that looks nothing like the last one is held; an ordinary one never is."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.flows.datasets import account_frame
from advocate_score.flows.project import Silent, open_data, open_project
from advocate_score.flows.score import score_and_publish
from advocate_score.flows.serving import scorecard
from advocate_score.monitoring.drift import moved_signals, profiles
from advocate_score.monitoring.stability import Limits, movements
from advocate_score.publication.ranking import SCORES
from advocate_score.scoring import score_accounts
from flows.conftest import AS_OF, Run, made_plain
from goals import sized

NEXT = "2026-01-02"
Fault = Callable[[pd.DataFrame], pd.DataFrame]
EVENTS = ("renewals", "outcomes", "interactions", "referrals", "asks", "surveys", "mentions", "cases")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A firm with a night of the scorecard's; not to be changed."""
    folder = made_plain(tmp_path_factory.mktemp("quiet") / "firm", accounts=150, asks=500, seed=11, mess=False)
    shutil.rmtree(folder / "truth")
    score_and_publish(open_project(folder / "advocate.toml", [], Silent()), AS_OF, backfill=False, replace=False)
    return folder


@pytest.fixture
def firm(quiet: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(quiet, tmp_path / "firm", symlinks=True))


def change(firm: Path, table: str, fault: Fault) -> None:
    file = firm / "tables" / f"{table}.csv"
    fault(pd.read_csv(file, dtype=str, keep_default_na=False)).to_csv(file, index=False)


def times_100(column: str) -> Fault:
    return lambda rows: rows.assign(**{column: (100 * pd.to_numeric(rows[column])).map("{:g}".format)})


def lost(share: float) -> Fault:
    """As an export that ends in the middle: a part of the accounts is missing."""
    return lambda rows: rows[rows["account_id"].rank(method="dense") > share * rows["account_id"].nunique()]


def swapped(one: str, other: str) -> Fault:
    return lambda rows: rows.rename(columns={one: other, other: one})


def emptied(column: str) -> Fault:
    return lambda rows: rows.assign(**{column: ""})


def joined_wrong(firm: Path) -> None:
    """Every event goes to another account: the keys of the join are out of step."""
    ids = sorted(pd.read_csv(firm / "tables" / "accounts.csv", dtype=str)["account_id"])
    others = dict(zip(ids, [*ids[7:], *ids[:7]], strict=True))
    for table in EVENTS:
        change(firm, table, lambda rows: rows.assign(account_id=rows["account_id"].map(others)))


PLANTED: dict[str, Callable[[Path], None]] = {
    "a join out of step": joined_wrong,
    "amounts x 100": lambda firm: change(firm, "renewals", times_100("amount")),
    "results x 100": lambda firm: change(firm, "outcomes", times_100("value")),
    "45 % of the interactions lost": lambda firm: change(firm, "interactions", lost(0.45)),
    "half of the interactions lost": lambda firm: change(firm, "interactions", lost(0.5)),
    "half of the surveys lost": lambda firm: change(firm, "surveys", lost(0.5)),
    "scores of two surveys swapped": lambda firm: change(firm, "surveys", swapped("nps", "csat")),
    "two columns swapped": lambda firm: change(firm, "interactions", swapped("sentiment", "duration_minutes")),
    "who was there is gone": lambda firm: change(firm, "interactions", emptied("executive")),
    "interactions end half a year ago": lambda firm: change(
        firm, "interactions", lambda rows: rows[rows["occurred_at"] < "2025-07-01"]
    ),
}


@pytest.mark.goal("G22")
def test_planted_faults_publish_nothing(quiet: Path, tmp_path: Path, run: Run, measured: Callable[[str], None]) -> None:
    chosen = list(PLANTED)[: sized(2, len(PLANTED))]
    codes = []
    for number, name in enumerate(chosen):
        firm = Path(shutil.copytree(quiet, tmp_path / str(number), symlinks=True))
        PLANTED[name](firm)
        done = run(firm, "score", "--as-of", NEXT)
        assert done.code in (2, 3), name
        assert not (firm / "publications" / NEXT).exists()
        assert (firm / "publications" / "current").resolve().name == AS_OF
        codes.append(done.code)
    measured(f"{len(codes)} planted faults in the tables, 0 published: {codes.count(3)} held, {codes.count(2)} refused")


def test_who_is_held_reads_why_and_forces_with_a_reason(firm: Path, run: Run) -> None:
    joined_wrong(firm)
    held = run(firm, "score", "--as-of", NEXT)
    assert held.code == 3
    for word in ("level ", "stayed, the limit is 50%", "--force --reason", AS_OF):
        assert word in held.err
    assert run(firm, "score", "--as-of", NEXT, "--force").code == 2
    done = run(firm, "score", "--as-of", NEXT, "--force", "--reason", "new keys in the CRM")
    assert (done.code, done.result["held"], done.result["forced"]) == (0, True, "new keys in the CRM")
    told = json.loads((firm / "publications" / NEXT / "manifest.json").read_text(encoding="utf-8"))["hold"]
    assert (told["compared_with"], told["forced"]) == (AS_OF, "new keys in the CRM")
    assert min(level["overlap"] for level in told["levels"]) < 0.5
    again = run(firm, "score", "--as-of", NEXT)
    assert (again.code, again.result["unchanged"], again.result["forced"]) == (0, True, "new keys in the CRM")


def test_an_ordinary_night_records_its_figures(firm: Path, run: Run) -> None:
    done = run(firm, "score", "--as-of", NEXT)
    assert (done.code, done.result["held"], done.result["compared_with"]) == (0, False, AS_OF), done.err
    told = json.loads((firm / "publications" / NEXT / "manifest.json").read_text(encoding="utf-8"))["hold"]
    assert [level["level"] for level in told["levels"]] == [1, 2, 3, 4, 5]
    assert all(level["overlap"] > 0.8 and level["psi"] < level["psi_bound"] for level in told["levels"])
    first = run(firm, "score", "--as-of", "2025-12-01", "--backfill")
    assert (first.code, first.result["compared_with"]) == (0, None)


@pytest.mark.goal("G22")
@pytest.mark.parametrize("accounts", [45, 150])
def test_ordinary_nights_are_never_held(tmp_path: Path, accounts: int, measured: Callable[[str], None]) -> None:
    made_plain(tmp_path, accounts=accounts, asks=4 * accounts, seed=2)
    project, nights = open_project(tmp_path / "advocate.toml", [], Silent()), sized(4, 120)
    limits = Limits(project.settings.operations.most_drift, project.settings.operations.least_overlap, 200)
    false, before, kept = 0, None, {}
    with open_data(project) as data:
        for day in range(nights + 1):
            frame = account_frame(data, project.settings, datetime(2025, 8, 1) + timedelta(days=day))
            scores = score_accounts(scorecard(project, data, frame).model, frame).round(dict.fromkeys(SCORES, 6))
            if before is not None:
                drifted = any(one.held for one in movements(before, scores, limits))
                signals = moved_signals(kept, frame)
                false += drifted or bool((signals["psi"] > signals["chance"].clip(lower=2 * limits.most_drift)).any())
            before, kept = scores, profiles(frame, data.signals)
    measured(f"{nights} ordinary nights of {accounts} accounts, {false} held")
    assert false == 0
