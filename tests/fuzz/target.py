"""One file of any bytes, read as the nightly job reads it: rows that are all accounted for, or a refusal in words."""

import csv
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
from tests.fuzz.mutation import mutated

from advocate_score.config import Settings
from advocate_score.config.formats import format_of
from advocate_score.config.settings import Dialect
from advocate_score.errors import InputError
from advocate_score.schema import TABLES
from advocate_score.sources.discover import Source
from advocate_score.tables.findings import REASONS
from advocate_score.tables.quarantine import opened_quarantine
from advocate_score.tables.staging import StagedTable, stage

CORPUS = Path(__file__).parent / "corpus"
LONGEST_SECONDS = 5
MOST_MEGABYTES = 400
_DIALECTS = (
    Dialect(time_zone="UTC"),
    Dialect(),
    Dialect(time_zone="Europe/Madrid", date_format="%d/%m/%Y", decimal=",", delimiter=";"),
    Dialect(time_zone="UTC", encoding="cp1252"),
    Dialect(time_zone="UTC", encoding="utf-16"),
)


@dataclass(frozen=True)
class Case:
    """A file of the corpus, as it stands or broken by `seed`, and how it is said to be written."""

    name: str
    content: bytes
    dialect: Dialect

    @property
    def table(self) -> str:
        return self.name.split("-")[0]


def corpus() -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(CORPUS.iterdir())]


def case(seed: int, seeds: list[tuple[str, bytes]]) -> Case:
    """The same seed gives the same case. Most have the dialect in which most of the corpus is written."""
    random = Random(seed)
    name, content = random.choice(seeds)
    _, other = random.choice(seeds)
    dialect = random.choice(_DIALECTS) if random.random() < 0.4 else _DIALECTS[0]
    return Case(name, mutated(name, content, other, random), dialect)


def read(one: Case, folder: Path) -> bool:
    """Whether the file was read; AssertionError or any other exception where the reader is at fault."""
    path = folder / one.name
    path.write_bytes(one.content)
    kind = format_of(one.name)
    assert kind is not None
    source = Source(one.table, path, kind.name, one.dialect, {}, {})
    before = _megabytes()
    try:
        with _at_most(LONGEST_SECONDS), opened_quarantine(Settings(folder=folder), folder / "working") as quarantine:
            staged = stage(TABLES[one.table], [source], folder / "staged", quarantine)
    except InputError as refused:
        if not all(fault.place and fault.problem for fault in refused.faults):
            raise AssertionError("a refusal says where and what") from refused
        return False
    finally:
        assert _megabytes() - before < MOST_MEGABYTES, "the memory is bounded"
    _check(staged)
    return True


def _check(staged: StagedTable) -> None:
    """Every row is in one place, and every row set aside has a reason."""
    rows = pq.read_metadata(staged.path).num_rows
    report, aside = staged.report, staged.quarantine.rows
    assert report.rows_in == rows + aside, f"{report.rows_in} rows came in, {rows} stay and {aside} are set aside"
    if aside:
        usual = csv.field_size_limit(2**26)
        with staged.quarantine.path.open(newline="", encoding="utf-8") as file:
            written = list(csv.DictReader(file))
        csv.field_size_limit(usual)
        assert len({row["row"] for row in written}) == len(written) == aside
        assert all(row["reason_code"] in REASONS and row["message"] for row in written)


class Hang(BaseException):
    """No `Exception`, so that nothing takes it for a fault of the file."""


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """Of this process's own time, whatever else the machine does."""

    def stop(number: int, frame: object) -> None:
        raise Hang(f"took more than {seconds} s")

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _megabytes() -> int:
    """The most that this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
