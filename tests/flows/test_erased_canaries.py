"""Names of erased accounts stand nowhere that the program keeps, whatever their ids look like, and do not come back."""

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from advocate_score.flows.erase import erase_account
from advocate_score.flows.programme import record_answers
from advocate_score.flows.project import Project, Silent, open_project
from advocate_score.flows.score import score_and_publish
from advocate_score.publication.history import past_publications
from advocate_score.schema import planned_ask_id
from advocate_score.tables.identifiers import lenient_form
from faults.hostile_ids import KINDS, hostile_ids, respelled
from flows.conftest import AS_OF
from goals import sized

Measured = Callable[[str], None]
NEXT = "2026-01-02"
IDS = sized(2 * len(KINDS), 100)
BATCHES = sized(1, 10)
GOOD_ANSWER = {"survey_id": "S1", "answered_at": "2025-01-01", "nps": "9", "csat": "4", "sentiment": "0.5"}
_CANARY = re.compile(r"Canaria-(\d{4})")


def name_of(place: int) -> str:
    return f"Ana Canaria-{place:04}"


def test_every_id_has_a_form_of_its_own_and_another_spelling() -> None:
    ids = list(hostile_ids(1000))
    assert len({lenient_form(one) for one in ids}) == len(ids)
    for turn, one in enumerate(ids):
        other = respelled(one, turn)
        assert other != one
        assert lenient_form(other) == lenient_form(one)


@pytest.mark.goal("G14")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_name_of_an_erased_account_stays_or_returns(
    batch: int, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: Measured
) -> None:
    """Every second account is erased; of the others nothing is lost that is told by cells."""
    monkeypatch.chdir(tmp_path)
    firm = Path(shutil.copytree(published, tmp_path / "firm", symlinks=True))
    ids = list(hostile_ids(IDS, batch * IDS))
    rename(firm, ids)
    break_rows(firm, ids, list(ids))
    shutil.rmtree(firm / "publications")
    score_and_publish(opened(firm), AS_OF, backfill=False, replace=False)
    record_some(firm)
    erased, staying = set(range(0, IDS, 2)), set(range(1, IDS, 2))
    before = canaries(firm)
    assert set().union(*before.values()) == set(range(IDS))
    assert {"publications", "quarantine"} <= {name.split("/")[0] for name in before}
    assert {"candidates.csv", "candidates.xlsx", "report.html"} <= {Path(name).name for name in before}
    assert {".csv", ".xlsx"} <= {Path(name).suffix for name in before if "/by_owner/" in name}
    for place in erased:
        assert erase_account(opened(firm), ids[place])["alike"] == 0, KINDS[(batch * IDS + place) % len(KINDS)]
    after = canaries(firm)
    assert [name for name, found in after.items() if found & erased] == []
    assert set().union(*after.values()) == staying
    spelled = [respelled(one, batch + place) if place in erased else one for place, one in enumerate(ids)]
    rename(firm, spelled, ids)
    break_rows(firm, ids, spelled)
    score_and_publish(opened(firm), NEXT, backfill=False, replace=False, force=True, reason="half are erased")
    left = canaries(firm)
    assert [name for name, found in left.items() if found & erased] == []
    assert set().union(*(found for name, found in left.items() if name.startswith("quarantine"))) >= staying
    scored = pd.read_parquet(firm / "publications" / NEXT / "readiness.parquet")["account_id"].unique()
    assert {lenient_form(ids[place]) for place in erased}.isdisjoint(map(lenient_form, scored))
    assert {ids[place] for place in staying} <= set(scored)
    held = sum(len(found & erased) for found in before.values())
    measured(f"{len(erased)} hostile ids erased: names stood {held} times, 0 after, 0 in the next export's night")


def opened(firm: Path) -> Project:
    formats = 'outputs.formats=["csv", "parquet", "html", "xlsx"]'
    return open_project(firm / "advocate.toml", ["sources.refuse_quarantined=1.0", formats], Silent())


