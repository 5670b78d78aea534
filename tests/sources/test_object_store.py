"""Tables named by URL: fetched whole, read as files of this machine are, and nothing said but where they stand."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from advocate_score.config import Settings
from advocate_score.engine.open import open_engine
from advocate_score.errors import Fault, InputError, MissingExtraError
from advocate_score.sources.discover import Discovery, discover
from advocate_score.sources.object_store import is_remote, local_settings
from advocate_score.sources.reader import digest
from advocate_score.tables.ingest import prepare

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: the extra object-stores")

FOLDER = "memory://exports/crm"
ACCOUNTS = b"account_id\nA1\n"


class Store:
    """A store in memory; `settings` names it, `find` fetches what they name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: Any = fsspec.filesystem("memory")
        self.told: list[tuple[int, int]] = []

    def put(self, **files: bytes) -> None:
        """`accounts_csv=…` is the file accounts.csv."""
        for name, content in files.items():
            self.files.pipe_file(f"/exports/crm/{name.replace('_', '.', 1)}", content)

    def find(self, **sources: Any) -> Discovery:
        settings = Settings(folder=self.folder, sources={"folder": FOLDER} | sources)
        with local_settings(settings, self.folder / "work" / "fetched", self._tell) as near:
            found = discover(near)
            self.contents = {path.name: path.read_bytes() for parts in found.sources.values() for path in _paths(parts)}
        return found

    def refusal(self, **sources: Any) -> str:
        with pytest.raises(InputError) as refused:
            self.find(**sources)
        return str(refused.value)

    def _tell(self, done: int, total: int) -> None:
        self.told.append((done, total))


def _paths(parts: Any) -> Iterator[Path]:
    for source in parts:
        yield from source.files


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "work").mkdir()
    made = Store(tmp_path)
    made.put(accounts_csv=ACCOUNTS)
    yield made
    made.files.store.clear()
    made.files.pseudo_dirs[:] = [""]


def test_the_tables_of_a_folder_are_found_by_their_names(store: Store) -> None:
    store.put(asks_jsonl=b"{}\n", INTERACTIONS_CSV=b"interaction_id\n")
    assert list(store.find().sources) == ["accounts", "interactions", "asks"]
    assert store.contents["accounts.csv"] == ACCOUNTS
    assert store.told == [(0, 3), (1, 3), (2, 3)]


def test_a_path_stays_a_path(store: Store) -> None:
    assert not is_remote(Settings(folder=store.folder, sources={"folder": "tables", "accounts": {"path": "a.csv"}}))
    assert is_remote(Settings(folder=store.folder, sources={"folder": FOLDER}))
    assert is_remote(Settings(folder=store.folder, sources={"asks": {"path": f"{FOLDER}/a.csv"}}))
    assert is_remote(Settings(folder=store.folder, sources={"asks": {"parts": [{"path": f"{FOLDER}/a.csv"}]}}))


def test_what_is_no_table_is_told_of_and_not_fetched(store: Store) -> None:
    store.put(acounts_csv=b"x" * 1_000, readme_txt=b"x", contacts_zip=b"x")
    store.files.pipe_file("/exports/crm/.hidden.csv", b"x")
    store.files.pipe_file(f"/exports/crm/{'x' * 300}.csv", b"x")
    found = store.find()
    assert found.warnings == (
        "acounts.csv: is not read, since no table has that name.",
        "contacts.zip: is not read, since its ending is none of .csv, .csv.gz, .parquet, .jsonl, .xlsx.",
    )
    assert store.told == [(0, 1)]


def test_two_files_for_one_table_are_refused_as_they_are_here(store: Store) -> None:
    store.put(accounts_jsonl=b"{}")
    assert "accounts: there is more than one file for this table: accounts.csv, accounts.jsonl." in store.refusal()


def test_a_file_by_its_url_is_fetched_once_for_all_its_parts(store: Store) -> None:
    store.put(Task_csv=b"Id\n1\n")
    parts = [{"path": f"{FOLDER}/Task.csv", "where": {"Type": [one]}} for one in ("a", "b")]
    found = store.find(interactions={"parts": parts}, accounts={"path": f"{FOLDER}/accounts.csv"})
    one, other = found.sources["interactions"]
    assert one.path == other.path
    assert (one.where, one.label) == ({"Type": ("a",)}, "Task.csv")
    assert store.told == [(0, 2), (1, 2)], "the folder's own file of accounts is not asked for"


def test_a_table_of_a_file_here_and_others_from_afar(store: Store) -> None:
    (store.folder / "own.csv").write_bytes(b"account_id\nB1\n")
    store.find(accounts={"path": "own.csv"})
    assert store.contents == {"own.csv": b"account_id\nB1\n"}
    assert store.told == []


def test_a_parquet_table_in_parts_is_fetched_with_them(store: Store) -> None:
    for name in ("b", "a"):
        part = pd.DataFrame({"ask_id": [name]}).to_parquet()
        store.files.pipe_file(f"/exports/crm/asks.parquet/{name}.parquet", part)
    store.files.pipe_file("/exports/crm/asks.parquet/_SUCCESS", b"")
    found = store.find()
    assert [path.name for path in found.sources["asks"][0].files] == ["a.parquet", "b.parquet"]
    assert set(store.contents) == {"accounts.csv", "a.parquet", "b.parquet"}


