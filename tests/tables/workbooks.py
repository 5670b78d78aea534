"""Workbooks and archives as tests need them, right or wrong."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence

import pytest

Rows = Sequence[Sequence[object]]


def workbook(sheets: Mapping[str, Rows], edit: Callable[[object], object] | None = None) -> bytes:
    """A workbook with `sheets`, in their order."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if edit:
        edit(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def edited(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part changed, packed anew."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            archive.writestr(name, change(whole.read(name)) if name == part else whole.read(name))
    return buffer.getvalue()


def with_parts(content: bytes, *parts: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    """The workbook with further parts in its archive."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return buffer.getvalue()
