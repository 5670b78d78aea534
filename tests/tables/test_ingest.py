"""What the rest of the package stands on: typed views, what is present, the data cut, the digests."""

import hashlib
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pandera.pandas as pandera
import pyarrow as pa
import pytest

from advocate_score.config import Settings
from advocate_score.engine.open import open_engine
from advocate_score.schema import CONTACTS, TABLES
from advocate_score.tables.findings import ChunkIssues
from advocate_score.tables.identifiers import resolve_merges
from advocate_score.tables.ingest import prepare
from advocate_score.tables.parsing import REFUSED
from advocate_score.tables.staging import ROW
from advocate_score.tables.validation import check_contract, contract
from tables.crm import Crm

SQL_TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "choice": "VARCHAR",
    "time": "TIMESTAMP",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "flag": "BOOLEAN",
}
SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def test_every_canonical_table_is_a_view_with_every_column_typed(crm: Crm) -> None:
    crm.write("interactions", "interaction_id,account_id,occurred_at,kind,mood", "I1,A1,2024-05-01,call,7")
    settings = Settings(folder=crm.folder, sources={"time_zone": "UTC"})
    with open_engine(settings.engine, crm.folder / "spill") as engine:
        prepared = prepare(settings, engine, crm.folder)
        for table in TABLES.values():
            described = engine.frame(f"SELECT column_name, column_type FROM (DESCRIBE {table.name})")
            types = dict(zip(described["column_name"], described["column_type"], strict=True))
            extra = {"mood": "VARCHAR"} if table.name == "interactions" else {}
            inner = ({ROW: "BIGINT"} if table.protects else {}) | ({REFUSED: "BOOLEAN"} if table is CONTACTS else {})
            assert types == {column.name: SQL_TYPES[column.type] for column in table.columns} | extra | inner
        assert engine.frame("SELECT COUNT(*) AS n FROM asks")["n"].tolist() == [0]
    assert set(prepared.present) == {"accounts", "interactions"}
    assert prepared.present["interactions"] == {"interaction_id", "account_id", "occurred_at", "kind", "mood"}


def test_rows_keep_the_order_of_their_source(crm: Crm) -> None:
    crm.interactions(*(f"I{number},A1,2024-05-01,call" for number in (3, 1, 2)), "I1,A1,2024-05-01,call")
    crm.prepare()
    assert crm.frames["interactions"]["interaction_id"].tolist() == ["I3", "I1", "I2"]


def test_digest_is_of_the_source(crm: Crm) -> None:
    digest = crm.prepare().digests["accounts"]
    assert digest == hashlib.sha256((crm.tables / "accounts.csv").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("rows", "cut"),
    [
        (("I1,A1,2024-05-01,2024-05-03,call", "I2,A1,2024-05-02,,call"), datetime(2024, 5, 3)),
        (
            ("I1,A1,2024-05-01,,call", "I2,A1,2024-05-02,,call", "I3,A1,2024-04-02,2024-04-02,call"),
            datetime(2024, 5, 2),
        ),
        (("I1,A99,2024-05-01,2024-05-01,call", "I2,A1,2024-04-01,2024-04-01,call"), datetime(2024, 4, 1)),
        ((), None),
    ],
)
def test_data_cut(crm: Crm, rows: tuple[str, ...], cut: datetime | None) -> None:
    crm.write("interactions", "interaction_id,account_id,occurred_at,recorded_at,kind", *rows)
    assert crm.prepare().data_cut == cut


def test_data_cut_knows_open_and_answered_asks(crm: Crm) -> None:
    header = "ask_id,account_id,level,asked_at,response,responded_at,recorded_at"
    crm.write("asks", header, "K1,A1,1,2024-05-01,accepted,2024-05-02,2024-05-03", "K2,A1,1,2024-05-09,,,")
    assert crm.prepare().data_cut == datetime(2024, 5, 9)
    crm.write("asks", header, "K1,A1,1,2024-05-01,accepted,2024-05-12,", "K2,A1,1,2024-05-09,,,")
    assert crm.prepare().data_cut == datetime(2024, 5, 12)


def test_summary_is_ready_for_json(crm: Crm) -> None:
    crm.interactions("I1,A1,2024-05-01,call", "I1,A1,2024-05-01,call", "I2,A99,2024-05-01,null")
    prepared = crm.prepare()
    assert json.loads(json.dumps(prepared.quality))["interactions"] == {
        "rows_in": 3,
        "accepted": 1,
        "deduplicated": 1,
        "quarantined": 1,
        "reasons": {"missing_required kind": 1},
        "normalised": {"kind word for unknown": 1},
        "unknown": {},
        "extra_columns": [],
        "warnings": [],
    }


def test_contracts_hold_the_bounds_of_the_canonical_columns() -> None:
    surveys = contract(TABLES["surveys"]).columns
    assert str(surveys["nps"].dtype) == "Int64"
    assert [check.statistics for check in surveys["nps"].checks] == [{"min_value": 0}, {"max_value": 10}]
    assert surveys["account_id"].nullable is False
    assert surveys["csat"].required is False
    assert not any(contract(table).coerce for table in TABLES.values())


def test_cells_of_another_type_than_the_contract_are_our_own_fault() -> None:
    with pytest.raises(pandera.errors.SchemaErrors):
        check_contract(pa.table({"case_id": [1]}), TABLES["cases"], ChunkIssues(np.array([2])))


def test_merges_are_followed_to_their_end() -> None:
    merges = resolve_merges({"a": "b", "b": "c", "d": "d", "e": "f", "f": "e", "g": "e", "h": "?"}, {*"abcdefgh"})
    assert merges.survivors == {"a": "c", "b": "c"}
    assert merges.cycles == {"e", "f", "g"}
    assert merges.lost == {"h"}


def test_the_sample_is_accepted_whole(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path, sources={"folder": SAMPLE, "time_zone": "UTC"})
    with open_engine(settings.engine, tmp_path / "spill") as engine:
        prepared = prepare(settings, engine, tmp_path, needed=["asks"])
    assert set(prepared.present) == set(TABLES)
    assert all(counts.rows_in == counts.accepted > 0 for counts in prepared.counts.values())
    assert prepared.warnings == ()
    for name, table in TABLES.items():
        assert prepared.present[name] == set(table.column_names) - {"deleted", "first_name"}