def test_the_same_bytes_have_the_same_digest(store: Store) -> None:
    (store.folder / "tables").mkdir()
    (store.folder / "tables" / "accounts.csv").write_bytes(ACCOUNTS)
    told = []
    for folder in (FOLDER, (store.folder / "tables").as_uri(), "tables"):
        settings = Settings(folder=store.folder, sources={"folder": folder})
        with local_settings(settings, store.folder / "work" / str(len(told)), store._tell) as near:
            told.append((digest(discover(near).sources["accounts"][0]), settings.canonical_json()))
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("change", ["longer", "other", "gone"])
def test_a_file_that_changes_meanwhile_is_refused(store: Store, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(store.files)
    get = kind.get_file

    def get_slowly(files: Any, path: str, into: str, **more: Any) -> None:
        get(files, path, into, **more)
        if change == "gone":
            files.rm_file(path)
        else:
            files.pipe_file(path, ACCOUNTS + (b"A2\n" if change == "longer" else b""))

    monkeypatch.setattr(kind, "get_file", get_slowly)
    said = "there is no such file" if change == "gone" else "changed while it was read. Fix: run again"
    assert store.refusal().startswith(f"{FOLDER}/accounts.csv: {said}")


def test_a_copy_that_comes_short_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def get_a_part(_: Any, path: str, into: str) -> None:
        Path(into).write_bytes(ACCOUNTS[:3])

    monkeypatch.setattr(type(store.files), "get_file", get_a_part)
    assert store.refusal().startswith(f"{FOLDER}/accounts.csv: changed while it was read.")


def test_every_file_that_cannot_be_fetched_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: Any, **more: Any) -> None:
        raise PermissionError("key AKIA-geheim may not read this")

    store.put(asks_csv=b"x")
    monkeypatch.setattr(type(store.files), "get_file", refuse)
    said = store.refusal()
    assert [line.partition(" Fix")[0] for line in said.splitlines()] == [
        f"{FOLDER}/accounts.csv: the store refused: PermissionError.",
        f"{FOLDER}/asks.csv: the store refused: PermissionError.",
    ]
    assert "geheim" not in said


def test_a_disk_that_is_full_is_no_fault_of_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*words: Any, **more: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(store.files), "get_file", fill)
    with pytest.raises(OSError, match="No space left"):
        store.find()


def test_row_87_without_room_nothing_is_fetched(store: Store) -> None:
    settings = Settings(folder=store.folder, sources={"folder": FOLDER}, operations={"keep_free": 1e18})
    with (
        pytest.raises(InputError, match=r"MB are free, and the tables to fetch have 0\.0 MB"),
        local_settings(settings, store.folder / "work" / "fetched", store._tell),
    ):
        pytest.fail("it was fetched all the same")
    assert store.told == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("memory://exports/none", "memory://exports/none: there is no such file or folder. Fix: correct the URL"),
        ("gs://bucket/crm", "gs://bucket/crm: the driver of such a store is missing: "),
        ("warehouse://crm", "warehouse://crm: the store refused: ValueError."),
    ],
)
def test_a_url_that_leads_nowhere_is_named(store: Store, url: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    assert store.refusal(folder=url).startswith(said)


def test_faults_of_the_folder_name_its_url(store: Store) -> None:
    settings = Settings(folder=store.folder, sources={"folder": FOLDER})
    work = store.folder / "work"
    with (
        pytest.raises(InputError, match=f"folder {FOLDER}: there is no file for asks") as refused,
        local_settings(settings, work / "fetched", store._tell) as near,
        open_engine(near.engine, work / "spill") as engine,
    ):
        prepare(near, engine, work / "tables", {"asks"})
    assert str(work) not in str(refused.value)


def test_faults_of_a_folder_of_this_machine_stay_as_they_are(store: Store) -> None:
    settings = Settings(folder=Path("firm"), sources={"folder": ".", "asks": {"path": f"{FOLDER}/accounts.csv"}})
    with (
        pytest.raises(InputError, match="the firm's own words"),
        local_settings(settings, store.folder / "work" / "fetched", store._tell),
    ):
        raise InputError([Fault("accounts", "the firm's own words")])


def test_without_fsspec_the_extra_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'advocate-score\[object-stores\]'"):
        store.find()


@pytest.mark.parametrize(
    "url",
    [
        "s3://AKIA:geheim@bucket/crm",
        "https://host/crm?sig=geheim",
        "s3://bucket/crm#geheim",
        "s3://[geheim/crm",
        "zip://accounts.csv::s3://geheim/crm.zip",
    ],
)
def test_a_key_stands_in_no_configuration(url: str, tmp_path: Path) -> None:
    for sources in ({"folder": url}, {"asks": {"path": url}}):
        with pytest.raises(ValueError, match=r"write the URL of the folder|is no URL") as refused:
            Settings(folder=tmp_path, sources=sources)
        assert "geheim" not in refused.value.errors()[0]["msg"]  # type: ignore[attr-defined]
