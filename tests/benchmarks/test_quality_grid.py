from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks.quality.__main__ import options, tasks_of
from benchmarks.quality.cells import SIZES, Cell, cell_named, fraction, grid, quick
from benchmarks.quality.competitors import COMPETITORS, NEEDS
from benchmarks.quality.inputs import Inputs, as_curves, at_every_level
from benchmarks.quality.judge import judged
from benchmarks.quality.markdown import END, START, write_between_marks
from benchmarks.quality.methods import every_method, every_name
from benchmarks.quality.report import report
from benchmarks.quality.results import Task, append, found
from benchmarks.quality.table import cell_means, compared, long_table, over_cells
from benchmarks.quality.worlds import Judged, judged_world

CELL = Cell(200, "mnar", True, True, True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grid")


@pytest.fixture(scope="module")
def world(folder: Path) -> Judged:
    return judged_world(CELL, 1, folder)


def test_the_grid_has_every_cell_once_and_names_find_them() -> None:
    assert len({cell.name for cell in grid()}) == 96
    assert all(cell_named(cell.name) == cell for cell in grid())
    assert {*quick(), *fraction()} <= {*grid()}


def test_the_fraction_is_balanced_over_its_switches() -> None:
    cells = pd.DataFrame([vars(cell) for cell in fraction()])
    assert cells.groupby(["asks", "selection", "explored"]).size().eq(1).all()
    for switch in ("fatigue", "heterogeneity"):
        assert cells[switch].mean() == 0.5
        assert cells.groupby("explored")[switch].mean().eq(0.5).all()


def test_only_a_hidden_choice_that_nobody_logged_is_not_identified() -> None:
    unknown = [cell for cell in grid() if not cell.identified]
    assert {(cell.selection, cell.explored) for cell in unknown} == {("mnar", False)}


def test_a_world_is_read_as_it_was_made(folder: Path, world: Judged) -> None:
    again = judged_world(CELL, 1, folder)
    pd.testing.assert_frame_equal(again.asks, world.asks)
    pd.testing.assert_frame_equal(again.accounts, world.accounts)
    np.testing.assert_array_equal(again.truth, world.truth)
    assert 0.8 * SIZES[200] < len(world.accounts) < SIZES[200]  # some have left
    assert 100 < world.never.sum() < len(world.never)
    assert not set(world.asks["account_id"]) & set(world.accounts["account_id"][world.never])
    assert {"history_yes", "nps_last", "industry", "propensity"} <= {*world.asks}


def test_no_input_tells_the_truth_or_the_answer(world: Judged) -> None:
    columns = Inputs.of(world.asks).columns
    assert not {"outcome", "completed", "account_id", "propensity", "truth"} & {*columns}
    assert list(Inputs.of(world.asks).table(world.accounts)) == list(columns)


def test_every_level_and_back(world: Judged) -> None:
    long = at_every_level(world.accounts)
    assert as_curves(long["level"].to_numpy()).tolist() == [[1, 2, 3, 4, 5]] * len(world.accounts)


@pytest.mark.parametrize("name", [name for name in COMPETITORS if name not in NEEDS])
def test_competitors_give_a_probability_an_account_and_level(name: str, world: Judged) -> None:
    curve = COMPETITORS[name](world.asks, world.accounts)
    assert curve.shape == world.truth.shape
    assert ((curve >= 0) & (curve <= 1)).all()


def test_results_are_kept_and_those_of_other_code_passed_over(folder: Path) -> None:
    task = Task(CELL, 1, "base_rate")
    append(folder, task, judged(CELL, 1, every_method()["base_rate"], folder))
    kept = found(folder)[task]
    assert 0.1 < kept["never_excess"] < 1
    file = folder / "results.jsonl"
    file.write_text(file.read_text().replace('"code": "', '"code": "0'))
    assert found(folder) == {}


def test_tasks_go_seed_by_seed() -> None:
    tasks = tasks_of(options(["--sizes", "200", "--seeds", "2", "--methods", "base_rate,logit"]))
    assert len(tasks) == 2 * 24 * 2
    assert [task.seed for task in tasks] == [1] * 48 + [2] * 48


def test_means_count_each_cell_once_and_only_common_worlds() -> None:
    other = Cell(200, "none", True, True, False)
    values = {(CELL, 1): (0.1, 0.3), (CELL, 2): (0.3, 0.3), (other, 1): (0.6, 0.2)}
    results = {
        Task(cell, seed, name): {"excess": value}
        for (cell, seed), pair in values.items()
        for name, value in zip(("logit", "base_rate"), pair, strict=True)
    }
    results[Task(other, 2, "logit")] = {"excess": 9.0}
    same = compared(long_table(results))
    whole = over_cells(cell_means(same, "excess"))
    assert whole.loc["logit", "mean"] == pytest.approx((0.2 + 0.6) / 2)
    assert whole.loc["base_rate", "mean"] == pytest.approx(0.25)


def made_up(methods: tuple[str, ...], best: str) -> dict[Task, dict[str, object]]:
    """Results over ten cells in which `best` has the least excess."""
    shares = {"accounts": [0.9] * 10, "deciles": [0.8] * 10, "width": [0.2] * 10}
    intervals = {"covered": shares, "never_covered": shares, "optimum_error": 0.01}
    names = [f"{prefix}{name}" for prefix in ("", "never_") for name in ("excess", "bias", "top", "rps")]
    return {
        Task(cell, seed, name): {
            **dict.fromkeys([*names, "seconds"], 0.01 if name == best else 0.02 + 0.001 * seed),
            **(intervals if name == "readiness" else {}),
        }
        for cell in quick()
        for seed in (1, 2)
        for name in methods
    }


def test_the_report_tells_what_was_reached_and_what_not() -> None:
    text = report(made_up(every_name(), best="readiness"))
    lines = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("|")}
    assert "| reached |" in lines["least mean excess log loss on never-asked accounts over the grid"]
    of_accounts = next(line for name, line in lines.items() if "of single accounts" in name)
    of_tenths = next(line for name, line in lines.items() if "of the means of tenths" in name)
    assert "| reached |" in of_accounts
    assert "**not reached**" in of_tenths
    assert "In 0 of 11 cells" in text
    assert "not identified, and nothing is claimed, in 1 cells" in text


def test_the_report_tells_the_losses_too() -> None:
    text = report(made_up(("readiness", "logit", "base_rate", "truth"), best="logit"))
    assert "In 11 of 11 cells" in text
    assert "| **not reached** | 0.0215; next logit 0.0100" in text
    assert "| logit | **0.0100** |" in text


def test_a_report_takes_its_place_in_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{START}\nold\n{END}\nafter\n")
    write_between_marks(page, "new")
    assert page.read_text() == f"before\n{START}\n\nnew\n{END}\nafter\n"
    page.write_text("no marks")
    with pytest.raises(ValueError, match=r"page\.md"):
        write_between_marks(page, "new")
