"""The nightly job and the signals, whole, on Spark: what is published does not tell which engine ran."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.flows.inspection import write_features
from advocate_score.flows.project import Silent, open_project
from advocate_score.flows.score import score_and_publish
from flows.conftest import AS_OF
from flows.test_same_bytes import digests

pytestmark = [pytest.mark.extra, pytest.mark.usefixtures("running_spark")]
SPARK = ("engine.name=spark", "engine.memory_limit=1GB")
SAYS_WHICH_ENGINE = {"manifest.json", "report.html"}


@pytest.fixture
def unpublished(published: Path, tmp_path: Path) -> Path:
    """A copy of the firm with its champion and without its night."""
    ignored = shutil.ignore_patterns("publications")
    return Path(shutil.copytree(published, tmp_path / "firm", ignore=ignored, symlinks=True))


def test_a_night_on_spark_is_the_same_to_the_byte(published: Path, unpublished: Path) -> None:
    score_and_publish(
        open_project(unpublished / "advocate.toml", SPARK, Silent()), AS_OF, backfill=False, replace=False
    )
    nights = [firm / "publications" / AS_OF for firm in (published, unpublished)]
    on_duckdb, on_spark = map(digests, nights)
    assert {name: one for name, one in on_spark.items() if name not in SAYS_WHICH_ENGINE} == {
        name: one for name, one in on_duckdb.items() if name not in SAYS_WHICH_ENGINE
    }
    told = [json.loads((night / "manifest.json").read_text()) for night in nights]
    assert [one["engine"] for one in told] == ["duckdb", "spark"]
    assert told[0]["rows"] == told[1]["rows"]


@pytest.mark.parametrize("asks", [False, True])
def test_written_signals_are_the_same(firm: Path, tmp_path: Path, asks: bool) -> None:
    frames = []
    for engine in ((), SPARK):
        out = tmp_path / f"{len(engine)}.parquet"
        write_features(open_project(firm / "advocate.toml", engine, Silent()), out, AS_OF, asks)
        frames.append(pd.read_parquet(out))
    pd.testing.assert_frame_equal(*frames, check_exact=True, check_dtype=False)
