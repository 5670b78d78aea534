"""`python -m tests.fuzz --seconds 60`: breaks the files of the corpus until the time is up, and prints what it found.

Each finding is kept as a file, to be mended and then added to the corpus.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.fuzz.target import case, corpus, read

_MEMORY = 2 * 2**30


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32, help="of the first case")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="folder for what is found")
    arguments = parser.parse_args()
    end = time.monotonic() + arguments.seconds
    seed, findings = arguments.seed, 0
    with tempfile.TemporaryDirectory() as folder:
        progress = Path(folder) / "progress"
        while time.monotonic() < end:
            progress.write_text(str(seed), encoding="utf-8")
            if _in_child(seed, end, Path(folder)) == 0:
                seed = int(progress.read_text(encoding="utf-8"))
                continue
            found = int(progress.read_text(encoding="utf-8"))
            findings += 1
            _keep(found, arguments.keep)
            seed = found + 1
    print(f"{seed - arguments.seed:,} cases from seed {arguments.seed}, {findings} findings")
    return min(findings, 1)


def _in_child(seed: int, end: float, folder: Path) -> int:
    """Reads case after case in a process of its own, since native code may end it; its exit code."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_size_now() + _MEMORY,) * 2)
        seeds = corpus()
        while time.monotonic() < end:
            read(case(seed, seeds), folder)
            seed += 1
            (folder / "progress").write_text(str(seed), encoding="utf-8")
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _size_now() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
    return pages * resource.getpagesize()


def _keep(seed: int, folder: Path) -> None:
    found = case(seed, corpus())
    folder.mkdir(exist_ok=True)
    stem, _, ending = found.name.partition(".")
    path = folder / f"{stem}-{seed}.{ending}"
    path.write_bytes(found.content)
    print(f"finding: seed {seed}, {found.dialect}, kept as {path}")


if __name__ == "__main__":
    sys.exit(main())
