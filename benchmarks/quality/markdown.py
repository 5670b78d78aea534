"""Frames as Markdown tables, and the place in a page where they go."""

from pathlib import Path

import pandas as pd

START, END = "<!-- grid: made by python -m benchmarks.quality -->", "<!-- grid: end -->"


def markdown_table(frame: pd.DataFrame) -> str:
    """The index is the first column; every value as its text."""
    lines = [[frame.index.name or "", *frame.columns], ["---"] * (1 + len(frame.columns))]
    lines += [[str(name), *map(str, row)] for name, row in zip(frame.index, frame.to_numpy(), strict=True)]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def with_error(means: pd.DataFrame) -> "pd.Series[str]":
    """`mean` ± `error`, each in signed or plain digits."""
    return means["mean"].map("{:+.4f}".format) + " ± " + means["error"].map("{:.4f}".format)


def write_between_marks(page: Path, text: str) -> None:
    """Replaces what stands between the marks; ValueError where the page has none."""
    whole = page.read_text(encoding="utf-8")
    if START not in whole or END not in whole:
        raise ValueError(f"{page.name} has no '{START}' and '{END}'")
    head, tail = whole.split(START)[0], whole.split(END)[1]
    page.write_text(f"{head}{START}\n\n{text}\n{END}{tail}", encoding="utf-8")
