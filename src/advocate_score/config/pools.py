"""`[policy.pools]`: the reference pool, the advisory board, and how a prospect is matched."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from advocate_score.config.section import MOST, Amount, Count, Section, Share

Rung = Annotated[int, Field(ge=1, le=5)]


class Pool(Section):
    """A standing circle of clients, chosen together at one level of the ladder."""

    level: Rung
    minimum: Count
    maximum: Count

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


class ReferencePool(Pool):
    level: Rung = 3
    minimum: Count = 15
    maximum: Count = 25


class BoardPool(Pool):
    level: Rung = 5
    minimum: Count = 8
    maximum: Count = 12


class Fit(Section):
    """What each attribute that a prospect shares with a client weighs in a match."""

    industry: float = Field(0.4, ge=0, le=MOST)
    service_line: float = Field(0.3, ge=0, le=MOST)
    segment: float = Field(0.2, ge=0, le=MOST)
    region: float = Field(0.1, ge=0, le=MOST)

    def of(self, attribute: str) -> float:
        weight: float = getattr(self, attribute)
        return weight


class Pools(Section):
    """`diversity` weighs coverage of the need against readiness; gains that differ by no more than `equal_within` count
    as equal, and then who has not been asked longest goes first."""

    reference: ReferencePool = ReferencePool()
    board: BoardPool = BoardPool()
    diversity: Amount = 1.0
    equal_within: Share = 0.02
    fit: Fit = Fit()
