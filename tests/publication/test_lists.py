"""The lists, the files made of them, and the page, from one small night."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from advocate_score import config
from advocate_score.publication import list_files as list_files_module, lists, ranking
from advocate_score.publication.columns import Described, Edition, column_names
from advocate_score.publication.list_files import list_files
from advocate_score.publication.manifest import Provenance, manifest

AS_OF = datetime(2025, 6, 1)
HOSTILE = "<script>alert(1)</script>\u202e=cmd"
EDITION = Edition(AS_OF, "7", "en", config.Ladder())
SPANISH = replace(EDITION, language="es")
TIMES = ["since", "until", "free_at"]

NOBODY_NEAR = pd.DataFrame(columns=column_names("nurture"))
FURTHER = {"nurture.csv": NOBODY_NEAR}


def verdicts() -> pd.DataFrame:
    """`a` and `b` free but for b's level 2; `c` rests everywhere."""
    rows = []
    for account in "abc":
        for level in range(1, 6):
            rule = "cooldown" if account == "c" else "declined" if (account, level) == ("b", 2) else ""
            since = datetime(2025, 5, 1, 9, 30) if rule else None
            until, free_at = (datetime(2025, 7, 31), datetime(2025, 7, 30, 9, 30)) if rule else (None, None)
            rows.append((account, level, rule == "", rule, since, until, free_at, rule and f"{rule}."))
    frame = pd.DataFrame(rows, columns=["account_id", "level", "eligible", "rule", *TIMES, "detail"])
    return frame.astype(dict.fromkeys(TIMES, "datetime64[us]"))


def readiness() -> pd.DataFrame:
    frame = verdicts()[["account_id", "level"]]
    score = 0.9 - 0.1 * frame["level"] - 0.05 * frame["account_id"].map({"a": 1, "b": 0, "c": 0})
    low, high = score - 0.05, score + 0.05
    return frame.assign(
        readiness=score, readiness_low=low, readiness_high=high, completion=float("nan"), evidence="solid"
    )


def described() -> Described:
    accounts = {
        "account_id": ["a", "b", "c"],
        "account_name": ["Ñandú, S.A.", HOSTILE, "Gamma"],
        "industry": ["Energy", "Retail", None],
        "segment": None,
        "region": "North",
        "owner": ["Ana Ruiz", "Luis; =1", None],
    }
    outcomes = {
        "outcome_id": ["o1"],
        "account_id": ["a"],
        "occurred_at": [datetime(2025, 5, 1)],
        "recorded_at": [None],
        "kind": ["cost"],
        "value": [0.18],
        "confirmed": [True],
        "shareable": ["public"],
        "fact": ["18 % lower cost"],
    }
    asks = {
        "account_id": ["a", "a", "a", "a"],
        "level": [1.0, 2.0, 0.0, 3.0],
        "asked_at": [datetime(2024, 5, 1), datetime(2024, 6, 1), datetime(2025, 5, 30), AS_OF],
    }
    keys = verdicts()[["account_id", "level"]]
    return Described(
        accounts=pd.DataFrame(accounts),
        outcomes=pd.DataFrame(outcomes).astype({"recorded_at": "datetime64[us]"}),
        asks=pd.DataFrame(asks),
        contacts=keys.assign(
            contact_id=keys["account_id"] + "-c1",
            contact_name=keys["account_id"].map({"a": "Eva Gil", "b": HOSTILE, "c": ""}),
            title=keys["account_id"].map({"a": "Directora", "b": "", "c": ""}),
            permission="unknown",
        ),
        moments=pd.DataFrame({"account_id": ["a"], "moment": ["renewed the contract on 2025-05-20"]}),
        reasons=keys.assign(reason_1="3 reviews", reason_2="<b>2</b>", reason_3=""),
    )


@pytest.fixture
def table() -> pd.DataFrame:
    return ranking.readiness_table(readiness(), verdicts())


@pytest.fixture
def candidates(table: pd.DataFrame) -> pd.DataFrame:
    return lists.candidates(ranking.rank_accounts(table, 200), described(), EDITION)


@pytest.fixture
def rest() -> pd.DataFrame:
    return lists.resting(verdicts(), described(), EDITION)


def test_the_columns_are_those_of_the_contract(candidates: pd.DataFrame, rest: pd.DataFrame) -> None:
    contract = (
        "rank, account_id, account_name, industry, segment, region, owner, level, ask, readiness, readiness_low, "
        "readiness_high, completion, evidence, reason_1, reason_2, reason_3, outcome_fact, moment, asks_last_365d, "
        "last_asked_at, suggested_contact_id, suggested_contact, contact_title, permission, as_of, model_version"
    )
    assert list(candidates.columns) == contract.split(", ")
    assert list(rest.columns) == ["account_id", "account_name", "owner", "level", "rule", "since", "until", "detail"]


