"""Two spellings of one id have one form, and different ids do not."""

import pytest

from advocate_score.tables.identifiers import lenient_form


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
        ("«C005»", "`c005’"),
        ("001ABCDEFGHIJKL", "001abcdefghijklMNO"),
        ("003ABCDEFGHIJKL", "003ABCDEFGHIJKL015"),
        ("006ABCDEFGHIJKL", "006ABCDEFGHIJKLZZZ"),
        ("0", "000"),
        ("0", "0.00"),
        ("12,5e2", "1250"),
    ],
)
def test_spellings_of_one_id_meet(one: str, other: str) -> None:
    assert lenient_form(one) == lenient_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C005", "C05"),
        ("A-1", "A1"),
        ("12E4", "12E5"),
        ("7001.5", "7001"),
        ("001100000000001", "1"),
        ("001000000000001", "001000000000001015"),
        ("001ABCDEFGHIJKL", "001ABCDEFGHIJKL678"),
        ("002ABCDEFGHIJKL", "002ABCDEFGHIJKLZZZ"),
        ("00a", "a"),
        ("7001.0", "7001.0.0"),
        ("1.25e1", "12"),
        ("1.25e1", "13"),
    ],
)
def test_other_ids_stay_apart(one: str, other: str) -> None:
    assert lenient_form(one) != lenient_form(other)


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ("C005", "c005"),
        ("'00042.0'", "42"),
        ("007,00", "7"),
        ("1.5e3", "1500"),
        ("1,5E+3", "1500"),
        ("1.5e0", "1.5e0"),
        ("2e2", "200"),
        ("0015G00000KA00QAAR", "0015g00000ka00q"),
        ("001000000000001015", "001000000000001015"),
        ("٠٠٧", "٠٠٧"),
        ("00-7", "00-7"),
        ("0000", "0"),
    ],
)
def test_an_id_has_its_form(given: str, form: str) -> None:
    assert lenient_form(given) == form


def test_nothing_has_no_form() -> None:
    assert lenient_form(" \u200b") == ""
