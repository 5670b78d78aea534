"""The settings of a simulated world, its random streams, and its clock.

Random numbers come from streams by name, so that switching one effect leaves the draws of the others unchanged. The
clock is a grid of 28-day periods that ends at the data cut.
"""

import math
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from advocate_score.dates import parse_as_of
from advocate_score.errors import ConfigurationError, Fault

Strength = Annotated[float, Field(ge=0, le=5)]
Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[float, Field(gt=0, le=3_650)]

BUSIEST = 0.2
"""The most asks per account and week that the account managers can handle."""


class World(BaseModel):
    """One CRM to be made. A strength of 0 switches its effect off.

    accounts, asks      how many accounts; how many asks at levels 1–5 to aim at (favours come on top)
    years, data_cut     length of the history and the instant at which it ends
    activity            interactions of an average account, as a multiple of about 50 in three years
    non_linear          bends and interactions of what makes a client ready
    goodwill            weight in readiness of what the account manager alone feels; no table shows it
    selection           what chooses whom to ask: 'none' chance, 'mar' the records, 'mnar' the records and the goodwill
    favouritism         how strongly the choice leans to the preferred
    exploration         share of the asks drawn evenly over accounts and levels, whatever the preference
    outside_programme   share of accounts that only exploration reaches
    fatigue             log-odds that an ask takes from the next ones, halved every fatigue_half_life_days
    heterogeneity       how much the distances between the rungs differ by account
    blocks              share of accounts that can never give a case study, and half of it that can never speak
    drift               log-odds of readiness lost in each year
    no_reply            share of the asks without a yes that get no answer at all
    late_yes            share of the other asks that get a yes after the maturity window
    log_propensities    whether the asks table tells how likely each choice was
    mess                duplicates, orphans, conflicts, gaps, merged accounts, hostile names
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    accounts: Annotated[int, Field(ge=1, le=5_000_000)] = 600
    asks: Annotated[int, Field(ge=0, le=20_000_000)] = 2_500
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    data_cut: datetime = datetime(2026, 1, 1)
    years: Annotated[float, Field(ge=1, le=20)] = 3
    activity: Annotated[float, Field(gt=0, le=1_000)] = 1
    non_linear: Strength = 1
    goodwill: Strength = 0.8
    selection: Literal["none", "mar", "mnar"] = "mnar"
    favouritism: Strength = 1.2
    exploration: Share = 0.05
    outside_programme: Share = 0.15
    fatigue: Strength = 0.4
    fatigue_half_life_days: Days = 90
    heterogeneity: Strength = 0.5
    blocks: Share = 0.08
    drift: Annotated[float, Field(ge=-5, le=5)] = 0
    no_reply: Share = 0.45
    late_yes: Share = 0.02
    maturity_days: Days = 45
    log_propensities: bool = True
    mess: bool = True

    @field_validator("data_cut")
    @classmethod
    def _is_naive_utc(cls, instant: datetime) -> datetime:
        return parse_as_of(instant.isoformat())

    @model_validator(mode="after")
    def _asks_fit(self) -> Self:
        maximum = int(self.accounts * self.years * 52 * BUSIEST)
        if self.asks > maximum:
            raise ValueError(f"{self.accounts} accounts can take at most {maximum} asks in {self.years:g} years")
        return self


def checked_world(options: Mapping[str, object]) -> World:
    """Return the world of these options; raise ConfigurationError with every option at fault."""
    try:
        return World.model_validate(dict(options))
    except ValidationError as error:
        raise ConfigurationError([_fault(detail["loc"], detail["msg"]) for detail in error.errors()]) from error


def _fault(location: tuple[int | str, ...], message: str) -> Fault:
    option = "--" + str(location[0]).replace("_", "-") if location else "--asks"
    return Fault(option, message.removeprefix("Value error, ").replace("Input should be", "must be") + ".")


Rng = np.random.Generator


class Streams:
    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of(self, name: str) -> Rng:
        """Return a fresh generator that depends only on the seed and this name."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])


Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def sigmoid(log_odds: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-log_odds))
    return result


