"""What a cell says where anything but a plain "no" is a refusal."""

import pyarrow as pa
import pytest

from advocate_score.sources.column_mapping import ColumnMap
from advocate_score.tables.parsing import names_to_ask_about, refusals, says_no, without_words

NO = ["no", "NO", "false", "False", "falso", "0", "n", "F"]
YES = ["yes", "Y", "true", "t", "sí", "si", "S", "x", "X", "on", "1", "✓", "✔", "verdadero"]
NOTHING = ["None", "nan", "NaT", "n/a", "<NA>", "nil"]
WORDS = ["2025-01-01", "1900-01-01", "00/00/0000", "see the letter", "not any more", "2", "-"]


@pytest.mark.parametrize(
    ("words", "refuses"),
    [(NO, False), (YES, True), (WORDS, True), (NOTHING, None)],
    ids=["no", "yes", "words", "nothing"],
)
def test_anything_but_nothing_and_a_plain_no_refuses(words: list[str], refuses: bool | None) -> None:
    found = refusals(pa.array([*words, None]))
    assert found.to_pylist() == [refuses] * len(words) + [None]
    assert found.type == pa.bool_()


def test_what_is_no_plain_yes_or_no_may_be_a_time() -> None:
    assert without_words(pa.array([*NO, *YES, *NOTHING, None])).null_count == len([*NO, *YES, *NOTHING, None])
    assert without_words(pa.array(WORDS)).to_pylist() == WORDS


def test_a_column_of_the_export_is_read_with_its_blanks_and_words_for_unknown() -> None:
    column = pa.chunked_array([[" No ", "", None, "#N/A", "null"], [" yes", "1900-01-01", "none", "ask Pia"]])
    assert says_no(column).tolist() == [False] * 5 + [True, True, False, True]
    assert says_no(column.dictionary_encode()).tolist() == [False] * 5 + [True, True, False, True]
    assert says_no(pa.chunked_array([["✓" * 40_000]])).tolist() == [True]


def test_an_unmapped_column_is_asked_about_where_its_name_and_a_cell_say_no() -> None:
    names = ["DoNotCall", "Opt Out", "consent", "Mood", "mapped"]
    cells = pa.table([["1", ""], ["no", ""], ["", "granted"], ["1", "yes"], ["1", "1"]], names)
    columns = ColumnMap({"objected_at": 4}, (), {}, {}, dict(enumerate(names[:4])))
    assert names_to_ask_about(cells, columns) == {"DoNotCall", "consent"}
    assert names_to_ask_about(cells.slice(1), columns) == {"consent"}
