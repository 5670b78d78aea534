"""`--set section.key=value`: a TOML value laid over the file, so that both are validated alike."""

import copy
import tomllib
from collections.abc import Sequence
from typing import Any

from advocate_score.errors import ConfigurationError, Fault


def apply_overrides(document: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    result = copy.deepcopy(document)
    for override in overrides:
        keys, value = _parse(override)
        place = result
        for key in keys[:-1]:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                raise ConfigurationError([Fault(f"--set {override}", f"'{key}' is a value, not a section.")])
        place[keys[-1]] = value
    return result


def _parse(override: str) -> tuple[list[str], Any]:
    name, equals, text = override.partition("=")
    keys = name.strip().split(".")
    if not equals or len(keys) < 2 or not all(keys) or not name.isprintable():
        fault = Fault(f"--set {override}", "is not of the form section.key=value.", "--set model.maturity_days=180")
        raise ConfigurationError([fault])
    return keys, _value(text.strip())


def _value(text: str) -> Any:
    """A TOML value; what TOML does not understand is text, so that quotes are not needed on a command line."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
