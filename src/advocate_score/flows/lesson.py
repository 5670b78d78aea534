"""What there is to learn from: mature asks and today's accounts, each with its signals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from advocate_score.declaration import Signal
from advocate_score.errors import Fault, InputError
from advocate_score.flows.frames import account_frame, ask_frame
from advocate_score.flows.project import Data, Project
from advocate_score.windows import iso

TAUGHT_BY = ("asks",)
"""Tables without which there is nothing to learn."""


@dataclass(frozen=True)
class Lesson:
    """`rows`: one a mature ask, oldest first, signals as of the ask; `accounts`: one an account, as of `as_of`."""

    as_of: datetime
    rows: pd.DataFrame
    accounts: pd.DataFrame


def lesson(project: Project, data: Data, as_of: datetime, signals: Sequence[Signal]) -> Lesson:
    """With the columns of `signals`, which may be more than one model reads."""
    described = replace(data, signals=tuple(signals))
    rows = labelled_asks(project, described, as_of)
    return Lesson(as_of, rows, account_frame(described, project.settings, as_of))


def labelled_asks(project: Project, data: Data, as_of: datetime) -> pd.DataFrame:
    """The ask frame; InputError where there is nothing to learn from."""
    project.progress.step("Signals as of each ask")
    rows = ask_frame(data, project.settings, as_of)
    if rows["outcome"].nunique() < 2:
        ended = "all ended alike" if len(rows) else "are none"
        problem = f"{len(rows)} mature asks before {iso(as_of)}: they {ended}, so there is nothing to tell apart."
        raise InputError([Fault("asks", problem, "'score' works with the scorecard until more answers are in")])
    return rows
