"""Whatever stands in the texts of an export, no cell of a published CSV is one that a spreadsheet would run.

The judge knows nothing of how text is made harmless. A spreadsheet trims what it does not show, and takes a cell that
then begins with one of the signs for a formula, also in the forms that East Asian keyboards give. A quote that stands
in a cell may be taken for the one around it, and a delimiter of another country cuts the cell.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from typing import Literal

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.publication import ranking
from advocate_score.publication.columns import Edition, column_names
from advocate_score.publication.list_files import list_files
from goals import sized

Dialect = Literal["standard", "spanish-excel"]
NAMES = sized(500, 10_000)
SIGNS = "=+-@＝＋－＠﹢﹦﹣﹫−⁺₌"
FORMULAS = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x","y")', "SUM(A1:A9)", 'DDE("cmd";"/C calc";"x")', "A1")
LEADS = (
    *("", " ", "  ", "\t", "\r", "\n", "\r\n", "\x0b", "\0", "\x1f", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085"),
    *("'", '"', '""', "''", "`", "´", "“", "«", "\u200b", "\ufeff", "\u202e", "\u2066", "\u00ad", "\u034f", "\u3164"),
    *("a,", "a;", "a\t", "a|", 'a",', 'a";', "a\n", "a\r\n", ";", ",", ';"', "é;  ", "\u0301", "👩🏽‍💻;", "\ue000"),
)  # fmt: skip
PLAIN = (
    "Ñandú & Söhne, S.A.",
    "O'Neill; Partners",
    "株式会社",
    "A+B = C",
    "x" * 2_000,
    "50 % - más",
    "👩🏽‍💻",
    "e\u0301",
    "1-800",
)
NUMBERS = {"rank", "priority", "level", "asks_last_365d"}
SHARES = {"readiness", "readiness_low", "readiness_high", "completion", "expected_value", "propensity", "threshold"}
TIMES = {"since", "until", "last_asked_at"}
FLAGS = {"exploration"}
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_UNSEEN = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"}
_TAKEN_FOR_QUOTES = "\"'`´“”«»‘’"


def hostile_names(count: int, random: Random) -> list[str]:
    """Every lead, sign and formula in turn, and plain names among them."""
    return [random.choice(PLAIN) if number % 10 == 0 else _formula(number, random) for number in range(count)]


def _formula(number: int, random: Random) -> str:
    leads = LEADS[number % len(LEADS)] + random.choice(("", "", random.choice(LEADS)))
    return (
        leads
        + random.choice(SIGNS)
        + random.choice(FORMULAS)
        + random.choice(("", "\t", '"', "'", ";=1", ",@x", "\r=1"))
    )


def would_run(cell: str) -> bool:
    """An apostrophe as the very first sign, or the first between quotes, tells a spreadsheet that a cell is text."""
    if cell.removeprefix('"').startswith("'") or _NUMBER.fullmatch(cell):
        return False
    rest = "".join(sign for sign in cell if unicodedata.category(sign) not in _UNSEEN).lstrip(_TAKEN_FOR_QUOTES)
    return unicodedata.normalize("NFKC", rest)[:1] in tuple("=+-@−")


def frame(columns: tuple[str, ...], names: list[str], random: Random) -> pd.DataFrame:
    """A list with hostile text wherever it has text; account_name has every one of `names`."""
    return pd.DataFrame({name: _column(name, names, random) for name in columns})


def _column(name: str, names: list[str], random: Random) -> object:
    count = len(names)
    if name in NUMBERS:
        return [1 + number % 5 for number in range(count)]
    if name in SHARES:
        return [random.random() - 0.5 for _ in range(count)]
    if name in TIMES:
        return pd.Series(pd.Timestamp(2025, 6, 1), range(count))
    if name in FLAGS:
        return [False] * count
    texts = names if name == "account_name" else random.sample(names, count)
    return pd.Series(texts, dtype="object")


def published(names: list[str], random: Random, dialect: Dialect) -> dict[str, bytes]:
    """All CSV files of a night."""
    further = {
        "nurture.csv": frame(column_names("nurture"), names, random),
        "ask_plan.csv": frame(column_names("ask_plan"), names, random),
        "reference_pool.csv": frame(column_names("pools"), names, random),
        "advisory_board.csv": frame(column_names("pools"), names, random),
    }
    scores = [
        frame(ranking.READINESS_COLUMNS, names, random).assign(level=level, eligible=True) for level in range(1, 6)
    ]
    ids = [f"{number} {name}" if number % 2 else f"{name} {number}" for number, name in enumerate(names)]
    table = pd.concat([part.assign(account_id=ids) for part in scores], ignore_index=True)
    edition = Edition(datetime(2025, 6, 1), "7", "en", config.Ladder())
    outputs = config.Outputs(formats=("csv",), csv=dialect)
    candidates, rests = frame(column_names("candidates"), names, random), frame(column_names("resting"), names, random)
    return list_files(table, candidates, rests, further, edition, outputs)


def read_cells(content: bytes, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def pieces(content: bytes, delimiter: str) -> Iterator[str]:
    """Cells as they are meant, and as a spreadsheet cuts them whose country has the other delimiter: quotes or none."""
    for row in read_cells(content, delimiter):
        yield from row
    other = ";" if delimiter == "," else ","
    for line in content.decode("utf-8-sig").split("\n"):
        yield from line.split(other)


def shown(text: str) -> str:
    """What is promised to survive: every sign that is seen, in one line."""
    signs = (("\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) == "Cs" else sign) for sign in text)
    line = (" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in signs)
    return "".join(sign for sign in line if unicodedata.category(sign) != "Cf")


def is_undone(cell: str, text: str, other: str) -> bool:
    """The inverse that the documentation gives: an apostrophe before a formula sign was put there; take it away."""
    parts, given = cell.split(other), shown(text).split(other)
    return len(parts) == len(given) and all(part in (one, f"'{one}") for part, one in zip(parts, given, strict=True))


@pytest.mark.goal("G10")
@pytest.mark.parametrize(("dialect", "delimiter", "other"), [("standard", ",", ";"), ("spanish-excel", ";", ",")])
def test_no_cell_of_a_publication_is_run(
    dialect: Dialect, delimiter: str, other: str, measured: Callable[[str], None]
) -> None:
    random = Random(10)
    names = hostile_names(NAMES, random)
    files = published(names, random, dialect)
    assert {"crm_load.csv", "candidates.csv", "resting.csv", "ask_plan.csv", "advisory_board.csv"} <= set(files)
    assert sum(name.startswith("by_owner/") for name in files) > 10
    judged = run = 0
    for name, content in files.items():
        for cell in pieces(content, "," if name == "crm_load.csv" else delimiter):
            judged += 1
            run += would_run(cell)
    header, *rows = read_cells(files["resting.csv"], delimiter)
    kept = sum(is_undone(row[header.index("account_name")], text, other) for row, text in zip(rows, names, strict=True))
    measured(f"{dialect}: {NAMES:,} names, {len(files):,} files, {judged:,} cells, {run} run; {kept:,} texts survive")
    assert run == 0
    assert kept == NAMES


@pytest.mark.parametrize(
    "name", ["a\tb", "a\rb", "a\nb", "a\r\nb", "a\u2028b", "a\u202eb", "a\u2066b", "a\u200bb", "a\0b"]
)
def test_row_70_what_is_not_seen_in_a_name_is_normalised(name: str) -> None:
    for dialect, delimiter in (("standard", ","), ("spanish-excel", ";")):
        files = published([name, "other"], Random(1), dialect)  # type: ignore[arg-type]
        header, *rows = read_cells(files["candidates.csv"], delimiter)
        cell = rows[0][header.index("account_name")]
        assert cell in ("ab", "a b", "a  b")
        assert all(part.isprintable() for row in rows for part in row)
        assert "\r" not in files["candidates.csv"].decode("utf-8-sig")


@pytest.mark.parametrize("cell", ["=1", " =1", "\t@x", "＝1", "\u200b+1", '"=1', "-x", "−1+1", "\u00a0=1"])
def test_the_judge_knows_a_formula(cell: str) -> None:
    assert would_run(cell)
    assert not would_run(f"'{cell}")
    assert not would_run("-0.5")
