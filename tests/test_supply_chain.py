"""What is installed is what was locked, and what is built is the same wherever it is built."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = [ROOT / "requirements.lock", *sorted((ROOT / ".ci").glob("*.lock"))]
HASHED = re.compile(r"^[\w.-]+==\S+.*?(?=^[\w.-]+==|\Z)", re.MULTILINE | re.DOTALL)


@pytest.mark.goal("G24")
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_release_has_hashes_and_no_address(lock: Path, measured: Callable[[str], None]) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = HASHED.findall(text)
    assert entries
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
    measured(f"{lock.name}: {len(entries)} releases, all with hashes")


def test_what_the_package_declares_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = {
        name.lower().replace("_", "-") for name in re.findall(r"^([\w.-]+)==", LOCKS[0].read_text(), re.MULTILINE)
    }
    declared = {re.split(r"[\[<>=~! ]", one)[0].lower() for one in project["dependencies"]}
    assert declared <= locked


def test_every_listed_finding_says_what_is_done_about_it() -> None:
    findings = tomllib.loads((ROOT / ".ci" / "findings.toml").read_text(encoding="utf-8"))["finding"]
    assert len({one["id"] for one in findings}) == len(findings)
    assert all(set(one) == {"id", "package", "what", "mitigation"} for one in findings)


@pytest.mark.goal("G24")
def test_the_wheel_is_the_same_wherever_it_is_built(tmp_path: Path, measured: Callable[[str], None]) -> None:
    wheels = []
    for umask, name in ((0o022, "one"), (0o077, "two")):
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / name]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "PYTHONHASHSEED": str(umask)}
        subprocess.run(command, cwd=ROOT, env=environment, umask=umask, check=True, stdout=subprocess.DEVNULL)
        wheels += (tmp_path / name).glob("*.whl")
    assert len(wheels) == 2
    assert len({hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels}) == 1
    measured("wheel built twice, under other modes and hash seeds: identical")


@pytest.mark.goal("G24")
@pytest.mark.extra
def test_no_locked_release_is_withdrawn_or_has_an_unlisted_finding(measured: Callable[[str], None]) -> None:
    run = subprocess.run(["make", "audit", "dist"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    said = [line for line in run.stdout.splitlines() if "locked" in line or "no answer" in line or "sbom" in line]
    measured(" · ".join(line.strip() for line in said))
