import csv
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from advocate_score.signals.catalogue import shipped_catalogue
from flows.conftest import AS_OF, Run

NEXT = "2026-01-02"
LISTS = [
    "level_1_testimonial.csv",
    "level_2_case_study.csv",
    "level_3_reference_call.csv",
    "level_4_speaking.csv",
    "level_5_advisory_board.csv",
]
COLUMNS = (
    "rank,account_id,account_name,industry,segment,region,owner,level,ask,readiness,readiness_low,readiness_high,"
    "completion,evidence,reason_1,reason_2,reason_3,outcome_fact,moment,asks_last_365d,last_asked_at,"
    "suggested_contact_id,suggested_contact,contact_title,permission,as_of,model_version"
)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def night(firm: Path) -> Path:
    return firm / "publications" / AS_OF


def test_a_night_has_its_files_columns_and_digests(published: Path) -> None:
    files = files_of(published / "publications" / "current")
    assert {*LISTS, "candidates.csv", "resting.csv", "crm_load.csv", "readiness.parquet", "report.html"} <= files.keys()
    for name in (*LISTS, "candidates.csv"):
        assert files[name].decode().splitlines()[0] == COLUMNS
    manifest = json.loads(files["manifest.json"])
    for name, entry in manifest["files"].items():
        assert hashlib.sha256(files[name]).hexdigest() == entry["sha256"]
    assert manifest["model"]["version"] == "1"


def test_every_row_in_is_accounted_for_in_the_manifest(published: Path) -> None:
    for figures in json.loads((night(published) / "manifest.json").read_text(encoding="utf-8"))["rows"].values():
        assert figures["rows_in"] == figures["accepted"] + figures["deduplicated"] + figures["quarantined"]


def test_readiness_falls_along_the_ladder_and_nobody_resting_is_listed(published: Path) -> None:
    table = pd.read_parquet(night(published) / "readiness.parquet")
    assert (table.groupby("account_id")["level"].apply(list).map(lambda levels: levels == [1, 2, 3, 4, 5])).all()
    assert (table.groupby("account_id")["readiness"].diff().dropna() <= 0).all()
    assert (table["readiness_low"] <= table["readiness"]).all()
    assert (table["readiness"] <= table["readiness_high"]).all()
    listed = pd.read_csv(night(published) / "candidates.csv", dtype={"account_id": str})
    allowed = table[table["eligible"]].set_index(["account_id", "level"]).index
    assert pd.MultiIndex.from_frame(listed[["account_id", "level"]]).isin(allowed).all()
    assert listed["reason_1"].notna().mean() > 0.8
    resting = pd.read_csv(night(published) / "resting.csv", dtype={"account_id": str})
    assert set(resting["account_id"]) == set(table.loc[~table["eligible"], "account_id"])


def test_the_same_night_again_is_a_no_op(champion: Path, run: Run) -> None:
    before = {name: (night(champion) / name).stat().st_mtime_ns for name in LISTS}
    again = run(champion, "score", "--as-of", AS_OF)
    assert (again.code, again.result["unchanged"]) == (0, True)
    assert before == {name: (night(champion) / name).stat().st_mtime_ns for name in LISTS}


def test_the_same_inputs_elsewhere_give_the_same_bytes(champion: Path, run: Run) -> None:
    before = files_of(night(champion))
    shutil.rmtree(champion / "publications")
    run(champion, "score", "--as-of", AS_OF, "--set", "engine.threads=1", "--set", "engine.memory_limit=500MB")
    assert files_of(night(champion)) == before


def test_other_inputs_for_a_published_date_need_replace(champion: Path, run: Run) -> None:
    before = files_of(night(champion))
    changed = ["--set", "policy.cooldown_days=10"]
    refused = run(champion, "score", "--as-of", AS_OF, *changed)
    assert refused.code == 2
    assert "--replace" in refused.err
    assert files_of(night(champion)) == before
    assert run(champion, "score", "--as-of", AS_OF, *changed, "--replace").code == 0
    assert files_of(night(champion)) != before


