"""`deliver`: what stands in the publications folder stands in the firm's database, or its object store, too."""

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from advocate_score.errors import AdvocateScoreError, Fault, InputError, RefusedError
from advocate_score.flows.project import Project
from advocate_score.publication.lock import Lock, locked

if TYPE_CHECKING:
    from advocate_score.delivery.agreement import Mirrored

_Delivery = Callable[[Collection[str]], "Mirrored"]


def deliver_nights(project: Project) -> dict[str, Any]:
    """Tells for each place the nights that were written and taken out.

    InputError where none is configured; AdvocateScoreError where one refuses, once the other has what it should have.
    """
    delivery = project.settings.delivery
    if delivery.database is None and delivery.store is None:
        fix = 'say where, such as database = "sqlite:///nights.db"'
        raise InputError([Fault("[delivery]", "names no database and no store: there is nowhere to deliver to.", fix)])
    with locked(project.settings.path(project.settings.outputs.folder)) as lock:
        told: dict[str, Any] = delivered_too(project, lock, "what is published stays as it is")["delivered"]
        return told


def delivered_too(project: Project, lock: Lock, done: str, erased: Collection[str] = ()) -> dict[str, Any]:
    """After what was `done` to the files, as `delivered`; empty where no place is configured.

    AdvocateScoreError where a place refuses: the files are as they should be, and whoever started this must know that
    the place does not show it.
    """
    told, refused = {}, []
    for name, deliver in _places(project, lock).items():
        project.progress.step(f"Delivering to the {name}")
        try:
            told[name] = _told(project, deliver(erased))
        except RefusedError as error:
            refused.append(str(error))
    if refused:
        later = "'erase' once more reaches it" if erased else "the next night makes up for it, or 'deliver'"
        why = f"but [delivery] does not show it yet; {later}"
        raise AdvocateScoreError("\n".join([f"{done}, {why}.", *refused]))
    return {"delivered": told} if told else {}


def _places(project: Project, lock: Lock) -> dict[str, _Delivery]:
    settings, target = project.settings, lock.target
    places: dict[str, _Delivery] = {}
    if settings.delivery.database is not None:
        from advocate_score.delivery.mirror import mirror

        places["database"] = partial(mirror, settings, settings.delivery.database, target)
    if settings.delivery.store is not None:
        from advocate_score.delivery.upload import upload

        places["store"] = partial(upload, settings.delivery.store, target)
    return places


def _told(project: Project, done: "Mirrored") -> dict[str, Any]:
    for night in done.left:
        project.progress.warn(f"{night}: was not delivered, since its files are not as they were published.")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(done).items()}
