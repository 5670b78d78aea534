"""An account is found by what people call it, and never guessed."""

import time

import pytest

from advocate_score.errors import InputError
from advocate_score.tables.identifiers import KnownAccounts

LONG, SHORT = "0015g00000Ka00QAAR", "0015g00000Ka00Q"
NAMES = {
    "A1": "Peña e Hijos, S.L.",
    "A2": "Ñandú",
    "A3": "Twin  Peaks",
    "A4": "twin peaks",
    "A5": "Double",
    "A6": "Double",
    "A7": "",
    "A8": "---",
    LONG: "Acme",
    "Acme": "Somebody",
}
KNOWN = KnownAccounts(NAMES)


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("A1", "A1"),
        (" A1 ", "A1"),
        (SHORT, LONG),
        (LONG, LONG),
        ("pena e hijos s l", "A1"),
        ("PEÑA  E HIJOS S.L.", "A1"),
        ("Peña e Hijos SL", "A1"),
        ("nandu", "A2"),
        ("twin peaks", "A4"),
        ("Twin  Peaks", "A3"),
        ("Acme", "Acme"),
        ("somebody", "Acme"),
        ("---", "A8"),
    ],
)
def test_an_id_comes_before_a_name_and_a_name_is_folded(text: str, account: str) -> None:
    assert KNOWN.only_match(text) == account


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("double", "several accounts have this name. Fix: give one of the ids: 'A5' (Double), 'A6' (Double)"),
        ("TWIN PEAKS", "give one of the ids: 'A3' (Twin  Peaks), 'A4' (twin peaks)"),
        (
            "hijos",
            "there is no account of that id or name as of 2026-01-01. Fix: did you mean 'A1' (Peña e Hijos, S.L.)?",
        ),
        ("Nandus", "did you mean 'A2' (Ñandú)?"),
        ("a1", "did you mean 'A1'"),
        ("", "give an id or a name as it stands in accounts"),
        ("A77777777777", "give an id or a name as it stands in accounts"),
    ],
)
def test_what_fits_none_or_several_is_refused_with_the_nearest(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        KNOWN.only_match(text, known="as of 2026-01-01")
    assert said in str(caught.value)


def test_many_of_one_name_are_not_all_told() -> None:
    many = KnownAccounts({f"A{place:02}": "Alike" for place in range(14)})
    with pytest.raises(InputError, match=r"'A09' \(Alike\) and 4 more$"):
        many.only_match("alike")


def test_a_large_firm_is_answered_at_once() -> None:
    many = KnownAccounts({f"A{place:06}": f"Firm {place}" for place in range(60_000)})
    start = time.monotonic()
    assert many.only_match("firm 59999") == "A059999"
    with pytest.raises(InputError, match=r"did you mean 'A001234'"):
        many.only_match("A001234X")
    assert time.monotonic() - start < 20
