"""Do two checkouts write the same, byte for byte? For changes that must not change any output.

    git worktree add /tmp/old main
    python -m benchmarks.frozen /tmp/old .                       both sides, some five minutes each
    python -m benchmarks.frozen /tmp/old --keep /tmp/artefacts   the old side once
    python -m benchmarks.frozen /tmp/artefacts .                 and then the new side alone, as often as needed

On a made-up firm, with the clock held still: three nights in both languages, by the scorecard and by a trained and
promoted champion, with every file of a publication; what each command says to machines and to people; every --help; the
files of the models; what MLflow holds of the trainings. Every file that differs is listed with its first line that
does; the exit code is then 1. `rules` lists what is masked. Only the command line is called, by the Python and the
libraries that run this, so that modules may have moved; artefacts that were kept are good for the same libraries alone.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.frozen.compare import differences, digests
from benchmarks.frozen.run import COMMANDS, artefacts_of


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path, help="a checkout, or a folder of --keep")
    parser.add_argument("new", type=Path, nargs="?", help="a checkout, or a folder of --keep")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep artefacts of the first checkout that is run")
    parser.add_argument("--whole", action="store_true", help="long steps too: a second training, controls, the demo")
    given = parser.parse_args(arguments)
    if given.new is None and given.keep is None:
        parser.error("name a second checkout, or --keep")
    if given.keep and given.keep.exists() and any(given.keep.iterdir()):
        parser.error(f"{given.keep} is not empty")
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder, "old"), Path(folder, "new")]
        keep = given.keep
        for number, side in enumerate(filter(None, (given.old, given.new))):
            if (side / COMMANDS).is_dir():
                places[number] = side
                continue
            places[number], keep = keep or places[number], None
            _run(side, places[number], given.whole)
        return 0 if given.new is None else _told(*places)


def _run(checkout: Path, into: Path, whole: bool) -> None:
    if not (checkout / "src" / "advocate_score").is_dir():
        raise SystemExit(f"{checkout} is neither a checkout nor a folder of --keep")
    begun = time.monotonic()
    into.mkdir(parents=True, exist_ok=True)
    artefacts_of(checkout, into, whole=whole)
    print(f"{checkout}: {len(digests(into))} files in {time.monotonic() - begun:.0f} s", flush=True)


def _told(old: Path, new: Path) -> int:
    found, number = differences(old, new), len(digests(old))
    for one in found:
        print("\n".join(one.lines()))
    print(f"{number} files compared, {len(found)} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
