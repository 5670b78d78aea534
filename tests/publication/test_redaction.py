"""A publication without an account is what would have been published without it, but for the ranks."""

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.publication import lists, ranking
from advocate_score.publication.columns import Edition, column_names
from advocate_score.publication.list_files import list_files
from advocate_score.publication.manifest import level_counts, rule_counts
from advocate_score.publication.publisher import publish
from advocate_score.publication.ranking import MOVEMENT_COLUMNS as MOVES
from advocate_score.publication.redaction import Remainder, without_accounts
from advocate_score.publication.report import report_without
from publication.test_lists import EDITION, described, readiness, verdicts
from publication.test_report import in_each, page_of

THRESHOLDS = config.Ladder().thresholds
AS_OF = datetime(2025, 6, 1)
ODD = "=1+A&<b>"


def night(
    gone: str = "",
    edition: Edition = EDITION,
    size: int = 200,
    csv: str = "standard",
    name: str = "b",
    book: bool = False,
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Files and counts of the small night; `gone` leaves everywhere after ranking, `name` is what `b` is called, `book`
    whether there is a workbook, which takes longest."""
    called = {"b": name}
    judged = verdicts().replace({"account_id": called})
    told = replace(described(), accounts=described().accounts.replace({"account_id": called}))
    told = replace(told, contacts=told.contacts.replace({"account_id": called}))
    told = replace(told, reasons=told.reasons.replace({"account_id": called}))
    told = replace(told, moments=told.moments.replace({"account_id": called}))
    table = ranking.readiness_table(readiness().replace({"account_id": called}), judged)
    order = ranking.rank_accounts(table, size)
    table, order, judged = (frame[frame["account_id"] != gone] for frame in (table, order, judged))
    listed = lists.candidates(order, told, edition)
    counts = {
        "accounts": table["account_id"].nunique(),
        "levels": level_counts(table, order, edition.ladder),
        "rules": rule_counts(judged),
    }
    near = pd.DataFrame(columns=column_names("nurture"))
    formats = ("csv", "parquet", *(["xlsx"] if book else []))
    outputs = config.Outputs(csv=csv, formats=formats)  # type: ignore[arg-type]
    plan = listed[(listed["account_id"] == "a") & (listed["level"] == 2)].assign(priority=1, exploration=True)
    further = {"nurture.csv": near, "ask_plan.csv": plan.reindex(columns=column_names("ask_plan"))}
    files = list_files(table, listed, lists.resting(judged, told, edition), further, edition, outputs)
    manifest = {"rows": {"accounts": {}}, "warnings": [], "run_id": "one"}
    manifest["rows"] = {"accounts": {"rows_in": 3, "accepted": 3, "deduplicated": 0, "quarantined": 0}}
    whole = manifest | {"counts": counts}
    came = pd.DataFrame({"account_id": ["a", name], "kind": "came"}).reindex(columns=list(MOVES))
    resting = lists.resting(judged, told, edition)
    page = page_of(in_each(order, told, edition), whole, edition, came[came["account_id"] != gone], gone, resting)
    return files | {"report.html": page}, whole


def left(tmp_path: Path, files: dict[str, bytes], told: dict[str, object], *accounts: str) -> Remainder | None:
    folder = publish(tmp_path / "publications", AS_OF, files, told).folder
    return without_accounts(folder, accounts, THRESHOLDS)


@pytest.mark.parametrize("gone", ["a", "b", "c"])
@pytest.mark.parametrize("csv", ["standard", "spanish-excel"])
def test_every_file_is_as_if_the_account_had_left_after_ranking(tmp_path: Path, gone: str, csv: str) -> None:
    before = night(csv=csv, book=True)
    assert {f"by_owner/{owner}.xlsx" for owner in ("Ana Ruiz", "Luis_ _1", "without owner")} <= before[0].keys()
    rest = left(tmp_path, *before, gone)
    files, told = night(gone, csv=csv, book=True)
    assert rest is not None
    assert rest.manifest == {**told, "erased": 1}
    assert rest.files.keys() == files.keys()
    for name in files:
        assert rest.files[name] == files[name], name
    assert rest.left_out == ()


@pytest.mark.parametrize("csv", ["standard", "spanish-excel"])
def test_an_id_that_is_written_otherwise_for_spreadsheets_and_pages_is_found(tmp_path: Path, csv: str) -> None:
    rest = left(tmp_path, *night(csv=csv, name=ODD), ODD)
    files, _ = night(ODD, csv=csv, name=ODD)
    assert rest is not None
    assert rest.files == files


def test_the_figures_count_only_those_who_were_on_a_list(tmp_path: Path) -> None:
    """One place a level: it was b's but at level 2, where b rests; who leaves beyond the list's end takes no place."""
    for gone in "ab":
        rest = left(tmp_path / gone, *night(size=1), gone)
        assert rest is not None
        assert rest.manifest["counts"] == night(gone, size=1)[1]["counts"]


def test_without_the_readiness_figures_stay_as_they_were(tmp_path: Path) -> None:
    files, told = night()
    del files["readiness.parquet"]
    rest = left(tmp_path, files, told, "a", "c")
    assert rest is not None
    assert rest.manifest == {**told, "erased": 2}
    assert b"\xc3\x91and\xc3\xba" not in rest.files["report.html"]


def test_a_publication_without_the_account_is_left_alone(tmp_path: Path) -> None:
    assert left(tmp_path, *night(), "Nadie") is None


def test_a_publication_that_nobody_can_read_loses_what_may_hold_the_account(tmp_path: Path) -> None:
    folder = publish(tmp_path / "publications", AS_OF, *night()).folder
    for name in ("manifest.json", "by_owner/SHA256SUMS"):
        (folder / name).write_text("changed")
    rest = without_accounts(folder, ["a"], THRESHOLDS)
    assert rest is not None
    assert (dict(rest.files), rest.manifest) == ({}, {"erased": 1})
    assert "by_owner/Ana Ruiz.csv" in rest.left_out


def test_sums_that_were_changed_vouch_for_nothing(tmp_path: Path) -> None:
    folder = publish(tmp_path / "publications", AS_OF, *night()).folder
    (folder / "by_owner" / "SHA256SUMS").write_text("changed")
    rest = without_accounts(folder, ["a"], THRESHOLDS)
    assert rest is not None
    assert all(name.startswith("by_owner/") for name in rest.left_out)
    assert "candidates.csv" in rest.files


def test_erased_twice_counts_both(tmp_path: Path) -> None:
    first = left(tmp_path, *night(), "a")
    assert first is not None
    folder = publish(tmp_path / "again", AS_OF, dict(first.files), first.manifest).folder
    second = without_accounts(folder, ["b"], THRESHOLDS)
    assert second is not None
    assert second.manifest["erased"] == 2
    assert second.manifest["counts"]["levels"]["1"] == {"ready": 1, "eligible": 0, "listed": 0, "resting": 1}
    assert pd.read_parquet(io.BytesIO(second.files["readiness.parquet"]))["account_id"].unique().tolist() == ["c"]


def test_a_list_that_names_no_accounts_stays_as_it_was(tmp_path: Path) -> None:
    files, told = night()
    rest = left(tmp_path, {**files, "totals.csv": b"level,asks\n1,2\n"}, told, "a")
    assert rest is not None
    assert rest.files["totals.csv"] == b"level,asks\n1,2\n"
    assert rest.left_out == ()


def test_a_page_of_an_earlier_release_does_not_stay(tmp_path: Path) -> None:
    files, told = night()
    earlier = b"<html><td>a</td></html>"
    rest = left(tmp_path, {**files, "report.html": earlier}, told, "a")
    assert rest is not None
    assert rest.left_out == ("report.html",)
    with pytest.raises(ValueError, match="carries no tables"):
        report_without(earlier, ["a"], {})


def test_a_publication_of_a_workbook_alone_is_looked_into(tmp_path: Path) -> None:
    files, told = night(book=True)
    alone = {"candidates.xlsx": files["candidates.xlsx"]}
    assert left(tmp_path / "nobody", alone, told, "Nadie") is None
    rest = left(tmp_path, alone, told, "a")
    assert rest is not None
    assert rest.files == {"candidates.xlsx": night("a", book=True)[0]["candidates.xlsx"]}
