"""Rows in = accepted + deduplicated + quarantined, for every table, whatever is done to its file."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from advocate_score.errors import ConfigurationError, InputError
from tables.crm import Crm

HEADER = b"interaction_id,account_id,occurred_at,recorded_at,kind,required,sentiment"
IDS = [b"I1", b"I2", b"I3", b" I3", b"", b"1.2E+11", b"I\xe2\x80\x8b1"]
ACCOUNTS = [b"A1", b"A2", b"A3", b"A99", b"", b"null"]
TIMES = [b"2024-05-01T10:00:00Z", b"2024-05-02", b"2024-02-30", b"45306", b"", b"9999-12-31", b"2099-01-01T00:00:00Z"]
ROW = st.tuples(
    st.sampled_from(IDS),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(TIMES),
    st.sampled_from(TIMES),
    st.sampled_from([b"call", b"", b'"a, b"', b'"a\nb"', b'5" disk', b"\xff", b"x,y", "reunión".encode()]),
    st.sampled_from([b"yes", b"0", b"maybe", b""]),
    st.sampled_from([b"0.5", b"7", b"inf", b"x", b""]),
)
LINES = st.lists(st.one_of(ROW.map(b",".join), st.binary(max_size=20), st.just(b"")), max_size=12)
ACCOUNT_LINES = st.lists(
    st.sampled_from([b"A1,", b"A2,A1", b"A3,A4", b"A4,A3", b"A5,A5", b"A6,A7", b"A1,A2", b"A9", b"B,,"])
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, ACCOUNT_LINES)
def test_no_row_is_lost(tmp_path: Path, lines: list[bytes], accounts: list[bytes]) -> None:
    folder = tmp_path / "crm"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    crm = Crm(folder)
    crm.write_bytes("accounts.csv", b"\n".join([b"account_id,merged_into", b"A0,", *accounts]))
    crm.write_bytes("interactions.csv", b"\n".join([HEADER, *lines]))
    try:
        prepared = crm.prepare()
    except InputError:
        return
    for table, counts in prepared.counts.items():
        assert counts.rows_in == counts.accepted + counts.deduplicated + counts.quarantined
        assert counts.accepted == len(crm.frames[table])
        rows = [int(row["row"]) for row in crm.quarantined(table)]
        assert len(rows) == len(set(rows)) == counts.quarantined
    assert crm.frames["accounts"]["account_id"].is_unique
    assert crm.frames["interactions"]["interaction_id"].is_unique
    assert set(crm.frames["interactions"]["account_id"]) <= set(crm.frames["accounts"]["account_id"])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=12))
def test_what_becomes_of_a_row_does_not_depend_on_the_kind_of_file(
    tmp_path: Path, rows: list[tuple[bytes, ...]]
) -> None:
    """The same cells as CSV and as Parquet, as far as CSV can hold them without quotes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = [row for row in rows if b'"' not in row[4] and b"," not in row[4] and b"\xff" not in row[4]]
    outcomes = []
    for kind in ("csv", "parquet"):
        folder = tmp_path / kind
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        crm = Crm(folder)
        if kind == "csv":
            crm.write_bytes("interactions.csv", b"\n".join([HEADER, *(b",".join(row) for row in plain)]))
        else:
            cells = zip(*[[cell.decode() for cell in row] for row in plain], strict=True) if plain else [[]] * 7
            names = HEADER.decode().split(",")
            columns = {name: pa.array(list(column), pa.string()) for name, column in zip(names, cells, strict=True)}
            pq.write_table(pa.table(columns), crm.tables / "interactions.parquet")
        prepared = crm.prepare()
        outcomes.append((prepared.counts["interactions"], crm.reasons("interactions"), prepared.data_cut))
    assert outcomes[0] == outcomes[1]


def test_shares_warn_and_refuse(crm: Crm) -> None:
    good = [f"I{number},A1,2024-05-01T10:00:00Z,call" for number in range(97)]
    bad = [f"J{number},A99,2024-05-01T10:00:00Z,call" for number in range(3)]
    crm.interactions(*good, *bad)
    prepared = crm.prepare(warn_quarantined=0.03, refuse_quarantined=0.03)
    assert not any("quarantined" in warning for warning in prepared.warnings)
    prepared = crm.prepare(warn_quarantined=0.029, refuse_quarantined=0.03)
    assert any("3 of 100 rows (3.00%) set aside: accounts has no valid row" in text for text in prepared.warnings)
    message = crm.refusal(warn_quarantined=0.01, refuse_quarantined=0.029)
    assert "3 of 100 rows (3.00%) set aside: accounts has no valid row" in message
    assert str(prepared.quarantine["interactions"]) in message
    assert len(crm.quarantined("interactions")) == 3


def test_quarantine_of_an_earlier_run_is_removed(crm: Crm) -> None:
    crm.interactions("I1,A99,2024-05-01T10:00:00Z,call")
    crm.prepare()
    assert crm.quarantined("interactions")
    crm.interactions("I1,A1,2024-05-01T10:00:00Z,call")
    assert not crm.prepare().quarantine
    assert not crm.quarantined("interactions")


