from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from advocate_score.model.arrays import ROWS, Floats, by_blocks


def numbered(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"number": np.arange(rows, dtype=np.float64)})


def powers(rows: pd.DataFrame) -> Sequence[Floats]:
    number = rows["number"].to_numpy()
    return np.stack([number, -number], axis=1), np.stack([number**2, number**3], axis=1)


@pytest.mark.parametrize("rows", [0, 1, ROWS - 1, ROWS, ROWS + 1, 5 * ROWS + 3])
def test_every_row_is_written_in_its_place(rows: int) -> None:
    found = by_blocks(powers, numbered(rows), arrays=2, levels=2)
    assert found.shape == (2, rows, 2)
    np.testing.assert_array_equal(found, np.stack(powers(numbered(rows))))


def test_no_more_than_a_block_is_looked_at_at_a_time() -> None:
    seen: list[int] = []

    def noted(rows: pd.DataFrame) -> Sequence[Floats]:
        seen.append(len(rows))
        return powers(rows)

    by_blocks(noted, numbered(3 * ROWS + 1), arrays=2, levels=2)
    assert sorted(seen) == [1, ROWS, ROWS, ROWS]


def test_columns_are_looked_at_even_where_there_is_no_row() -> None:
    with pytest.raises(KeyError):
        by_blocks(powers, pd.DataFrame(), arrays=2, levels=2)


def test_what_is_wrong_in_a_later_block_is_told() -> None:
    def refusing(rows: pd.DataFrame) -> Sequence[Floats]:
        if (rows["number"] == 2 * ROWS + 5).any():
            raise ValueError("not this one")
        return powers(rows)

    with pytest.raises(ValueError, match="not this one"):
        by_blocks(refusing, numbered(4 * ROWS), arrays=2, levels=2)
