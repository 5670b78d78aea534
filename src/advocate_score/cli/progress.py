"""Progress on stderr: a live line on a terminal, followed by the warnings, counted and grouped; JSON lines elsewhere,
which also hold the error if there is one; nothing when quiet."""

import json
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from advocate_score.cli.exit_codes import exit_code, faults, full_message

if TYPE_CHECKING:
    from rich.progress import Progress as Bars, Task, TaskID

    from advocate_score.flows.project import Progress


_LOGGED = "in the log: "


def logged_message(error: BaseException) -> str | None:
    """The error's message as the log of a run holds it, so that it must not be shown again; None if no log does."""
    notes: Sequence[str] = getattr(error, "__notes__", ())
    return next((note.removeprefix(_LOGGED) for note in notes if note.startswith(_LOGGED)), None)


class JsonLines:
    """One JSON object per line; `run` is the same in every line of a run, and the last line says how it ended."""

    def __init__(self) -> None:
        self.run = uuid.uuid4().hex[:12]

    def step(self, what: str, completed: int = 0, total: int = 0) -> None:
        self._write("info", what, done=completed, total=total)

    def warn(self, text: str) -> None:
        self._write("warning", text)

    @contextmanager
    def frame_run(self, command: str) -> Iterator[None]:
        started = time.monotonic()
        self._write("info", "begun", command=command)
        try:
            yield
        except BaseException as error:
            message = full_message(error)
            error.add_note(f"{_LOGGED}{message}")
            self._ended(
                started, command, exit_code(error), {"error": message, "faults": list(map(vars, faults(error)))}
            )
            raise
        self._ended(started, command, 0, {})

    def _ended(self, started: float, command: str, code: int, details: dict[str, object]) -> None:
        seconds = round(time.monotonic() - started, 3)
        self._write("error" if code else "info", "ended", command=command, exit_code=code, seconds=seconds, **details)

    def _write(self, severity: str, event: str, **figures: object) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "run": self.run, "severity": severity, "event": event, **figures}
        print(json.dumps(line, ensure_ascii=False), file=sys.stderr, flush=True)


class LiveLine:
    """One bar for the current step; finished steps are removed.

    Counted steps that continue where the last one stopped share one bar, with their total time and rate.
    """

    def __init__(self, bars: "Bars") -> None:
        self.bars = bars
        self.what = ""
        self.warnings: list[str] = []
        self.completed = self.total = 0
        self.task: TaskID | None = None

    def step(self, what: str, completed: int = 0, total: int = 0) -> None:
        goes_on = what == self.what or (total == self.total and completed > self.completed)
        if self.task is None or not goes_on:
            if self.task is not None:
                self.bars.remove_task(self.task)
            self.task = self.bars.add_task(what, total=total or None)
        self.bars.update(self.task, description=what, completed=completed, total=total or None)
        self.what, self.completed, self.total = what, completed, total

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def group_warnings(warnings: Sequence[str]) -> list[str]:
    """The warnings under a line with their number: those of one table together, and equal ones once."""
    if not warnings:
        return []
    groups: dict[str, list[str]] = defaultdict(list)
    for text, times in Counter(warnings).items():
        groups[text.split(" ")[0].rstrip(":")].append(f"  {text}" + (f" ({times} times)" if times > 1 else ""))
    count = "1 warning:" if len(warnings) == 1 else f"{len(warnings)} warnings:"
    return [count, *(line for lines in groups.values() for line in lines)]


@contextmanager
def shown_progress(quiet: bool, command: str) -> Iterator["Progress"]:
    if quiet:
        from advocate_score.flows.project import Silent

        yield Silent()
    elif sys.stderr.isatty():
        with _bars() as bars:
            live = LiveLine(bars)
            try:
                yield live
            finally:
                bars.stop()
                for line in group_warnings(live.warnings):
                    bars.console.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)
    else:
        lines = JsonLines()
        with lines.frame_run(command):
            yield lines


def _bars() -> "Bars":
    """Bars with the count, the rate and the elapsed time; the rate only if the total is known."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress as Bars, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class RateColumn(TextColumn):
        def render(self, task: "Task") -> Text:
            return Text(done_and_rate(task.completed, task.total, task.elapsed), "cyan")

    what = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), what, BarColumn(bar_width=24), RateColumn(""), TimeElapsedColumn())
    return Bars(*columns, console=Console(stderr=True), transient=True)


def done_and_rate(completed: float, total: float | None, seconds: float | None) -> str:
    """A text such as '12/32 · 1.3/s', with the rate per minute if it is slow; '' if the total is unknown."""
    if not total:
        return ""
    counted = f"{completed:,.0f}/{total:,.0f}"
    if not completed or not seconds:
        return counted
    rate = completed / seconds
    return f"{counted} · {rate:,.1f}/s" if rate >= 1 else f"{counted} · {60 * rate:.1f}/min"
