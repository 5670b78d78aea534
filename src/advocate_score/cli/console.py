"""Lines and tables on stdout, fitted to the terminal, in the reader's language, with colour on a terminal.

Colour is never the only sign: what is green, amber or red is also said in words. There is no colour if stdout is not a
terminal or NO_COLOR is set.
"""

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from advocate_score.cli.spanish import in_language

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 120
"""Width in characters if stdout is not a terminal."""

Tone = Literal["good", "warn", "bad", "quiet", "strong"]
Judge = Callable[[Any], Tone | None]
"""Returns the tone of a cell from its value."""

STYLES: Mapping[Tone | None, str] = {
    None: "",
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
    "quiet": "dim",
    "strong": "bold",
}
VERDICTS: Mapping[str, Tone] = {"passed": "good", "failed": "bad", "told": "warn"}
"""Tones for the results of a gate's checks; a check that is `told` decides nothing."""
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)], "\N{REPLACEMENT CHARACTER}")
"""Replaces control characters, so that text from the tables cannot move the cursor."""


@dataclass(frozen=True)
class _Reader:
    language: str = "en"
    config: Path | None = None


_READER: ContextVar[_Reader] = ContextVar("reader", default=_Reader())  # noqa: B039 (frozen)


@contextmanager
def output_settings(language: str, config: Path | None = None) -> Iterator[None]:
    """Show output in `language` inside the context; commands named in it use `config`."""
    before = _READER.set(_Reader(language, config))
    try:
        yield
    finally:
        _READER.reset(before)


def translate(text: str) -> str:
    return in_language(text, _READER.get().language)


def number_words(value: float, form: str, currency: str = "") -> str:
    """The number as the reader's language writes it; forms as in `signal_words.value_words`."""
    from advocate_score.signal_words import value_words

    return value_words(value, form, _READER.get().language, currency)


def day_words(iso_day: str) -> str:
    """The day as the reader's language writes it in short."""
    from advocate_score.dates import short_day

    return short_day(iso_day, _READER.get().language)


def command(words: str) -> str:
    """A command to type next, with the configuration of the present one."""
    config = _READER.get().config
    named = f" --config {config}" if config and config != Path("advocate.toml") else ""
    return f"advocate-score {words}{named}"


def line(text: str, tone: Tone | None = None, /, **values: object) -> None:
    """Print `text` in the reader's language; with `values`, it is a template for them."""
    shown = (translate(text).format(**values) if values else translate(text)).translate(_CONTROLS)
    if tone is None or not sys.stdout.isatty():
        print(shown)
    else:
        _console().print(shown, style=STYLES[tone], soft_wrap=True)


def error(text: str) -> None:
    """Print one line of an error on stderr. What to do about it, and a gate's check, which begins with its verdict, are
    not labelled as errors."""
    label = "" if text.split(" ", maxsplit=1)[0] in (*VERDICTS, "Fix:") else "error: "
    if not sys.stderr.isatty():
        print(f"{label}{text}", file=sys.stderr)
        return
    from rich.console import Console
    from rich.text import Text

    first, rest = text.split(" ", 1) if " " in text else (text, "")
    message = Text.assemble((label, STYLES["bad"]), (first, STYLES[VERDICTS.get(first)]), " ", rest)
    Console(stderr=True, highlight=False).print(message, soft_wrap=True)


def next_step(words: str, why: str = "") -> None:
    """Print the command to type next. `words`: the command and its own options."""
    reason = f"   ({translate(why)})" if why else ""
    line("Next: {command}{why}", "strong", command=command(words), why=reason)


def table(
    title: str,
    rows: Sequence[dict[str, Any]],
    columns: Sequence[str],
    tones: Mapping[str, Judge] | None = None,
    /,
    **values: object,
) -> None:
    """Print a table.

    Parameters
    ----------
    title : a text, translated; with `values`, a template for them. rows : column → value.
    columns : which to show, in order. tones : column → the function that judges its cells.
    """
    from rich.table import Table
    from rich.text import Text

    heading = translate(title).format(**values) if values else translate(title)
    grid = Table(title=Text(heading, "bold"), title_justify="left")
    judges = tones or {}
    for column in columns:
        justify: Literal["right", "left"] = "right" if _is_numeric(row.get(column) for row in rows) else "left"
        grid.add_column(Text(translate(column.replace("_", " "))), justify=justify, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(_cell(row.get(name)), _style(row.get(name), judges.get(name))) for name in columns))
    _console().print(grid)


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDTH)


def _is_numeric(values: Iterable[object]) -> bool:
    present = [value for value in values if value is not None]
    return bool(present) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present)


def _style(value: object, judge: Judge | None) -> str:
    return STYLES[judge(value) if judge else None]


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return translate("yes" if value else "no")
        case float():
            return number_words(value, ".4f") if math.isfinite(value) else str(value)
        case _:
            return str(value).translate(_CONTROLS)
