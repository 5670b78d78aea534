import json
import sys
from functools import partial
from operator import mul
from pathlib import Path

import pytest
from benchmarks.hashed import accounts_sql, interactions_sql, write_tables
from benchmarks.measured import Cost, compared, markdown, measured, row, tell
from benchmarks.table import PAGE, QUICK, WHOLE, end_of, section, start_of, with_table

from benchmarks import check, growth, plan, publish, training


def test_each_has_the_memory_of_its_own_process() -> None:
    costs = compared({"little": partial(mul, b"x", 1), "much": partial(mul, b"x", 300 * 2**20)}, 1)
    assert costs["much"].peak_mb - costs["little"].peak_mb == pytest.approx(300, abs=30)
    assert measured([sys.executable, "-c", "b'x' * (300 * 2**20)"], 1).peak_mb > 300


def test_work_that_fails_is_no_figure() -> None:
    with pytest.raises(RuntimeError, match="exit code"):
        measured(partial(sys.exit, 3), 1)


def test_a_table_is_read_by_people_and_by_programs(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row("ours", Cost(3.0, 2.5, 100.4), Cost(2.0, 2.0, 50.0), accounts=10_000), row("limit", Cost(2, 2, 50))]
    assert markdown(rows) == [
        "|       | seconds | processor | peak MB | × limit | accounts |",
        "| ----- | ------: | --------: | ------: | ------: | -------: |",
        "| ours  |     3.0 |       2.5 |     100 |     1.5 |   10,000 |",
        "| limit |       2 |         2 |      50 |         |          |",
    ]
    tell("scoring", rows, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"benchmark": "scoring", "rows": rows}


def test_a_table_takes_the_place_of_the_earlier_one() -> None:
    page = f"before\n{start_of('check')}\nold\n{end_of('check')}\nafter\n"
    new = with_table(page, "check", section(["check", "1000"], [{"": "ours", "seconds": 1.5}]))
    assert "old" not in new
    assert new.startswith("before\n")
    assert new.endswith("after\n")
    assert "| ours |     1.5 |" in new
    with pytest.raises(ValueError, match="has no"):
        with_table(page, "growth", "")


def test_every_benchmark_has_its_place_in_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert QUICK.keys() == WHOLE.keys()
    assert all(with_table(page, benchmark, "…") for benchmark in QUICK)


def test_the_exponent_of_a_line_is_one() -> None:
    sizes = [10, 100, 1_000]
    assert growth.exponent(sizes, [2 * size for size in sizes]) == pytest.approx(1)
    assert growth.exponent(sizes, [size**1.5 for size in sizes]) == pytest.approx(1.5)


def test_drawn_tables_are_accepted_whole(tmp_path: Path) -> None:
    made = {"accounts": accounts_sql(50), "interactions": interactions_sql(1_000, 50)}
    for ending in check.ENDINGS:
        write_tables(tmp_path / ending, made, ending)
        check.checked(tmp_path / ending)
    check.held_against_pandera(tmp_path / "parquet" / "interactions.parquet")()
    check.copied(tmp_path / "parquet" / "interactions.parquet")


def test_steps_of_a_night_follow_each_other() -> None:
    told = publish.steps(60)
    assert told[0]["step"] == "Reading and checking tables"
    assert all(one["seconds"] >= 0 for one in told)


def test_a_plan_is_drawn_and_checked() -> None:
    (default, few) = plan.figures([200])
    assert default["places"] != few["places"]
    assert default["broken"] == few["broken"] == 0


def test_training_is_fed_with_asks_that_both_answers_occur_in() -> None:
    rows = training.asks(200, training.declared(12))
    assert 0 < rows["outcome"].mean() < 1
    assert training.plain_trees(rows, training.declared(12)).num_trees() == training.ROUNDS
