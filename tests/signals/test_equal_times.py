"""Rows of the same instant have one order, whatever order the export has them in."""

from datetime import datetime

import pandas as pd

from advocate_score.engine.base import Engine
from advocate_score.schema import TABLES
from advocate_score.signal_spec import Signal
from advocate_score.signals.compute import signal_frame

AT = datetime(2025, 5, 1)
LAST = Signal(
    name="nps_last",
    family="sentiment",
    table="surveys",
    aggregate="last",
    column="nps",
    concept="tone",
    en="{value}",
    es="{value}",
)


def rows(*found: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame([{"account_id": "a", "answered_at": AT, "recorded_at": AT} | row for row in found])
    return table.reindex(columns=list(TABLES["surveys"].column_names))


def test_row_56_equal_times_have_a_fixed_tie_break(engine: Engine) -> None:
    later = rows({"survey_id": "s1", "nps": 3, "recorded_at": datetime(2025, 5, 2)}, {"survey_id": "s9", "nps": 8})
    greater = rows({"survey_id": "s2", "nps": 7}, {"survey_id": "s1", "nps": 2}, {"survey_id": "s3", "nps": 5})
    spine = pd.DataFrame({"account_id": ["a"], "as_of": [datetime(2025, 6, 1)]})
    for table, expected in ((later, 3), (greater, 5)):
        for seed in range(4):
            engine.register_frame("surveys", table.sample(frac=1, random_state=seed))
            assert signal_frame(engine, spine, [LAST], 45)["nps_last"].tolist() == [expected]
