"""What every section of the configuration is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
MOST = 1_000_000
"""Asks, minutes and the like beyond which a figure is a slip, and sums and dates overflow."""
Amount = Annotated[float, Field(ge=0, le=MOST)]
Money = Annotated[float, Field(ge=0, le=1e15)]


UNSHOWN = "unshown"
"""Type of a fault whose message repeats nothing of what was given."""


def unshown(problem: str) -> PydanticCustomError:
    """What a validator raises where the value may hold a secret."""
    return PydanticCustomError(UNSHOWN, "{problem}", {"problem": problem})


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PerLevel(Section):
    """One figure for each level; written as `level_1 = …`."""

    level_1: float
    level_2: float
    level_3: float
    level_4: float
    level_5: float

    def of(self, level: int) -> float:
        figure: float = getattr(self, f"level_{level}")
        return figure
