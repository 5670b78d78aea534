"""The settings of a simulated world: its size, and every effect that can be switched."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from advocate_score.errors import ConfigurationError, Fault
from advocate_score.windows import parse_as_of

Strength = Annotated[float, Field(ge=0, le=5)]
Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[float, Field(gt=0, le=3_650)]

BUSIEST = 0.2
"""Asks for every account and week above which the account managers could not keep up."""


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
        most = int(self.accounts * self.years * 52 * BUSIEST)
        if self.asks > most:
            raise ValueError(f"{self.accounts} accounts can take at most {most} asks in {self.years:g} years")
        return self


def checked_world(options: Mapping[str, object]) -> World:
    """The world of these options; ConfigurationError names every option at fault."""
    try:
        return World.model_validate(dict(options))
    except ValidationError as error:
        raise ConfigurationError([_fault(detail["loc"], detail["msg"]) for detail in error.errors()]) from error


def _fault(location: tuple[int | str, ...], message: str) -> Fault:
    place = "--" + str(location[0]).replace("_", "-") if location else "--asks"
    return Fault(place, message.removeprefix("Value error, ").replace("Input should be", "must be") + ".")
