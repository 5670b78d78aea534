"""Whoever may not be asked, for whatever reason and however late it was heard of, stands in no list."""

import csv
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from advocate_score.flows.project import Silent, open_project
from advocate_score.flows.score import score_and_publish
from advocate_score.publication.publisher import roll_back
from advocate_score.publication.store import is_whole
from advocate_score.simulate.crm import simulate_crm, write_crm
from advocate_score.simulate.world import World
from faults.suppressions import Row, objected, offered, suggested, suppressed, tables_of
from goals import sized

AS_OF = datetime(2026, 1, 1)
NIGHT, NEXT = "2026-01-01", "2026-01-02"
Measured = Callable[[str], None]


def made(folder: Path, seed: int) -> Path:
    write_crm(simulate_crm(World(accounts=40, asks=100, seed=seed, mess=False)), folder)
    (folder / "advocate.toml").write_text('[sources]\ntime_zone = "UTC"\nrefuse_fall = 1.0\n', encoding="utf-8")
    return folder


def score(firm: Path, as_of: str = NIGHT, **how: bool) -> Path:
    project = open_project(
        firm / "advocate.toml", ["operations.least_overlap=0", "operations.most_drift=1000"], Silent()
    )
    return Path(score_and_publish(project, as_of, **({"backfill": False, "replace": False} | how))["folder"])


def late(firm: Path, listed: list[str], chance: random.Random) -> dict[str, list[str]]:
    """Every kind of reason arrives for half of the accounts on the lists, seconds before the night."""
    kinds = list(_KINDS)
    chance.shuffle(listed)
    chance.shuffle(kinds)
    half = listed[: len(listed) // 2]
    struck = {kind: half[place :: len(kinds)] for place, kind in enumerate(kinds)}
    now = (AS_OF - timedelta(seconds=chance.randint(1, 3600))).isoformat() + "Z"
    tables = tables_of(firm)
    for kind, accounts in struck.items():
        for account in accounts:
            _KINDS[kind](tables, account, now)
    for name, rows in tables.items():
        with (firm / "tables" / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return struck


def _set(table: str, column: str, value: str = "") -> Callable[[dict[str, list[Row]], str, str], None]:
    def act(tables: dict[str, list[Row]], account: str, now: str) -> None:
        for row in tables[table]:
            if row["account_id"] == account:
                row[column] = value or now

    return act


def _add(table: str, **cells: str) -> Callable[[dict[str, list[Row]], str, str], None]:
    """`now` stands for the instant at which it was heard of."""

    def act(tables: dict[str, list[Row]], account: str, now: str) -> None:
        empty = dict.fromkeys(tables[table][0], "")
        key = next(iter(empty))
        told = {name: now if value == "now" else value for name, value in cells.items()}
        tables[table].append({**empty, key: f"new-{len(tables[table])}", "account_id": account, **told})

    return act


def _each_level(response: str) -> Callable[[dict[str, list[Row]], str, str], None]:
    def act(tables: dict[str, list[Row]], account: str, now: str) -> None:
        for level in "12345":
            asked = "2025-09-01T00:00:00Z"
            told = {
                "level": level,
                "asked_at": asked,
                "response": response,
                "responded_at": "now",
                "recorded_at": "now",
            }
            _add("asks", **told)(tables, account, now)

    return act


_KINDS = {
    "deleted": _set("accounts", "status", "deleted"),
    "churned": _set("accounts", "status", "churned"),
    "everybody objected": _set("contacts", "objected_at"),
    "denied": _add("permissions", channel="any", status="denied", valid_from="now"),
    "case": _add("cases", opened_at="now", severity="1"),
    "pending": _add("renewals", occurred_at="now", recorded_at="now", kind="pending"),
    "asked": _add("asks", level="2", asked_at="now", recorded_at="now"),
    "declined": _each_level("declined"),
    "not now": _each_level("not_now"),
}


def check(firm: Path, publication: Path, struck: dict[str, list[str]]) -> Iterator[str]:
    """Nobody who may not be asked is offered; tells whom that kept off."""
    tables, invited = tables_of(firm), offered(publication)
    assert is_whole(publication)
    for rule, pairs in suppressed(tables, AS_OF).items():
        assert not pairs & invited, rule
        yield from (rule for _ in pairs)
    hit = {account for accounts in struck.values() for account in accounts}
    assert not {account for account, _ in invited} & hit
    assert not suggested(publication) & objected(tables, AS_OF)
    assert invited


def killed(firm: Path, step: str) -> None:
    """Starts the night in a process of its own, which dies when it says that it has come to `step`."""
    words = ["-m", "advocate_score", "score", "--as-of", NIGHT, "--replace", "--config", str(firm / "advocate.toml")]
    words += ["--set", "operations.least_overlap=0", "--set", "operations.most_drift=1000"]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert any(step.encode() in line for line in process.stderr), step
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.goal("G13")
def test_suppressions_of_every_kind_are_read_last(tmp_path: Path, measured: Measured) -> None:
    held, worlds, offers = 0, sized(1, 20), 0
    for seed in range(worlds):
        firm = made(tmp_path / str(seed), seed)
        listed = sorted({account for account, _ in offered(score(firm))})
        struck = late(firm, listed, random.Random(seed))
        publication = score(firm, replace=True)
        held += len(list(check(firm, publication, struck)))
        offers += len(offered(publication))
        shutil.rmtree(firm)
    measured(
        f"{worlds} worlds, {len(_KINDS)} kinds of reasons, late; {held} account-levels barred, {offers} offers, 0 wrong"
    )


@pytest.mark.extra
@pytest.mark.goal("G13")
def test_a_crash_a_rerun_and_a_rollback_bring_nobody_back(tmp_path: Path, measured: Measured) -> None:
    firm = made(tmp_path / "firm", 7)
    listed = sorted({account for account, _ in offered(score(firm))})
    struck = late(firm, listed, random.Random(7))
    steps = ("Publishing", "Rules", "Signals")[: sized(1, 3)]
    for step in steps:
        killed(firm, step)
        list(check(firm, score(firm, replace=True), struck))
    score(firm, NEXT)
    roll_back(firm / "publications")
    list(check(firm, firm / "publications" / "current", struck))
    list(check(firm, score(firm, replace=True), struck))
    measured(f"killed at {len(steps)} steps and run again, rolled back, replaced: 0 suppressed offered")
