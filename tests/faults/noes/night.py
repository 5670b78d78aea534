"""A night of the product, driven from outside, and everybody whom it invites to ask, wherever that is said."""

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from advocate_score.cli.main import app, exit_code_of
from faults.noes.world import INDUSTRIES, LEVELS, Struck
from faults.suppressions import offered, rows_of, suggested as suggested_in_lists
from goals import sized
from oracles.spelling import key

NIGHT, NEXT = "2026-01-01", "2026-01-02"
REFUSED, HELD = 2, 3


@dataclass
class Night:
    """offers: account and level of every invitation · suggested: contacts · resting: account, level and rule.

    Accounts and contacts by their `key`, since a publication may spell them in one way or the other.
    """

    code: int
    said: str
    offers: set[tuple[str, int]] = field(default_factory=set)
    suggested: set[str] = field(default_factory=set)
    resting: set[tuple[str, int, str]] = field(default_factory=set)

    @property
    def stopped(self) -> bool:
        """Refused or held: nothing was published."""
        return self.code in (REFUSED, HELD)

    def not_left_in_peace(self, struck: list[Struck]) -> list[Struck]:
        """Those who said no and are invited or suggested all the same."""
        return [one for one in struck if self._invites(one)]

    def _invites(self, one: Struck) -> bool:
        asked = any((key(one.account), level) in self.offers for level in one.levels)
        return asked or bool(one.contact and key(one.contact) in self.suggested)


def call(*words: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what was told beside it."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = exit_code_of(lambda: app([*words, "--quiet"]))
    return code, out.getvalue(), err.getvalue()


def score(firm: Path, as_of: str = NIGHT, *more: str, matching: bool = True) -> Night:
    """One night, and its matches for prospects of every industry."""
    code, _, said = call("score", "--config", str(firm / "advocate.toml"), "--as-of", as_of, *more)
    night = Night(code, said)
    if code == 0:
        _read(night, firm / "publications" / as_of)
        if matching:
            _match(night, firm, as_of)
    return night


def asked_by_explain(firm: Path, struck: list[Struck], as_of: str = NIGHT) -> list[Struck]:
    """Those of whom `explain` says that they may be asked; an account that it does not know may not."""
    return [one for one in struck if one.levels & _may_be_asked(firm, one.account, as_of)]


def _may_be_asked(firm: Path, account: str, as_of: str) -> set[int]:
    config = ["--config", str(firm / "advocate.toml"), "--as-of", as_of, "--json"]
    code, out, _ = call("explain", account, *config)
    levels = json.loads(out)["levels"] if code == 0 else []
    return {int(level["level"]) for level in levels if level["may_be_asked"]}


def _read(night: Night, publication: Path) -> None:
    night.offers |= {(key(account), level) for account, level in offered(publication) | set(_eligible(publication))}
    night.offers |= {(key(row["account_id"]), int(row["level"])) for row in rows_of(publication / "nurture.csv")}
    night.suggested |= {key(contact) for contact in suggested_in_lists(publication)}
    for row in rows_of(publication / "resting.csv"):
        levels = [int(row["level"])] if row["level"] else LEVELS
        night.resting |= {(key(row["account_id"]), level, row["rule"]) for level in levels}


def _eligible(publication: Path) -> Iterator[tuple[str, int]]:
    table = pq.read_table(publication / "readiness.parquet", columns=["account_id", "level", "eligible"])
    for row in table.to_pylist():
        if row["eligible"]:
            yield row["account_id"], int(row["level"])


def _match(night: Night, firm: Path, as_of: str) -> None:
    config = ["--config", str(firm / "advocate.toml"), "--as-of", as_of, "--json", "--top", "1000", "--level", "3"]
    for industry in INDUSTRIES[: sized(1, len(INDUSTRIES))]:
        code, out, said = call("match", "--industry", industry, *config)
        assert code == 0, said
        for row in json.loads(out)["matches"]:
            night.offers.add((key(row["account_id"]), 3))
            night.suggested |= {key(row["suggested_contact_id"])} if row["suggested_contact_id"] else set()
