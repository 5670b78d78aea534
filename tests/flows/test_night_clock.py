"""Nights with a clock that is wrong, or an hour that is missing or twice there: right, or refused."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from advocate_score import dates
from advocate_score.config import Settings, Sources
from advocate_score.dates import midnight_of
from advocate_score.errors import InputError
from advocate_score.flows.preflight import reject_ahead_of_clock
from advocate_score.flows.project import Silent, open_project, resolve_as_of
from advocate_score.flows.score import score_and_publish
from flows.conftest import Run
from goals import sized

TRUE = datetime(2026, 1, 1, 2, 30)
"""When the job runs: the export was made in the evening before."""
EDGES = ("2024-02-29", "2024-12-31", "2025-01-01", "2025-03-09", "2025-03-30", "2025-10-26", "2025-11-02", "2025-12-31")
"""29 February, the year's end, and the days on which clocks change in Madrid and New York."""


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.fixture(scope="module")
def right(crm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The firm with the night of a right clock; not to be changed."""
    firm = Path(shutil.copytree(crm, tmp_path_factory.mktemp("right") / "firm"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dates, "now", lambda: TRUE)
        score_and_publish(open_project(firm / "advocate.toml", [], Silent()), None, backfill=False, replace=False)
    return firm


@pytest.mark.goal("G23")
def test_a_clock_two_days_off_gives_the_same_night_or_none(
    right: Path, crm: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, measured: Callable[[str], None]
) -> None:
    firm = Path(shutil.copytree(crm, tmp_path / "firm"))
    monkeypatch.setattr(dates, "now", lambda: TRUE - timedelta(days=2))
    behind = run(firm, "score")
    assert behind.code == 2
    assert "ahead of this machine's clock" in behind.err
    assert not any((firm / "publications").glob("20*"))
    monkeypatch.setattr(dates, "now", lambda: TRUE + timedelta(days=2))
    ahead = run(firm, "score")
    assert ahead.code == 0, ahead.err
    night = Path(ahead.result["folder"]).name
    assert files_of(firm / "publications" / night) == files_of(right / "publications" / night)
    stale = run(firm, "score", "--set", "sources.refuse_age_hours=50")
    assert (stale.code, "hours before" in stale.err) == (2, True)
    measured("clock -2 d: refused; +2 d: byte-identical to the night of a right clock, refused where age is limited")


@pytest.mark.goal("G23")
def test_today_is_the_local_day_in_every_hour_of_nights_that_clocks_change(
    monkeypatch: pytest.MonkeyPatch, measured: Callable[[str], None]
) -> None:
    hours = 0
    for name in ("Europe/Madrid", "America/New_York"):
        settings = Settings(folder=Path(), sources=Sources(as_of="today", time_zone=name))
        for edge in EDGES:
            for quarter in range(-96, 192):
                now = midnight_of(date.fromisoformat(edge)) + timedelta(minutes=15 * quarter)
                monkeypatch.setattr(dates, "now", lambda now=now: now)
                as_of = resolve_as_of(settings, None, None)
                assert as_of == midnight_of(now.replace(tzinfo=UTC).astimezone(ZoneInfo(name)).date())
                assert abs(as_of - now) < timedelta(days=1, hours=6)
                reject_ahead_of_clock(as_of, None)
                hours += 1
    measured(f"{hours} quarters of an hour around {len(EDGES)} edges of the calendar in 2 zones: each its local day")


@pytest.mark.goal("G23")
def test_nights_at_the_edges_of_the_calendar_say_what_the_same_night_said_later(
    crm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: Callable[[str], None]
) -> None:
    """By the rule `today`, in Madrid at three in the morning, and by its date made up for afterwards."""
    edges, then = EDGES[: sized(1, len(EDGES))], {}
    firms = [Path(shutil.copytree(crm, tmp_path / name)) for name in ("then", "later")]
    rules = ["sources.as_of=today", "sources.time_zone=Europe/Madrid", "outputs.retention_days=36500"]
    for edge in edges:
        monkeypatch.setattr(dates, "now", lambda edge=edge: midnight_of(date.fromisoformat(edge)) + timedelta(hours=2))
        project = open_project(firms[0] / "advocate.toml", rules, Silent())
        score_and_publish(project, None, backfill=True, replace=False, force=True, reason="months apart")
        then[edge] = files_of(firms[0] / "publications" / edge)
    monkeypatch.undo()
    for edge in edges:
        project = open_project(firms[1] / "advocate.toml", rules, Silent())
        score_and_publish(project, edge, backfill=True, replace=False, force=True, reason="months apart")
        assert files_of(firms[1] / "publications" / edge) == then[edge]
    measured(f"{len(edges)} nights at edges of the calendar: byte-identical to those made up for later")


@pytest.mark.parametrize(("ahead", "refused"), [(timedelta(hours=24), False), (timedelta(hours=25), True)])
def test_a_night_of_a_day_to_come_is_refused_unless_forced(
    ahead: timedelta, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dates, "now", lambda: TRUE)
    reject_ahead_of_clock(TRUE + ahead, "a rehearsal")
    if refused:
        with pytest.raises(InputError, match="lies more than a day ahead"):
            reject_ahead_of_clock(TRUE + ahead, None)
    else:
        reject_ahead_of_clock(TRUE + ahead, None)
