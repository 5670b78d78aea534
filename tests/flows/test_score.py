import csv
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from flows.conftest import Run

AS_OF = "2026-01-01"
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
    "suggested_contact_id,permission,as_of,model_version"
)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def night(firm: Path) -> Path:
    return firm / "publications" / AS_OF


@pytest.fixture
def champion(promoted: Path, tmp_path: Path) -> Path:
    """A copy of the firm with its promoted model; the tracking store keeps its old place."""
    firm = Path(shutil.copytree(promoted, tmp_path / "firm"))
    with (firm / "advocate.toml").open("a", encoding="utf-8") as config:
        config.write(f'[tracking]\nuri = "sqlite:///{promoted}/mlflow.db"\n')
    return firm


def test_a_night_has_its_files_columns_and_digests(champion: Path, run: Run) -> None:
    done = run(champion, "score", "--as-of", AS_OF)
    assert done.code == 0, done.err
    files = files_of(champion / "publications" / "current")
    assert {*LISTS, "candidates.csv", "resting.csv", "crm_load.csv", "readiness.parquet", "report.html"} <= files.keys()
    for name in (*LISTS, "candidates.csv"):
        assert files[name].decode().splitlines()[0] == COLUMNS
    manifest = json.loads(files["manifest.json"])
    for name, entry in manifest["files"].items():
        assert hashlib.sha256(files[name]).hexdigest() == entry["sha256"]
    assert manifest["model"]["version"] == "1"


def test_every_row_in_is_accounted_for_in_the_manifest(champion: Path, run: Run) -> None:
    run(champion, "score", "--as-of", AS_OF)
    for figures in json.loads((night(champion) / "manifest.json").read_text(encoding="utf-8"))["rows"].values():
        assert figures["rows_in"] == figures["accepted"] + figures["deduplicated"] + figures["quarantined"]


def test_readiness_falls_along_the_ladder_and_nobody_resting_is_listed(champion: Path, run: Run) -> None:
    run(champion, "score", "--as-of", AS_OF)
    table = pd.read_parquet(night(champion) / "readiness.parquet")
    assert (table.groupby("account_id")["level"].apply(list).map(lambda levels: levels == [1, 2, 3, 4, 5])).all()
    assert (table.groupby("account_id")["readiness"].diff().dropna() <= 0).all()
    assert (table["readiness_low"] <= table["readiness"]).all()
    assert (table["readiness"] <= table["readiness_high"]).all()
    listed = pd.read_csv(night(champion) / "candidates.csv", dtype={"account_id": str})
    allowed = table[table["eligible"]].set_index(["account_id", "level"]).index
    assert pd.MultiIndex.from_frame(listed[["account_id", "level"]]).isin(allowed).all()
    assert listed["reason_1"].notna().mean() > 0.9
    resting = pd.read_csv(night(champion) / "resting.csv", dtype={"account_id": str})
    assert set(resting["account_id"]) == set(table.loc[~table["eligible"], "account_id"])


def test_the_same_night_again_is_a_no_op(champion: Path, run: Run) -> None:
    run(champion, "score", "--as-of", AS_OF)
    before = {name: (night(champion) / name).stat().st_mtime_ns for name in LISTS}
    again = run(champion, "score", "--as-of", AS_OF)
    assert (again.code, again.result["unchanged"]) == (0, True)
    assert before == {name: (night(champion) / name).stat().st_mtime_ns for name in LISTS}


def test_the_same_inputs_elsewhere_give_the_same_bytes(champion: Path, run: Run, tmp_path: Path) -> None:
    twin = Path(shutil.copytree(champion, tmp_path / "twin"))
    run(champion, "score", "--as-of", AS_OF)
    run(twin, "score", "--as-of", AS_OF, "--set", "engine.threads=1", "--set", "engine.memory_limit=500MB")
    assert files_of(night(champion)) == files_of(night(twin))


def test_other_inputs_for_a_published_date_need_replace(champion: Path, run: Run) -> None:
    run(champion, "score", "--as-of", AS_OF)
    before = files_of(night(champion))
    changed = ["--set", "policy.cooldown_days=10"]
    refused = run(champion, "score", "--as-of", AS_OF, *changed)
    assert refused.code == 2
    assert "--replace" in refused.err
    assert files_of(night(champion)) == before
    assert run(champion, "score", "--as-of", AS_OF, *changed, "--replace").code == 0
    assert files_of(night(champion)) != before


def test_an_earlier_date_needs_backfill_and_leaves_current_alone(champion: Path, run: Run) -> None:
    run(champion, "score", "--as-of", AS_OF)
    assert run(champion, "score", "--as-of", "2025-12-01").code == 2
    assert run(champion, "score", "--as-of", "2025-12-01", "--backfill").code == 0
    assert (champion / "publications" / "current").resolve() == night(champion).resolve()


