"""What is missing is said where Spark is asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from advocate_score import config
from advocate_score.engine.open import open_engine
from advocate_score.errors import RefusedError

OPENS = """
import sys
from pathlib import Path
from advocate_score import config
from advocate_score.engine.open import open_engine
from advocate_score.errors import RefusedError
try:
    open_engine(config.Engine(name="spark", memory_limit=sys.argv[1]), Path(sys.argv[2]))
except RefusedError as error:
    print(error)
"""


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(RefusedError, match=r"pip install 'advocate-score\[spark\]'"):
        open_engine(config.Engine(name="spark"), tmp_path / "spill")


@pytest.mark.extra
@pytest.mark.parametrize(
    ("memory", "places", "says"),
    [
        ("2GB", {"PATH": "/nowhere", "JAVA_HOME": ""}, "needs Java 17"),
        ("100MB", {}, "memory_limit: Spark does not"),
    ],
)
def test_without_java_or_memory_spark_is_refused(
    tmp_path: Path, memory: str, places: dict[str, str], says: str
) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: make extras")
    words = [sys.executable, "-c", OPENS, memory, str(tmp_path)]
    told = subprocess.run(words, env=os.environ | places, capture_output=True, text=True, check=True)
    assert says in told.stdout
