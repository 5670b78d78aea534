"""The steps around a nightly run: `score` with its lock, taken before any heavy module is loaded, `deliver` and
`rollback`."""

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from advocate_score.errors import AdvocateScoreError, Fault, InputError, RefusedError
from advocate_score.flows.project import Project, local_tables
from advocate_score.publication.folder import Lock, lock_folder
from advocate_score.publication.publisher import roll_back

if TYPE_CHECKING:
    from advocate_score.delivery.sync import SyncResult

_Delivery = Callable[[Collection[str]], "SyncResult"]


def deliver_publications(project: Project) -> dict[str, Any]:
    """Deliver to every configured place; return the publications written and removed in each.

    InputError without a configured place; AdvocateScoreError if a place refuses, after the other places were delivered
    to.
    """
    delivery = project.settings.delivery
    if delivery.database is None and delivery.store is None:
        fix = 'say where, such as database = "sqlite:///nights.db"'
        raise InputError([Fault("[delivery]", "names no database and no store: there is nowhere to deliver to.", fix)])
    with lock_folder(project.settings.path(project.settings.outputs.folder)) as lock:
        result: dict[str, Any] = deliver_if_configured(project, lock, "what is published stays as it is")["delivered"]
        return result


def deliver_if_configured(project: Project, lock: Lock, statement: str, erased: Collection[str] = ()) -> dict[str, Any]:
    """Deliver to every configured place; return the result under `delivered`, or nothing without a place.

    AdvocateScoreError if a place refuses: the files are correct, but the place does not show them yet.

    Parameters
    ----------
    project : the project. lock : the run's lock on the publications.
    statement : what was done to the files, for the error message. erased : accounts to remove from the places.
    """
    delivered, refused = {}, []
    for name, deliver in _destinations(project, lock).items():
        project.progress.step(f"Delivering to the {name}")
        try:
            delivered[name] = _delivery_summary(project, deliver(erased))
        except RefusedError as error:
            refused.append(str(error))
    if refused:
        later = "run 'erase' again to reach it" if erased else "the next night delivers it, or 'deliver' does"
        why = f"but [delivery] does not show it yet; {later}"
        raise AdvocateScoreError("\n".join([f"{statement}, {why}.", *refused]))
    return {"delivered": delivered} if delivered else {}


def _destinations(project: Project, lock: Lock) -> dict[str, _Delivery]:
    settings, target = project.settings, lock.target
    destinations: dict[str, _Delivery] = {}
    if settings.delivery.database is not None:
        from advocate_score.delivery.database import mirror

        destinations["database"] = partial(mirror, settings, settings.delivery.database, target)
    if settings.delivery.store is not None:
        from advocate_score.delivery.object_store import upload

        destinations["store"] = partial(upload, settings.delivery.store, target)
    return destinations


def _delivery_summary(project: Project, mirrored: "SyncResult") -> dict[str, Any]:
    for day in mirrored.left:
        project.progress.warn(f"{day}: was not delivered, since its files are not as they were published.")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(mirrored).items()}


def score_in_turn(project: Project, as_of: str | None, **choices: Any) -> dict[str, Any]:
    """Run `flows.score.score_and_publish` with `choices`, then deliver; LockedError at once if another run holds the
    lock."""
    with lock_folder(project.settings.path(project.settings.outputs.folder)) as lock:
        with local_tables(project) as local:
            from advocate_score.flows.score import score_and_publish

            result = score_and_publish(local, as_of, own_lock=lock, **choices)
        return result | deliver_if_configured(project, lock, f"{result['folder']} is published")


def roll_back_to(project: Project, day: str | None) -> dict[str, Any]:
    """Point `current` to `day`, by default the publication before, and deliver."""
    settings = project.settings
    with lock_folder(settings.path(settings.outputs.folder)) as lock:
        rolled_back = roll_back(lock, day, mode=settings.outputs.mode)
        delivered = deliver_if_configured(project, lock, f"{rolled_back.folder.name} is in use")
    return {
        "folder": str(rolled_back.folder),
        "date": rolled_back.folder.name,
        "run_id": rolled_back.run_id,
        "before": rolled_back.before,
        "withdrawn": list(rolled_back.withdrawn),
    } | delivered
