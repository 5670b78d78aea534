"""What was found, one line of JSON a cell, seed and method, so that a run can be stopped, resumed and extended."""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.quality.cells import Cell, cell_named
from benchmarks.quality.competitors import COMPETITORS
from benchmarks.quality.measures import Measured

import advocate_score.evaluation
import advocate_score.model
from advocate_score.files import shipped_file

_HERE = Path(__file__).parent
_JUDGES = ("cells", "worlds", "inputs", "measures", "optimum", "judge", "methods")


class Task(NamedTuple):
    cell: Cell
    seed: int
    method: str


def append(folder: Path, task: Task, measured: Measured) -> None:
    line = {"cell": task.cell.name, "seed": task.seed, "method": task.method, "code": code_of(task.method), **measured}
    with _file(folder).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def found(folder: Path) -> dict[Task, Measured]:
    """The results of the code as it is now; lines of earlier code are passed over."""
    if not _file(folder).exists():
        return {}
    lines: Iterable[dict[str, Any]] = map(json.loads, _file(folder).read_text(encoding="utf-8").splitlines())
    current = {}
    for line in lines:
        cell, seed, method, code = (line.pop(name) for name in ("cell", "seed", "method", "code"))
        if code == code_of(method):
            current[Task(cell_named(cell), seed, method)] = line
    return current


@cache
def code_of(method: str) -> str:
    """Short digest of the files that a method's results depend on."""
    judges = [_HERE / f"{name}.py" for name in _JUDGES]
    if method in COMPETITORS:
        own = [_HERE / "competitors.py", _HERE / "libraries.py"]
    else:
        folders = (advocate_score.model, advocate_score.evaluation)
        own = [file for folder in folders for file in sorted(Path(folder.__path__[0]).glob("*.py"))]
        own.append(shipped_file("models/ladder.toml"))
    whole = b"".join(file.read_bytes() for file in [*judges, *own])
    return hashlib.sha256(whole).hexdigest()[:12]


def _file(folder: Path) -> Path:
    return folder / "results.jsonl"
