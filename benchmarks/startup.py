"""How long does a person wait for the command itself, and for a small night? Arguments: accounts, repeats.

    python -m benchmarks.startup 5000 3

A made-up CRM is simulated, a model trained and promoted once; then `--help`, `check` and `score` are measured whole,
from the start of the interpreter. The limit: an interpreter that imports what the model cannot do without; `score`
loads MLflow besides.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measured import Row, asked, compared, row, tell

from advocate_score.files import shipped_file

ASKS = 1_500
COMMAND = (sys.executable, "-m", "advocate_score")
NEEDED = "import duckdb, lightgbm, pandas, pyarrow.parquet"


def prepared(folder: Path, accounts: int) -> None:
    (folder / "advocate.toml").write_bytes(shipped_file("pipelines/demo.toml").read_bytes())
    for words in (["simulate", "--out", str(folder), "--accounts", str(accounts), "--asks", str(ASKS)], ["train"]):
        run(folder, words)
    run(folder, ["promote", "--force", "--reason", "a benchmark measures time alone"])


def run(folder: Path, words: Sequence[str]) -> None:
    subprocess.run([*COMMAND, *words, *_where(folder, words[0])], check=True, stdout=subprocess.DEVNULL)


def _where(folder: Path, command: str) -> list[str]:
    config = [] if command == "simulate" else ["--config", str(folder / "advocate.toml")]
    return [*config, "--quiet"]


def figures(accounts: int, repeats: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared(folder, accounts)
        works = {
            "`--help`": [*COMMAND, "--help"],
            "imports of the libraries alone": [sys.executable, "-c", NEEDED],
            f"`check`, {accounts:,} accounts": [*COMMAND, "check", *_where(folder, "check")],
            f"`score`, {accounts:,} accounts": [*COMMAND, "score", "--replace", *_where(folder, "score")],
        }
        return [row(what, cost) for what, cost in compared(works, repeats).items()]


def main(arguments: Sequence[str] | None = None) -> None:
    given = asked(__doc__, "accounts", 5_000, arguments)
    tell("startup", figures(given.accounts, given.repeats), as_json=given.json)


if __name__ == "__main__":
    main()
