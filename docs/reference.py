"""Writes the generated pages of the reference: `python -m docs.reference`. The tests hold them to be up to date."""

from pathlib import Path

import typer
from docs.api import api_page
from docs.configuration import configuration_page
from typer.testing import CliRunner

from advocate_score.cli.main import app
from advocate_score.config import Ladder
from advocate_score.ladder import LANGUAGES, LEVELS
from advocate_score.programme.definitions import METRICS, SETTINGS, Metric
from advocate_score.signal_spec import Signal
from advocate_score.signal_words import Cases, Terms
from advocate_score.signals.catalogue import shipped_catalogue

FOLDER = Path(__file__).parent / "reference"
WIDTH = 100
TERMS = Terms("EUR", Ladder().activities)


def commands_page() -> str:
    runner = CliRunner()
    parts = ["# Commands", "", "Made from `--help`."]
    for name in typer.main.get_command(app).commands:
        told = runner.invoke(app, [name, "--help"], prog_name="advocate-score", terminal_width=WIDTH).output
        parts += ["", f"## {name}", "", "```text", told.strip(), "```"]
    return "\n".join(parts) + "\n"


def signals_page() -> str:
    head = "| signal | table | what | window | direction | what-if | a reason |"
    parts = ["# Signals", "", "The shipped catalogue, from `signals/catalogue.toml`.", ""]
    for family in dict.fromkeys(signal.family for signal in shipped_catalogue().signals):
        parts += [f"## {family}", "", head, "|---|---|---|---|---|---|---|"]
        for one in (signal for signal in shipped_catalogue().signals if signal.family == family):
            what = f"{one.aggregate} of {one.column}" if one.column else one.aggregate
            window = f"{one.lookback_days} days" if one.lookback_days else "all time"
            yes = ["yes" if one.actionable else "", "yes" if one.reason else "no"]
            parts.append(f"| {' | '.join([f'`{one.name}`', one.table, what, window, f'{one.direction:+d}', *yes])} |")
        parts.append("")
    return "\n".join([*parts, *_sentences()])


SENTENCES = """## Sentences

What each signal says at five values, in both languages: `+` where it speaks for readiness, `−` against it, `±` on
either side. A value without a row says nothing, and a signal that is for the model alone is not listed.
"""


def _sentences() -> list[str]:
    parts = [SENTENCES, "| signal | value | | sentence | frase |", "|---|---|---|---|---|"]
    for one in (signal for signal in shipped_catalogue().signals if signal.reason):
        for value in _five_values(one):
            for against in (False, True):
                said = [one.reason_sentence(value, against, language, TERMS) for language in LANGUAGES]
                side = "±" if value is not None and one.side(value) == 0 else "−" if against else "+"
                if said[0] and not (side == "±" and against):
                    value_told = "unknown" if value is None else f"{value:g}"
                    parts.append(f"| `{one.name}` | {value_told} | {side} | {' | '.join(said)} |")
    return [*parts, ""]


def _five_values(signal: Signal) -> list[float | None]:
    """Values at which the signal says different things."""
    if signal.unit == "level":
        return list(map(float, LEVELS))
    if signal.bands is not None:
        low, high = signal.bands.low, signal.bands.high
        whole = signal.kind.is_whole
        middle = round((low + high) / 2) if whole else (low + high) / 2
        values: list[float] = [low, middle, high]
        values += [0.0, 1.0] if whole or signal.kind.is_proportion else [0.0, high + (high - low) / 2]
        unknown: list[float | None] = [None] if isinstance(signal.en, Cases) and signal.en.missing else []
        return [*unknown, *sorted({round(value, 3) for value in values})]
    if signal.unit == "currency":
        return [0.0, 900.0, 12_500.0, 77_500.0, 1_250_000.0]
    return [0.0, 1.0, 2.0, 5.0, 21.0] if signal.kind.is_whole else [0.0, 1.0, 3.5, 4.2, 9.0]


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
