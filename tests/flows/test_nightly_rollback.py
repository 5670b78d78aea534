"""`rollback` as it is called: the night before is in use, and stays so when the job runs again."""

from pathlib import Path

import pytest

from advocate_score.dates import parse_as_of
from advocate_score.publication.folder import lock_folder
from advocate_score.publication.publisher import publish
from flows.conftest import AS_OF, Run

BEFORE = "2025-12-31"


def published(firm: Path, day: str) -> None:
    publish(firm / "publications", parse_as_of(day), {"candidates.csv": b"\n"}, {"run_id": f"of {day}", "as_of": day})


def in_use(firm: Path) -> str:
    return (firm / "publications" / "current").resolve().name


def test_a_night_rolled_back_stays_so_when_the_job_runs_again(firm: Path, run: Run) -> None:
    published(firm, BEFORE)
    published(firm, AS_OF)
    done = run(firm, "rollback")
    assert done.code == 0, done.err
    assert done.result == {
        "folder": str(firm / "publications" / BEFORE),
        "date": BEFORE,
        "run_id": f"of {BEFORE}",
        "before": AS_OF,
        "withdrawn": [AS_OF],
    }
    published(firm, AS_OF)
    assert in_use(firm) == BEFORE
    assert run(firm, "rollback", "--to", AS_OF).result["withdrawn"] == []
    assert in_use(firm) == AS_OF


@pytest.mark.parametrize("words", [["--to", "2025-12-30"], ["--to", "today"]])
def test_a_date_that_does_not_stand_is_refused(firm: Path, run: Run, words: list[str]) -> None:
    published(firm, BEFORE)
    refused = run(firm, "rollback", *words)
    assert refused.code == 2
    assert BEFORE in refused.err


def test_row_88_a_rollback_does_not_wait_for_another_run(firm: Path, run: Run) -> None:
    with lock_folder(firm / "publications"):
        assert run(firm, "rollback").code == 75
