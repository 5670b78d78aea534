"""Reads the configuration file, lays `--set section.key=value` over it, and reports every fault at once."""

import copy
import json
import tomllib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from advocate_score.config.settings import (
    SECTIONS_BY_LEVEL,
    UNSHOWN,
    Catalogue,
    Delivery,
    Engine,
    Ladder,
    Model,
    Operations,
    Outputs,
    OwnLevel,
    Policy,
    Programme,
    Tracking,
    with_figures_of_levels,
)
from advocate_score.config.sources import Part, Sources, TableSource
from advocate_score.errors import ConfigurationError, Fault, did_you_mean
from advocate_score.ladder import MOST_LEVELS
from advocate_score.schema import TABLES
from advocate_score.signal_spec import AS_RANGE, AS_VALUES, Bounds, Signal
from advocate_score.signal_words import AS_CASES, AS_SENTENCE, Bands, Cases


def apply_overrides(document: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    result = copy.deepcopy(document)
    for override in overrides:
        keys, value = _parse(override)
        section = result
        for key in keys[:-1]:
            section = section.setdefault(key, {})
            if not isinstance(section, dict):
                raise ConfigurationError([Fault(f"--set {override}", f"'{key}' is a value, not a section.")])
        section[keys[-1]] = value
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


_WHETHER = {
    "sources": ("warn_age_hours", "refuse_age_hours", "refuse_fall"),
    "model": ("warn_age_days", "refuse_age_days"),
}
"""Settings that decide whether a night is published, and not what stands in it."""


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
    delivery: Delivery = Delivery()
    programme: Programme = Programme()
    operations: Operations = Operations()
    engine: Engine = Engine()

    @model_validator(mode="before")
    @classmethod
    def _with_figures_of_levels(cls, document: Any) -> Any:
        return with_figures_of_levels(document) if isinstance(document, dict) else document

    def path(self, relative: Path | str) -> Path:
        """What is a URL is fetched before anybody asks where it lies; see `sources.object_store`."""
        return self.folder / relative

    @property
    def tracking_uri(self) -> str:
        return self.tracking.uri or f"sqlite:///{self.folder.resolve() / 'mlflow.db'}"

    def canonical_json(self) -> str:
        """The settings that decide the result, as text to hash: left out are places and capacities of the machine, and
        what decides whether there is a result at all."""
        excluded = {"folder", "engine", "tracking", "delivery", "programme", "operations"}
        document = self.model_dump(mode="json", exclude=excluded)
        for name in ("folder", "quarantine", "retention_days", "mode"):
            del document["outputs"][name]
        tables = [document["sources"][name] for name in TABLES]
        for source in (document["sources"], *tables, *(part for table in tables for part in table["parts"])):
            source.pop("folder", None)
            source.pop("path", None)
            source.pop("database", None)
        self._leave_out_absent_levels(document)
        for section, names in _WHETHER.items():
            for name in names:
                del document[section][name]
        return json.dumps(document, sort_keys=True, ensure_ascii=False)

    def _leave_out_absent_levels(self, document: dict[str, Any]) -> None:
        """Removes the figures of levels that the ladder lacks, and the shipped ladder, which decides nothing."""
        for path in SECTIONS_BY_LEVEL:
            section = document
            for name in path:
                section = section[name]
            for number in range(len(self.ladder.in_use) + 1, MOST_LEVELS + 1):
                del section[f"level_{number}"]
        if not self.ladder.levels:
            del document["ladder"]["levels"]


def load_settings(file: Path, overrides: Sequence[str] = ()) -> Settings:
    """Settings from `file`, with `section.key=value` overrides on top; ConfigurationError names every fault."""
    document = apply_overrides(_read(file), overrides)
    if locations := [*_with_nul(document)]:
        faults = [
            Fault(f"{file.name} {location}", "holds a NUL byte, which no name or path can.") for location in locations
        ]
        raise ConfigurationError(faults)
    if "folder" in document:
        raise ConfigurationError([Fault(file.name, "'folder' is not a section.", "use [sources] folder")])
    try:
        settings = Settings(folder=file.parent, **document)
    except ValidationError as error:
        given = {override.partition("=")[0].strip() for override in overrides}
        raise ConfigurationError([_fault(file.name, document, detail, given) for detail in error.errors()]) from error
    _refuse_absent_levels(settings, document, file.name)
    _refuse_shared_folders(settings, file.name)
    return settings


def _refuse_absent_levels(settings: Settings, document: dict[str, Any], file: str) -> None:
    """Every level that a setting names is one of the ladder's."""
    levels = settings.ladder.in_use
    faults = []
    for path in SECTIONS_BY_LEVEL:
        section: Any = document
        for name in path:
            section = section.get(name, {})
        absent = [name for name in section if int(name.removeprefix("level_")) not in levels]
        faults += [(f"[{'.'.join(path)}] {name}", name.removeprefix("level_")) for name in absent]
    for name, pool in {"reference": settings.policy.pools.reference, "board": settings.policy.pools.board}.items():
        if pool.level not in levels:
            faults.append((f"[policy.pools.{name}] level", str(pool.level)))
    if faults:
        fix = f"the levels are 1 to {len(levels)}; more are declared as [[ladder.levels]]"
        raise ConfigurationError(
            [Fault(f"{file} {where}", f"there is no level {level}.", fix) for where, level in faults]
        )


def _with_nul(value: Any, location: tuple[str, ...] = ()) -> Iterator[str]:
    """Where texts hold one, as `[section] key`."""
    if isinstance(value, str) and "\0" in value:
        yield f"[{location[0]}] {'.'.join(location[1:])}".strip()
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _with_nul(item, (*location, str(name).replace("\0", "?")))
    elif isinstance(value, list):
        for item in value:
            yield from _with_nul(item, location)


def _refuse_shared_folders(settings: Settings, file: str) -> None:
    """What is written and removed stands apart from the configuration, the tables and each other."""
    folders = {
        "[outputs] folder": settings.outputs.folder,
        "[outputs] quarantine": settings.outputs.quarantine,
        "[programme] recorded": settings.programme.recorded,
    }
    owners = {settings.folder.resolve(): "the folder of the configuration"}
    if isinstance(settings.sources.folder, Path):
        owners.setdefault(settings.path(settings.sources.folder).resolve(), "[sources] folder")
    faults = []
    for name, folder in folders.items():
        path = settings.path(folder).resolve()
        if path in owners:
            problem = f"'{folder}' is also {owners[path]}: what is written there would mix with it."
            faults.append(Fault(f"{file} {name}", problem, "name a folder of its own"))
        owners.setdefault(path, name)
    if faults:
        raise ConfigurationError(faults)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        fix = "make one with 'advocate-score init DIR' or name it with --config"
        raise ConfigurationError([Fault(str(file), "there is no such configuration file.", fix)]) from error
    except IsADirectoryError as error:
        fix = f"--config {file / 'advocate.toml'}"
        raise ConfigurationError([Fault(str(file), "is a folder, not a configuration file.", fix)]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError([Fault(str(file), "is not written in UTF-8.", "save it as UTF-8")]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            [Fault(str(file), f"cannot be read as TOML: {error}.", "correct that line; text stands in double quotes")]
        ) from error


def _fault(file: str, document: dict[str, Any], detail: ErrorDetails, overrides: Collection[str]) -> Fault:
    """The fault of one setting; it lies in the file, or on the command line if it is among the overrides' names."""
    setting = ".".join(map(str, detail["loc"]))
    location = f"--set {setting}" if setting in overrides else f"{file} {_location(detail['loc'], document)}"
    if detail["type"] == "extra_forbidden":
        return Fault(location, "is not a setting.", _nearest(detail["loc"]))
    is_shown = detail["type"] != UNSHOWN and not isinstance(detail["input"], dict)
    reason = _reason(detail)
    is_told = isinstance(detail["input"], str) and f"'{detail['input']}'" in reason
    received = f"; got {_short(detail['input'])}" if is_shown and not is_told else ""
    text = f"{reason}{received}".removesuffix(".")
    return Fault(location, text if text.endswith("?") else f"{text}.")


def _location(location: tuple[int | str, ...], document: dict[str, Any]) -> str:
    """`[section] key`; a declared signal goes by its name, or by its number where it has none."""
    section, *rest = location
    number = rest[0] if rest else None
    if section == "signals" and isinstance(number, int):
        rest = rest[1:]
        signal = document["signals"][number]
        name = signal.get("name") if isinstance(signal, dict) else None
        head = f"[[signals]] {name or f'no. {number + 1}'}"
    elif section == "ladder" and number == "levels" and len(rest) > 1:
        head, rest = f"[[ladder.levels]] no. {int(rest[1]) + 1}", rest[2:]
    else:
        head = f"[{section}]"
    return f"{head} {'.'.join(str(part) for part in rest if part not in _OF_PYDANTIC)}".strip()


_OF_PYDANTIC = ("[key]", AS_RANGE, AS_VALUES, AS_CASES, AS_SENTENCE)
"""Parts of a location that stand in no file."""

_WORDS = {
    "missing": "is missing",
    "tuple_type": "must be a list",
    "dict_type": "must be a table of settings",
    "model_type": "must be a table of settings",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "string_type": "must be text",
}


def _reason(detail: ErrorDetails) -> str:
    plain = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    plain = plain.replace("greater than or equal to", "at least").replace("less than or equal to", "at most")
    return _WORDS.get(detail["type"], plain)


def _short(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"


def _nearest(location: tuple[int | str, ...]) -> str:
    """The closest allowed name at the place of an unknown one, else the list of those allowed."""
    allowed = list(_allowed_at(location[:-1]))
    return did_you_mean(str(location[-1]), allowed) or f"allowed here: {', '.join(sorted(allowed))}."


_BY_PART: dict[int | str, Any] = {AS_RANGE: Bounds, AS_CASES: Cases, "bands": Bands}
_LISTED: dict[Any, Any] = {TableSource: Part, Ladder: OwnLevel}
"""Section → what its list holds."""


def _allowed_at(location: tuple[int | str, ...]) -> Iterable[str]:
    model: Any = Settings
    for part in location:
        if isinstance(part, int):
            model = _LISTED.get(model, Signal)
        elif part in _BY_PART:
            model = _BY_PART[part]
        elif part in TABLES and model is Sources:
            model = Sources.model_fields[part].annotation
        elif part in getattr(model, "model_fields", {}) and part not in ("parts", "levels"):
            model = model.model_fields[part].annotation
    return (name for name in getattr(model, "model_fields", {}) if name != "folder" or model is Sources)
