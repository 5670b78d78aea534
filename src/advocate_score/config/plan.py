"""`[policy.plan]`: how the asks of a period are chosen together."""

from typing import Literal

from pydantic import Field

from advocate_score.config.section import MOST, Amount, Count, PerLevel, Section, Share


class Worth(PerLevel):
    """What a delivered ask is worth, in delivered testimonials."""

    level_1: float = Field(1, ge=0, le=MOST)
    level_2: float = Field(4, ge=0, le=MOST)
    level_3: float = Field(3, ge=0, le=MOST)
    level_4: float = Field(6, ge=0, le=MOST)
    level_5: float = Field(10, ge=0, le=MOST)


class FloorShare(Section):
    """Share of its even part of the asks that each industry, segment and region gets at least; 0: no floor."""

    industry: Share = 0.5
    segment: Share = 0.5
    region: Share = 0.5


class Floors(Section):
    """Asks that named industries, segments and regions get at least, where that is more than the share's."""

    industry: dict[str, Count] = Field({})
    segment: dict[str, Count] = Field({})
    region: dict[str, Count] = Field({})


class Plan(Section):
    """How the asks of a period are chosen together.

    `lower_bound`: how much of the readiness is its lower bound, 0 for the mean alone · `unknown_completion` stands in
    where none can be told · `soft_cap_penalty`: share of the worth lost once the year's soft cap is reached ·
    `moment_bonus`: share added at a moment of full strength · `option_value`: how much of what the account would be
    worth at a higher level later is held against a lower ask now · `owner_load`: asks a period of one account manager,
    0 for any · `exploration`: share of the asks that is drawn by lot · `floor_rule`: "hard" floors give way only where
    they cannot be met, "soft" ones where an ask less costs `floor_price` or more to avoid.
    """

    period: Literal["week", "month", "quarter"] = "month"
    worth: Worth = Worth()
    lower_bound: Share = 0.5
    unknown_completion: Share = 1.0
    soft_cap_penalty: Share = 0.5
    moment_bonus: Amount = 0.2
    option_value: Share = 0.5
    owner_load: Count = 10
    exploration: Share = 0.05
    floor_rule: Literal["hard", "soft"] = "hard"
    floor_price: Amount = 1.0
    floor_share: FloorShare = FloorShare()
    floors: Floors = Floors()
