"""What became of the lists of the last year, for the report: from the publications that stand and the answers since."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from advocate_score.config import Settings
from advocate_score.flows.frames import mature_asks
from advocate_score.flows.project import Data, Project
from advocate_score.flows.records import plain
from advocate_score.programme.estimates import share
from advocate_score.publication.past import Past, past_publications
from advocate_score.publication.shelf import folder_of
from advocate_score.scoring.became import WORKED_WITH_DAYS, became, foretold, of_lists
from advocate_score.scoring.realised import Prediction
from advocate_score.tracking.promotions import learned_until
from advocate_score.windows import lookback_start

_DIGITS = 4
_YEAR_DAYS = 365


def became_of_lists(project: Project, data: Data, as_of: datetime) -> dict[str, Any]:
    """Figures over all accounts together, ready for JSON: `days` for which an ask waits for its answer and, where lists
    stand that are older, `first`, `last`, `nights`, `within`, `levels`, `calibration`, `beside` (asks of others).

    Nights of the same date or later do not count, so that a date written anew is the same again; nor do nights that
    were made up for with a model that learned later.
    """
    settings = project.settings
    days = {"days": settings.model.maturity_days}
    past = _old_enough(settings, as_of)
    if not past:
        return days
    asks = mature_asks(data, settings, as_of)
    asks = asks[asks["asked_at"] >= past[0].as_of]
    lists = _lists(settings, past, asks)
    if not lists:
        return days
    asked, others = of_lists(asks, lists)
    found = became(lists, asked, settings.programme.smallest_cell, settings.model.seed)
    told = {
        "first": f"{lists[0].as_of:%Y-%m-%d}",
        "last": f"{lists[-1].as_of:%Y-%m-%d}",
        "nights": len(lists),
        "within": WORKED_WITH_DAYS,
        "levels": plain(found.round(_DIGITS)),
        "calibration": plain(foretold(asked, found).round(_DIGITS)),
        "beside": _beside(others, settings.programme.smallest_cell),
    }
    return days | told


def _old_enough(settings: Settings, as_of: datetime) -> list[Past]:
    """The publications of the year up to where an ask could have been answered, oldest first."""
    target = settings.path(settings.outputs.folder)
    last = as_of - timedelta(days=settings.model.maturity_days)
    today, first = folder_of(target, as_of).name, lookback_start(as_of, _YEAR_DAYS)
    return [one for one in past_publications(target, last) if one.folder.name < today and one.as_of >= first]


def _lists(settings: Settings, past: Sequence[Past], asks: pd.DataFrame) -> list[Prediction]:
    known = learned_until(settings.folder)
    accounts = sorted(set(asks["account_id"]))
    learned = [(one, known.get(one.served)) for one in past]
    return [
        Prediction(one.as_of, until, rows)
        for one, until in learned
        if (until is None or until <= one.as_of) and (rows := one.lists(accounts)) is not None
    ]


def _beside(asks: pd.DataFrame, smallest: int) -> dict[str, Any]:
    """Asks of accounts that stood on no list of that level; their number alone where they are of few accounts."""
    found = share(asks["outcome"], asks["account_id"])
    if found.accounts < max(1, smallest):
        return {"n": len(asks)}
    told = {"observed": found.value, "low": found.low, "high": found.high}
    return {"n": len(asks), **{name: round(one, _DIGITS) for name, one in told.items()}}
