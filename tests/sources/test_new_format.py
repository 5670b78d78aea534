"""A format that the package does not know is one record and one reader away."""

from dataclasses import replace
from pathlib import Path

import pytest

from advocate_score.config import Settings
from advocate_score.config.formats import FORMATS, SourceFormat, format_of
from advocate_score.engine.open import open_engine
from advocate_score.errors import InputError
from advocate_score.sources.base import RawTable
from advocate_score.sources.csv_reader import read_delimited
from advocate_score.sources.discover import Source, discover
from advocate_score.tables.ingest import prepare

ACCOUNTS = """account_id|account_name|created_at
A1|"Sal; y, pimienta"|2024-01-01T00:00:00Z
A2|Mar|2024-02-01T00:00:00Z
|Nadie|2024-02-01T00:00:00Z
"""


def read_piped(source: Source) -> RawTable:
    return read_delimited(replace(source, dialect=source.dialect.model_copy(update={"delimiter": "|"})))


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> SourceFormat:
    kind = SourceFormat("psv", "PSV", f"{__name__}:read_piped", (".psv",), delimited=True)
    monkeypatch.setitem(FORMATS, kind.name, kind)
    return kind


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "accounts.psv").write_text(ACCOUNTS, encoding="utf-8")
    return Settings(folder=tmp_path, sources={"refuse_quarantined": 1.0})


def test_a_table_of_a_new_format_is_read_like_any_other(settings: Settings, piped: SourceFormat) -> None:
    with open_engine(settings.engine, settings.folder / "spill") as engine:
        prepared = prepare(settings, engine, settings.folder)
        names = engine.frame("SELECT account_id, account_name FROM accounts ORDER BY account_id")
    assert names.to_numpy().tolist() == [["A1", "Sal; y, pimienta"], ["A2", "Mar"]]
    assert prepared.quarantine["accounts"].read_text(encoding="utf-8").count("missing_required") == 1


def test_without_its_record_the_file_is_only_named(settings: Settings) -> None:
    found = discover(settings)
    assert not found.sources
    assert found.warnings == (
        "accounts.psv: is not read, since its ending is none of .csv, .csv.gz, .parquet, .jsonl, .xlsx.",
    )


def test_advice_names_the_new_format_too(tmp_path: Path, piped: SourceFormat) -> None:
    (tmp_path / "clients.dat").write_text(ACCOUNTS, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        discover(Settings(folder=tmp_path, sources={"accounts": {"path": "clients.dat"}}))
    assert "say csv, parquet, jsonl, xlsx or psv in [sources.accounts] format" in str(caught.value)


def test_the_ending_of_a_name_tells_its_format() -> None:
    names = {"Cases.CSV": "csv", "a.csv.gz": "csv", "b.xlsx": "xlsx", "c.xls": None, "parquet": None}
    assert {name: kind.name if (kind := format_of(name)) else None for name in names} == names
