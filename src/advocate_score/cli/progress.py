"""Progress on stderr: a live line on a terminal, JSON lines elsewhere, nothing when quiet."""

import json
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from advocate_score.cli.outcome import exit_code, message
from advocate_score.flows.progress import Progress, Silent

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class JsonLines:
    """One JSON object a line; `run` is the same for every line of a run, the last of which says how it ended."""

    def __init__(self) -> None:
        self.run = uuid.uuid4().hex[:12]

    def step(self, what: str, done: int = 0, total: int = 0) -> None:
        self._write("info", what, done=done, total=total)

    def warn(self, text: str) -> None:
        self._write("warning", text)

    @contextmanager
    def framed(self, command: str) -> Iterator[None]:
        begun = time.monotonic()
        self._write("info", "begun", command=command)
        try:
            yield
        except BaseException as error:
            self._ended(begun, command, exit_code(error), {"error": message(error)})
            raise
        self._ended(begun, command, 0, {})

    def _ended(self, begun: float, command: str, code: int, told: dict[str, str]) -> None:
        seconds = round(time.monotonic() - begun, 3)
        self._write("error" if code else "info", "ended", command=command, exit_code=code, seconds=seconds, **told)

    def _write(self, severity: str, event: str, **figures: float | str) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "run": self.run, "severity": severity, "event": event, **figures}
        print(json.dumps(line, ensure_ascii=False), file=sys.stderr, flush=True)


class LiveLine:
    """One bar for the step under way; finished steps leave no trace."""

    def __init__(self, bars: "Bars") -> None:
        self.bars = bars
        self.what = ""
        self.task: TaskID | None = None

    def step(self, what: str, done: int = 0, total: int = 0) -> None:
        if self.task is None or what != self.what:
            if self.task is not None:
                self.bars.remove_task(self.task)
            self.task = self.bars.add_task(what, total=total or None)
            self.what = what
        self.bars.update(self.task, completed=done, total=total or None)

    def warn(self, text: str) -> None:
        self.bars.console.print("warning:", style="yellow", end=" ")
        self.bars.console.print(text, markup=False, highlight=False)


@contextmanager
def shown_progress(quiet: bool, command: str) -> Iterator[Progress]:
    if quiet:
        yield Silent()
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        with Bars(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bars:
            yield LiveLine(bars)
    else:
        lines = JsonLines()
        with lines.framed(command):
            yield lines
