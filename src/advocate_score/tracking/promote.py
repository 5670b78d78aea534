"""Promotion: the digests of every model file go on record, then the alias moves."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from advocate_score.config import Settings
from advocate_score.errors import Fault, InputError, ModelRefusedError
from advocate_score.tracking import registry
from advocate_score.tracking.cache import Verified, cache_folder, keep
from advocate_score.tracking.promotions import Promotion, add_promotion
from advocate_score.tracking.registry import CHALLENGER, CHAMPION, Version
from advocate_score.tracking.store import connect, is_untouched, reaching
from advocate_score.windows import iso, parse_as_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from advocate_score.model.ladder_model import LadderModel

TRAINED = frozenset({"digests", "recipe", "schema_hash", "as_of"})
"""The tags that every version has which `train` registered."""


def candidate(settings: Settings, number: str | None = None) -> Version:
    """The version `number`, or the one under the alias `challenger`; InputError where there is none."""
    name = settings.tracking.model_name
    if is_untouched(settings):
        raise _nothing_trained(name)
    with reaching(settings):
        client = connect(settings)
        chosen = number or registry.version_of_alias(client, name, CHALLENGER)
        if chosen is None:
            raise _nothing_trained(name)
        found = registry.version(client, name, chosen)
    if not found.tags.keys() >= TRAINED:
        raise ModelRefusedError(f"version {chosen} of '{name}' was not registered by 'advocate-score train'")
    return found


def _nothing_trained(name: str) -> InputError:
    return InputError([Fault("promote", f"there is no challenger of '{name}'.", "run 'advocate-score train' first")])


def load_candidate(settings: Settings, chosen: Version) -> "LadderModel":
    """The model of a version that is not champion yet; ModelRefusedError where it is not what training registered."""
    with _staging(settings) as files:
        return _fetched(settings, chosen, files)


def promote(
    settings: Settings,
    chosen: Version,
    *,
    now: datetime,
    verdict: pd.DataFrame | None = None,
    forced: str | None = None,
) -> Promotion:
    """Makes `chosen` champion; it must load, and be what training registered.

    The record is written before the alias moves: an alias without a record is refused at night, a record without
    an alias harms nobody.

    Parameters
    ----------
    now : naive UTC.
    verdict : the gate's table (check, value, bound, passed, why).
    forced : the reason given where the gate was overruled.
    """
    with _staging(settings) as files:
        _fetched(settings, chosen, files)
        with reaching(settings):
            client = connect(settings)
            previous = registry.version_of_alias(client, chosen.model_name, CHAMPION)
        promotion = _promotion(chosen, now, previous, verdict, forced)
        add_promotion(settings.folder, promotion)
        with reaching(settings):
            _move_alias(client, promotion)
        note = Verified(model_name=promotion.model_name, version=promotion.version, verified_at=now)
        keep(settings.folder, files, promotion.digests, note)
    return promotion


@contextmanager
def _staging(settings: Settings) -> Iterator[Path]:
    """An empty folder on the file system of the cache, so that files move into it without being copied."""
    with tempfile.TemporaryDirectory(dir=cache_folder(settings.folder)) as folder:
        files = Path(folder) / "files"
        files.mkdir()
        yield files


def _fetched(settings: Settings, chosen: Version, files: Path) -> "LadderModel":
    from advocate_score.model.files import load

    digests = _registered_digests(chosen)
    with reaching(settings):
        connect(settings)
        registry.download(chosen.model_name, chosen.number, digests, files)
    return load(files, digests)


def _registered_digests(chosen: Version) -> dict[str, str]:
    try:
        return {str(name): str(digest) for name, digest in json.loads(chosen.tags["digests"]).items()}
    except (ValueError, AttributeError) as error:
        which = f"version {chosen.number} of '{chosen.model_name}'"
        raise ModelRefusedError(f"the digests of {which} are not readable") from error


def _promotion(
    chosen: Version,
    now: datetime,
    previous: str | None,
    verdict: pd.DataFrame | None,
    forced: str | None,
) -> Promotion:
    return Promotion(
        model_name=chosen.model_name,
        version=chosen.number,
        run_id=chosen.run_id,
        recipe=chosen.tags["recipe"],
        schema_hash=chosen.tags["schema_hash"],
        digests=_registered_digests(chosen),
        trained_as_of=parse_as_of(chosen.tags["as_of"]),
        promoted_at=now,
        previous=previous if previous != chosen.number else None,
        forced=forced,
        verdict=() if verdict is None else tuple(json.loads(verdict.to_json(orient="records"))),
    )


def _move_alias(client: "MlflowClient", promotion: Promotion) -> None:
    """The tags tell people who look at the registry; what the nightly job believes is the record."""
    told = {
        "promoted_at": iso(promotion.promoted_at),
        "previous_champion": promotion.previous or "",
        "forced": promotion.forced or "",
        "verdict": json.dumps(promotion.verdict, ensure_ascii=False),
    }
    for key, value in told.items():
        client.set_model_version_tag(promotion.model_name, promotion.version, key, value)
    client.set_registered_model_alias(promotion.model_name, CHAMPION, promotion.version)
