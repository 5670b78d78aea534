"""Fetches the champion's files from the registry and checks the version against the record of promotions.

Loading MLflow takes seconds, so the fetch can run in a separate process while tables are read.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from advocate_score.config import Settings
from advocate_score.errors import ConfigurationError, Fault, ModelRefusedError, RegistryUnreachableError
from advocate_score.tracking import registry
from advocate_score.tracking.champion_cache import staging
from advocate_score.tracking.client import connect, is_untouched, reaching, result_within, start_in_thread, within
from advocate_score.tracking.ledger import FILE, Promotion, promotions

FIX = "Fix: find out who changed it, then promote a version that is whole"


def fetch(settings: Settings, record: Sequence[Promotion], into: Path) -> Promotion | None:
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
    with reaching(settings):
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


_CHILD = (sys.executable, "-P", "-m", "advocate_score.tracking.champion_fetch_process")
_READ_SECONDS = 1.0
"""The time allowed to read an answer that is already there."""
_NOT_ASKED_FOR = {"golden", "verdict", "proof"}


@dataclass(frozen=True)
class Fetching:
    """A fetch of the champion.

    `record`: the promotions to check against; `files`: where its files will be, in a folder that exists as long as the
    context; `chosen`: call it once, it waits for the files and returns or raises as `fetch` does.
    """

    record: tuple[Promotion, ...]
    files: Path
    chosen: Callable[[], Promotion | None]


@contextmanager
def fetching(settings: Settings, seconds: float) -> Iterator[Fetching]:
    """Yield a fetch that this process makes when asked; it raises RegistryUnreachableError after `seconds`."""
    record = promotions(settings.folder, settings.tracking.model_name)
    with staging(settings.folder) as folder:
        files = folder / "files"
        yield Fetching(record, files, lambda: within(seconds, settings, lambda: fetch(settings, record, files)))


@contextmanager
def fetching_ahead(settings: Settings, seconds: float) -> Iterator[Fetching]:
    """Yield a fetch that a separate process starts at once, unless there is nothing to load for it.

    If that process cannot start, or ends without an answer, this process fetches instead.
    """
    with fetching(settings, seconds) as fetch:
        process = None if is_untouched(settings) or "mlflow" in sys.modules else _start_child()
        if process is None:
            yield fetch
            return
        until = time.monotonic() + seconds
        future = start_in_thread(lambda: process.communicate(_request(settings, fetch, seconds)))

        def chosen() -> Promotion | None:
            left = max(until - time.monotonic(), _READ_SECONDS)
            answer = _answer(result_within(future, seconds, left, settings)[0])
            return _after_failure(fetch) if answer is None else _promotion_from(answer, settings, fetch)

        try:
            yield replace(fetch, chosen=chosen)
        finally:
            process.kill()
            process.wait()


def _start_child() -> "subprocess.Popen[bytes] | None":
    """Start the process without output; return None if the machine cannot start another process.

    It has its own session, so that only this run writes to the terminal and is interrupted from it.
    """
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    try:
        return subprocess.Popen(_CHILD, stdin=pipe, stdout=pipe, stderr=null, start_new_session=True)
    except OSError:
        return None


def _request(settings: Settings, fetch: Fetching, seconds: float) -> bytes:
    request = {
        "seconds": seconds,
        "folder": str(settings.folder.resolve()),
        "tracking": settings.tracking.model_dump(mode="json"),
        "record": [promotion.model_dump(mode="json", exclude=_NOT_ASKED_FOR) for promotion in fetch.record],
        "into": str(fetch.files.resolve()),
    }
    return json.dumps(request).encode()


def _answer(output: bytes) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(output)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _after_failure(fetch: Fetching) -> Promotion | None:
    shutil.rmtree(fetch.files, ignore_errors=True)
    return fetch.chosen()


def _promotion_from(answer: Mapping[str, Any], settings: Settings, fetch: Fetching) -> Promotion | None:
    if "refused" in answer:
        raise ModelRefusedError(answer["refused"])
    if "unreachable" in answer:
        raise RegistryUnreachableError(answer["unreachable"])
    if "faults" in answer:
        raise ConfigurationError([Fault(**fault) for fault in answer["faults"]])
    number = answer["chosen"]
    return None if number is None else promotion_of(settings.tracking.model_name, number, fetch.record)