def test_a_row_tells_whom_to_ask_and_what_to_cite(candidates: pd.DataFrame) -> None:
    best = candidates[candidates["level"] == 2].iloc[0]
    shown = ["rank", "account_id", "ask", "outcome_fact", "moment", "asks_last_365d", "suggested_contact_id", "as_of"]
    moment = "renewed the contract on 2025-05-20"
    assert best[shown].tolist() == [1, "a", "Case study", "18 % lower cost", moment, 1, "a-c1", "2025-06-01"]
    assert best["last_asked_at"] == pd.Timestamp(2024, 6, 1)
    assert best[["suggested_contact", "contact_title"]].tolist() == ["Eva Gil", "Directora"]
    other = candidates[candidates["account_id"] == "b"].iloc[0]
    assert other[["outcome_fact", "asks_last_365d", "permission"]].tolist() == [
        "no result that may be cited",
        0,
        "unknown",
    ]
    assert pd.isna(other["last_asked_at"])


def test_nobody_who_rests_is_listed(candidates: pd.DataFrame) -> None:
    assert candidates.groupby("level")["account_id"].apply(list).to_dict() == {
        1: ["b", "a"], 2: ["a"], 3: ["b", "a"], 4: ["b", "a"], 5: ["b", "a"],
    }  # fmt: skip


def test_the_words_are_in_the_language_and_the_firms_own_names_win(table: pd.DataFrame) -> None:
    ladder = config.Ladder(names=config.settings.Names(level_1="Cita"))
    spanish = lists.candidates(ranking.rank_accounts(table, 1), described(), replace(SPANISH, ladder=ladder))
    assert spanish["ask"].tolist() == ["Cita", "Caso de éxito", "Llamada de referencia", "Ponencia", "Consejo asesor"]
    assert spanish["outcome_fact"][0] == "sin resultado que se pueda citar"


def test_resting_everywhere_is_one_row_without_a_level(rest: pd.DataFrame) -> None:
    assert rest["account_id"].tolist() == ["b", "c"]
    assert rest["level"].isna().tolist() == [False, True]
    assert rest.loc[0, ["level", "rule", "since", "until"]].tolist() == [
        2, "declined", pd.Timestamp(2025, 5, 1), pd.Timestamp(2025, 7, 31),
    ]  # fmt: skip


def test_resting_for_different_reasons_is_a_row_each() -> None:
    mixed = verdicts()
    mixed.loc[(mixed["account_id"] == "c") & (mixed["level"] == 2), "rule"] = "declined"
    rows = lists.resting(mixed, described(), EDITION)
    assert rows.loc[rows["account_id"] == "c", "level"].tolist() == [1, 2, 3, 4, 5]


def test_the_files_of_a_night(table: pd.DataFrame, candidates: pd.DataFrame, rest: pd.DataFrame) -> None:
    files = list_files(table, candidates, rest, FURTHER, EDITION, config.Outputs())
    assert set(files) == {
        "level_1_testimonial.csv", "level_2_case_study.csv", "level_3_reference_call.csv", "level_4_speaking.csv",
        "level_5_advisory_board.csv", "candidates.csv", "resting.csv", "crm_load.csv", "readiness.parquet",
        "nurture.csv", "by_owner/Ana Ruiz.csv", "by_owner/Luis_ _1.csv", "by_owner/without owner.csv",
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(files["level_1_testimonial.csv"].decode())))
    assert [row["rank"] for row in rows] == ["1", "2"]
    assert rows[0]["account_name"] == "<script>alert(1)</script>=cmd"
    assert rows[1]["readiness"] == "0.750000"
    assert files["resting.csv"].decode().splitlines()[2] == "c,Gamma,,,cooldown,2025-05-01,2025-07-31,cooldown."
    stored = pq.read_table(io.BytesIO(files["readiness.parquet"]))
    contract = "account_id, level, readiness, readiness_low, readiness_high, completion, evidence, eligible, rule"
    assert stored.column_names == contract.split(", ")
    assert stored.schema.metadata is None
    assert files == list_files(table, candidates, rest, FURTHER, EDITION, config.Outputs())


def test_only_what_is_wanted_is_written_and_people_get_their_dialect(
    table: pd.DataFrame, candidates: pd.DataFrame, rest: pd.DataFrame
) -> None:
    outputs = config.Outputs(formats=("csv",), csv="spanish-excel")
    files = list_files(table, candidates, rest, FURTHER, EDITION, outputs)
    assert "readiness.parquet" not in files
    assert files["resting.csv"].startswith("\ufeffaccount_id;".encode())
    assert ";0,750000;" in files["candidates.csv"].decode()
    assert files["crm_load.csv"].startswith(b"account_id,as_of")


def test_an_empty_night_has_all_its_headers(table: pd.DataFrame, rest: pd.DataFrame) -> None:
    nobody = replace(described(), reasons=described().reasons.iloc[:0])
    none = lists.candidates(ranking.rank_accounts(table.assign(eligible=False), 5), nobody, EDITION)
    files = list_files(table, none, rest.head(0), FURTHER, EDITION, config.Outputs(formats=("csv",)))
    assert files["candidates.csv"].decode() == ",".join(column_names("candidates")) + "\n"
    assert not any(name.startswith("by_owner/") for name in files)


