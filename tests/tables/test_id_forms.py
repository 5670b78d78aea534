"""Two spellings of one id have one form, and different ids do not."""

import pytest

from advocate_score.tables.id_forms import lenient_form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C005", " c005 "),
        ("7001", "7001.0"),
        ("7001", "7001,00"),
        ("00042", "42"),
        ("'00042", "42"),
        ("Peñón", "Pen\u0303o\u0301n"),
        ("A\u200b1", "A1"),
        ("16147805800001", "1.6147805800001E13"),
        ("16147805800001", "1,6147805800001e+13"),
        ("0015g00000Ka00Q", "0015g00000Ka00QAAR"),
        ("Ａ１", "a1"),
    ],
)
def test_spellings_of_one_id_meet(one: str, other: str) -> None:
    assert lenient_form(one) == lenient_form(other)


@pytest.mark.parametrize(
    ("one", "other"), [("C005", "C05"), ("A-1", "A1"), ("12E4", "12E5"), ("7001.5", "7001"), ("001100000000001", "1")]
)
def test_other_ids_stay_apart(one: str, other: str) -> None:
    assert lenient_form(one) != lenient_form(other)


def test_nothing_has_no_form() -> None:
    assert lenient_form(" \u200b") == ""
