"""The file for a CRM's importer: cut where it would be too large, and no cell empty."""

import csv
import io
from datetime import datetime

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.publication.list_files import crm_load, crm_load_files


def table(accounts: int) -> pd.DataFrame:
    rows = [(f"A{number:06d}", level) for number in range(accounts) for level in LEVEL_NUMBERS]
    frame = pd.DataFrame(rows, columns=["account_id", "level"])
    return frame.assign(readiness=0.25, eligible=frame["level"] != 3, rule="").assign(
        rule=lambda one: one["rule"].mask(one["level"] == 3, "cooldown")
    )


def files(accounts: int, **outputs: object) -> dict[str, list[list[str]]]:
    loaded = crm_load(table(accounts), datetime(2025, 6, 1), config.Ladder())
    made = crm_load_files(loaded, config.Outputs(**outputs))
    return {name: list(csv.reader(io.StringIO(content.decode()))) for name, content in made.items()}


@pytest.mark.parametrize(("accounts", "sizes"), [(0, [0]), (1, [1]), (3, [3]), (4, [3, 1]), (9, [3, 3, 3])])
def test_rows_beyond_the_limit_go_to_numbered_files(accounts: int, sizes: list[int]) -> None:
    made = files(accounts, crm_load_rows=3)
    names = ["crm_load.csv", "crm_load_2.csv", "crm_load_3.csv"][: len(sizes)]
    assert {name: len(rows) - 1 for name, rows in made.items()} == dict(zip(names, sizes, strict=True))
    assert len({tuple(rows[0]) for rows in made.values()}) == 1, "each file has the header"
    ids = [row[0] for rows in made.values() for row in rows[1:]]
    assert ids == [f"A{number:06d}" for number in range(accounts)]


def test_no_file_is_larger_than_an_importer_takes() -> None:
    loaded = crm_load(table(20_000), datetime(2025, 6, 1), config.Ladder())
    made = crm_load_files(loaded, config.Outputs(crm_load_megabytes=1))
    assert len(made) == 2
    assert max(map(len, made.values())) <= 1_000_000
    assert sum(content.count(b"\n") - 1 for content in made.values()) == 20_000


def test_no_cell_is_empty_and_the_form_is_the_importers() -> None:
    header, row = files(1, csv="spanish-excel")["crm_load.csv"]
    assert header[0] == "account_id"
    assert "" not in row
    cells = dict(zip(header, row, strict=True))
    assert (cells["rule_1"], cells["rule_3"], cells["readiness_1"]) == ("none", "cooldown", "25")
