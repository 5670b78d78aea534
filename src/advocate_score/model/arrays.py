"""Arrays as fields of fitted parts: finite numbers only, written to JSON as lists and read back bit for bit."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def _finite(value: object) -> Floats:
    array = np.array(value, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError("holds a number that is not finite")
    array.setflags(write=False)
    return array


def _listed(array: Floats) -> Any:
    return array.tolist()


Vector = Annotated[Floats, BeforeValidator(_finite), PlainSerializer(_listed)]


class Fitted(BaseModel):
    """Base of everything that is learned: frozen, strict about names, ready for JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)
