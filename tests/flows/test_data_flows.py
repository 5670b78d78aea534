import csv
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.config import load_settings
from advocate_score.errors import InputError
from advocate_score.files import shipped_file, work_dir
from advocate_score.flows.project import Silent
from advocate_score.flows.setup import init_folder, simulate_folder, write_demo_config
from flows.conftest import Run, called


def rewritten(firm: Path, table: str, change) -> None:
    file = firm / "tables" / f"{table}.csv"
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    change(frame).to_csv(file, index=False)


def test_check_accounts_for_every_row(firm: Path, run: Run) -> None:
    found = run(firm, "check")
    assert found.code == 0
    for table in found.result["tables"]:
        with (firm / "tables" / f"{table['table']}.csv").open(encoding="utf-8", newline="") as file:
            rows = sum(1 for _ in csv.reader(file)) - 1
        assert table["rows_in"] == rows == table["accepted"] + table["deduplicated"] + table["quarantined"]


def test_check_refuses_a_run_of_too_many_bad_rows_and_keeps_them(firm: Path, run: Run) -> None:
    rewritten(firm, "outcomes", lambda rows: rows.assign(account_id="nobody"))
    found = run(firm, "check")
    assert found.code == 2
    assert "outcomes" in found.err
    assert "unknown_account" in (firm / "quarantine" / "outcomes.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["check", "score", "train", "signals"])
def test_a_missing_column_is_told_with_the_nearest_name(firm: Path, run: Run, command: str) -> None:
    rewritten(firm, "accounts", lambda rows: rows.rename(columns={"account_id": "acount_id"}))
    found = run(firm, command)
    assert found.code == 2
    assert "account_id" in found.err
    assert "acount_id" in found.err


def test_a_fault_is_also_told_to_machines(firm: Path, run: Run) -> None:
    found = run(firm, "check", "--set", "model.maturty_days=3")
    assert (found.code, found.result["exit_code"]) == (2, 2)
    assert "maturity_days" in found.result["faults"][0]["fix"]


def test_signals_are_listed_with_why_some_are_inactive(firm: Path, run: Run) -> None:
    (firm / "tables" / "surveys.csv").unlink()
    listed = run(firm, "signals").result["signals"]
    nps = next(signal for signal in listed if signal["name"] == "nps_last")
    assert not nps["active"]
    assert "surveys" in nps["why_inactive"]
    assert sum(signal["active"] for signal in listed) >= 60


def test_features_have_a_row_an_account_or_a_row_an_ask(firm: Path, run: Run, tmp_path: Path) -> None:
    accounts, asks = tmp_path / "accounts.parquet", tmp_path / "asks.parquet"
    assert run(firm, "features", "--as-of", "2025-06-01", "--out", str(accounts)).code == 0
    assert run(firm, "features", "--asks", "--out", str(asks)).code == 0
    one, other = pd.read_parquet(accounts), pd.read_parquet(asks)
    assert list(one.columns[:2]) == ["account_id", "as_of"]
    assert one["account_id"].is_unique
    assert list(other.columns[:4]) == ["ask_id", "account_id", "level", "as_of"]
    assert list(one.columns[2:]) == list(other.columns[4:])


def test_features_do_not_see_the_order_of_rows_or_what_came_later(firm: Path, run: Run) -> None:
    """Shuffled tables, and tables cut at the as-of, give the same signals as the whole export."""
    whole = firm / "whole.parquet"
    run(firm, "features", "--as-of", "2025-03-01", "--out", str(whole))
    rewritten(firm, "interactions", lambda rows: rows.sample(frac=1, random_state=1))
    rewritten(firm, "referrals", lambda rows: rows[rows["recorded_at"] < "2025-03-01"])
    again = firm / "again.parquet"
    run(firm, "features", "--as-of", "2025-03-01", "--out", str(again))
    by = ["account_id"]
    pd.testing.assert_frame_equal(
        pd.read_parquet(whole).sort_values(by, ignore_index=True),
        pd.read_parquet(again).sort_values(by, ignore_index=True),
    )


def test_an_extended_export_changes_nothing_before_its_extension(firm: Path, run: Run) -> None:
    before, after = firm / "before.parquet", firm / "after.parquet"
    run(firm, "features", "--as-of", "2025-03-01", "--out", str(before))
    later = {"occurred_at": "2025-03-01T00:00:00Z", "recorded_at": "2025-03-01T00:00:00Z", "kind": "informal"}
    accounts = pd.read_csv(firm / "tables" / "accounts.csv", dtype=str)["account_id"].drop_duplicates()
    more = pd.DataFrame({"referral_id": "new" + accounts, "account_id": accounts, **later})
    rewritten(firm, "referrals", lambda rows: pd.concat([rows, more]))
    run(firm, "features", "--as-of", "2025-03-01", "--out", str(after))
    assert pd.read_parquet(before).equals(pd.read_parquet(after))


def test_init_then_check_works_on_nothing_but_accounts(run: Run, tmp_path: Path) -> None:
    made = init_folder(tmp_path / "new")
    Path(made["tables"], "accounts.csv").write_text("account_id,industry\n007,Energy\n", encoding="utf-8")
    assert run(tmp_path / "new", "check").result["tables"][0]["accepted"] == 1


def test_first_steps_on_a_spanish_terminal_lead_to_spanish_lists(tmp_path: Path) -> None:
    made = {language: Path(init_folder(tmp_path / language, language)["config"]) for language in ("en", "es")}
    assert {name: load_settings(file, []).outputs.language for name, file in made.items()} == {"en": "en", "es": "es"}
    shipped_as_it_is = shipped_file("pipelines/starter.toml").read_bytes()
    assert made["en"].read_bytes() == shipped_as_it_is
    assert made["es"].read_bytes() == shipped_as_it_is.replace(b'\nlanguage = "en"', b'\nlanguage = "es"')
    for language in ("es", "en", "es"):
        assert load_settings(write_demo_config(tmp_path / "demo", language), []).outputs.language == language


def test_the_terminal_says_in_which_language_a_firm_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for locale, language, words in (("es_ES.UTF-8", "es", "Ponga sus"), ("en_GB.UTF-8", "en", "Put your")):
        monkeypatch.setenv("LC_ALL", locale)
        done = called(["advocate-score", "init", str(tmp_path / language)], capsys, monkeypatch)
        assert (done.code, words in done.out) == (0, True)
        assert load_settings(tmp_path / language / "advocate.toml", []).outputs.language == language


def test_features_go_to_a_file_that_can_be_written(firm: Path, run: Run, tmp_path: Path) -> None:
    found = run(firm, "features", "--out", str(tmp_path))
    assert (found.code, found.result["faults"][0]["place"]) == (2, "--out")
    (tmp_path / "file").touch()
    assert run(firm, "features", "--out", str(tmp_path / "file" / "x.parquet")).code == 2


def test_check_refuses_a_recipe_that_there_is_none_of(firm: Path, run: Run) -> None:
    found = run(firm, "check", "--set", "model.recipe=nosuch")
    assert found.code == 2
    assert "blend" in found.result["faults"][0]["fix"]


def test_a_simulation_replaces_nothing_but_a_simulation(tmp_path: Path) -> None:
    made = init_folder(tmp_path / "firm")
    accounts = Path(made["tables"], "accounts.csv")
    accounts.write_text("account_id\n007\n", encoding="utf-8")
    world = {"accounts": 20, "asks": 30, "seed": 1}
    with pytest.raises(InputError, match="would be replaced"):
        simulate_folder(tmp_path / "firm", world, Silent())
    assert accounts.read_text(encoding="utf-8") == "account_id\n007\n"
    for _ in range(2):
        simulate_folder(tmp_path / "made-up", world, Silent())


def test_a_folder_that_lets_no_run_work_is_named(tmp_path: Path) -> None:
    here = tmp_path / "nowhere"
    with pytest.raises(InputError, match=f"{here}: a run cannot make its working folder here"), work_dir(here):
        pytest.fail("there is no such folder to work in")
