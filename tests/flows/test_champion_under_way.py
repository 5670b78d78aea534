"""A night from the command line, with a champion: the registry is asked by a process apart."""

import json
import subprocess
import sys
from pathlib import Path

NIGHT = "2026-01-02"


def test_a_night_does_without_loading_mlflow(champion: Path) -> None:
    words = ["score", "--as-of", NIGHT, "--config", str(champion / "advocate.toml"), "--quiet"]
    command = [sys.executable, "-X", "importtime", "-m", "advocate_score", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "lightgbm" in loaded
    assert not loaded & {"mlflow", "sqlalchemy", "alembic"}
    manifest = json.loads((champion / "publications" / NIGHT / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["model"]["version"] == "1"
    assert not any("Used the copy" in one for one in manifest["warnings"])
