"""Reads the recipes file: candidates by name, and the gate that judges them. Every fault is told at once."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from advocate_score.errors import ConfigurationError, Fault
from advocate_score.model.gate import Gate
from advocate_score.model.recipe import Recipe


class Recipes(BaseModel):
    """`[recipes.NAME]` and `[gate]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    recipes: dict[str, Recipe]
    gate: Gate = Gate()

    def named(self, name: str) -> Recipe:
        """The candidate called `name`; ConfigurationError lists those there are."""
        if name not in self.recipes:
            fix = f"there are {', '.join(sorted(self.recipes))}"
            raise ConfigurationError([Fault("[model] recipe", f"no recipe is called '{name}'.", fix)])
        return self.recipes[name]


def load_recipes(path: Path) -> Recipes:
    """Raises
    ------
    ConfigurationError
        where the file is missing, not TOML, or says something that no recipe knows.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError([Fault(path.name, f"is not readable as TOML: {error}.")]) from error
    try:
        return Recipes.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError([_fault(path.name, detail) for detail in error.errors()]) from error


def _fault(file: str, detail: Any) -> Fault:
    place = f"{file} {'.'.join(map(str, detail['loc']))}"
    if detail["type"] == "extra_forbidden":
        return Fault(place, "is not a setting of a recipe.")
    return Fault(place, detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be") + ".")
