"""What is generated from the canonical tables is up to date."""

from pathlib import Path

from advocate_score.schema import TABLES
from advocate_score.tables.dictionary import dictionary, templates

DICTIONARY = Path(__file__).parents[2] / "data" / "dictionary.md"


def test_the_dictionary_is_up_to_date() -> None:
    assert DICTIONARY.read_text(encoding="utf-8") == dictionary()


def test_the_dictionary_has_every_column_with_its_bounds() -> None:
    rows = dictionary().splitlines()
    for table in TABLES.values():
        section = rows[rows.index(f"## {table.name}") :]
        for column in table.columns:
            assert any(row.startswith(f"| `{column.name}` |") for row in section), column
    assert "| `nps` | whole number | would recommend, 0 to 10 | 0 to 10 |" in rows


def test_a_template_is_the_header_of_each_table() -> None:
    files = templates()
    assert len(files) == len(TABLES)
    assert files["cases.csv"] == "case_id,account_id,opened_at,closed_at,severity,deleted\n"
