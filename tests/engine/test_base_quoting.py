from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given, settings, strategies as st

from advocate_score.engine.base import Engine, quote_identifier, quote_literal
from engines import ENGINES, opened


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with opened(request.param, request, tmp_path_factory.mktemp("spill")) as engine:
        yield engine


@settings(deadline=None)
@given(value=st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")))
def test_text_survives_as_a_literal(engine: Engine, value: str) -> None:
    assert engine.frame(f"SELECT {quote_literal(value)} AS value")["value"][0] == value


@settings(deadline=None)
@given(value=st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_as_literals(engine: Engine, value: float) -> None:
    assert engine.frame(f"SELECT {quote_literal(value)} AS value")["value"][0] == value


def test_an_instant_keeps_its_microseconds(engine: Engine) -> None:
    instant = datetime(2024, 2, 29, 23, 59, 59, 999_999)
    assert engine.frame(f"SELECT {quote_literal(instant)} AS value")["value"][0] == instant


def test_a_backslash_is_spelled_in_a_way_that_no_engine_takes_for_an_escape() -> None:
    assert quote_literal("a\\'b") == "('a' || CHR(92) || '''b')"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        quote_literal(number)


@pytest.mark.parametrize("name", ["plain", "order", 'with "quotes"', "; DROP TABLE accounts"])
def test_identifiers_survive(engine: Engine, name: str) -> None:
    assert list(engine.frame(f"SELECT 1 AS {quote_identifier(name)}").columns) == [name]
