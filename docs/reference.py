"""Writes the generated pages of the reference: `python -m docs.reference`. The tests hold them to be up to date."""

from pathlib import Path

import typer
from docs.api import api_page
from docs.configuration import configuration_page
from typer.testing import CliRunner

from advocate_score.cli.main import app
from advocate_score.programme.definitions import METRICS, SETTINGS, Metric
from advocate_score.signals.catalogue import shipped

FOLDER = Path(__file__).parent / "reference"
WIDTH = 100


def commands_page() -> str:
    runner = CliRunner()
    parts = ["# Commands", "", "Made from `--help`."]
    for name in typer.main.get_command(app).commands:
        told = runner.invoke(app, [name, "--help"], prog_name="advocate-score", terminal_width=WIDTH).output
        parts += ["", f"## {name}", "", "```text", told.strip(), "```"]
    return "\n".join(parts) + "\n"


def signals_page() -> str:
    head = "| signal | table | what | window | direction | what-if | sentence | frase |"
    parts = ["# Signals", "", "The shipped catalogue, from `signals/catalogue.toml`.", ""]
    for family in dict.fromkeys(signal.family for signal in shipped().signals):
        parts += [f"## {family}", "", head, "|---|---|---|---|---|---|---|---|"]
        for one in (signal for signal in shipped().signals if signal.family == family):
            what = f"{one.aggregate} of {one.column}" if one.column else one.aggregate
            window = f"{one.lookback_days} days" if one.lookback_days else "all time"
            acts = "yes" if one.actionable else ""
            told = (f"`{one.name}`", one.table, what, window, f"{one.direction:+d}", acts, one.en, one.es)
            parts.append(f"| {' | '.join(told)} |")
        parts.append("")
    return "\n".join(parts)


def metrics_page() -> str:
    parts = ["# Metrics", "", "What `metrics` measures, from `programme/definitions.py`.", ""]
    for group in dict.fromkeys(metric.group for metric in METRICS):
        parts += [
            f"## {group}",
            "",
            "| metric | unit | also by | needs | meaning | significado |",
            "|---|---|---|---|---|---|",
        ]
        for one in (metric for metric in METRICS if metric.group == group):
            told = (f"`{one.slug}`", one.unit, ", ".join(one.by), _needs(one), *one.meaning)
            parts.append(f"| {' | '.join(told)} |")
        parts.append("")
    return "\n".join(parts)


def _needs(metric: Metric) -> str:
    return ", ".join(name for place, names in metric.needs.items() for name in _places(place, names))


def _places(place: str, names: tuple[str, ...]) -> list[str]:
    between = " " if place == SETTINGS else "."
    return [f"{place}{between}{name}" for name in names] or [place]


PAGES = {
    "api.md": api_page,
    "commands.md": commands_page,
    "configuration.md": configuration_page,
    "metrics.md": metrics_page,
    "signals.md": signals_page,
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
