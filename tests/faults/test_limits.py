"""G1: a file-size limit and a full disk, which cut writes short wherever they please."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from faults.scenes import PUBLISHING, SCENES, UNEXPECTED, Scene, exit_code_of
from faults.tally import Tally, spread
from goals import sized

pytestmark = pytest.mark.goal("G1")
LIMITS = sorted({0, 1, 2, 4, 100, 149, 300, 8_191, 8_192, 8_193, *range(500, 30_000, 1_500)})
BLOCKS, ROOM_IN_BLOCKS = range(14, 28), 40
INODES, ROOM_IN_INODES = range(12, 20), 30


def ended(scene: Scene, target: Path, prepare: Callable[[], object] = lambda: None) -> int:
    """The exit code of a child that prepares itself and then does what the scene is about."""
    child = os.fork()
    if child == 0:
        code = UNEXPECTED
        try:
            prepare()
            code = exit_code_of(scene.act, target)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("name", PUBLISHING)
def test_no_file_size_limit_tears_a_publication(tmp_path: Path, name: str, measured: Callable[[str], None]) -> None:
    scene, tally = SCENES[name], Tally()
    for limit in spread(LIMITS, sized(6, len(LIMITS))):
        target = tmp_path / str(limit)
        scene.before(target)
        code = ended(scene, target, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))  # noqa: B023
        assert code, "the largest file is above every limit"
        tally.judge(scene, target, code, "file-size limit", f"{name}: at most {limit} bytes a file")
    measured(f"{name}: {tally}")
    tally.check()


@contextmanager
def small_disk(folder: Path, option: str) -> Iterator[None]:
    """A file system in memory that is full soon; the test is skipped where it cannot be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", option, "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk needs root: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.extra
@pytest.mark.parametrize("name", PUBLISHING)
def test_no_full_disk_tears_a_publication(tmp_path: Path, name: str, measured: Callable[[str], None]) -> None:
    scene, tally = SCENES[name], Tally()
    sizes = [*(f"size={4 * blocks}k" for blocks in BLOCKS), *(f"nr_inodes={number}" for number in INODES)]
    for size in spread(sizes, sized(6, len(sizes))):
        disk = tmp_path / size
        with small_disk(disk, size):
            scene.before(disk / "publications")
            code = ended(scene, disk / "publications")
            assert code, "every disk is too small"
            enough = f"remount,size={4 * ROOM_IN_BLOCKS}k,nr_inodes={ROOM_IN_INODES}"
            subprocess.run(["mount", "-o", enough, str(disk)], check=True)
            tally.judge(scene, disk / "publications", code, "full disk", f"{name}: {size}")
    measured(f"{name}: {tally}")
    tally.check()
