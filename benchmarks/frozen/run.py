"""One checkout is made to work: every step, and what it left behind, as a folder of artefacts."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.frozen import registry, steps, still
from benchmarks.frozen.rules import masked, masked_bytes
from benchmarks.frozen.steps import Step

COMMANDS = "commands"
_LOCALES = {"en": "en_GB.UTF-8", "es": "es_ES.UTF-8"}
_LISTED = re.compile(r"^  ([a-z][a-z-]*)  +\S", re.MULTILINE)
_STORE, _FILES = "mlflow.db", "mlartifacts"
_CHILD = (sys.executable, "-m", "advocate_score")
_NEEDED = ("src", "data", "models", "pipelines")


@dataclass
class Workshop:
    """`checkout`: a copy of what was given, which may change meanwhile and shall hold no compiled files. `stand_ins`:
    for what is called otherwise in every run; MLflow's ids are known once it was asked."""

    given: Path
    work: Path
    artefacts: Path
    stand_ins: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stand_ins |= {str(self.work): "{work}", str(self.checkout): "{checkout}"}
        for name in ("firm", "tmp", "home", "still"):
            (self.work / name).mkdir()
        for name in _NEEDED:
            shutil.copytree(self.given / name, self.checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(still.__file__, self.work / "still" / "sitecustomize.py")

    @property
    def firm(self) -> Path:
        return self.work / "firm"

    @property
    def checkout(self) -> Path:
        return self.work / "checkout"

    def environment(self, language: str) -> dict[str, str]:
        """Nothing of the user's own: the outputs must not depend on who runs this."""
        passed = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return passed | {
            "PYTHONPATH": os.pathsep.join([str(self.work / "still"), str(self.checkout / "src")]),
            "PYTHONHASHSEED": "0",
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
            "HOME": str(self.work / "home"),
            "TMPDIR": str(self.work / "tmp"),
            "LANG": _LOCALES[language],
            "LOGNAME": "somebody",
            "TZ": "UTC",
            "COLUMNS": "100",
        }

    def called(self, words: Iterable[str], language: str) -> "subprocess.CompletedProcess[bytes]":
        command, environment = [*_CHILD, *words], self.environment(language)
        return subprocess.run(command, cwd=self.firm, env=environment, capture_output=True, check=False)

    def take(self, each: Iterable[Step]) -> None:
        """Runs them; keeps what they say, their exit code at the end of stderr."""
        for step in each:
            begun = time.monotonic()
            done = self.called(step.words, step.language)
            self.keep(f"{COMMANDS}/{step.name}.out", done.stdout)
            self.keep(f"{COMMANDS}/{step.name}.err", done.stderr + f"exit code {done.returncode}\n".encode())
            print(f"{time.monotonic() - begun:6.1f} s  {step.name}", file=sys.stderr, flush=True)

    def keep(self, name: str, content: bytes) -> None:
        target = self.artefacts / masked(name, "", self.stand_ins)
        assert not target.exists(), f"two artefacts are called {name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(masked_bytes(content, name, self.stand_ins))

    def keep_folder(self, folder: Path, name: str, leave_out: Collection[str] = ()) -> None:
        """Every file below; of a link where it leads, of a database its rows."""
        for path in sorted(folder.rglob("*")):
            place = path.relative_to(folder)
            if not set(place.parts).isdisjoint(leave_out) or (path.is_dir() and not path.is_symlink()):
                continue
            self.keep(f"{name}/{place.as_posix()}", _content(path))


def artefacts_of(checkout: Path, into: Path, *, whole: bool = False) -> None:
    """Runs the steps on the checkout, the long ones where `whole`; `into` is a new or empty folder."""
    with tempfile.TemporaryDirectory(prefix="frozen-") as name:
        shop = Workshop(checkout, Path(name).resolve(), into)
        _refuse_other_code(shop)
        shop.take(_helps(shop))
        shop.take(steps.begin())
        steps.configure(shop.firm)
        shop.take(steps.nights())
        shop.take(steps.readers())
        _keep_firm(shop, "published")
        shop.take(steps.changers(shop.firm))
        shop.take(steps.refusals())
        _copy_shipped(shop)
        shop.take(steps.shipped())
        shop.take(steps.long() if whole else ())
        _keep_firm(shop, "changed")


def _refuse_other_code(shop: Workshop) -> None:
    """What is installed for development leads elsewhere; it must not be what runs."""
    command = [sys.executable, "-c", "import advocate_score; print(advocate_score.__file__)"]
    told = subprocess.run(
        command, cwd=shop.firm, env=shop.environment("en"), capture_output=True, check=True, text=True
    )
    if not Path(told.stdout.strip()).resolve().is_relative_to(shop.checkout):
        raise SystemExit(f"{told.stdout.strip()} would run, and not the package of {shop.given}")


def _helps(shop: Workshop) -> list[Step]:
    listed = _LISTED.findall(shop.called(["--help"], "en").stdout.decode())
    if not listed:
        raise SystemExit("--help lists no command: its layout is another than this tool reads")
    return [
        Step(f"help {' '.join(command)} {language}", (*command, "--help"), language)
        for language in steps.LANGUAGES
        for command in ((), *((one,) for one in listed))
    ]


def _keep_firm(shop: Workshop, name: str) -> None:
    """With what each store of MLflow holds by then, which also says what its ids stand for."""
    for store in sorted(shop.firm.rglob(_STORE)):
        found, beside = registry.read(store), store.parent.relative_to(shop.firm)
        shop.stand_ins |= found.ids
        for title, text in found.texts.items():
            shop.keep(f"{name}/mlflow/{beside / title}.json", text.encode())
        for title, place in found.places.items():
            shop.keep_folder(place, f"{name}/mlflow/{beside / title}")
    shop.keep_folder(shop.firm, f"{name}/firm", leave_out={_STORE, _FILES})
    _mask_again(shop.artefacts / COMMANDS, shop.stand_ins)


def _mask_again(folder: Path, stand_ins: Mapping[str, str]) -> None:
    """What commands said before the ids were known."""
    for path in folder.iterdir():
        path.write_bytes(masked_bytes(path.read_bytes(), path.name, stand_ins))


def _copy_shipped(shop: Workshop) -> None:
    data, pipelines = shop.checkout / "data", shop.checkout / "pipelines"
    shutil.copytree(data / "sample", shop.firm / "sample")
    for crm in ("salesforce", "hubspot"):
        shutil.copytree(data / "exports" / crm, shop.firm / crm / "exports")
        shutil.copy(pipelines / f"{crm}.toml", shop.firm / crm)


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return f"leads to {path.readlink()}\n".encode()
    if path.suffix == ".db":
        with sqlite3.connect(path) as database:
            return "".join(f"{line}\n" for line in database.iterdump()).encode()
    return path.read_bytes()
