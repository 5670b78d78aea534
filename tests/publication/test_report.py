"""The page from one small night: what it carries, that it is data alone, and that it is the same bytes again."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.publication import lists, ranking, report
from advocate_score.publication.columns import Described, Edition, column_names
from advocate_score.publication.manifest import level_counts, manifest, rule_counts
from advocate_score.publication.ranking import MOVEMENT_COLUMNS as MOVES
from advocate_score.publication.report import (
    MOST_RESTING,
    ReportInput,
    current_forms,
    pack_tables,
    page_tables,
    report_html,
    report_without,
    script_json,
    unpack_tables,
)
from advocate_score.publication.report_words import all_words
from advocate_score.publication.sentences import REASONS
from advocate_score.spreadsheet_text import printable
from publication.test_lists import EDITION, HOSTILE, SPANISH, described, provenance, readiness, verdicts

PLANNED = {
    "priority": 1, "account_id": "a", "account_name": "Ñandú, S.A.", "industry": "Energy", "owner": "Ana Ruiz",
    "level": 2, "readiness": 0.65, "exploration": True, "suggested_contact_id": "C7", "suggested_contact": "Eva Ríos",
    "contact_title": "CFO", "permission": "unknown", "outcome_fact": "18 % lower cost",
}  # fmt: skip
PRAISED = {"en": "Praised us twice this year", "es": "Nos ha elogiado 2 veces este año"}
WHY_NOW = {"en": "The client praised us in public.", "es": "El cliente nos elogió en público."}
GAP = {"pool": "reference_pool", "attribute": "region", "value": "South", "in_pool": 0, "expected": 3, "clients": 5}
GAPS = pd.DataFrame([GAP], columns=column_names("coverage_gaps"))
MEMBER = {"account_id": "a", "account_name": "Ñandú, S.A.", "industry": "Energy", "rank": 1, "readiness": 0.55}
POOL_COLUMNS = [*column_names("pools"), "below_threshold"]
POOLS = {
    "reference_pool": pd.DataFrame([MEMBER | {"below_threshold": False}], columns=POOL_COLUMNS),
    "advisory_board": pd.DataFrame([MEMBER | {"below_threshold": True}], columns=POOL_COLUMNS),
}
NOBODY_RESTS = pd.DataFrame(columns=column_names("resting"))
MOVE = {
    "account_id": "b",
    "account_name": HOSTILE,
    "level": 1,
    "kind": "came",
    "before": 0.4,
    "now": 0.8,
    "why": "rose",
}
NOBODY_MOVED = pd.DataFrame(columns=list(MOVES))
PROOF: dict[str, Any] = {
    "asks": 1200, "first": "2024-01-01", "last": "2025-01-01",
    "calibration": {
        level: [{"predicted": 0.2, "observed": 0.25, "low": 0.2, "high": 0.3, "n": 600}] for level in ("pooled", "1")
    },
    "lift": [
        {"share": 0.05, "lift": 2.2, "low": 1.9, "high": 2.5},
        {"share": 0.1, "lift": 2.0, "low": 1.8, "high": 2.2},
    ],
}  # fmt: skip
BECAME: dict[str, Any] = {
    "days": 45, "first": "2025-01-01", "last": "2025-04-01", "nights": 3, "within": 30,
    "levels": [
        {
            "level": "pooled", "listed": 200, "asked": 24, "asks": 30, "yes": 12.0, "predicted": 0.45, "observed": 0.4,
            "low": 0.25, "high": 0.55, "verdict": "as_predicted",
        },
        {
            "level": "1", "listed": 200, "asked": 4, "asks": 5, "yes": None, "predicted": None, "observed": None,
            "low": None, "high": None, "verdict": "too_few",
        },
    ],
    "calibration": PROOF["calibration"]["1"] * 2,
    "beside": {"n": 1300, "observed": 0.31, "low": 0.25, "high": 0.38},
}  # fmt: skip
HOLD = {
    "compared_with": "2025-05-31", "held": False, "forced": None,
    "levels": [{"level": 1, "psi": 0.01, "psi_bound": 0.25, "overlap": 0.97}], "signals": [],
}  # fmt: skip


def page_of(
    listed: Mapping[str, pd.DataFrame],
    told: Mapping[str, Any],
    edition: Edition,
    moves: pd.DataFrame = NOBODY_MOVED,
    gone: str = "",
    resting: pd.DataFrame = NOBODY_RESTS,
    plan: list[dict[str, Any]] | None = None,
    **more: Any,
) -> bytes:
    """`gone` is neither planned nor in a pool."""
    pools = {name: rows[rows["account_id"] != gone] for name, rows in POOLS.items()}
    planned = [row for row in plan or [PLANNED] if row["account_id"] != gone]
    plans = {language: plan_in(language, planned) for language in ("en", "es")}
    tables = page_tables(listed, plans, pools, GAPS, moves, resting)
    evidence = dict.fromkeys(range(1, 6), "solid")
    pool_sizes = {"reference_pool": (15, 25), "advisory_board": (8, 12)}
    return report_html(tables, ReportInput(told, evidence, pool_sizes=pool_sizes, **more), edition)


def plan_in(language: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = dict.fromkeys([*column_names("ask_plan"), "suggested_contact", "contact_title", *REASONS])
    return pd.DataFrame(
        [{"why_now": WHY_NOW[language], "reason_1": PRAISED[language]} | row for row in rows], columns=list(columns)
    )


def in_each(order: pd.DataFrame, told: Described, edition: Edition) -> dict[str, pd.DataFrame]:
    return {one: lists.candidates(order, told, replace(edition, language=one)) for one in ("en", "es")}


@pytest.fixture
def table() -> pd.DataFrame:
    return ranking.readiness_table(readiness(), verdicts())


def page(table: pd.DataFrame, edition: Edition = EDITION, **more: Any) -> bytes:
    order = ranking.rank_accounts(table, 200)
    rows = {"asks": {"rows_in": 3, "accepted": 2, "deduplicated": 1, "quarantined": 0}}
    counts = {
        "accounts": 3,
        "levels": level_counts(table, order, edition.ladder),
        "rules": rule_counts(verdicts()),
    }
    told = manifest(provenance(), "duckdb", rows, counts, ["few <asks>"]) | {"hold": HOLD}
    more = {"resting": lists.resting(verdicts(), described(), edition)} | more
    return page_of(
        in_each(order, described(), edition), told, edition, pd.DataFrame([MOVE], columns=list(MOVES)), **more
    )


def data_of(content: bytes) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="night">(.*?)</script>', content.decode(), re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def rows_of(content: bytes) -> dict[str, list[dict[str, Any]]]:
    return unpack_tables(data_of(content)["tables"])


def test_the_page_carries_every_candidate_in_both_languages(table: pd.DataFrame) -> None:
    rows = rows_of(page(table))
    assert [(row["account_id"], row["level"]) for row in rows["candidates"]][:3] == [("b", 1), ("a", 1), ("a", 2)]
    assert len(rows["candidates"]) == 9
    best = rows["candidates"][2]
    assert (best["readiness"], best["low"], best["high"], best["planned"]) == (650, 600, 700, 1)
    first, second = rows["accounts"]
    assert (first["account_name"], first["fact"], first["fact_en"], first["asks"]) == (
        "Ñandú, S.A.",
        "18 % lower cost",
        "",
        1,
    )
    assert second["fact"] + second["fact_en"] == "no result that may be cited"
    assert second["fact"] + second["fact_es"] == "sin resultado que se pueda citar"
    assert rows["gaps"][0]["value"] == "South"
    assert rows["pools"][0]["readiness"] == 550
    assert rows["moves"][0]["now"] == 800


def test_what_is_in_no_language_of_ours_is_data_and_never_markup(table: pd.DataFrame) -> None:
    text = page(table).decode()
    assert "<script>alert" not in text
    assert text.count("<script") == text.count("</script>") == 3
    assert rows_of(page(table))["accounts"][1]["account_name"] == "<script>alert(1)</script>=cmd"
    assert data_of(page(table))["manifest"]["warnings"] == ["few <asks>"]


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "&amp;", "\u2028", '"\\', "Ñandú"])
def test_json_in_a_page_ends_no_element(text: str) -> None:
    written = script_json({"a": text})
    assert json.loads(written) == {"a": text}
    assert not set(written) & set("<>&\u2028")


def test_the_policy_of_the_page_admits_its_own_script_and_nothing_else(table: pd.DataFrame) -> None:
    text = page(table).decode()
    script = text[text.rindex("<script>") + 8 : text.rindex("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'" in text
    assert "innerHTML" not in script
    assert not re.search(r"\b(src|href)=\"(?!#)", text)
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


def test_the_page_is_the_same_bytes_again_and_begins_in_its_language(table: pd.DataFrame) -> None:
    assert page(table) == page(table)
    spanish = page(table, SPANISH).decode()
    assert '<html lang="es">' in spanish
    assert "<title>Candidatos a cliente referente · 2025-06-01</title>" in spanish
    assert data_of(page(table, SPANISH))["levels"][1]["name"] == {"en": "Case study", "es": "Caso de éxito"}


def test_the_firms_own_name_of_a_level_stands_in_both_languages(table: pd.DataFrame) -> None:
    ladder = config.Ladder.model_validate({"names": {"level_4": "Keynote"}})
    assert data_of(page(table, replace(EDITION, ladder=ladder)))["levels"][3]["name"] == {
        "en": "Keynote",
        "es": "Keynote",
    }


def test_rows_come_out_of_a_pack_as_they_went_in(table: pd.DataFrame) -> None:
    rows = rows_of(page(table))
    assert rows.keys() == current_forms().keys()
    assert unpack_tables(pack_tables(rows, current_forms())) == rows


def test_a_page_of_nobody_is_a_page(table: pd.DataFrame) -> None:
    rows = rows_of(page(table.assign(eligible=False)))
    assert (rows["candidates"], rows["accounts"]) == ([], [])


def test_every_word_is_said_in_two_languages() -> None:
    assert all(len(said) == 2 and all(said) for said in all_words().values())


def test_every_rule_and_every_reason_of_the_quarantine_has_a_name() -> None:
    from advocate_score.policy.rules import RULES
    from advocate_score.tables.findings import REASONS

    assert {f"rule_{rule.code}" for rule in RULES} | {f"set_{code}" for code in REASONS} <= all_words().keys()


def test_the_plan_has_what_a_call_needs_in_both_languages(table: pd.DataFrame) -> None:
    (row,) = rows_of(page(table))["plan"]
    assert (row["account_name"], row["owner"], row["level"], row["readiness"]) == ("Ñandú, S.A.", "Ana Ruiz", 2, 650)
    assert (row["contact"], row["contact_name"], row["contact_title"]) == ("C7", "Eva Ríos", "CFO")
    assert (row["why_en"], row["why_es"], row["exploration"]) == (WHY_NOW["en"], WHY_NOW["es"], 1)
    assert (row["reason_1_en"], row["reason_1_es"], row["reason_2_en"]) == (PRAISED["en"], PRAISED["es"], "")


def test_a_plan_without_names_of_contacts_shows_their_ids(table: pd.DataFrame) -> None:
    plan = plan_in("en", [PLANNED]).drop(columns=["suggested_contact", "contact_title"])
    candidates = in_each(ranking.rank_accounts(table, 200), described(), EDITION)
    told = page_tables(candidates, {"en": plan, "es": plan}, POOLS, GAPS, NOBODY_MOVED, NOBODY_RESTS)
    (row,) = told["plan"]
    assert (row["contact"], row["contact_name"], row["contact_title"]) == ("C7", "", "")


def test_who_rests_is_named_with_the_rule_and_the_first_free_day(table: pd.DataFrame) -> None:
    content = page(table)
    assert data_of(content)["counts"]["rules"] == {"cooldown": 1, "declined": 1}
    resting = lists.resting(verdicts(), described(), EDITION)
    rows = rows_of(content)["resting"]
    assert {row["account_name"] for row in rows} == set(resting["account_name"].map(printable))
    assert {(row["rule"], row["until"]) for row in rows} == {
        (row["rule"], f"{row['until']:%Y-%m-%d}") for row in resting.to_dict("records")
    }


def rest(account: str, level: int | None, until: str | None, rule: str = "cooldown") -> dict[str, Any]:
    days = {"since": pd.Timestamp("2025-05-01"), "until": pd.Timestamp(until) if until else pd.NaT}
    return {"account_id": account, "account_name": account, "level": level, "rule": rule, **days}


def test_a_rest_is_one_row_whatever_its_levels_and_the_soonest_free_comes_first(table: pd.DataFrame) -> None:
    rows = [
        rest("c", None, None, "churned"), rest("b", 1, "2025-08-01"), rest("b", 2, "2025-08-01"),
        rest("b", 3, "2025-09-01", "declined"), rest("a", None, "2025-07-01"),
    ]  # fmt: skip
    resting = pd.DataFrame(rows, columns=column_names("resting")).astype({"level": "Int64"})
    shown = [
        (row["account_id"], row["levels"], row["rule"], row["until"])
        for row in rows_of(page(table, resting=resting))["resting"]
    ]
    assert shown == [
        ("a", "", "cooldown", "2025-07-01"),
        ("b", "1 2", "cooldown", "2025-08-01"),
        ("b", "3", "declined", "2025-09-01"),
        ("c", "", "churned", ""),
    ]


def test_many_resting_accounts_are_cut_to_those_who_are_free_first(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "MOST_RESTING", 3)
    rows = [rest(f"x{number}", level, f"2025-07-{20 - number}") for number in range(5) for level in (1, 2)]
    resting = pd.DataFrame(rows, columns=column_names("resting")).astype({"level": "Int64"})
    content = page(table, resting=resting)
    assert [(row["account_id"], row["levels"]) for row in rows_of(content)["resting"]] == [
        ("x4", "1 2"), ("x3", "1 2"), ("x2", "1 2"),
    ]  # fmt: skip
    assert data_of(content)["most_resting"] == 3


def test_the_report_of_twenty_thousand_accounts_is_below_five_megabytes(table: pd.DataFrame) -> None:
    """All of them rest, each for two reasons, under names of some length."""
    accounts = [f"001A0000{number:010d}" for number in range(20_000)]
    names = {account: f"Consorcio {account} y Asociados Ibérica S.A." for account in accounts}
    rows = [
        {**rest(account, level, f"2025-{7 + level}-{1 + place % 28:02d}"), "account_name": names[account]}
        for place, account in enumerate(accounts)
        for level in (1, 2)
    ]
    resting = pd.DataFrame(rows, columns=column_names("resting")).astype({"level": "Int64"})
    content = page(table, resting=resting)
    assert len(rows_of(content)["resting"]) == MOST_RESTING
    assert len(content) < 5_000_000


def test_members_of_a_pool_that_are_below_the_threshold_are_marked(table: pd.DataFrame) -> None:
    found = {row["pool"]: row["below_threshold"] for row in rows_of(page(table))["pools"]}
    assert found == {"reference_pool": 0, "advisory_board": 1}


def test_a_page_of_an_earlier_release_keeps_its_tables_when_it_is_edited(table: pd.DataFrame) -> None:
    content = page(table)
    data = data_of(content)
    packed = data["tables"]
    earlier = {name: packed[name] for name in packed if name != "resting"}
    earlier["plan"] = {
        "places": {"account_id": packed["plan"]["places"]["account_id"]},
        "plain": {"level": packed["plan"]["plain"]["level"]},
    }
    old = content.decode().replace(script_json(data), script_json({**data, "tables": earlier})).encode()
    assert old != content
    edited = report_without(old, ["b"], data["counts"])
    assert rows_of(edited)["plan"] == [{"account_id": "a", "level": 2}]
    assert {row["account_id"] for row in rows_of(edited)["candidates"]} == {"a"}
    assert "resting" not in rows_of(edited)


def test_an_erased_account_takes_its_contacts_off_the_page(table: pd.DataFrame) -> None:
    content = page(table)
    assert "Eva Ríos" in content.decode()
    edited = report_without(content, ["a", "c"], data_of(content)["counts"]).decode()
    assert not [text for text in ("Eva Ríos", "Ñandú", "CFO", "Gamma") if text in edited]


def test_what_became_of_earlier_lists_is_told_as_it_was_found(table: pd.DataFrame) -> None:
    assert data_of(page(table, list_outcomes=BECAME))["became"] == BECAME
    assert data_of(page(table, list_outcomes={"days": 45}))["became"] == {"days": 45}


def test_every_verdict_on_earlier_lists_has_words() -> None:
    from advocate_score.monitoring.outcomes import AS_PREDICTED, TOO_FEW, TOO_HIGH, TOO_LOW

    assert {f"verdict_{one}" for one in (AS_PREDICTED, TOO_FEW, TOO_HIGH, TOO_LOW)} <= all_words().keys()
