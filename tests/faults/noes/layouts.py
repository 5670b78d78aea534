"""A made-up firm written as an export: four kinds of files, a database, the files of two CRMs under their mappings."""

import csv
import io
import json
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from advocate_score.files import shipped_file
from faults.noes.crm_files import CRM_TABLES, CrmFile
from faults.noes.world import BROKEN, COLUMNS, Row, World

SETTINGS = """
[outputs]
list_size = 5000
[ladder.thresholds]
level_1 = 0.01
level_2 = 0.99
level_3 = 0.01
level_4 = 0.99
level_5 = 0.01
[policy]
nurture_margin = 1.0
nurture_size = 5000
[policy.capacity]
level_1 = 200
level_2 = 200
level_3 = 200
level_4 = 200
level_5 = 200
[policy.plan]
owner_load = 0
[operations]
least_overlap = 0
most_drift = 1000
"""
"""Everybody who may be asked is listed, planned, pooled or nurtured: who is missing is missing because of a rule."""
_SOURCES = '[sources]\ntime_zone = "UTC"\n'
_CLIENTS = '[sources.accounts]\nwhere = { relation = ["client"] }\n'
_LINE_ENDS = "\n"


def write(world: World, folder: Path) -> Path:
    """The export and a configuration beside it; the folder of the firm."""
    folder.mkdir(parents=True, exist_ok=True)
    _WRITERS[world.layout](world, folder)
    return folder


def _write_csv(world: World, folder: Path) -> None:
    _files(world, folder, ".csv", csv_bytes)


def _write_jsonl(world: World, folder: Path) -> None:
    _files(world, folder, ".jsonl", jsonl_bytes)


def _write_parquet(world: World, folder: Path) -> None:
    _files(world, folder, ".parquet", parquet_bytes)


def _write_xlsx(world: World, folder: Path) -> None:
    _files(world, folder, ".xlsx", xlsx_bytes)


def _files(world: World, folder: Path, suffix: str, made: Callable[[Sequence[str], list[Row]], bytes]) -> None:
    tables = folder / "tables"
    tables.mkdir(exist_ok=True)
    for name, rows in world.tables.items():
        (tables / f"{name}{suffix}").write_bytes(made(COLUMNS[name], rows))
    (folder / "advocate.toml").write_text(f'{_SOURCES}folder = "tables"\n{_CLIENTS}{SETTINGS}', encoding="utf-8")


def _write_sql(world: World, folder: Path) -> None:
    """All cells as text, as a staging area has them."""
    path = folder / "crm.db"
    path.unlink(missing_ok=True)
    queries = []
    with sqlite3.connect(path) as database:
        for name, rows in world.tables.items():
            columns = COLUMNS[name]
            database.execute(f"CREATE TABLE {name} ({', '.join(f'{column} TEXT' for column in columns)})")
            cells = [[row[column] or None for column in columns] for row in rows]
            database.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", cells)
            where = " WHERE relation = 'client'" if name == "accounts" else ""
            queries.append(f'[sources.{name}]\nquery = "SELECT * FROM {name}{where}"\n')
    database.close()
    settings = f'{_SOURCES}database = "sqlite:///crm.db"\n{"".join(queries)}{SETTINGS}'
    (folder / "advocate.toml").write_text(settings, encoding="utf-8")


def _write_crm(world: World, folder: Path) -> None:
    """The shipped mapping as it is, and the objects that it reads."""
    exports = folder / "exports"
    exports.mkdir(exist_ok=True)
    for file in CRM_TABLES[world.layout]:
        (exports / file.name).write_bytes(csv_bytes(file.columns, _rows_of(file, world)))
    path = Path(shutil.copy(shipped_file(f"pipelines/{world.layout}.toml"), folder / "advocate.toml"))
    path.chmod(0o600)
    with path.open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)


def _rows_of(file: CrmFile, world: World) -> list[Row]:
    rows = [(row, file.written(row)) for name in file.tables for row in world.tables[name]]
    return [out | ({BROKEN: row[BROKEN]} if BROKEN in row else {}) for row, out in rows]


_WRITERS: dict[str, Callable[[World, Path], None]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
    "xlsx": _write_xlsx,
    "sql": _write_sql,
    "salesforce": _write_crm,
    "hubspot": _write_crm,
}


def csv_bytes(columns: Sequence[str], rows: list[Row]) -> bytes:
    lines = [_line(columns), *(_csv_line(columns, row) for row in rows)]
    return b"".join(line + _LINE_ENDS.encode() for line in lines)


def _line(cells: Sequence[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue().encode()


def _csv_line(columns: Sequence[str], row: Row) -> bytes:
    """The line of a row; a broken one keeps its ids whole, as the first cells of the tables here are."""
    cells = [row[column] for column in columns]
    broken = row.get(BROKEN)
    last = len(cells) - 1
    if broken == "short":
        return _line(cells[:-2])
    if broken == "long":
        return _line([*cells, "x"])
    if broken == "quote":
        return _line(cells[:-1]) + f',{cells[last]}b"c'.encode()
    if broken == "byte":
        return _line(cells[:-1]) + b"," + cells[last].encode() + b"\xff\xfe"
    if broken == "nul":
        return _line(cells[:-1]) + b"," + cells[last].encode() + b"\0"
    return _line(cells)


def jsonl_bytes(columns: Sequence[str], rows: list[Row]) -> bytes:
    return b"".join(_json_line(columns, row).encode() + b"\n" for row in rows)


def _json_line(columns: Sequence[str], row: Row) -> str:
    whole = {column: row[column] or None for column in columns}
    broken = row.get(BROKEN)
    if broken == "array":
        return json.dumps(list(whole.values()), ensure_ascii=False)
    if broken == "text":
        return json.dumps(" ".join(value for value in whole.values() if value), ensure_ascii=False)
    text = json.dumps(whole, ensure_ascii=False)
    return text[:-9] if broken == "cut" else text


def parquet_bytes(columns: Sequence[str], rows: list[Row]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({column: pa.array([row[column] or None for row in rows], pa.string()) for column in columns})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def xlsx_bytes(columns: Sequence[str], rows: list[Row]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    sheet.append(list(columns))
    for row in rows:
        sheet.append(_xlsx_row(sheet, columns, row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _xlsx_row(sheet: object, columns: Sequence[str], row: Row) -> list[object]:
    from openpyxl.cell import WriteOnlyCell

    cells: list[object] = [row[column] or None for column in columns]
    if BROKEN in row:
        error = WriteOnlyCell(sheet, value="#REF!")
        error.data_type = "e"
        cells[-2] = error
    return cells
