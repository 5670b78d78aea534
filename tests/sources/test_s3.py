"""Tables from a real S3 server on this machine, and nights to it, by the command line with S3's own driver."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from advocate_score.simulate.crm import simulate_crm, write_crm
from advocate_score.simulate.world import World
from postgresql import free_port

pytestmark = pytest.mark.extra
DRIVER = Path(__file__).parents[2] / ".s3"
"""Where `make extras` has put the server and the driver: what they bring along is not for other tests."""
SECRET = "geheim-s3-key"  # noqa: S105
CONFIG = """
[sources]
folder = "s3://exports/crm/tonight"
time_zone = "UTC"
[sources.interactions]
path = "s3://exports/elsewhere/Calls.csv"
"""


def environment(port: int, **more: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "ana", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}
    where = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_MAX_ATTEMPTS": "1"}
    return {**os.environ, **keys, **where, "PYTHONPATH": str(DRIVER), **more}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    if not (DRIVER / "moto").is_dir():
        pytest.skip("no S3 server: make extras")
    number = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(number)]
    server = subprocess.Popen(
        command, env=environment(number), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    try:
        wait_for(number)
        yield number
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/data.json", timeout=5).close()
        except (URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    pytest.fail("the S3 server did not start")


UPLOAD = """
import sys, fsspec
store = fsspec.filesystem("s3")
store.mkdirs("exports", exist_ok=True)
for path, key in zip(sys.argv[1::2], sys.argv[2::2]):
    store.put_file(path, f"exports/{key}")
"""


@pytest.fixture
def firm(port: int, tmp_path: Path) -> Path:
    """Its tables stand in the store: most in a folder, one elsewhere."""
    write_crm(simulate_crm(World(accounts=60, asks=120, seed=3)), tmp_path)
    keys = {file: f"crm/tonight/{file.name}" for file in (tmp_path / "tables").iterdir()}
    keys[tmp_path / "tables" / "interactions.csv"] = "elsewhere/Calls.csv"
    words = [str(word) for pair in keys.items() for word in pair]
    subprocess.run([sys.executable, "-c", UPLOAD, *words], env=environment(port), check=True)
    (tmp_path / "advocate.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def score(firm: Path, port: int, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "advocate_score", "score", "--as-of", "2026-01-01", "--json", *words]
    return subprocess.run(
        command, cwd=firm, env=environment(port, **more), capture_output=True, text=True, check=False, timeout=300
    )


def files_of(publications: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(publications)): file.read_bytes() for file in publications.rglob("*.*") if file.is_file()
    }


def test_a_night_is_the_same_to_the_byte_as_from_files_here(firm: Path, port: int) -> None:
    afar = score(firm, port)
    assert afar.returncode == 0, afar.stderr
    assert json.loads(afar.stdout)["rows"]["interactions"]["accepted"] > 0
    assert not list(firm.glob(".advocate-score-work-*")), "what was fetched is gone"
    (firm / "publications").rename(firm / "afar")
    here = score(
        firm, port, "--set", "sources.folder=tables", "--set", "sources.interactions.path=tables/interactions.csv"
    )
    assert here.returncode == 0, here.stderr
    one, other = (files_of(firm / name) for name in ("afar", "publications"))
    assert one == other


SHOWN = """
import hashlib, json, sys, fsspec
store, night = fsspec.filesystem("s3"), f"exports/nights/{sys.argv[1]}"
files = json.loads(store.cat_file(f"{night}/manifest.json"))["files"]
found = {name: {"sha256": hashlib.sha256(store.cat_file(f"{night}/{name}")).hexdigest()} for name in files}
print(json.dumps([store.cat_file("exports/nights/current").decode(), found == files]))
"""


def test_a_night_is_delivered_whole_and_only_once(firm: Path, port: int) -> None:
    words = ["--set", "delivery.store=s3://exports/nights", "--set", "outputs.formats=['csv','parquet']"]
    done = score(firm, port, *words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["delivered"]["store"]["written"] == ["2026-01-01"]
    command = [sys.executable, "-c", SHOWN, "2026-01-01"]
    shown = subprocess.run(command, env=environment(port), capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == ["2026-01-01", True]
    again = subprocess.run(
        [sys.executable, "-m", "advocate_score", "deliver", "--json", *words],
        cwd=firm,
        env=environment(port),
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(again.stdout)["store"]["written"] == []


def test_a_bucket_that_is_not_there_is_named(firm: Path, port: int) -> None:
    refused = score(firm, port, "--set", "sources.folder=s3://none/crm")
    assert refused.returncode == 2
    assert "s3://none/crm: there is no such file or folder." in json.loads(refused.stdout)["error"]


def test_a_store_that_is_away_and_keys_that_are_missing_are_told_without_them(firm: Path, port: int) -> None:
    away = score(firm, port, AWS_ENDPOINT_URL=f"http://127.0.0.1:{free_port()}")
    assert away.returncode == 2
    assert "the store refused: EndpointConnectionError." in json.loads(away.stdout)["error"]
    without = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    keyless = score(firm, port, HOME=str(firm), **without)
    assert keyless.returncode == 2
    assert "the store refused: NoCredentialsError." in json.loads(keyless.stdout)["error"]
    assert SECRET not in away.stdout + away.stderr + keyless.stdout + keyless.stderr
    assert not (firm / "publications" / "2026-01-01").exists()
