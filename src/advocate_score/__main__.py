"""Entry point of `python -m advocate_score`."""

from advocate_score.cli.main import run

run()
