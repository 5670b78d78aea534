"""Keeps in a database the lists of the nights in use."""

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa

from advocate_score.config import Settings
from advocate_score.delivery.agreement import Mirrored, agreement
from advocate_score.delivery.dialects import dialect_of
from advocate_score.delivery.night_tables import NIGHTS, NightTables
from advocate_score.publication.durable import sha256
from advocate_score.publication.past import Past
from advocate_score.publication.read_back import read_back
from advocate_score.publication.shelf import MANIFEST, read_manifest
from advocate_score.sources.connection import writing

PLACE = "[delivery] database"


def mirror(settings: Settings, address: str, target: Path, erased: Collection[str] = ()) -> Mirrored:
    """Makes the tables at `address` agree with the publications in `target`, which the run holds.

    `erased`: accounts of which no row may stay, whatever the files say.

    Raises
    ------
    InputError
        where the database cannot be reached, or refuses.
    """
    with writing(address, settings.folder, PLACE) as connection:
        tables = NightTables(connection, dialect_of(address), settings.delivery.prefix, PLACE)
        forgotten = tables.forget(erased) if erased else 0
        todo = agreement(target, tables.nights())
        for night in todo.gone:
            tables.remove(night)
        for night in todo.due:
            tables.replace(night, _rows(target / night))
    return Mirrored(todo.due, todo.gone, todo.left, forgotten)


def _rows(folder: Path) -> dict[str, pa.Table]:
    """The lists of a night, and its row of the table of nights."""
    night = Past(folder, read_manifest(folder))
    said = {"run_id": night.manifest["run_id"], "manifest": sha256(folder / MANIFEST)}
    said |= dict(zip(("model_name", "model_version"), night.served, strict=True))
    as_of = pa.array([night.as_of], pa.timestamp("us"))
    row = pa.table({"as_of": as_of, **{name: [text] for name, text in said.items()}})
    return {**read_back(night), NIGHTS: row}
