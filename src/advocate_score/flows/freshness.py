"""Whether the night is made from what it should be made from: the clock, the age of the tables and of the model."""

from datetime import datetime, timedelta

from advocate_score.config import Settings
from advocate_score.errors import Fault, InputError
from advocate_score.flows import clock
from advocate_score.flows.serving import Serving
from advocate_score.windows import iso

_AHEAD = timedelta(days=1)
"""The first midnight after the data cut may lie so far ahead of the clock, and today's in the east."""
_FORCE = "'score --force --reason TEXT' publishes all the same"


def refuse_ahead_of_clock(as_of: datetime, reason: str | None) -> None:
    """InputError where the as-of lies in the future and nobody gave a `reason`.

    A night of a date to come would be the newest until that date, and every true one before it would be refused.
    """
    now = clock.now()
    if as_of - now <= _AHEAD or reason:
        return
    problem = f"{iso(as_of)} lies more than a day ahead of this machine's clock, {now:%Y-%m-%d %H:%M} UTC."
    fix = f"set the clock right, or mend the dates in the tables; {_FORCE}"
    raise InputError([Fault("--as-of", problem, fix)])


def warn_of_old_tables(
    settings: Settings, as_of: datetime, data_cut: datetime | None, given: str | None
) -> tuple[str, ...]:
    """InputError where the data cut is older than [sources] refuse_age_hours.

    An as-of that was `given` is meant, and age is told against it. One that follows from the data cut is never far from
    it, so that the clock has to say whether the tables are stale.
    """
    sources = settings.sources
    if data_cut is None:
        return ()
    against = as_of if given or sources.as_of not in ("data_cut", "today") else max(as_of, clock.now())
    hours = (against - data_cut) / timedelta(hours=1)
    problem = f"the newest row of any table was recorded at {iso(data_cut)}, {hours:,.0f} hours before {iso(against)}"
    if sources.refuse_age_hours is not None and hours > sources.refuse_age_hours:
        limit = f"[sources] refuse_age_hours is {sources.refuse_age_hours:g}."
        raise InputError([Fault("tables", f"{problem}; {limit}", "export the tables anew")])
    if sources.warn_age_hours is not None and hours > sources.warn_age_hours:
        return (f"{problem}; see whether the export still runs.",)
    return ()


def warn_of_old_model(settings: Settings, serving: Serving, as_of: datetime) -> tuple[str, ...]:
    """InputError where the champion learned up to an instant too long before the as-of."""
    if serving.trained_as_of is None:
        return ()
    days = (as_of - serving.trained_as_of) / timedelta(days=1)
    problem = f"the champion learned up to {iso(serving.trained_as_of)}, {days:,.0f} days before {iso(as_of)}"
    if days > settings.model.refuse_age_days:
        limit = f"[model] refuse_age_days is {settings.model.refuse_age_days}."
        raise InputError([Fault("champion", f"{problem}; {limit}", "train and promote a newer one")])
    if days > settings.model.warn_age_days:
        return (f"{problem}: train and promote a newer one.",)
    return ()
