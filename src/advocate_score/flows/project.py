"""A configuration opened for work, and its tables made ready for it.

What reads and computes is loaded when tables are: a run that ends before, since another holds the lock, ends at once.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from advocate_score import windows
from advocate_score.config import Settings, load_settings
from advocate_score.declaration import Signal
from advocate_score.errors import Fault, InputError
from advocate_score.flows import clock
from advocate_score.flows.progress import Progress
from advocate_score.flows.workplace import workplace
from advocate_score.signals.catalogue import Catalogue, resolve

if TYPE_CHECKING:
    from advocate_score.engine.protocol import Engine
    from advocate_score.tables.prepare import PreparedTables


@dataclass(frozen=True)
class Project:
    settings: Settings
    catalogue: Catalogue
    progress: Progress


@dataclass(frozen=True)
class Data:
    """The tables as views of `engine`, valid while the context that made it is open."""

    engine: "Engine"
    tables: "PreparedTables"
    signals: tuple[Signal, ...]
    folder: Path


def open_project(config: Path, overrides: Sequence[str], progress: Progress) -> Project:
    settings = load_settings(config, overrides)
    return Project(settings, resolve(settings), progress)


@contextmanager
def open_data(project: Project, needed: Collection[str] = ()) -> Iterator[Data]:
    """Reads, checks and registers every table; what the warnings say is passed on to the reader.

    InputError where a table of `needed` is absent or empty.
    """
    from advocate_score.engine.open import open_engine
    from advocate_score.tables.prepare import prepare

    with at_hand(project) as near, workplace(project.settings.folder) as folder:
        settings = near.settings
        spill = settings.engine.spill_folder
        with open_engine(settings.engine, settings.path(spill) if spill else folder / "spill") as engine:
            reading = partial(project.progress.step, "Reading and checking tables")
            tables = prepare(settings, engine, folder / "tables", needed, reading)
            for warning in tables.warnings:
                project.progress.warn(warning)
            yield Data(engine, tables, project.catalogue.active(tables.present), folder)


@contextmanager
def at_hand(project: Project) -> Iterator[Project]:
    """The project with its tables on this machine: those that stand in an object store are fetched, and stay for as
    long as the context does."""
    from advocate_score.sources.fetch import fetched, is_far

    if not is_far(project.settings):
        yield project
        return
    fetching = partial(project.progress.step, "Fetching tables")
    with (
        workplace(project.settings.folder) as folder,
        fetched(project.settings, folder / "fetched", fetching) as settings,
    ):
        yield replace(project, settings=settings)


def checked_as_of(given: str) -> str:
    """`given` as it is; InputError where it is no instant."""
    windows.parse_as_of(given)
    return given


def resolve_as_of(settings: Settings, given: str | None, data_cut: datetime | None) -> datetime:
    """The instant of prediction: given, or by the configured rule; never silently now."""
    if given:
        return windows.parse_as_of(given)
    if settings.sources.as_of == "today":
        zone = windows.zone(settings.sources.time_zone or "UTC")
        return windows.midnight_of(clock.now().replace(tzinfo=UTC).astimezone(zone).date())
    if settings.sources.as_of != "data_cut":
        return windows.parse_as_of(settings.sources.as_of)
    if data_cut is None:
        fault = Fault("--as-of", "no table has a dated row, so there is no data cut to take.", "give --as-of")
        raise InputError([fault])
    return windows.first_midnight_after(data_cut)