def rename(firm: Path, ids: list[str], former: list[str] | None = None) -> None:
    """The first accounts have these ids, and their people and facts the canaries' names."""
    accounts = read(firm, "accounts")
    old = former or accounts["account_id"].tolist()
    new = dict(zip(old, ids, strict=False))
    number = {one: place for place, one in enumerate(ids)}
    for path in sorted((firm / "tables").glob("*.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False, on_bad_lines="skip")
        if "account_id" not in table:
            continue
        table["account_id"] = [new.get(one, one) for one in table["account_id"]]
        for column in {"account_name", "contact_name", "title", "fact", "topic", "counterpart"} & {*table.columns}:
            cells = zip(table["account_id"], table[column], strict=True)
            table[column] = [name_of(number[one]) if one in number else cell for one, cell in cells]
        table.to_csv(path, index=False, quoting=csv.QUOTE_ALL)


def break_rows(firm: Path, ids: list[str], spelled: list[str]) -> None:
    """Rows that break a rule, rows that cannot be cut into cells, each in several ways."""
    contacts, outcomes = read(firm, "contacts"), read(firm, "outcomes")
    other = read(firm, "accounts")["account_id"].iloc[-1]
    with (firm / "tables" / "contacts.csv").open("a", encoding="utf-8", newline="") as file:
        for place, one in enumerate(spelled):
            cells = {"contact_id": f"B{place}", "account_id": one, "contact_name": name_of(place), "created_at": "soon"}
            file.write(line([cells.get(name, "") for name in contacts]))
            own = contacts.loc[contacts["contact_name"] == name_of(place), "contact_id"]
            loose = {"contact_id": next(iter(own), f"B{place}"), "contact_name": name_of(place)}
            loose |= {} if len(own) else {"account_id": one}
            file.write(line([loose.get(name, "") for name in contacts]))
    with (firm / "tables" / "outcomes.csv").open("a", encoding="utf-8", newline="") as file:
        for place, one in enumerate(spelled):
            good = {"outcome_id": f"G{place}", "account_id": other, "occurred_at": "2025-01-01"}
            for broken in broken_lines(place, one, list(outcomes)):
                file.write(broken + line([good.get(name, "") for name in outcomes]))
    good = json.dumps({**GOOD_ANSWER, "account_id": other}) + "\n"
    with (firm / "tables" / "surveys.jsonl").open("w", encoding="utf-8", newline="") as file:
        file.write(good)
        for place, one in enumerate(spelled):
            for is_ascii in (True, False):
                fields = {"survey_id": f"S{place}", "account_id": one, "comment": name_of(place)}
                file.write(json.dumps(fields, ensure_ascii=is_ascii)[:-1] + "\n" + good)
    (firm / "tables" / "surveys.csv").unlink(missing_ok=True)


def broken_lines(place: int, one: str, names: list[str]) -> list[str]:
    quoted, name = line([one]).strip("\r\n"), name_of(place)
    long = [f"L{place}", one, name, *["x"] * len(names)]
    return [
        f"x,{quoted},{name}\n",
        line(long),
        f"x,{name},{quoted}," + "," * len(names) + "\n",
        f'x,{quoted},"{name}" y,' + "," * (len(names) - 4) + "\n",
        f"x,{' '.join(one.split())},{name}\n" if '"' not in one else f"y,{quoted},{name}\n",
    ]


def line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return buffer.getvalue()


def record_some(firm: Path) -> None:
    """Ids are as they are in what is kept, and as spreadsheets may show them in the plan."""
    for past in past_publications(firm / "publications"):
        plan = past.plan()
        assert plan is not None
        for account, level in plan[["account_id", "level"]].head(5).itertuples(index=False):
            answer = {"ask_id": planned_ask_id(past.as_of, account, level), "response": "open"}
            record_answers(opened(firm), None, answer, replace=False)


def canaries(firm: Path) -> Mapping[str, set[int]]:
    """Files that the program keeps → numbers of the names in them; the log of faults beside the firm too."""
    found = {}
    for path in sorted(firm.parent.rglob("*")):
        name = str(path.relative_to(firm if path.is_relative_to(firm) else firm.parent))
        if not path.is_file() or name.startswith("tables/"):
            continue
        if numbers := {int(number) for number in _CANARY.findall(text_of(path))}:
            found[name] = numbers
    return found


def text_of(path: Path) -> str:
    """What the file says, its compressed parts opened."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pandas().to_csv()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "".join(book.read(part).decode() for part in book.namelist())
    return path.read_text("utf-8", "replace")


def read(firm: Path, table: str) -> pd.DataFrame:
    return pd.read_csv(firm / "tables" / f"{table}.csv", dtype=str, keep_default_na=False, on_bad_lines="skip")
