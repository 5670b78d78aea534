"""A project and its open tables: the opened configuration, how progress is reported, the tables made ready, and the
values that the shell completes after Tab.

Heavy modules are loaded only when the tables are opened, so that a run that finds the lock taken ends at once.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from advocate_score import dates
from advocate_score.config import Settings, load_settings
from advocate_score.errors import Fault, InputError
from advocate_score.files import work_dir
from advocate_score.signal_spec import Signal
from advocate_score.signals.catalogue import Catalogue, resolve

if TYPE_CHECKING:
    from advocate_score.engine.base import Engine
    from advocate_score.tables.ingest import PreparedTables


class Progress(Protocol):
    """How a flow reports its progress, whatever shows it."""

    def step(self, what: str, completed: int = 0, total: int = 0) -> None:
        """`what` has started or continues; `total` 0 means that its length is unknown."""

    def warn(self, text: str) -> None:
        """A message that the reader should know; it stops nothing."""


class Silent:
    def step(self, what: str, completed: int = 0, total: int = 0) -> None:
        pass

    def warn(self, text: str) -> None:
        pass


@dataclass(frozen=True)
class Project:
    settings: Settings
    catalogue: Catalogue
    progress: Progress


@dataclass(frozen=True)
class Data:
    """The tables as views of `engine`, valid while the context of `open_data` is open."""

    engine: "Engine"
    tables: "PreparedTables"
    signals: tuple[Signal, ...]
    folder: Path


def open_project(config: Path, overrides: Sequence[str], progress: Progress) -> Project:
    settings = load_settings(config, overrides)
    return Project(settings, resolve(settings), progress)


@contextmanager
def open_data(project: Project, needed: Collection[str] = (), *, with_remarks: bool = False) -> Iterator[Data]:
    """Read, check and register every table; warnings are passed on to the progress.

    InputError if a table of `needed` is absent or empty. with_remarks: also pass on the warnings that ask for nothing.
    """
    from advocate_score.engine.open import open_engine
    from advocate_score.tables.ingest import prepare

    with local_tables(project) as local, work_dir(project.settings.folder) as folder:
        settings = local.settings
        spill = settings.engine.spill_folder
        with open_engine(settings.engine, settings.path(spill) if spill else folder / "spill") as engine:
            reading = partial(project.progress.step, "Reading and checking tables")
            tables = prepare(settings, engine, folder / "tables", needed, reading, dates.now())
            for warning in tables.warnings:
                if with_remarks or warning not in tables.remarks:
                    project.progress.warn(warning)
            yield Data(engine, tables, project.catalogue.active(tables.present), folder)


@contextmanager
def open_accounts(project: Project) -> Iterator["Engine"]:
    """Register the accounts alone, whatever is wrong with the other tables; valid while the context is open."""
    from advocate_score.engine.open import open_engine
    from advocate_score.tables.ingest import prepare_accounts

    with (
        local_tables(project) as local,
        work_dir(project.settings.folder) as folder,
        open_engine(local.settings.engine, folder / "spill") as engine,
    ):
        prepare_accounts(local.settings, engine, folder / "tables")
        yield engine


@contextmanager
def local_tables(project: Project) -> Iterator[Project]:
    """The project with its tables on this machine: tables in an object store are fetched and kept until the context
    ends."""
    from advocate_score.sources.object_store import is_remote, local_settings

    if not is_remote(project.settings):
        yield project
        return
    fetching = partial(project.progress.step, "Fetching tables")
    with (
        work_dir(project.settings.folder) as folder,
        local_settings(project.settings, folder / "fetched", fetching) as settings,
    ):
        yield replace(project, settings=settings)


def validate_as_of(text: str) -> str:
    """`text` unchanged; InputError if it is not an instant."""
    dates.parse_as_of(text)
    return text


def resolve_as_of(settings: Settings, requested: str | None, data_cut: datetime | None) -> datetime:
    """The instant of prediction: the requested one, or by the configured rule, never the current instant by default."""
    if requested:
        return dates.parse_as_of(requested)
    if settings.sources.as_of == "today":
        return dates.midnight_of(dates.now().replace(tzinfo=UTC).astimezone(settings.sources.zone).date())
    if settings.sources.as_of != "data_cut":
        return dates.parse_as_of(settings.sources.as_of, "[sources] as_of")
    if data_cut is None:
        problem = "no table has a row with a date, so there is no data cut to take."
        fault = Fault("the data cut", problem, 'give --as-of, or set [sources] as_of = "today"')
        raise InputError([fault])
    return dates.first_midnight_after(data_cut)


def publication_dates(config: Path) -> list[str]:
    """Dates of the publications, newest first."""
    from advocate_score.publication.store import published_dates

    settings = load_settings(config, [])
    return published_dates(settings.path(settings.outputs.folder))[::-1]


def level_numbers(config: Path) -> list[str]:
    """Numbers of the ladder's levels, the smallest ask first."""
    return [str(number) for number in load_settings(config, []).ladder.in_use]


def champion_versions(config: Path) -> list[str]:
    """Versions that are or were champion, newest first."""
    from advocate_score.tracking.ledger import promotions

    settings = load_settings(config, [])
    known = promotions(settings.folder, settings.tracking.model_name)
    return list(dict.fromkeys(promotion.version for promotion in reversed(known)))


def setting_names() -> list[str]:
    """Every `section.key` that `--set` accepts."""
    sections = ((name, field.annotation) for name, field in Settings.model_fields.items())
    return [f"{name}.{key}" for name, kind in sections for key in getattr(kind, "model_fields", {})]