def test_row_57_an_earlier_date_needs_backfill_and_leaves_current_alone(champion: Path, run: Run) -> None:
    assert run(champion, "score", "--as-of", "2025-12-01").code == 2
    assert run(champion, "score", "--as-of", "2025-12-01", "--backfill").code == 0
    assert (champion / "publications" / "current").resolve() == night(champion).resolve()


def test_nights_that_are_backfilled_are_alike_whatever_else_stands(champion: Path, run: Run, tmp_path: Path) -> None:
    """A backfill cuts what protects by time, where a live run does not."""
    single = Path(shutil.copytree(champion, tmp_path / "single"))
    shutil.rmtree(single / "publications")
    run(single, "score", "--as-of", "2025-12-01", "--backfill")
    run(champion, "score", "--as-of", "2025-12-01", "--backfill")
    assert files_of(single / "publications" / "2025-12-01") == files_of(champion / "publications" / "2025-12-01")


def test_spanish_lists_open_in_a_spanish_spreadsheet(champion: Path, run: Run) -> None:
    spanish = ["--set", "outputs.language=es", "--set", "outputs.csv=spanish-excel"]
    run(champion, "score", "--as-of", AS_OF, *spanish, "--replace")
    raw = (night(champion) / LISTS[0]).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0]["ask"] == "Testimonio"
    assert "," in rows[0]["readiness"]


def test_row_81_day_one_needs_no_asks_and_no_model(firm: Path, run: Run) -> None:
    for table in ("asks", "surveys", "cases"):
        (firm / "tables" / f"{table}.csv").unlink()
    done = run(firm, "score", "--as-of", AS_OF)
    assert done.code == 0, done.err
    listed = pd.read_csv(night(firm) / LISTS[0])
    assert set(listed["evidence"]) == {"scorecard"}
    assert listed["readiness"].is_monotonic_decreasing
    assert listed["reason_1"].notna().mean() > 0.8


def everybody_gone(firm: Path) -> None:
    accounts = firm / "tables" / "accounts.csv"
    frame = pd.read_csv(accounts, dtype=str, keep_default_na=False)
    frame.assign(status="churned").to_csv(accounts, index=False)


def test_row_80_where_everybody_rests_the_lists_are_empty_and_say_why(champion: Path, run: Run) -> None:
    everybody_gone(champion)
    done = run(champion, "score", "--as-of", NEXT)
    assert done.code == 0, done.err
    assert any("nobody may be asked" in warning for warning in done.result["warnings"])
    files = files_of(champion / "publications" / NEXT)
    assert [files[name].decode() for name in LISTS] == [COLUMNS + "\n"] * len(LISTS)
    assert len(files["resting.csv"].decode().splitlines()) > 100


def test_before_the_first_account_was_known_there_is_nobody_to_list(champion: Path, run: Run) -> None:
    done = run(champion, "score", "--as-of", "1990-01-01", "--backfill")
    assert done.code == 0, done.err
    assert any("no account was known" in warning for warning in done.result["warnings"])
    assert files_of(champion / "publications" / "1990-01-01")["resting.csv"].decode().count("\n") == 1


def test_row_81_without_a_champion_a_firm_may_refuse_to_publish(firm: Path, run: Run) -> None:
    done = run(firm, "score", "--as-of", AS_OF, "--set", "model.without_champion=refuse")
    assert done.code == 2
    assert not night(firm).exists()


def test_row_84_a_champion_trained_on_other_signals_is_refused(champion: Path, run: Run) -> None:
    (champion / "tables" / "surveys.csv").unlink()
    done = run(champion, "score", "--as-of", NEXT)
    assert done.code == 4
    assert "nps_last" in done.err