def test_a_backfilled_night_equals_the_night_itself(champion: Path, run: Run, tmp_path: Path) -> None:
    """What was recorded later changes nothing that the night said; digests of the larger export do."""
    single = Path(shutil.copytree(champion, tmp_path / "single"))
    run(single, "score", "--as-of", "2025-12-01")
    run(champion, "score", "--as-of", AS_OF)
    run(champion, "score", "--as-of", "2025-12-01", "--backfill")
    assert files_of(single / "publications" / "2025-12-01") == files_of(champion / "publications" / "2025-12-01")


def test_spanish_lists_open_in_a_spanish_spreadsheet(champion: Path, run: Run) -> None:
    run(champion, "score", "--as-of", AS_OF, "--set", "outputs.language=es", "--set", "outputs.csv=spanish-excel")
    raw = (night(champion) / LISTS[0]).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0]["ask"] == "Testimonio"
    assert "," in rows[0]["readiness"]


def test_day_one_needs_no_asks_and_no_model(firm: Path, run: Run) -> None:
    for table in ("asks", "surveys", "cases"):
        (firm / "tables" / f"{table}.csv").unlink()
    done = run(firm, "score", "--as-of", AS_OF)
    assert done.code == 0, done.err
    listed = pd.read_csv(night(firm) / LISTS[0])
    assert set(listed["evidence"]) == {"scorecard"}
    assert listed["readiness"].is_monotonic_decreasing
    assert listed["reason_1"].notna().mean() > 0.9


def test_without_a_champion_a_firm_may_refuse_to_publish(firm: Path, run: Run) -> None:
    done = run(firm, "score", "--as-of", AS_OF, "--set", "model.without_champion=refuse")
    assert done.code == 2
    assert not night(firm).exists()


def test_a_champion_trained_on_other_signals_is_refused(champion: Path, run: Run) -> None:
    (champion / "tables" / "surveys.csv").unlink()
    done = run(champion, "score", "--as-of", AS_OF)
    assert done.code == 4
    assert "nps_last" in done.err


def test_a_changed_model_file_is_refused(champion: Path, promoted: Path, run: Run, tmp_path: Path) -> None:
    kept = next((promoted / "mlartifacts").rglob("model.json"))
    original = kept.read_bytes()
    try:
        kept.write_bytes(original.replace(b"1", b"2", 1))
        done = run(champion, "score", "--as-of", AS_OF)
    finally:
        kept.write_bytes(original)
    assert done.code == 4
    assert not night(champion).exists()


def test_a_bad_export_leaves_the_last_night_as_it_was(champion: Path, run: Run) -> None:
    run(champion, "score", "--as-of", AS_OF)
    before = files_of(night(champion))
    (champion / "tables" / "accounts.csv").write_bytes(b"")
    assert run(champion, "score", "--as-of", "2026-01-02").code == 2
    assert files_of(champion / "publications" / "current") == before


@pytest.mark.parametrize("after", [0.5, 1.5, 3.0, 4.0])
def test_killed_anywhere_the_last_night_stays_and_the_next_run_is_whole(champion: Path, run: Run, after: float) -> None:
    run(champion, "score", "--as-of", "2025-12-01")
    before = files_of(champion / "publications" / "2025-12-01")
    words = ["-m", "advocate_score", "score", "--as-of", AS_OF, "--config", str(champion / "advocate.toml")]
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert files_of(champion / "publications" / "2025-12-01") == before
    assert (champion / "publications" / "current" / "manifest.json").exists()
    assert run(champion, "score", "--as-of", AS_OF).code == 0
    assert not list(champion.glob(".work-*"))
    assert not list((champion / "publications").glob(".tmp-*"))


def test_a_second_run_ends_at_once(champion: Path, run: Run) -> None:
    from advocate_score.publication.lock import locked

    with locked(champion / "publications"):
        started = time.monotonic()
        assert run(champion, "score", "--as-of", AS_OF).code == 75
        assert time.monotonic() - started < 2
    assert not night(champion).exists()


def test_explain_tells_what_the_lists_tell(champion: Path, run: Run) -> None:
    run(champion, "score", "--as-of", AS_OF)
    first = pd.read_csv(night(champion) / LISTS[2], dtype={"account_id": str}, keep_default_na=False).iloc[0]
    card = run(champion, "explain", first["account_id"], "--as-of", AS_OF).result
    level = card["levels"][2]
    assert level["readiness"] == pytest.approx(first["readiness"], abs=1e-6)
    assert level["reasons"] == [first[f"reason_{n}"] for n in (1, 2, 3) if first[f"reason_{n}"]]
    assert run(champion, "explain", "nobody").code == 2
