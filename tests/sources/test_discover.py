from pathlib import Path

import pytest

from advocate_score.config import Settings
from advocate_score.errors import InputError
from advocate_score.schema import ACCOUNTS, CONTACTS, INTERACTIONS
from advocate_score.sources.column_mapping import map_columns
from advocate_score.sources.discover import Discovery, discover


def find(folder: Path, *names: str, **sources: object) -> Discovery:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"account_id\n")
    return discover(Settings(folder=folder, sources=sources))


def test_every_ending_of_the_convention(tmp_path: Path) -> None:
    names = ("accounts.csv", "asks.csv.gz", "cases.parquet", "surveys.jsonl", "Assets.XLSX")
    found = find(tmp_path, *(f"tables/{name}" for name in names)).sources
    assert {name: (source.path.name, source.format) for name, (source,) in found.items()} == {
        "accounts": ("accounts.csv", "csv"),
        "asks": ("asks.csv.gz", "csv"),
        "cases": ("cases.parquet", "parquet"),
        "surveys": ("surveys.jsonl", "jsonl"),
        "assets": ("Assets.XLSX", "xlsx"),
    }


def test_declared_path_and_dialect_of_one_table(tmp_path: Path) -> None:
    own = {"path": "crm/clients.txt", "format": "csv", "delimiter": ";"}
    found = find(tmp_path, "crm/clients.txt", "tables/asks.csv", accounts=own, time_zone="UTC").sources
    assert found["accounts"][0].path == tmp_path / "crm/clients.txt"
    assert (found["accounts"][0].dialect.delimiter, found["accounts"][0].dialect.time_zone) == (";", "UTC")
    assert found["asks"][0].dialect.delimiter == ","


def test_faults_of_several_tables_are_named_at_once(tmp_path: Path) -> None:
    names = ("tables/accounts.csv", "tables/accounts.jsonl", "crm/a.txt", "tables/cases.csv")
    with pytest.raises(InputError) as refused:
        find(tmp_path, *names, asks={"path": "no.csv"}, surveys={"path": "crm/a.txt"})
    places = [fault.place for fault in refused.value.faults]
    assert places == ["accounts", "[sources.asks] path", "a.txt"]


def test_files_that_are_no_tables_are_left_alone(tmp_path: Path) -> None:
    names = (
        "tables/accounts.csv",
        "tables/.hidden.csv",
        "tables/~$accounts.xlsx",
        "tables/notes.txt",
        "tables/clients.csv",
    )
    found = find(tmp_path, *names)
    assert set(found.sources) == {"accounts"}
    assert found.warnings == ("clients.csv: is not read, since no table has that name.",)


SPANISH = {
    "accounts": "Cuentas 2026",
    "contacts": "contactos",
    "renewals": "renovaciones",
    "interactions": "Reuniones_y_llamadas",
    "asks": "peticiones",
    "surveys": "Encuesta NPS",
    "mentions": "menciones",
    "permissions": "permisos",
    "cases": "incidencias",
    "opportunities": "OPORTUNIDADES-(1)",
}


def test_a_spanish_name_suggests_the_right_table(tmp_path: Path) -> None:
    found = find(tmp_path, *(f"tables/{name}.csv" for name in SPANISH.values()))
    assert found.sources == {}
    assert {table: path.stem for table, path in found.meant.items()} == SPANISH
    for table, name in SPANISH.items():
        line = f'If it holds {table}: [sources.{table}] path = "tables/{name}.csv".'
        assert any(line in warning for warning in found.warnings)


@pytest.mark.parametrize("name", ["ventas", "casos de exito", "clientes y contactos", "respuestas"])
def test_a_name_of_no_table_or_of_two_suggests_none(tmp_path: Path, name: str) -> None:
    found = find(tmp_path, f"tables/{name}.csv")
    assert found.meant == {}
    assert found.warnings == (f"{name}.csv: is not read, since no table has that name.",)


def test_mapped_columns(tmp_path: Path) -> None:
    mapping = {"account_id": "Client No", "industry": "Sector", "segment": "sector", "vip": "VIP"}
    source = find(tmp_path, "tables/accounts.csv", accounts={"columns": mapping}).sources["accounts"][0]
    columns = map_columns(["SECTOR", "client-no", "vip", "Other"], source, ACCOUNTS)
    assert columns.positions == {"account_id": 1, "industry": 0, "segment": 0, "vip": 2, "other": 3}
    assert columns.extra == ("vip", "other")


def test_faults_of_a_mapping_are_named_at_once(tmp_path: Path) -> None:
    mapping = {"account_id": "Client", "kind": "Tpye"}
    source = find(tmp_path, "tables/interactions.csv", interactions={"columns": mapping}).sources["interactions"][0]
    with pytest.raises(InputError) as refused:
        map_columns(["client", "account_id", "type", "interaction_id"], source, INTERACTIONS)
    problems = " ".join(map(str, refused.value.faults))
    assert (
        "[sources.interactions] columns.kind: interactions.csv has no column 'tpye'. Fix: the nearest is 'type'"
        in problems
    )
    assert "has a column 'account_id', while [sources.interactions] columns takes it from another one" in problems
    assert "the required column 'occurred_at' is missing" in problems


def test_column_without_a_name(tmp_path: Path) -> None:
    source = find(tmp_path, "tables/accounts.csv").sources["accounts"][0]
    assert map_columns(["", "account_id"], source, ACCOUNTS).extra == ("unnamed_1",)


def test_files_of_a_crm_are_named_with_the_mapping_to_start_from(tmp_path: Path) -> None:
    names = ("Case.csv", "Contact.csv", "Opportunity.csv", "Task.csv", "deals.csv")
    found = find(tmp_path, "tables/accounts.csv", *(f"tables/{name}" for name in names))
    assert found.warnings == (
        "Case.csv, Contact.csv, Opportunity.csv and 1 more are not read: these are Salesforce's own names. Start from "
        "pipelines/salesforce.toml, which reads them from exports/.",
        "deals.csv is not read: these are HubSpot's own names. "
        "Start from pipelines/hubspot.toml, which reads them from exports/.",
    )


@pytest.mark.parametrize(
    ("header", "mapping"),
    [
        (["Id", "IsDeleted", "LastName", "AccountId"], "pipelines/salesforce.toml"),
        (["Record ID", "First Name", "Create Date"], "pipelines/hubspot.toml"),
    ],
)
def test_the_columns_of_a_crm_are_told_with_the_mapping_to_start_from(
    tmp_path: Path, header: list[str], mapping: str
) -> None:
    source = find(tmp_path, "tables/accounts.csv", "tables/contacts.csv").sources["contacts"][0]
    with pytest.raises(InputError, match=mapping):
        map_columns(header, source, CONTACTS)