def test_row_79_a_champion_is_refused_where_its_signals_come_in_another_order(champion: Path, run: Run) -> None:
    """The same signal, declared by the firm instead of shipped, comes last."""
    own = next(one for one in shipped_catalogue().signals if one.name == "survey_answers_730d")
    facts = own.model_dump(mode="json", exclude_defaults=True)
    with (champion / "advocate.toml").open("a", encoding="utf-8") as config:
        config.write('[catalogue]\noff = ["survey_answers_730d"]\n[[signals]]\n')
        config.writelines(f"{name} = {_as_toml(value)}\n" for name, value in facts.items())
    done = run(champion, "score", "--as-of", NEXT)
    assert done.code == 4, done.err
    assert "their order" in done.err
    assert not (champion / "publications" / NEXT).exists()


def _as_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_as_toml(one)}" for name, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(("days", "code"), [(180, 0), (365, 2)])
def test_row_85_an_old_champion_is_told_and_a_very_old_one_refused(
    champion: Path, run: Run, days: int, code: int
) -> None:
    late = (datetime.fromisoformat(AS_OF) + timedelta(days=days + 2)).date().isoformat()
    done = run(champion, "score", "--as-of", late, "--force", "--reason", "after a long break")
    assert done.code == code, done.err
    told = done.err if code else "".join(done.result["warnings"])
    assert "the champion learned up to" in told
    assert (champion / "publications" / late).exists() == (code == 0)


def test_a_changed_model_file_is_refused(champion: Path, promoted: Path, run: Run) -> None:
    originals = {file: file.read_bytes() for file in (promoted / "mlartifacts").rglob("model.json")}
    try:
        for file, original in originals.items():
            file.write_bytes(original.replace(b"1", b"2", 1))
        done = run(champion, "score", "--as-of", NEXT)
    finally:
        for file, original in originals.items():
            file.write_bytes(original)
    assert done.code == 4
    assert not (champion / "publications" / NEXT).exists()


def test_a_bad_export_leaves_the_last_night_as_it_was(champion: Path, run: Run) -> None:
    before = files_of(night(champion))
    (champion / "tables" / "accounts.csv").write_bytes(b"")
    assert run(champion, "score", "--as-of", NEXT).code == 2
    assert files_of(champion / "publications" / "current") == before


def killed(firm: Path, step: str) -> None:
    """Starts the next night in a process of its own, which dies as soon as it says that it has come to `step`."""
    words = ["-m", "advocate_score", "score", "--as-of", NEXT, "--config", str(firm / "advocate.toml")]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert any(step.encode() in line for line in process.stderr), f"it never came to {step}"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "step",
    [pytest.param("Signals", marks=pytest.mark.extra), pytest.param("Reasons", marks=pytest.mark.extra), "Publishing"],
)
def test_killed_anywhere_the_last_night_stays_and_the_next_run_is_whole(champion: Path, run: Run, step: str) -> None:
    before = files_of(night(champion))
    killed(champion, step)
    assert files_of(champion / "publications" / "current") == before
    assert run(champion, "score", "--as-of", NEXT).code == 0
    assert files_of(night(champion)) == before
    assert not list(champion.glob(".advocate-score-work-*"))
    assert not list((champion / "publications").glob(".advocate-score-tmp-*"))


def test_a_second_run_ends_at_once(champion: Path, run: Run) -> None:
    from advocate_score.publication.folder import lock_folder

    with lock_folder(champion / "publications"):
        started = time.monotonic()
        assert run(champion, "score", "--as-of", NEXT).code == 75
        assert time.monotonic() - started < 2
    assert not (champion / "publications" / NEXT).exists()


def test_explain_tells_what_the_lists_tell(champion: Path, run: Run) -> None:
    first = pd.read_csv(night(champion) / LISTS[2], dtype={"account_id": str}, keep_default_na=False).iloc[0]
    card = run(champion, "explain", first["account_id"], "--as-of", AS_OF).result
    level = card["levels"][2]
    assert level["readiness"] == pytest.approx(first["readiness"], abs=1e-6)
    assert level["reasons"] == [first[f"reason_{n}"] for n in (1, 2, 3) if first[f"reason_{n}"]]
    assert run(champion, "explain", "nobody").code == 2