def numbered_ids(prefix: str, numbers: Ints, digits: int = 7) -> pd.Series:
    """Return ids such as `I0000042`."""
    text = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=digits, padding="0")
    return _text(pc.binary_join_element_wise(pa.scalar(prefix), text, ""))


def ids(prefix: str, count: int) -> pd.Series:
    return numbered_ids(prefix, np.arange(1, count + 1))


def words(choices: Sequence[str | None], codes: Ints) -> pd.Series:
    """Return the chosen word of each row."""
    return _text(pa.array(choices, pa.string()).take(pa.array(codes)))


def draw_codes(rng: Rng, shares: Sequence[float], count: int) -> Ints:
    """Draw codes 0, 1, … with these shares."""
    bounds = np.cumsum(np.asarray(shares, dtype=float))
    codes: Ints = np.searchsorted(bounds / bounds[-1], rng.random(count), side="right").astype(np.int64)
    return codes


def chosen_by_row(rng: Rng, shares: Floats) -> Ints:
    """Draw one code per row with the shares of that row, (n, k)."""
    bounds = np.cumsum(shares, axis=1)
    draw = rng.random(len(shares)) * bounds[:, -1]
    codes: Ints = np.minimum((draw[:, None] >= bounds).sum(axis=1), shares.shape[1] - 1)
    return codes


def flags(values: Bools, known: Bools | None = None) -> pd.Series:
    """Return nullable booleans; unknown if `known` is false."""
    series = pd.Series(values, dtype="boolean")
    return series if known is None else series.where(pd.Series(known))


def gaps(values: Floats, known: Bools, decimals: int) -> Floats:
    """Return rounded values, NaN if not known."""
    return np.where(known, np.round(values, decimals), np.nan)


def _text(array: Any) -> pd.Series:
    return pd.Series(array.to_pandas(), dtype="str")


PERIOD_DAYS = 28
WEEKS = 4
"""Weeks in a period."""

_OPENS, _CLOSES = 8 / 24, 18 / 24
_MINUTE = 1 / (24 * 60)


class Clock:
    def __init__(self, data_cut: datetime, years: float) -> None:
        self.periods = math.ceil(years * 365.25 / PERIOD_DAYS)
        self.days = self.periods * PERIOD_DAYS
        self.start = np.datetime64(data_cut, "s") - np.timedelta64(self.days, "D")
        first = pd.Timestamp(self.start)
        self._first_weekday = first.weekday()
        self._after_midnight = (first - first.normalize()) / pd.Timedelta(days=1)

    def period(self, days: Floats) -> Ints:
        """Return the index of the period of each instant, clipped to the grid."""
        index: Ints = np.clip(days // PERIOD_DAYS, 0, self.periods - 1).astype(np.int64)
        return index

    def working_time(self, days: Floats, rng: Rng) -> Floats:
        """Return the same days at a working hour; a weekend day moves back to its Friday."""
        day = np.floor(days + self._after_midnight)
        weekend = np.clip((day + self._first_weekday) % 7 - 4, 0, 2)
        hour = _OPENS + rng.random(len(day)) * (_CLOSES - _OPENS)
        shifted: Floats = np.clip(day - weekend + hour - self._after_midnight, 0, self.days - _MINUTE)
        return shifted

    def stamps(self, days: Floats) -> pd.Series:
        """Return naive UTC instants in whole minutes; NaN becomes NaT."""
        minutes = np.floor(np.nan_to_num(days) * 24 * 60).astype("timedelta64[m]")
        instants = (self.start + minutes).astype("datetime64[us]")
        instants[np.isnan(days)] = np.datetime64("NaT")
        return pd.Series(instants)

    def known(self, days: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return whether the firm knew it before the data cut; anything else is in no export."""
        before: np.ndarray[tuple[int], np.dtype[np.bool_]] = days < self.days
        return before
