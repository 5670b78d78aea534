"""The readers on broken files, in the quick form; `python -m tests.fuzz --seconds 600` goes on for longer."""

from pathlib import Path

import pytest
from tests.fuzz.target import Case, case, corpus, read

from advocate_score.config.settings import Dialect

SEEDS = corpus()
CASES = 120


@pytest.mark.parametrize(("name", "content"), SEEDS, ids=[name for name, _ in SEEDS])
def test_every_file_of_the_corpus(tmp_path: Path, name: str, content: bytes) -> None:
    """`read` fails where a row is lost, another exception comes, time or memory run away."""
    found = Case(name, content, Dialect(time_zone="UTC"))
    assert read(found, tmp_path) == read(found, tmp_path)


def test_broken_files_are_rows_or_a_refusal(tmp_path: Path) -> None:
    done = [read(case(seed, SEEDS), tmp_path) for seed in range(CASES)]
    assert 0 < sum(done) < CASES
