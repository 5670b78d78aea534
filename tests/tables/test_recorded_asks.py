"""Kept asks join those of the export: one row an ask, the later record counts, gaps are filled from the other."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from advocate_score.config import Settings
from advocate_score.errors import InputError
from advocate_score.recorded.store import changing, digest_of_rows, read_recorded
from advocate_score.schema import ASKS
from advocate_score.tables.quality_report import RowCounts
from advocate_score.tables.recorded_asks import RECORDED
from tables.crm import Crm

ASKED = datetime(2025, 1, 1)


def ask(ask_id: str, account_id: str, **facts: Any) -> dict[str, Any]:
    told = {"ask_id": ask_id, "account_id": account_id, "level": 1, "asked_at": ASKED, "recorded_at": ASKED} | facts
    return dict.fromkeys(ASKS.column_names) | told


def keep(crm: Crm, *asks: dict[str, Any]) -> Path:
    settings = Settings(folder=crm.folder)
    with changing(settings, ASKED) as store:
        store.keep(asks, "recorded")
    return crm.folder / "recorded" / "asks.db"


def exported(crm: Crm, *rows: str) -> None:
    crm.write("asks", "ask_id,account_id,level,asked_at,response,responded_at,recorded_at", *rows)


def test_the_later_of_two_records_counts(crm: Crm) -> None:
    later = {"response": "accepted", "responded_at": datetime(2025, 3, 1), "recorded_at": datetime(2025, 3, 1)}
    earlier = {"response": "declined", "responded_at": datetime(2025, 1, 5), "recorded_at": datetime(2025, 1, 5)}
    keep(crm, ask("s1", "A1", **later), ask("s2", "A2", **earlier, propensity=0.25), ask("s3", "A3"))
    exported(crm, "s1,A1,1,2025-01-01,,,2025-01-01", "s2,A2,1,2025-01-01,accepted,2025-02-01,2025-02-01")
    prepared = crm.prepare()
    assert crm.values("asks", "response") == ["accepted", "accepted", None]
    assert crm.values("asks", "propensity") == [None, 0.25, None]
    assert prepared.counts[RECORDED] == RowCounts(3, 1, 2, 0)


def test_kept_asks_follow_a_merge_and_those_of_strangers_are_counted(crm: Crm) -> None:
    crm.write("accounts", "account_id,merged_into", "A1,", "A2,A1")
    keep(crm, ask("s1", "A2"), ask("s2", "Nadie"))
    exported(crm, "s9,A1,1,2025-01-01,,,2025-01-01")
    prepared = crm.prepare()
    assert crm.values("asks", "account_id") == ["A1", "A1"]
    assert prepared.counts[RECORDED] == RowCounts(2, 1, 0, 1)


def test_kept_asks_stand_in_for_an_export_without_any(crm: Crm) -> None:
    keep(crm, ask("s1", "A1"))
    prepared = crm.prepare(needed=["asks"])
    assert crm.values("asks", "ask_id") == ["s1"]
    assert prepared.present["asks"] == frozenset(ASKS.column_names)


def test_their_digest_is_that_of_what_they_say(crm: Crm) -> None:
    asks = [ask("s2", "A2"), ask("s1", "A1", response="accepted")]
    assert RECORDED not in crm.prepare().digests
    keep(crm, *asks)
    digest = crm.prepare().digests[RECORDED]
    assert digest == digest_of_rows(asks) == digest_of_rows(reversed(asks))
    keep(crm, ask("s1", "A1", response="declined"))
    assert crm.prepare().digests[RECORDED] != digest
    keep(crm, asks[1])
    assert crm.prepare().digests[RECORDED] == digest


def test_a_damaged_file_of_kept_asks_refuses_the_run(crm: Crm) -> None:
    file = keep(crm, ask("s1", "A1"))
    file.write_bytes(file.read_bytes()[:-5000])
    told = crm.refusal()
    assert str(file) in told
    assert "is damaged, or not a file of this program. Fix: restore it from a backup" in told
    with pytest.raises(InputError):
        read_recorded(Settings(folder=crm.folder))


def test_a_column_of_the_exports_own_stays(crm: Crm) -> None:
    keep(crm, ask("s1", "A1"), ask("s2", "A2"))
    crm.write("asks", "ask_id,account_id,level,asked_at,recorded_at,campaign", "s1,A1,1,2025-01-01,2025-01-01,spring")
    crm.prepare()
    assert crm.values("asks", "campaign") == ["spring", None]