def test_quarantine_is_for_the_owner_alone(crm: Crm) -> None:
    crm.interactions("I1,A99,2024-05-01T10:00:00Z,call")
    (path,) = crm.prepare().quarantine.values()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_row_of_the_quarantine_is_one_line_to_every_reader(crm: Crm) -> None:
    crm.write_bytes("interactions.csv", b'interaction_id,account_id,occurred_at,kind\nI1,A99,2024-05-01,"a\r=1+1"\n')
    crm.prepare()
    (row,) = crm.quarantined("interactions")
    assert row["source.kind"] == "a\r=1+1"


def test_runs_side_by_side_leave_one_whole_quarantine(crm: Crm) -> None:
    crm.interactions(*(f"I{number},A99,2024-05-01T10:00:00Z,call" for number in range(500)))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(crm.prepare_in, [crm.folder / f"work{number}" for number in range(4)]))
    assert list(crm.reasons("interactions")) == list(range(2, 502))
    assert len(crm.quarantined("interactions")) == 500


@pytest.mark.parametrize("quarantine", ["tables", "./tables/../tables", "other"])
def test_a_quarantine_never_replaces_what_no_run_wrote(crm: Crm, quarantine: str) -> None:
    (crm.folder / "other").mkdir()
    own = crm.folder / "other" / "cases.csv"
    own.write_text("case_id\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in (own, *crm.tables.iterdir())}
    with pytest.raises(ConfigurationError, match=r"\[outputs\] quarantine"):
        crm.prepare_in(crm.folder / "work", quarantine=quarantine)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.goal("G39")
@pytest.mark.parametrize("kind", ["link to a quarantine", "link to nothing", "folder"])
def test_a_quarantine_follows_no_link(crm: Crm, kind: str) -> None:
    crm.interactions("I1,A99,2024-05-01T10:00:00Z,call")
    crm.prepare()
    elsewhere = crm.folder / "elsewhere.csv"
    (crm.folder / "quarantine" / "interactions.csv").rename(elsewhere)
    before, place = elsewhere.read_bytes(), crm.folder / "quarantine" / "interactions.csv"
    if kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(elsewhere if "nothing" not in kind else "nowhere")
    for rows in (["I1,A99,2024-05-01T10:00:00Z,call"], ["I1,A1,2024-05-01T10:00:00Z,call"]):
        crm.interactions(*rows)
        with pytest.raises(ConfigurationError, match=r"\[outputs\] quarantine.*interactions\.csv"):
            crm.prepare_in(crm.folder / "work2")
        assert elsewhere.read_bytes() == before
        assert place.is_symlink() or place.is_dir()


def test_a_quarantine_that_is_a_file_is_refused(crm: Crm) -> None:
    (crm.folder / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"\[outputs\] quarantine: .*file is no folder"):
        crm.prepare_in(crm.folder / "work", quarantine="file")


def test_no_value_enters_a_reason_or_a_message(crm: Crm) -> None:
    canary = "Xanthippe <xanthippe@example.org>"
    header = (
        "interaction_id,account_id,contact_id,occurred_at,recorded_at,kind,required,executive,initiated_by,sentiment"
    )
    rows = [
        ",".join(canary if place == position else cell for place, cell in enumerate(good.split(",")))
        for position in range(10)
        for good in [f"I{position},A1,C1,2024-05-01T10:00:00Z,2024-05-01T10:00:00Z,call,yes,no,us,0.5"]
    ]
    crm.write("interactions", header, *rows, f"{canary},{canary}")
    prepared = crm.prepare()
    reasons = [
        row[name] for row in crm.quarantined("interactions") for name in ("reason_code", "rule", "column", "message")
    ]
    said = " ".join([*reasons, *prepared.warnings, str(prepared.quality)])
    assert len(crm.quarantined("interactions")) >= 6
    assert "anthippe" not in said
    assert "anthippe" not in crm.refusal(refuse_quarantined=0.05)


@pytest.mark.parametrize("chunk", [1, 3])
def test_chunks_change_nothing(crm: Crm, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    at = ["2024-05-01T10:00:00Z"] * 7
    ids, accounts = ["I1", "I2", "I1", "I3", "I2", "", "I4"], ["A1", "A2", "A1", "A99", "A3", "A1", "A4"]
    table = pa.table({"interaction_id": ids, "account_id": accounts, "occurred_at": at, "kind": ["call"] * 7})
    pq.write_table(table, crm.tables / "interactions.parquet")
    whole = crm.prepare().counts, crm.reasons("interactions")
    monkeypatch.setattr("advocate_score.sources.base.CHUNK_ROWS", chunk)
    monkeypatch.setattr("advocate_score.tables.deduplication._BATCH_ROWS", chunk)
    assert (crm.prepare().counts, crm.reasons("interactions")) == whole