def test_owners_files_hold_their_own_accounts(candidates: pd.DataFrame, rest: pd.DataFrame) -> None:
    row = {"account_id": "b", "owner": "Luis; =1", "level": 5, "missing": "a little", "change_1": "one", "note": "note"}
    near = pd.concat([NOBODY_NEAR, pd.DataFrame([row | {"change_2": "", "change_3": ""}])])
    rows, owner = list_files_module.by_owner(candidates, rest, near)
    luis = rows[owner == "Luis; =1"]
    assert luis["state"].tolist() == ["candidate"] * 4 + ["resting", "nurture"]
    assert luis["rank"].tolist()[:4] == [1, 1, 1, 1]
    assert luis["rank"].dtype == "Int64"
    assert luis["detail"].iloc[-1] == "a little · one · note"
    assert set(luis["account_id"]) == {"b"}
    assert rows.loc[owner == "without owner", "account_id"].tolist() == ["c"]


def test_owners_file_names_are_safe_and_apart() -> None:
    names = list_files_module.file_names(
        ["Ana", "ANA", "../../etc", "Ñuño Álvarez", "///", "a\0b", "x" * 500, "é" * 500]
    )
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert names["Ñuño Álvarez"] == "Ñuño Álvarez.csv"
    assert names["../../etc"] == "etc.csv"
    assert all("/" not in name and len(name.encode()) < 200 for name in names.values())
    assert names["///"] == "owner.csv"


@pytest.mark.goal("G39")
@pytest.mark.parametrize("owners", [["Ana", "ana", "ANA"], ["Straße", "STRASSE"], ["ılgaz", "Ilgaz"], ["a.", "a"]])
def test_owners_that_differ_by_case_or_blanks_never_share_a_file(owners: list[str]) -> None:
    names = list_files_module.file_names(owners)
    assert (
        len({name.upper() for name in names.values()})
        == len({name.casefold() for name in names.values()})
        == len(owners)
    )
    again = list_files_module.file_names([*owners, *(name.removesuffix(".csv") for name in names.values())])
    assert len({name.casefold() for name in again.values()}) == len(again) == 2 * len(owners)


def is_device(name: str) -> bool:
    """As Windows judges: by what stands before the first dot, without blanks."""
    ports = {f"{port}{number}" for port in ("COM", "LPT") for number in range(10)}
    return name.partition(".")[0].strip().upper() in {"CON", "NUL", "AUX", "PRN", "CONIN$", "CONOUT$", "CLOCK$", *ports}


@pytest.mark.goal("G39")
def test_no_owners_file_has_the_name_of_a_device(measured: Callable[[str], None]) -> None:
    devices = ["CON", "nul", "Aux", "PRN", "CONIN$", "clock$", "com1", "COM0", "com9", "LPT1", "lpt9"]
    around = [(before, behind) for before in ("", " ", ".") for behind in ("", ".", " .x", ".csv", "¹")]
    owners = [f"{before}{one}{behind}" for one in devices for before, behind in around]
    owners += ["ｃｏｎ", "COM¹"]
    names = list_files_module.file_names(owners)
    taken = [name for name in names.values() if is_device(name) or name.endswith((".", " "))]
    measured(f"{len(owners)} names of devices as owners, {len(taken)} files that have one")
    assert taken == []
    assert len({name.casefold() for name in names.values()}) == len(owners)
    assert list_files_module.file_names(["Conrad", "Nulty, Aux"]) == {
        "Conrad": "Conrad.csv",
        "Nulty, Aux": "Nulty_ Aux.csv",
    }


def provenance(**changes: Any) -> Provenance:
    facts: dict[str, Any] = {
        "as_of": AS_OF,
        "inputs": {"accounts": "aa", "asks": "bb"},
        "model": {"name": "ladder", "version": "7", "digest": "cc"},
        "signal_schema": "dd",
        "configuration": "ee",
        "software": "0.1.0",
    }
    return Provenance(**facts | changes)


@pytest.mark.parametrize("name", ["as_of", "inputs", "model", "signal_schema", "configuration", "software"])
def test_the_run_id_changes_with_every_input_and_with_nothing_else(name: str) -> None:
    other = {"as_of": datetime(2025, 6, 2), "inputs": {"accounts": "ab"}, "model": {"version": "8"}}
    assert provenance(**{name: other.get(name, "other")}).run_id != provenance().run_id
    assert provenance(inputs={"asks": "bb", "accounts": "aa"}).run_id == provenance().run_id


def test_the_manifest_names_what_went_in_and_came_out() -> None:
    rows = {"asks": {"rows_in": 3, "accepted": 2, "deduplicated": 1, "quarantined": 0}}
    made = manifest(provenance(), "duckdb", rows, {"accounts": 3}, ["few asks"], {"asks": 3.0})
    assert json.loads(json.dumps(made)) == asdict(provenance()) | {
        "as_of": "2025-06-01", "run_id": provenance().run_id, "engine": "duckdb", "rows": rows,
        "counts": {"accounts": 3}, "warnings": ["few asks"], "selection": {"asks": 3.0}, "plan": {},
    }  # fmt: skip
