"""Runs, crashes, backfills, promotions, ways back and erasures, in any order, leave the right publications."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from advocate_score.config.settings import Thresholds
from advocate_score.errors import InputError
from advocate_score.publication.folder import Lock, lock_folder, remove_leftovers
from advocate_score.publication.publisher import publish, remove_expired, rewrite, roll_back
from advocate_score.publication.redaction import without_accounts
from advocate_score.publication.store import is_whole, published_dates, read_manifest
from goals import sized
from publication.conftest import exit_code, fork

FIRST = date(2025, 6, 1)
ACCOUNTS = tuple(f"ACC{number}" for number in range(6))
LATEST_CRASH = 45
DAYS = st.integers(0, 40)
CRASHES = st.none() | st.integers(1, LATEST_CRASH)
"""Before which file operation the process is killed; None: never."""


@dataclass(frozen=True)
class Night:
    """What stands for a date; `is_used` is False once it was withdrawn."""

    run_id: str
    accounts: frozenset[str]
    is_used: bool = True


Shelf = dict[date, Night]


class Nights(RuleBasedStateMachine):
    """`shelf` is what the publications folder must hold: a plain model of it, without a file."""

    sequences = steps = crashes = 0

    def __init__(self) -> None:
        super().__init__()
        Nights.sequences += 1
        self.folder = Path(tempfile.mkdtemp())
        self.shelf: Shelf = {}
        self.model, self.inputs = 1, 1
        self.erased: frozenset[str] = frozenset()
        self.withdrawn: set[tuple[date, str]] = set()

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    # What may be done, each with a crash at any point and a plain rerun after it.

    @rule(ahead=st.integers(0, 3), crash=CRASHES)
    def score(self, ahead: int, crash: int | None) -> None:
        self._publish(self._newest() + timedelta(days=ahead), crash)

    @rule(ahead=st.integers(0, 3), crash=CRASHES)
    def score_anew(self, ahead: int, crash: int | None) -> None:
        self._publish(self._newest() + timedelta(days=ahead), crash, replacing=True)

    @rule(day=DAYS, crash=CRASHES)
    def backfill(self, day: int, crash: int | None) -> None:
        self._publish(FIRST + timedelta(days=day), crash, backfill=True)

    @rule()
    def another_export(self) -> None:
        self.inputs += 1

    @rule(version=st.integers(1, 3))
    def promote(self, version: int) -> None:
        self.model = version

    @precondition(lambda self: any(self._used()))
    @rule(day=st.none() | DAYS, crash=CRASHES)
    def go_back(self, day: int | None, crash: int | None) -> None:
        used = self._used()
        chosen = FIRST + timedelta(days=day) if day is not None else max(used[:-1], default=None)
        if chosen not in self.shelf:
            with pytest.raises(InputError):
                roll_back(self.folder, None if chosen is None else chosen.isoformat())
            return
        after = {day: replace(night, is_used=night.is_used and day <= chosen) for day, night in self.shelf.items()}
        after[chosen] = replace(after[chosen], is_used=True)
        self.withdrawn |= {(day, night.run_id) for day, night in self.shelf.items() if day > chosen}
        self.withdrawn -= {(chosen, self.shelf[chosen].run_id)}
        self._do(lambda: roll_back(self.folder, chosen.isoformat()), after, crash)

    @rule(account=st.sampled_from(ACCOUNTS), crash=CRASHES)
    def erase(self, account: str, crash: int | None) -> None:
        self.erased |= {account}
        after = {day: replace(night, accounts=night.accounts - {account}) for day, night in self.shelf.items()}
        self._do(lambda: self._without(account), after, crash)

    @rule(days=st.integers(1, 20), crash=CRASHES)
    def expire(self, days: int, crash: int | None) -> None:
        current = max(self._used(), default=None)
        earliest = max(self.shelf, default=FIRST) - timedelta(days=days)
        after = {day: night for day, night in self.shelf.items() if day >= earliest or day == current}
        self._do(lambda: self._locked(lambda lock: remove_expired(lock, days)), after, crash)

    # What must hold.

    @invariant()
    def every_publication_is_whole_and_the_right_one_is_current(self) -> None:
        Nights.steps += 1
        assert {date.fromisoformat(day): self._seen(day) for day in published_dates(self.folder)} == self._expected()
        used = self._used()
        current = self.folder / "current"
        assert (current.resolve().name if current.exists() else None) == (max(used).isoformat() if used else None)

    @invariant()
    def nobody_erased_is_anywhere(self) -> None:
        contents = [path.read_bytes() for path in self.folder.rglob("*") if path.is_file()]
        assert not any(account.encode() in content for account in self.erased for content in contents)

    def _publish(self, day: date, crash: int | None, *, replacing: bool = False, backfill: bool = False) -> None:
        accounts = frozenset(ACCOUNTS) - self.erased
        run_id = f"{day} model {self.model} inputs {self.inputs}"
        stands = self.shelf.get(day)
        is_refused = (stands is not None and stands.run_id != run_id and not replacing) or (
            bool(self._used()) and day < max(self._used()) and not backfill
        )

        def act() -> object:
            files = {"level_1_testimonial.csv": _rows(accounts), "by_owner/ana.csv": _rows(accounts)}
            instant = datetime.combine(day, datetime.min.time())
            return publish(self.folder, instant, files, {"run_id": run_id}, replace=replacing, backfill=backfill)

        if is_refused:
            with pytest.raises(InputError):
                act()
        else:
            is_same = stands is not None and stands.run_id == run_id
            made = Night(run_id, accounts, (day, run_id) not in self.withdrawn)
            self._do(act, self.shelf | {day: stands if is_same else made}, crash)

    def _do(self, act: Callable[[], object], after: Shelf, crash: int | None) -> None:
        """A run that is killed leaves each date as it was or as it will be; run again, it ends where it would have."""
        if crash is not None and exit_code(fork(act, crash)) != 0:
            Nights.crashes += 1
            for day in {*self.shelf, *after}:
                left = self._seen(day.isoformat()) if (self.folder / day.isoformat()).exists() else None
                assert left in (_told(self.shelf.get(day)), _told(after.get(day)))
            assert not self.shelf or (self.folder / "current" / "manifest.json").exists()
        act()
        self.shelf = after

    def _without(self, account: str) -> None:
        def rewritten(lock: Lock) -> None:
            for day in published_dates(self.folder):
                rest = without_accounts(self.folder / day, [account], Thresholds())
                if rest is not None:
                    rewrite(lock, self.folder / day, rest.files, rest.manifest, "private")

        self._locked(rewritten)

    def _locked(self, act: Callable[[Lock], object]) -> None:
        with lock_folder(self.folder) as lock:
            remove_leftovers(self.folder)
            act(lock)

    def _newest(self) -> date:
        return max(self._used(), default=FIRST)

    def _used(self) -> list[date]:
        return sorted(day for day, night in self.shelf.items() if night.is_used)

    def _expected(self) -> dict[date, tuple[str, frozenset[str]] | None]:
        return {day: _told(night) for day, night in self.shelf.items()}

    def _seen(self, day: str) -> tuple[str, frozenset[str]]:
        publication = self.folder / day
        assert is_whole(publication)
        lines = (publication / "level_1_testimonial.csv").read_text(encoding="utf-8").split("\n")
        return str(read_manifest(publication)["run_id"]), frozenset(lines[1:-1])


def _rows(accounts: frozenset[str]) -> bytes:
    return "".join(f"{line}\n" for line in ("account_id", *sorted(accounts))).encode()


def _told(night: Night | None) -> tuple[str, frozenset[str]] | None:
    return None if night is None else (night.run_id, night.accounts)


@pytest.mark.goal("G5")
def test_any_order_of_operations_and_crashes_leaves_the_right_publications(measured: Callable[[str], None]) -> None:
    many = settings(
        max_examples=sized(25, 500),
        stateful_step_count=sized(12, 20),
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    run_state_machine_as_test(Nights, settings=many)
    assert Nights.sequences >= many.max_examples
    assert Nights.crashes
    measured(f"{Nights.sequences} sequences, {Nights.steps} steps, {Nights.crashes} crashes: nothing found")
