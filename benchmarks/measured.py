"""What work costs: each time in a process of its own, so that its peak memory is its own. Run benchmarks as modules.

from benchmarks.measured import compared, measured, tell

cost = measured(partial(work, size), repeats=3)          # a callable that can be pickled, or a command
costs = compared({"ours": ours, "the limit": limit}, 3)  # in turns, so that load from elsewhere meets all alike
tell("signals", [row("ours", costs["ours"], costs["the limit"])], as_json=False)
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Work = Callable[[], object] | Sequence[str]
Row = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """Medians of wall and processor seconds; the highest resident memory of any repetition."""

    seconds: float
    processor: float
    peak_mb: float

    def over(self, limit: "Cost") -> float:
        return self.seconds / limit.seconds


def measured(work: Work, repeats: int = 3) -> Cost:
    """Of a command, as a list of words, the whole of it, with a new interpreter's start; of a callable the call alone.

    Where a callable returns a callable, the first is preparation and the second is timed.
    """
    return compared({"": work}, repeats)[""]


def compared(works: Mapping[str, Work], repeats: int = 3) -> dict[str, Cost]:
    """Costs by name, measured in turns: a, b, a, b, …"""
    taken: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            taken[name].append(_of_call(work) if callable(work) else _of_command(work))
    return {name: _median(costs) for name, costs in taken.items()}


def row(what: str, cost: Cost, limit: Cost | None = None, **also: object) -> Row:
    """One line of a benchmark's table."""
    ratio = {} if limit is None else {"× limit": round(cost.over(limit), 2)}
    figures = {"seconds": round(cost.seconds, 3), "processor": round(cost.processor, 3), "peak MB": round(cost.peak_mb)}
    return {"": what, **figures, **ratio, **also}


def asked(doc: str | None, what: str, number: int, arguments: Sequence[str] | None) -> argparse.Namespace:
    """From the command line: a number of `what`, `repeats` and `json`."""
    return numbers_asked(doc, {what: number, "repeats": 3}, arguments)


def numbers_asked(doc: str | None, defaults: Mapping[str, int], arguments: Sequence[str] | None) -> argparse.Namespace:
    """From the command line: each of the numbers, in their order, and `json`."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in defaults.items():
        parser.add_argument(name, type=int, nargs="?", default=default)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def tell(benchmark: str, rows: Sequence[Row], *, as_json: bool) -> None:
    """Prints one JSON object, which `benchmarks.table` reads, or a table for the eye."""
    if as_json:
        print(json.dumps({"benchmark": benchmark, "rows": list(rows)}), flush=True)
    else:
        print("\n".join(markdown(rows)), flush=True)


def markdown(rows: Sequence[Row]) -> list[str]:
    names = list(dict.fromkeys(name for one in rows for name in one))
    lines = [[_cell(one.get(name, "")) for name in names] for one in rows]
    widths = [max(map(len, column)) for column in zip(names, *lines, strict=True)]
    numbers = [all(not isinstance(one.get(name, 0), str) for one in rows) for name in names]
    rule = ["-" * (width - number) + ":" * number for width, number in zip(widths, numbers, strict=True)]
    return ["| " + " | ".join(_padded(cells, widths, numbers)) + " |" for cells in (names, rule, *lines)]


def _padded(cells: Sequence[str], widths: Sequence[int], numbers: Sequence[bool]) -> list[str]:
    each = zip(cells, widths, numbers, strict=True)
    return [cell.rjust(width) if number else cell.ljust(width) for cell, width, number in each]


def _cell(value: object) -> str:
    return str(value) if isinstance(value, str) else f"{value:,}"


def _median(costs: Sequence[Cost]) -> Cost:
    seconds, processor = (statistics.median(getattr(cost, name) for cost in costs) for name in ("seconds", "processor"))
    return Cost(seconds, processor, max(cost.peak_mb for cost in costs))


def _of_call(work: Callable[[], object]) -> Cost:
    spawn = multiprocessing.get_context("spawn")
    receiving, sending = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_call, args=(work, sending))
    process.start()
    sending.close()
    try:
        cost: Cost = receiving.recv()
    except EOFError as error:
        process.join()
        raise RuntimeError(f"the measured work ended with exit code {process.exitcode}") from error
    process.join()
    return cost


def _call(work: Callable[[], object], sending: Any) -> None:
    begun, used = time.perf_counter(), time.process_time()
    done = work()
    if callable(done):
        begun, used = time.perf_counter(), time.process_time()
        done()
    cost = time.perf_counter() - begun, time.process_time() - used
    sending.send(Cost(*cost, _highest_mb()))


def _highest_mb() -> float:
    """Of this program alone: `ru_maxrss` would begin with that of the process that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS, which counts bytes
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**10


def _of_command(words: Sequence[str]) -> Cost:
    """Started by a small process, since a child's peak begins with that of its parent."""
    told = subprocess.run([sys.executable, "-S", __file__, *words], check=True, stdout=subprocess.PIPE, text=True)
    return Cost(**json.loads(told.stdout))


def _run_and_tell(words: Sequence[str]) -> None:
    begun = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    cost = Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)
    print(json.dumps(vars(cost)))


if __name__ == "__main__" and sys.argv[1:]:
    _run_and_tell(sys.argv[1:])
