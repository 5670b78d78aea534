"""Loads the champion, the model in service.

The alias is resolved to a version once; the files are fetched, their digests are checked against the record of
promotions, the first load on a machine happens in a separate process, and the golden rows are replayed at every load.
The last verified champion is kept beside the configuration, for runs that cannot reach the registry.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from advocate_score.config import Settings
from advocate_score.errors import ModelRefusedError, RegistryUnreachableError
from advocate_score.files import PRIVATE, digest_of_file, digest_of_text, replace_file
from advocate_score.locks import file_lock
from advocate_score.tracking import registry
from advocate_score.tracking.client import call_within, connect, is_untouched, load_mlflow, translate_store_errors
from advocate_score.tracking.ledger import FILE, Promotion, promotions

if TYPE_CHECKING:
    from advocate_score.model.ladder_model import LadderModel

CACHE_FOLDER = ".champion"
CACHE_NOTE = "verified.json"
_LOCK = ".lock"
_STAGING = ".staging-"
_LEFT_BEHIND_SECONDS = 3600.0


class CachedVersion(BaseModel):
    """The contents of the cache. `verified_at`: naive UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_name: str
    version: str
    verified_at: datetime


def cache_folder(folder: Path) -> Path:
    """Return the cache beside the configuration, created if needed and readable by its owner only."""
    cache = folder / CACHE_FOLDER
    cache.mkdir(mode=0o700, exist_ok=True)
    return cache


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder on the file system of the cache, so that files are moved into it without a copy."""
    cache = cache_folder(folder)
    with tempfile.TemporaryDirectory(prefix=_STAGING, dir=cache, ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)


def exclusive_lock(folder: Path, seconds: float) -> AbstractContextManager[bool]:
    """Yield whether this process holds the lock of the cache and the record of promotions; wait at most `seconds`."""
    return file_lock(cache_folder(folder) / _LOCK, seconds)


def move_into_cache(folder: Path, files: Path, digests: Mapping[str, str], note: CachedVersion) -> None:
    """Move the verified `files` into the cache, which then holds this version only; the note is written last.

    The caller must hold `exclusive_lock`.

    Parameters
    ----------
    folder : the configuration's.
    files : the folder to move.
    digests : file name → sha256.
    note : the version and the time of its verification.
    """
    cache = cache_folder(folder)
    target = cache / note.version
    if not _is_same(target, digests):
        shutil.rmtree(target, ignore_errors=True)
        files.rename(target)
    replace_file(cache / CACHE_NOTE, f"{note.model_dump_json()}\n".encode(), PRIVATE)
    for other in cache.iterdir():
        is_ours = other.name.isdigit() or other.name.startswith(_STAGING)
        if is_ours and other.is_dir() and other != target and not _in_use(other):
            shutil.rmtree(other, ignore_errors=True)


def cached_version(folder: Path, model_name: str) -> CachedVersion | None:
    """Return what the cache holds of the model; None if there is nothing, or the note cannot be read."""
    try:
        note = CachedVersion.model_validate_json((folder / CACHE_FOLDER / CACHE_NOTE).read_bytes())
    except (OSError, ValidationError):
        return None
    return note if note.model_name == model_name else None


def _in_use(entry: Path) -> bool:
    """Return whether another process may still be fetching files into it; leftovers are removed after an hour."""
    try:
        age = time.time() - entry.stat().st_mtime
    except OSError:  # deleted meanwhile
        return True
    return entry.name.startswith(_STAGING) and age < _LEFT_BEHIND_SECONDS


def _is_same(target: Path, digests: Mapping[str, str]) -> bool:
    if not target.is_dir() or {file.name for file in target.iterdir()} != set(digests):
        return False
    return all(digest_of_file(target / name) == digest for name, digest in digests.items())


NOTE = "first_loads.json"
_READERS = ("advocate-score", "lightgbm", "numpy")
"""The libraries whose versions count: a model that one version could read must be tried again with the next."""
_REMEMBERED = 50


class Loaded(NamedTuple):
    model: "LadderModel"
    golden: tuple[str, ...]


def load_verified(folder: Path, files: Path, digests: Mapping[str, str], golden: Sequence[str] = ()) -> Loaded:
    """Load and check the model in `files`.

    Parameters
    ----------
    folder : the configuration's; its cache records which models this machine has loaded before.
    files : the folder of the model's files.
    digests : file name → sha256.
    golden : the golden rows to replay; by default those of the loaded model.

    Returns
    -------
    the model, and the golden rows.

    Raises
    ------
    ModelRefusedError
        if a file does not match its digest or is not a model's, the first load fails in any way, or a prediction for a
        golden row differs.
    """
    from advocate_score.model.persistence import golden_rows, load, replay, verify
    from advocate_score.model.sandboxed_load import sandboxed_load

    verify(files, digests)
    key = _key(digests)
    known_keys = _read_passed(folder)
    if key not in known_keys:
        golden = sandboxed_load(files, digests, golden)
    model = load(files, digests)
    replay(model, golden)
    if key not in known_keys:
        _add_passed(folder, key)
    return Loaded(model, tuple(golden) or golden_rows(model))


def _key(digests: Mapping[str, str]) -> str:
    readers = {name: installed_version(name) for name in _READERS}
    return digest_of_text(json.dumps([dict(digests), readers], sort_keys=True))


def _add_passed(folder: Path, key: str) -> None:
    """Note that the model was loaded, unless other processes hold the cache for too long."""
    with exclusive_lock(folder, _PATIENCE_WITH_OTHERS) as is_alone:
        if is_alone:
            keys = [*_read_passed(folder), key][-_REMEMBERED:]
            replace_file(cache_folder(folder) / NOTE, f"{json.dumps(keys)}\n".encode(), PRIVATE)


def _read_passed(folder: Path) -> list[str]:
    """Return the keys of models loaded before.

    An unreadable note counts as empty; it costs one more load in a separate process.
    """
    try:
        note = json.loads((cache_folder(folder) / NOTE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    return [key for key in note if isinstance(key, str)] if isinstance(note, list) else []


FIX = "Fix: find out who changed it, then promote a version that is whole"
PATIENCE_SECONDS = 25.0
_PATIENCE_WITH_OTHERS = 5.0
CACHE_GOOD_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Champion:
    """A verified model and the promotion that made it champion; `warnings` belong in the manifest."""

    model: "LadderModel"
    promotion: Promotion
    warnings: tuple[str, ...] = ()


def load_champion(settings: Settings, now: datetime) -> Champion | None:
    """Return the champion, or None if none was ever promoted.

    If the registry does not answer, a verified copy is used for up to seven days.

    Parameters
    ----------
    now : naive UTC; recorded as the time of verification.

    Raises
    ------
    ModelRefusedError
        if a file differs from its digest in the record of promotions, a prediction for a golden row differs from that
        at promotion, or the alias was moved to a version that is not in the record.
    RegistryUnreachableError
        if the registry does not answer within half a minute and there is no copy to use.
    """
    record = promotions(settings.folder, settings.tracking.model_name)
    if not is_untouched(settings):
        load_mlflow()
    with staging(settings.folder) as folder:
        files = folder / "files"
        try:
            chosen = call_within(PATIENCE_SECONDS, settings, lambda: _fetch(settings, record, files))
        except RegistryUnreachableError as error:
            return _from_cache(settings, record, now, error)
        if chosen is None:
            return None
        model = _load(settings, files, chosen)
        _keep(settings, record, files, _note(chosen, now))
    return Champion(model, chosen, _warnings(chosen, record))


def _fetch(settings: Settings, record: Sequence[Promotion], into: Path) -> Promotion | None:
    """Download the champion's files into the new folder `into`; return its promotion, None if there is no champion.

    The contents of the files are not checked here.

    Raises
    ------
    ModelRefusedError
        if the alias is gone, or was moved to a version that is not in `record`, or the files that MLflow keeps beside
        the model's have changed.
    RegistryUnreachableError
        if the registry cannot be used.
    """
    name = settings.tracking.model_name
    with translate_store_errors(settings):
        client = None if is_untouched(settings) else connect(settings)
        number = None if client is None else registry.version_of_alias(client, name, registry.CHAMPION)
        if client is None or number is None:
            _refuse_if_promoted(name, record)
            return None
        chosen = promotion_of(name, number, record)
        into.mkdir()
        wrapping = registry.download(client, name, number, chosen.digests, into)
    if wrapping != (chosen.wrapping or wrapping):
        which = registry.describe_version(name, number)
        raise ModelRefusedError(f"what MLflow keeps beside the files of {which} was changed. {FIX}")
    return chosen


def promotion_of(name: str, number: str, record: Sequence[Promotion]) -> Promotion:
    """Return the newest promotion of the version; raise ModelRefusedError if there is none."""
    for promotion in reversed(record):
        if promotion.version == number:
            return promotion
    raise ModelRefusedError(
        f"the champion of '{name}' is version {number}, which was not promoted here: {FILE} holds no digests of it. "
        f"Fix: run 'advocate-score promote --version {number}' if it should serve"
    )


def _refuse_if_promoted(name: str, record: Sequence[Promotion]) -> None:
    """Refuse to fall back to the scorecard silently when a registry that had a champion is lost."""
    if record:
        raise ModelRefusedError(
            f"{FILE} says that version {record[-1].version} of '{name}' is champion, and the registry has no champion. "
            f"Fix: bring the registry back, or train and promote again, or delete {FILE} to go on without a champion"
        )


def _keep(settings: Settings, record: Sequence[Promotion], files: Path, note: CachedVersion) -> None:
    """Keep the verified files in the cache, unless there was a promotion meanwhile, which keeps its own.

    If the lock is not free in time, the run continues without renewing the copy.
    """
    with exclusive_lock(settings.folder, _PATIENCE_WITH_OTHERS) as is_alone:
        if is_alone and promotions(settings.folder, note.model_name) == record:
            move_into_cache(settings.folder, files, promotion_of(note.model_name, note.version, record).digests, note)


def _load(settings: Settings, files: Path, promotion: Promotion) -> "LadderModel":
    try:
        return load_verified(settings.folder, files, promotion.digests, promotion.golden).model
    except ModelRefusedError as error:
        raise ModelRefusedError(f"{_which(promotion)} is refused: {error}. {FIX}") from error


def _which(promotion: Promotion) -> str:
    return registry.describe_version(promotion.model_name, promotion.version)


def _note(promotion: Promotion, now: datetime) -> CachedVersion:
    return CachedVersion(model_name=promotion.model_name, version=promotion.version, verified_at=now)


def _warnings(chosen: Promotion, record: Sequence[Promotion]) -> tuple[str, ...]:
    messages = []
    if chosen.version != record[-1].version:
        messages.append(f"champion is version {chosen.version}, though version {record[-1].version} was promoted last")
    if not chosen.golden:
        command = f"'advocate-score promote --version {chosen.version} --reason TEXT'"
        messages.append(f"{_which(chosen)} was promoted without golden rows, so none was asked again. Fix: {command}")
    return tuple(messages)


def _from_cache(
    settings: Settings, record: Sequence[Promotion], now: datetime, cause: RegistryUnreachableError
) -> Champion:
    note = cached_version(settings.folder, settings.tracking.model_name)
    if note is None:
        raise RegistryUnreachableError(f"{cause}. There is no verified copy of the champion to use instead") from cause
    since = f"version {note.version}, verified {note.verified_at:%Y-%m-%d %H:%M} UTC"
    if abs(now - note.verified_at) > CACHE_GOOD_FOR:
        raise RegistryUnreachableError(f"{cause}. The copy of the champion is too old: {since}") from cause
    chosen = promotion_of(note.model_name, note.version, record)
    model = _load(settings, cache_folder(settings.folder) / note.version, chosen)
    return Champion(model, chosen, (f"{cause}. Used the copy of the champion: {since}",))
