"""No cell of any file may be run by a spreadsheet, and no text may be lost on the way."""

import csv
import io
import unicodedata
from typing import Literal

import pandas as pd
import pytest
from hypothesis import example, given, settings, strategies as st

from advocate_score.publication.spreadsheet_csv import DIALECTS, csv_bytes, csv_parts, is_yes
from advocate_score.spreadsheet_text import escape_formula

Dialect = Literal["standard", "spanish-excel"]
SIGNS = "=+-@＝＋－＠﹢﹦﹫−⁺"
INVISIBLE = "\u200b\u200d\ufeff\u202e\u2066\u00ad\u2060\u180e\u034f\ufe0f\u3164"
BLANKS = " \t\r\n\v\f\x00\x1f\x7f\x85\u00a0\u2003\u2028\u2029\u3000"
hostile = st.text(
    st.one_of(
        st.sampled_from(SIGNS), st.sampled_from(INVISIBLE), st.sampled_from(BLANKS), st.sampled_from("\"'`´“”«;,|"),
        st.sampled_from("aé 1(!"), st.characters(),
    ),
    max_size=12,
)  # fmt: skip
names = st.one_of(hostile, st.tuples(hostile, st.sampled_from(["=cmd|' /C calc'!A0", "@SUM(1)"])).map("".join))


def cells(data: bytes, delimiter: str, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def could_run(cell: str) -> bool:
    """Whether the first sign that a spreadsheet might look at starts a formula."""
    text = "".join(sign for sign in cell if unicodedata.category(sign) not in UNSEEN and not sign.isspace())
    return unicodedata.normalize("NFKC", text.lstrip('"`´“”«'))[:1] in set("=+-@−")


def seen(text: str) -> str:
    """What a person would read, but for blanks and the apostrophes that guard."""
    readable = (sign for sign in text if unicodedata.category(sign) not in UNSEEN - {"Cs"})
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) == "Cs" else sign
        for sign in readable
        if not sign.isspace() and sign != "'"
    )


EXAMPLES = ['=HYPERLINK("http://x")', "\u200b=1+1", "  '=1+1", '"=1+1', "a\tb\r\n=1", "x;=1,+2", ""]


@pytest.mark.parametrize("dialect", ["standard", "spanish-excel"])
@given(texts=st.lists(names, min_size=1, max_size=40))
@example(texts=EXAMPLES)
@settings(max_examples=60, deadline=None)
def test_no_cell_can_start_a_formula_and_text_survives(dialect: Dialect, texts: list[str]) -> None:
    how = DIALECTS[dialect]
    data = csv_bytes(pd.DataFrame({"rank": 1, "name": pd.Series(texts, dtype="object")}), dialect)
    rows = cells(data, how.delimiter)[1:]
    assert [len(row) for row in rows] == [2] * len(texts)
    for text, (_, cell) in zip(texts, rows, strict=True):
        assert not could_run(cell)
        assert not UNSEEN & {unicodedata.category(sign) for sign in cell}
        assert seen(cell) == seen(text)
    for line in data.decode("utf-8-sig").split("\n"):
        assert not any(could_run(piece) for piece in line.split(how.other_delimiter))


@given(text=st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1).filter(str.isprintable))
def test_plain_names_are_left_alone(text: str) -> None:
    assert escape_formula(text) == text


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("Ñandú & Söhne, S.A. (A+B) – 50 %", "Ñandú & Söhne, S.A. (A+B) – 50 %"),
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("-5", "'-5"),
        (" \u00a0@x", "' \u00a0@x"),
        ("“=1”", "'“=1”"),
        ("abc\u202edef", "abcdef"),
        ("line\nbreak\tand\rmore", "line break and more"),
        ("\ud800", "�"),
        ("O'Neill; Partners", "O'Neill; Partners"),
        ("x; =1", "x;' =1"),
        ("", ""),
    ],
)
def test_examples(text: str, harmless: str) -> None:
    assert escape_formula(text, ";") == harmless


def sample() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["007", "a;b", None],
            "level": pd.Series([1, None, 3], dtype="Int64"),
            "readiness": [-0.5, 1 / 3, float("nan")],
            "eligible": [True, False, True],
            "since": pd.to_datetime(["2025-06-01", "2025-06-01 09:30", None], format="ISO8601").astype(
                "datetime64[us]"
            ),
        }
    )


def test_numbers_dates_and_flags_keep_their_form() -> None:
    assert csv_bytes(sample()).decode() == (
        "id,level,readiness,eligible,since\n"
        "007,1,-0.500000,true,2025-06-01\n"
        "a;b,,0.333333,false,2025-06-01T09:30:00Z\n"
        ",3,,true,\n"
    )


def test_a_spanish_spreadsheet_opens_it_as_it_is() -> None:
    data = csv_bytes(sample(), "spanish-excel")
    assert data.startswith(b"\xef\xbb\xbfid;level")
    assert cells(data, ";")[2] == ["a;b", "", "0,333333", "No", "2025-06-01T09:30:00Z"]


@pytest.mark.parametrize(("language", "words"), [("en", ["Yes", "No", "Yes"]), ("es", ["Sí", "No", "Sí"])])
def test_flags_are_words_where_people_read_and_come_back(language: str, words: list[str]) -> None:
    flags = sample()[["eligible"]]
    (_, *rows) = cells(csv_bytes(flags, "spanish-excel", language), ";")
    assert [row[0] for row in rows] == words
    assert [is_yes(row[0]) for row in rows] == flags["eligible"].tolist()
    assert csv_bytes(flags, "standard", language) == csv_bytes(flags)
    assert [is_yes(word) for word in ("true", "false", "", "yes?")] == [True, False, False, False]


def test_no_rows_are_a_header() -> None:
    assert csv_bytes(sample().head(0)) == b"id,level,readiness,eligible,since\n"


def test_negative_nought_is_nought() -> None:
    assert csv_bytes(pd.DataFrame({"x": [-0.0]})) == b"x\n0.000000\n"


@pytest.mark.parametrize("dialect", ["standard", "spanish-excel"])
def test_each_part_is_what_its_rows_are_alone(dialect: Dialect) -> None:
    frame = sample().set_axis([7, 7, 9])
    parts = csv_parts(frame, pd.Series(["b", "a", "b"], index=frame.index), dialect)
    assert parts == {"a": csv_bytes(frame.iloc[[1]], dialect), "b": csv_bytes(frame.iloc[[0, 2]], dialect)}
