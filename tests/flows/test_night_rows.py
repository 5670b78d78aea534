"""What a night leaves out, counts or tells: rows of the table of bad input that concern the run and not a table."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advocate_score import dates
from advocate_score.config import Settings, Sources
from advocate_score.errors import InputError
from advocate_score.flows.account_scores import silent_signal_warnings, thin_level_warnings
from advocate_score.flows.preflight import warn_of_old_tables
from advocate_score.flows.project import Silent, open_project
from advocate_score.flows.score import score_and_publish
from advocate_score.model.ladder_model import LadderModel
from advocate_score.signals.catalogue import shipped_catalogue
from flows.conftest import Run

FIRST, SECOND = "2025-10-01", "2025-10-02"
OBJECTED = 7


@pytest.fixture(scope="module")
def nights(crm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights of the scorecard's in the middle of the export's time; not to be changed."""
    firm = Path(shutil.copytree(crm, tmp_path_factory.mktemp("nights") / "firm"))
    contacts, asks = (firm / "tables" / f"{name}.csv" for name in ("contacts", "asks"))
    people = pd.read_csv(contacts, dtype=str, keep_default_na=False)
    people["objected_at"] = ["2025-09-01T00:00:00Z" if row < OBJECTED else "" for row in range(len(people))]
    people.to_csv(contacts, index=False)
    rows = pd.read_csv(asks, dtype=str, keep_default_na=False)
    rows.loc[rows["response"] == "no_reply", ["response", "responded_at"]] = ""
    rows.to_csv(asks, index=False)
    (firm / "tables" / "permissions.csv").unlink()
    for night in (FIRST, SECOND):
        score_and_publish(open_project(firm / "advocate.toml", [], Silent()), night, backfill=False, replace=False)
    return firm


def manifest(firm: Path, night: str) -> dict:
    return json.loads((firm / "publications" / night / "manifest.json").read_text(encoding="utf-8"))


def test_row_25_the_same_export_for_another_night_is_told(nights: Path) -> None:
    words = f"every table is the same file as on {FIRST}"
    assert any(words in one for one in manifest(nights, SECOND)["warnings"])
    assert not any("the same file" in one for one in manifest(nights, FIRST)["warnings"])


def test_row_52_rows_recorded_at_the_as_of_or_later_are_counted(nights: Path) -> None:
    rows = pd.read_csv(nights / "tables" / "interactions.csv", dtype=str)
    later = (rows[["occurred_at", "recorded_at"]] >= SECOND).any(axis=1)
    unique = rows[later].drop_duplicates("interaction_id")
    counted = manifest(nights, SECOND)["counts"]["not_yet_known"]
    assert {"asks", "interactions", "surveys"} <= counted.keys()
    assert counted["interactions"] == pytest.approx(len(unique), rel=0.05)
    assert counted["interactions"] <= manifest(nights, FIRST)["counts"]["not_yet_known"]["interactions"]


def test_row_73_a_contact_who_objected_is_counted_and_suggested_to_nobody(nights: Path) -> None:
    contacts = pd.read_csv(nights / "tables" / "contacts.csv", dtype=str)
    listed = pd.read_csv(nights / "publications" / SECOND / "candidates.csv", dtype=str)
    assert 0 < manifest(nights, SECOND)["counts"]["contacts_objected"] <= OBJECTED
    assert not set(listed["suggested_contact_id"].dropna()) & set(contacts["contact_id"].head(OBJECTED))


def test_row_74_unknown_permission_is_listed_and_shown(nights: Path) -> None:
    listed = pd.read_csv(nights / "publications" / SECOND / "candidates.csv", dtype=str)
    assert len(listed)
    assert set(listed["permission"]) == {"unknown"}


def test_row_77_an_old_ask_without_an_answer_is_told(nights: Path) -> None:
    told = [one for one in manifest(nights, SECOND)["warnings"] if "counts as no reply" in one]
    assert len(told) == 1
    assert "45 days after" in told[0]


def test_row_27_a_table_that_lost_half_its_rows_is_refused_unless_forced(
    nights: Path, tmp_path: Path, run: Run
) -> None:
    firm = Path(shutil.copytree(nights, tmp_path / "firm", symlinks=True))
    mentions = firm / "tables" / "mentions.csv"
    lines = mentions.read_text(encoding="utf-8").splitlines(keepends=True)
    mentions.write_text("".join(lines[: 1 + (len(lines) - 1) // 2]), encoding="utf-8")
    refused = run(firm, "score", "--as-of", "2025-10-03")
    assert refused.code == 2
    assert "mentions" in refused.err
    assert f"since the publication of {SECOND}" in refused.err
    assert not (firm / "publications" / "2025-10-03").exists()
    done = run(firm, "score", "--as-of", "2025-10-03", "--force", "--reason", "old mentions are archived")
    assert done.code == 0, done.err
    assert list(manifest(firm, "2025-10-03")["hold"]["rows_fallen"]) == ["mentions"]
    assert done.result["forced"] == "old mentions are archived"


def aged(**limits: float) -> Settings:
    return Settings(folder=Path(), sources=Sources(**limits))


CUT = datetime(2026, 1, 1)


def test_row_26_the_age_of_the_tables_is_that_of_the_clock_where_no_instant_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = aged(warn_age_hours=26, refuse_age_hours=50)
    for hours, warnings in ((25, 0), (27, 1)):
        monkeypatch.setattr(dates, "now", lambda hours=hours: CUT + timedelta(hours=hours))
        assert len(warn_of_old_tables(settings, CUT, CUT, None)) == warnings
        assert not warn_of_old_tables(settings, CUT, CUT, "2026-01-01")
    monkeypatch.setattr(dates, "now", lambda: CUT + timedelta(hours=51))
    with pytest.raises(InputError, match="51 hours before"):
        warn_of_old_tables(settings, CUT, CUT, None)
    assert not warn_of_old_tables(aged(), CUT, CUT, None)
    with pytest.raises(InputError, match="72 hours before"):
        warn_of_old_tables(settings, CUT + timedelta(hours=72), CUT, "2026-01-04")


def test_row_75_levels_with_few_asks_are_told_and_those_with_hardly_any_lean_on_their_neighbours() -> None:
    model = LadderModel()
    model.asks_ = (200, 30, 29, 5, 0)
    told = list(thin_level_warnings(model))
    assert [one.split(":")[0] for one in told] == ["level 3", "level 4", "level 5"]
    assert all("from its neighbours" in one for one in told)
    model.asks_ = (0,) * 5
    assert not list(thin_level_warnings(model))


def test_row_78_signals_without_any_value_are_told_and_many_refuse() -> None:
    signals = [one for one in shipped_catalogue().signals if not one.is_category][:10]
    accounts = pd.DataFrame({one.name: [1.0, np.nan] for one in signals})
    assert not list(silent_signal_warnings(accounts, signals))
    names = [one.name for one in signals]
    few = accounts.assign(**dict.fromkeys(names[:2], np.nan))
    assert names[1] in "".join(silent_signal_warnings(few, signals))
    with pytest.raises(InputError, match="3 of 10 active signals"):
        list(silent_signal_warnings(accounts.assign(**dict.fromkeys(names[:3], np.nan)), signals))
    assert not list(silent_signal_warnings(few[:0], signals))


def test_limits_do_not_change_what_a_night_says() -> None:
    assert aged(warn_age_hours=1, refuse_age_hours=2, refuse_fall=0.1).canonical_json() == aged().canonical_json()
