"""Reads the configuration file, lays `--set` over it, and reports every fault at once."""

import difflib
import json
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from advocate_score.canonical import TABLES
from advocate_score.config.overrides import apply_overrides
from advocate_score.config.sections import Catalogue, Engine, Ladder, Model, Outputs, Policy, Sources, Tracking
from advocate_score.declaration import Signal
from advocate_score.errors import ConfigurationError, Fault


class Settings(BaseModel):
    """The whole configuration. Relative paths in it are relative to `folder`, where the file stands."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    folder: Path
    sources: Sources = Sources()
    catalogue: Catalogue = Catalogue()
    signals: tuple[Signal, ...] = ()
    ladder: Ladder = Ladder()
    model: Model = Model()
    policy: Policy = Policy()
    tracking: Tracking = Tracking()
    outputs: Outputs = Outputs()
    engine: Engine = Engine()

    def path(self, relative: Path) -> Path:
        return self.folder / relative

    @property
    def tracking_uri(self) -> str:
        return self.tracking.uri or f"sqlite:///{self.folder.resolve() / 'mlflow.db'}"

    def canonical_json(self) -> str:
        """The settings that decide the result, as text to hash: places and capacities of the machine are left out."""
        kept = self.model_dump(mode="json", exclude={"folder", "engine", "tracking"})
        return json.dumps(kept, sort_keys=True, ensure_ascii=False)


def load_settings(file: Path, overrides: Sequence[str] = ()) -> Settings:
    """Settings from `file`, with `section.key=value` overrides on top; ConfigurationError names every fault."""
    document = apply_overrides(_read(file), overrides)
    if "folder" in document:
        raise ConfigurationError([Fault(file.name, "'folder' is not a section.", "use [sources] folder")])
    try:
        return Settings(folder=file.parent, **document)
    except ValidationError as error:
        raise ConfigurationError([_fault(file.name, detail) for detail in error.errors()]) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        fix = "make one with 'advocate-score init DIR' or name it with --config"
        raise ConfigurationError([Fault(str(file), "there is no such configuration file.", fix)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, IsADirectoryError) as error:
        raise ConfigurationError([Fault(str(file), f"is not readable as TOML: {error}.")]) from error


def _fault(file: str, detail: ErrorDetails) -> Fault:
    place = f"{file} {_place(detail['loc'])}"
    if detail["type"] == "extra_forbidden":
        return Fault(place, "is not a setting.", _nearest(detail["loc"]))
    return Fault(place, f"{_reason(detail)}; got {_short(detail['input'])}.")


def _place(location: tuple[int | str, ...]) -> str:
    section, *rest = map(str, location)
    return f"[{section}] {'.'.join(rest)}".strip()


def _reason(detail: ErrorDetails) -> str:
    return detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")


def _short(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"


def _nearest(location: tuple[int | str, ...]) -> str:
    """The closest allowed name at the place of an unknown one, else the list of those allowed."""
    allowed = list(_allowed_at(location[:-1]))
    close = difflib.get_close_matches(str(location[-1]), allowed, n=1)
    return f"did you mean '{close[0]}'?" if close else f"allowed here: {', '.join(sorted(allowed))}."


def _allowed_at(location: tuple[int | str, ...]) -> Iterable[str]:
    model: Any = Settings
    for part in location:
        if isinstance(part, int):
            model = Signal
        elif part in TABLES and model is Sources:
            model = Sources.model_fields[part].annotation
        elif part in getattr(model, "model_fields", {}):
            model = model.model_fields[part].annotation
    return (name for name in getattr(model, "model_fields", {}) if name != "folder" or model is Sources)
