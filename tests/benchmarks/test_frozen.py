"""Of the tool that holds two checkouts against each other: what it masks, and what it finds."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from benchmarks.frozen.__main__ import main
from benchmarks.frozen.compare import differences
from benchmarks.frozen.rules import RULES, masked, masked_bytes
from benchmarks.frozen.run import COMMANDS

RUN = "aaea0aea52c14012b1560335e3a8a0ac"
STAND_INS = {"/tmp/f": "{work}", "/tmp/f/checkout": "{checkout}", RUN: "{run train}"}  # noqa: S108


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("score.out", '{"folder": "/tmp/f/firm"}', '{"folder": "{work}/firm"}'),
        ("MLmodel", "uri: /tmp/f/tmp/tmpemyv8s5s/ladder", "uri: {temporary}/ladder"),
        ("score.err", '{"run": "b9db009f64f5", "seconds": 5.62}', '{"run": "{run}", "seconds": {seconds}}'),
        ("score.out", '{"run": "b9db009f64f5", "seconds": 5.62}', '{"run": "b9db009f64f5", "seconds": 5.62}'),
        ("firm/trained.json", f'"wrapping": "{"82feaa62" * 8}"', '"wrapping": "{digest}"'),
        ("firm/trained.json", f'"digest": "{"82feaa62" * 8}"', f'"digest": "{"82feaa62" * 8}"'),
        ("m/MLmodel", "model_code_path: /tmp/f/checkout/src/a/b.py", "model_code_path: {checkout}/{code}/b.py"),
        ("m/MLmodel", "model_size_bytes: 519324", "model_size_bytes: {size}"),
        ("m/code.py", "from advocate_score.model.persistence import load", "from advocate_score.{module} import load"),
        (f"{RUN}.json", f"runs:/{RUN}/model_card.md", "runs:/{run train}/model_card.md"),
    ],
)
def test_what_differs_from_run_to_run_is_masked_and_nothing_else(name: str, text: str, expected: str) -> None:
    assert masked(text, name, STAND_INS) == expected
    assert masked(expected, name, STAND_INS) == expected


def test_every_rule_says_why() -> None:
    assert all(rule.why for rule in RULES)


def test_what_is_no_text_stays_as_it_is() -> None:
    content = b"\xff\x00/tmp/f"
    assert masked_bytes(content, "x.png", STAND_INS) == content


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with the same files."""
    for side in ("old", "new"):
        folder = tmp_path / side / COMMANDS
        folder.mkdir(parents=True)
        (folder / "list.csv").write_text("account,reason\nA1,said yes 3 times\n", encoding="utf-8")
        (folder / "page.html").write_text(f"{'x' * 5_000}said yes{'y' * 5_000}", encoding="utf-8")
        (folder / "figure.png").write_bytes(b"\x89PNG" + bytes(range(200)))
        pd.DataFrame({"account": ["A1", "A2"], "readiness": [0.5, 0.25]}).to_parquet(folder / "readiness.parquet")
        with zipfile.ZipFile(folder / "book.xlsx", "w") as book:
            book.writestr(zipfile.ZipInfo("sheet.xml"), "<row><c>A1</c><c>said yes</c></row>")
    return tmp_path / "old", tmp_path / "new"


def test_the_same_files_do_not_differ(sides: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert differences(*sides) == []
    assert main([str(side) for side in sides]) == 0
    assert "5 files compared, 0 differ" in capsys.readouterr().out


def test_a_letter_is_found_and_shown(sides: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    new = sides[1] / COMMANDS
    for name in ("list.csv", "page.html"):
        (new / name).write_text((new / name).read_text().replace("yes", "yet"))
    (new / "figure.png").write_bytes(b"\x89PNG" + bytes(range(199)) + b"\x00")
    pd.DataFrame({"account": ["A1", "A2"], "readiness": [0.5, 0.2]}).to_parquet(new / "readiness.parquet")
    with zipfile.ZipFile(new / "book.xlsx", "w") as book:
        book.writestr(zipfile.ZipInfo("sheet.xml"), "<row><c>A1</c><c>said yet</c></row>")
    found = {Path(one.file).name: one for one in differences(*sides)}
    assert found.keys() == {"list.csv", "page.html", "figure.png", "readiness.parquet", "book.xlsx"}
    assert (found["list.csv"].where, found["list.csv"].new) == ("line 2", "A1,said yet 3 times")
    assert len(found["page.html"].old) < 200
    assert "said yes" in found["page.html"].old
    assert "0.25" in found["readiness.parquet"].old
    assert found["book.xlsx"].new == "<c>said yet</c>"
    assert main([str(side) for side in sides]) == 1
    assert "5 files compared, 5 differ" in capsys.readouterr().out


def test_files_of_one_side_and_other_bytes_of_the_same_content_are_told(sides: tuple[Path, Path]) -> None:
    old, new = (side / COMMANDS for side in sides)
    (old / "list.csv").unlink()
    (new / "page.html").unlink()
    with zipfile.ZipFile(new / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("sheet.xml", "<row><c>A1</c><c>said yes</c></row>")
    assert {Path(one.file).name: one.where for one in differences(*sides)} == {
        "list.csv": "in the new checkout alone",
        "page.html": "in the old checkout alone",
        "book.xlsx": "the content is the same, its bytes are not",
    }


def test_what_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="neither a checkout"):
        main([str(tmp_path), "--keep", str(tmp_path / "kept")])


def test_the_clock_of_the_tests_goes_on() -> None:
    from benchmarks.frozen import still

    assert datetime.now(UTC) != still.AT
