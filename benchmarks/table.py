"""Runs the benchmarks of speed and writes their tables into docs/performance.md.

python -m benchmarks.table                    what is measured in some minutes
python -m benchmarks.table --whole            the sizes that the goals name: an hour or two, on a quiet machine
python -m benchmarks.table check growth       these alone
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measured import Row, markdown

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
QUICK: Mapping[str, tuple[str, ...]] = {
    "startup": ("1000", "3"),
    "signals": ("2000000", "20000", "3"),
    "scoring": ("--accounts", "100000", "--repeats", "3"),
    "check": ("2000000", "3"),
    "training": ("2000", "70", "3"),
    "plan": ("1000", "20000"),
    "publish": ("10000", "100000"),
    "growth": ("1000", "10000", "100000"),
}
WHOLE: Mapping[str, tuple[str, ...]] = {
    "startup": ("5000", "5"),
    "signals": ("20000000", "200000", "3"),
    "scoring": ("--accounts", "1000000", "--repeats", "3"),
    "check": ("20000000", "3"),
    "training": ("2000", "70", "5"),
    "plan": ("1000", "5000", "20000", "100000"),
    "publish": ("100000", "1000000"),
    "growth": ("--memory", "6GB", "10000", "100000", "1000000", "10000000"),
}


def start_of(benchmark: str) -> str:
    return f"<!-- {benchmark}: made by python -m benchmarks.table -->"


def end_of(benchmark: str) -> str:
    return f"<!-- {benchmark}: end -->"


def with_table(page: str, benchmark: str, text: str) -> str:
    """The page with what stands between the benchmark's marks replaced; ValueError where it has none."""
    start, end = start_of(benchmark), end_of(benchmark)
    if start not in page or end not in page:
        raise ValueError(f"the page has no '{start}' and '{end}'")
    head, rest = page.split(start, 1)
    return f"{head}{start}\n\n{text}\n\n{end}{rest.split(end, 1)[1]}"


def section(arguments: Sequence[str], rows: Sequence[Row]) -> str:
    """How it was measured, and the table."""
    command = " ".join(arguments)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return "\n".join([f"`python -m benchmarks.{command}`: {machine}.", "", *markdown(rows)])


def run(benchmark: str, arguments: Sequence[str]) -> list[Row]:
    """Rows of a benchmark, which runs in a process of its own."""
    words = [sys.executable, "-m", f"benchmarks.{benchmark}", *arguments, "--json"]
    told = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=PAGE.parents[1])
    rows: list[Row] = json.loads(told.stdout.splitlines()[-1])["rows"]
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmarks", nargs="*", metavar="BENCHMARK", help=f"of {', '.join(QUICK)}; default: all")
    parser.add_argument("--whole", action="store_true", help="at full size")
    given = parser.parse_args(arguments)
    sizes = WHOLE if given.whole else QUICK
    for benchmark in given.benchmarks or sizes:
        print(f"== {benchmark} {' '.join(sizes[benchmark])}", flush=True)
        text = section([benchmark, *sizes[benchmark]], run(benchmark, sizes[benchmark]))
        print(text, flush=True)
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(with_table(page, benchmark, text), encoding="utf-8")


if __name__ == "__main__":
    main()
