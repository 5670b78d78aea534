"""Promotes a model: its digests and golden rows are recorded first, then the alias moves."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from advocate_score.config import Settings
from advocate_score.dates import iso, parse_as_of
from advocate_score.errors import Fault, InputError, LockedError, ModelRefusedError
from advocate_score.files import digest_of_digests
from advocate_score.tracking import champion, ledger, registry
from advocate_score.tracking.client import connect, is_untouched, translate_store_errors

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from advocate_score.model.ladder_model import LadderModel

TRAINED = frozenset({"digests", "recipe", "schema_hash", "as_of"})
"""The tags of every version that `train` registered."""
PATIENCE_WITH_OTHERS = 10.0


class Fetched(NamedTuple):
    """A version whose files were verified: the model, its golden rows, the digest of what MLflow put around it."""

    model: "LadderModel"
    golden: tuple[str, ...]
    wrapping: str


def candidate(settings: Settings, number: str | None = None) -> registry.Version:
    """Return the version `number`, or the one with the alias `challenger`; raise InputError if there is none."""
    name = settings.tracking.model_name
    if is_untouched(settings):
        raise _nothing_trained(name)
    with translate_store_errors(settings):
        client = connect(settings)
        chosen = number or registry.version_of_alias(client, name, registry.CHALLENGER)
        if chosen is None:
            raise _nothing_trained(name)
        version = registry.version(client, name, chosen)
    if not version.tags.keys() >= TRAINED:
        raise ModelRefusedError(
            f"{registry.describe_version(name, chosen)} was not registered by 'advocate-score train'"
        )
    return version


def _nothing_trained(name: str) -> InputError:
    return InputError([Fault("promote", f"there is no challenger of '{name}'.", "run 'advocate-score train' first")])


def load_candidate(settings: Settings, chosen: registry.Version, forced: str | None = None) -> "LadderModel":
    """Return the model of a version that is not champion yet; raise ModelRefusedError if it is not the registered one.

    Parameters
    ----------
    forced : the reason given by a person who vouches for a version that was trained elsewhere.
    """
    with champion.staging(settings.folder) as folder:
        return _verify_candidate(settings, chosen, folder / "files", forced).model


def promote(
    settings: Settings,
    chosen: registry.Version,
    *,
    now: datetime,
    verdict: pd.DataFrame | None = None,
    forced: str | None = None,
    proof: Mapping[str, Any] | None = None,
) -> ledger.Promotion:
    """Make `chosen` the champion; it must load, and be a model that was trained here.

    Parameters
    ----------
    chosen : the version.
    now : naive UTC.
    verdict : the gate's table (check, value, bound, passed, why).
    forced : the reason if the gate is overruled.
    proof : the recipe's results on later asks, ready for JSON.
    """
    with champion.staging(settings.folder) as folder:
        files = folder / "files"
        contender = _verify_candidate(settings, chosen, files, forced)
        checks = () if verdict is None else tuple(json.loads(verdict.to_json(orient="records")))
        promotion = ledger.Promotion(
            model_name=chosen.model_name,
            version=chosen.number,
            run_id=chosen.run_id,
            recipe=chosen.tags["recipe"],
            schema_hash=chosen.tags["schema_hash"],
            digests=_registered_digests(chosen),
            wrapping=contender.wrapping,
            golden=contender.golden,
            trained_as_of=parse_as_of(chosen.tags["as_of"]),
            promoted_at=now,
            forced=forced,
            verdict=checks,
            proof=proof or {},
        )
        return _install(settings, promotion, files)


def take_back(settings: Settings, earlier: ledger.Promotion, *, now: datetime, reason: str) -> ledger.Promotion:
    """Make an earlier champion the champion again; its own record is checked, whatever the registry says.

    Parameters
    ----------
    earlier : its promotion.
    now : naive UTC.
    reason : recorded as `returned`.

    Raises
    ------
    RegistryUnreachableError, ModelRefusedError
        as for a promotion.
    """
    with champion.staging(settings.folder) as folder:
        files = folder / "files"
        wrapping = _fetch(settings, earlier.model_name, earlier.version, earlier.digests, files)
        if wrapping != (earlier.wrapping or wrapping):
            which = registry.describe_version(earlier.model_name, earlier.version)
            raise ModelRefusedError(f"what MLflow keeps beside the files of {which} was changed")
        golden = champion.load_verified(settings.folder, files, earlier.digests, earlier.golden).golden
        updates = {"wrapping": wrapping, "golden": golden, "promoted_at": now, "returned": reason}
        return _install(settings, earlier.model_copy(update=updates | {"forced": None, "verdict": ()}), files)


def _verify_candidate(settings: Settings, chosen: registry.Version, files: Path, forced: str | None) -> Fetched:
    digests = _registered_digests(chosen)
    wrapping = _fetch(settings, chosen.model_name, chosen.number, digests, files)
    known = ledger.Trained.of_tags(chosen.tags, digest_of_digests(digests), wrapping)
    if not forced and not ledger.was_trained_here(settings.folder, known):
        which = registry.describe_version(chosen.model_name, chosen.number)
        file = ledger.TRAININGS_FILE
        fix = f"train here, bring {file} from where it was trained, or vouch for it with --force --reason TEXT"
        raise ModelRefusedError(f"{which} is not a model that was trained here: {file} does not know it. Fix: {fix}")
    return Fetched(*champion.load_verified(settings.folder, files, digests), wrapping)


def _fetch(settings: Settings, name: str, number: str, digests: Mapping[str, str], files: Path) -> str:
    """Download the files without loading them; return the digest of what MLflow put around them."""
    files.mkdir()
    with translate_store_errors(settings):
        return registry.download(connect(settings), name, number, digests, files)


def _registered_digests(chosen: registry.Version) -> dict[str, str]:
    try:
        return {str(name): str(digest) for name, digest in json.loads(chosen.tags["digests"]).items()}
    except (ValueError, AttributeError) as error:
        which = registry.describe_version(chosen.model_name, chosen.number)
        raise ModelRefusedError(f"the digests of {which} are not readable") from error


def _install(settings: Settings, promotion: ledger.Promotion, files: Path) -> ledger.Promotion:
    """Write the record, then move the alias; raise LockedError if another process is promoting.

    In this order an interruption is harmless: an alias without a record would be refused, a record without an alias has
    no effect.
    """
    with champion.exclusive_lock(settings.folder, PATIENCE_WITH_OTHERS) as is_alone:
        if not is_alone:
            raise LockedError("another run is promoting a version. Fix: wait until it has ended, then run again")
        with translate_store_errors(settings):
            client = connect(settings)
            previous = registry.version_of_alias(client, promotion.model_name, registry.CHAMPION)
        recorded = promotion.model_copy(update={"previous": previous if previous != promotion.version else None})
        ledger.add_promotion(settings.folder, recorded)
        with translate_store_errors(settings):
            _move_alias(client, recorded)
        note = champion.CachedVersion(
            model_name=recorded.model_name, version=recorded.version, verified_at=recorded.promoted_at
        )
        champion.move_into_cache(settings.folder, files, recorded.digests, note)
    return recorded


def _move_alias(client: "MlflowClient", promotion: ledger.Promotion) -> None:
    """Set the tags and the alias; the tags inform readers of the registry, while the job trusts the record only."""
    tags = {
        "promoted_at": iso(promotion.promoted_at),
        "previous_champion": promotion.previous or "",
        "forced": promotion.forced or "",
        "returned": promotion.returned or "",
        "verdict": json.dumps(promotion.verdict, ensure_ascii=False),
    }
    for key, value in tags.items():
        client.set_model_version_tag(promotion.model_name, promotion.version, key, value)
    client.set_registered_model_alias(promotion.model_name, registry.CHAMPION, promotion.version)
