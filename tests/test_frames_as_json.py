"""Whatever a frame holds, what JSON says of it is plain, and the unknown is null."""

import json
from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score.frames import json_day, json_rows, json_value


def test_values_become_plain() -> None:
    values = [None, pd.NA, pd.NaT, float("nan"), np.float64("inf"), np.int64(3), np.bool_(True), np.float32(0.5), "a"]
    plain = [json_value(value) for value in values]
    assert plain == [None, None, None, None, None, 3, True, 0.5, "a"]
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_instants_are_iso_text_and_midnights_bare_dates() -> None:
    instants = [pd.Timestamp("2025-06-01"), datetime(2025, 6, 1, 10, 30)]
    assert [json_value(instant) for instant in instants] == ["2025-06-01", "2025-06-01T10:30:00Z"]
    assert [json_day(instant) for instant in (*instants, pd.NaT)] == ["2025-06-01", "2025-06-01", None]


def test_rows_keep_their_order_and_their_columns() -> None:
    whole = pd.array([1, None], "Int64")
    frame = pd.DataFrame({"name": ["x", None], "whole": whole, "figure": [0.25, None], "flag": [True, False]})
    assert json_rows(frame) == [
        {"name": "x", "whole": 1, "figure": 0.25, "flag": True},
        {"name": None, "whole": None, "figure": None, "flag": False},
    ]
