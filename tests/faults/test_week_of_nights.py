"""A week of unattended nights over a growing export, in which everything goes wrong once: seven right publications."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from advocate_score.publication.store import is_whole, published_dates, read_manifest
from faults.growing_export import export
from goals import WHOLE
from tracking.mlflow_server import Server, started

pytestmark = [
    pytest.mark.extra,
    pytest.mark.skipif(not WHOLE, reason="takes minutes; part of make faults"),
]
Measured = Callable[[str], None]
NIGHTS = [date(2025, 12, 22) + timedelta(days=number) for number in range(7)]
BEFORE = date(2025, 12, 21)
COMMAND = Path(sys.executable).with_name("advocate-score")


@dataclass
class Firm:
    """A folder as an operator sets it up, and the CRM whose export grows."""

    folder: Path
    crm: Path

    def run(self, *words: str) -> int:
        return self._start(*words).wait()

    def score(self, day: date) -> int:
        return self.run("score", "--as-of", day.isoformat())

    def score_killed(self, day: date) -> int:
        """Killed as soon as it says that it publishes."""
        seen = len(self.log())
        process = self._start("score", "--as-of", day.isoformat())
        while process.poll() is None and not any(line["event"] == "Publishing" for line in self.log()[seen:]):
            time.sleep(0.01)
        process.kill()
        return process.wait()

    def current(self) -> Path:
        return (self.folder / "publications" / "current").resolve()

    def export(self, day: date) -> None:
        export(self.crm, self.folder / "tables", day)

    def log(self) -> list[dict[str, object]]:
        lines = (self.folder / "night.log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / "night.log").open("ab") as log:
            command = [COMMAND, *words, "--config", "advocate.toml"]
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Firm:
    folder = tmp_path_factory.mktemp("firm")
    made = Firm(folder, folder / "crm" / "tables")
    settings = (
        f'[sources]\ntime_zone = "UTC"\n[tracking]\nuri = "{server.address}"\n'
        '[model]\nwithout_champion = "refuse"\n[operations]\non_failure = ["sh", "-c", "echo failed >>alarms"]\n'
    )
    (folder / "advocate.toml").write_text(settings, encoding="utf-8")
    simulate = ["simulate", "--out", "crm", "--accounts", "200", "--asks", "700", "--seed", "5", "--quiet"]
    subprocess.run([COMMAND, *simulate], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    made.export(BEFORE)
    assert made.run("train", "--as-of", BEFORE.isoformat()) == 0
    assert made.run("promote", "--force", "--reason", "the first one") == 0
    assert made.score(BEFORE) == 0
    return made


@pytest.fixture
def disk(firm: Firm) -> Iterator[Path]:
    """The publications on a disk of their own, which a test may fill."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk of its own")
    folder = firm.folder / "publications"
    standing = firm.folder / "standing"
    folder.rename(standing)
    folder.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", folder], check=True)
    try:
        shutil.copytree(standing, folder, symlinks=True, dirs_exist_ok=True)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.goal("G1")
def test_a_week_in_which_everything_goes_wrong_once(firm: Firm, server: Server, disk: Path, measured: Measured) -> None:
    plain, bad_file, full_disk, killed, outage, bad_model, last = NIGHTS
    codes: dict[str, list[int]] = {}

    firm.export(plain)
    codes["plain"] = [firm.score(plain)]

    firm.export(bad_file)
    accounts = firm.folder / "tables" / "accounts.csv"
    accounts.write_text(accounts.read_text(encoding="utf-8").replace("account_id", "client", 1), encoding="utf-8")
    codes["bad file"] = [firm.score(bad_file)]
    assert firm.current().name == plain.isoformat()
    firm.export(bad_file)
    codes["bad file"].append(firm.score(bad_file))

    firm.export(full_disk)
    filler = _filled(disk)
    codes["full disk"] = [firm.score(full_disk)]
    assert firm.current().name == bad_file.isoformat()
    filler.unlink()
    codes["full disk"].append(firm.score(full_disk))

    firm.export(killed)
    codes["killed"] = [firm.score_killed(killed)]
    assert is_whole(firm.current())
    codes["killed"].append(firm.score(killed))

    firm.export(outage)
    server.kill()
    codes["registry down"] = [firm.score(outage)]
    assert any("copy of the champion" in one for one in read_manifest(firm.current())["warnings"])
    server.start()

    firm.export(bad_model)
    _teach_the_opposite(firm, bad_model)
    codes["bad promotion"] = [firm.score(bad_model)]
    assert firm.current().name == outage.isoformat()
    assert firm.run("promote", "--version", "1", "--reason", "version 2 learned from a broken export") == 0
    codes["bad promotion"].append(firm.score(bad_model))

    firm.export(last)
    codes["last"] = [firm.score(last)]

    assert codes == {
        "plain": [0],
        "bad file": [2, 0],
        "full disk": [2, 0],
        "killed": [-signal.SIGKILL, 0],
        "registry down": [0],
        "bad promotion": [3, 0],
        "last": [0],
    }
    dates = published_dates(disk)
    assert dates == [day.isoformat() for day in (BEFORE, *NIGHTS)]
    assert all(is_whole(disk / day) for day in dates)
    assert {read_manifest(disk / day)["model"]["version"] for day in dates} == {"1"}
    assert firm.current().name == last.isoformat()
    assert [*disk.glob(".advocate-score-tmp-*"), *firm.folder.glob(".advocate-score-work-*")] == []
    assert len((firm.folder / "alarms").read_text().splitlines()) == 3, (
        "a killed run cannot tell; a timer's OnFailure does"
    )
    measured(
        f"a week of nights: exit codes {codes}; {len(NIGHTS)} of {len(NIGHTS)} publications whole, nothing left behind"
    )


def _teach_the_opposite(firm: Firm, day: date) -> None:
    """A champion that learned from an export in which yes and no had changed places."""
    asks = firm.folder / "tables" / "asks.csv"
    text = asks.read_text(encoding="utf-8")
    swapped = text.replace("accepted", "\0").replace("declined", "accepted").replace("\0", "declined")
    asks.write_text(swapped, encoding="utf-8")
    assert firm.run("train", "--as-of", day.isoformat()) == 0
    assert firm.run("promote", "--force", "--reason", "in a hurry") == 0
    asks.write_text(text, encoding="utf-8")


def _filled(disk: Path) -> Path:
    """A file that takes all room there is."""
    filler = disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(disk).free))
    return filler


def _made_again(firm: Firm) -> dict[str, bytes]:
    """The same nights without a fault, in a folder of their own."""
    for day in (BEFORE, *NIGHTS):
        firm.export(day)
        assert firm.run("score", "--as-of", day.isoformat(), "--set", "outputs.folder=again") == 0
    return _lists(firm.folder / "again")


def _lists(publications: Path) -> dict[str, bytes]:
    files = [*publications.glob("2*/*.csv"), *publications.glob("2*/by_owner/*.csv")]
    return {str(file.relative_to(publications)): file.read_bytes() for file in files}
