"""What a list says is what its publisher meant."""

import pytest
from hypothesis import given, strategies as st

from advocate_score.spreadsheet_text import escape_formula, printable, unescape_formula

SIGNS = st.text(alphabet="=+-@'\"` ;,＝a1\u2212\u3164", max_size=12)


@given(text=SIGNS | st.text(max_size=30), delimiter=st.sampled_from(["", ";", ","]))
def test_a_text_is_found_again(text: str, delimiter: str) -> None:
    assert unescape_formula(escape_formula(text, delimiter), delimiter) == printable(text)


@pytest.mark.parametrize("text", ["", "'", "''", "'a", "O'Hara", "'=1", "''=1", "=1;=2", "'=1;'a"])
def test_apostrophes_of_its_own_stay(text: str) -> None:
    for delimiter in ("", ";", ","):
        assert unescape_formula(escape_formula(text, delimiter), delimiter) == text
