"""The champion's files out of the registry: alias → version once, then what the record of promotions vouches for."""

from collections.abc import Sequence
from pathlib import Path

from advocate_score.config import Settings
from advocate_score.errors import ModelRefusedError
from advocate_score.tracking import registry
from advocate_score.tracking.promotions import FILE, Promotion
from advocate_score.tracking.store import connect, is_untouched, reaching

FIX = "Fix: find out who changed it, then promote a version that is whole"


def fetch(settings: Settings, record: Sequence[Promotion], into: Path) -> Promotion | None:
    """Downloads the champion's files into the new folder `into`; gives the promotion that vouches for them, None where
    there is no champion. No file is looked into yet.

    Raises
    ------
    ModelRefusedError
        where the alias is gone, or was moved to a version that is not in `record`, or what lies around the files is not
        what it was.
    RegistryUnreachableError
        where the registry cannot be used.
    """
    name = settings.tracking.model_name
    with reaching(settings):
        client = None if is_untouched(settings) else connect(settings)
        number = None if client is None else registry.version_of_alias(client, name, registry.CHAMPION)
        if client is None or number is None:
            _refuse_if_promoted(name, record)
            return None
        chosen = vouched(name, number, record)
        into.mkdir()
        around = registry.download(client, name, number, chosen.digests, into)
    if around != (chosen.wrapping or around):
        which = registry.named(name, number)
        raise ModelRefusedError(f"what MLflow keeps beside the files of {which} was changed. {FIX}")
    return chosen


def vouched(name: str, number: str, record: Sequence[Promotion]) -> Promotion:
    """The newest promotion of the version; ModelRefusedError where there is none."""
    for promotion in reversed(record):
        if promotion.version == number:
            return promotion
    raise ModelRefusedError(
        f"the champion of '{name}' is version {number}, which was not promoted here: {FILE} holds no digests of it. "
        f"Fix: run 'advocate-score promote --version {number}' if it should serve"
    )


def _refuse_if_promoted(name: str, record: Sequence[Promotion]) -> None:
    """Falling back to the scorecard in silence, because somebody lost the registry, would be a wrong night."""
    if record:
        raise ModelRefusedError(
            f"{FILE} says that version {record[-1].version} of '{name}' is champion, and the registry has no champion. "
            f"Fix: bring the registry back, or train and promote again, or delete {FILE} to go on without a champion"
        )
