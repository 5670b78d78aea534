"""Writes the generated pages of the reference: commands, signals. The tests hold them to be up to date."""

from pathlib import Path

import typer
from typer.testing import CliRunner

from advocate_score.cli.main import app
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
    head = "| signal | table | what | window | direction | sentence | frase |"
    parts = ["# Signals", "", "The shipped catalogue, from `signals/catalogue.toml`.", ""]
    for family in dict.fromkeys(signal.family for signal in shipped().signals):
        parts += [f"## {family}", "", head, "|---|---|---|---|---|---|---|"]
        for one in (signal for signal in shipped().signals if signal.family == family):
            what = f"{one.aggregate} of {one.column}" if one.column else one.aggregate
            window = f"{one.lookback_days} days" if one.lookback_days else "all time"
            parts.append(
                f"| `{one.name}` | {one.table} | {what} | {window} | {one.direction:+d} | {one.en} | {one.es} |"
            )
        parts.append("")
    return "\n".join(parts)


PAGES = {"commands.md": commands_page, "signals.md": signals_page}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
