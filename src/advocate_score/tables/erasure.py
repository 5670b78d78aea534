"""Recognises erased accounts when an export contains them again, without storing their names, and finds them in exports
(which are never written to) and in rows that were set aside.

`erased.json`, in the configuration's folder, holds HMACs for each erased account, keyed with the secret in
`erasure.key`: of its id, of the lenient form that all spellings of the id share, of the words of the id as they appear
in a row that could not be split into cells, and of the ids of its contacts. The file alone does not reveal who was
erased. A run without the secret cannot recognise erased accounts either, so it is refused.

If another account of the export has an id that differs only in spelling, such as in case, the two are different
clients, and the erased one is recognised by its exact id only.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.config import Settings
from advocate_score.errors import Fault, InputError
from advocate_score.schema import ACCOUNTS, CONTACTS, TABLES, Table
from advocate_score.sources.base import BrokenRow
from advocate_score.sources.column_mapping import map_columns
from advocate_score.sources.discover import Source, discover
from advocate_score.sources.reader import read_source
from advocate_score.tables import identifiers
from advocate_score.tables.derived_rows import derivation_of
from advocate_score.tables.lookups import LookupTables
from advocate_score.tables.parsing import LONGEST_CELL, UNKNOWN_WORDS, canonical_id, parse

KEY, FILE = "erasure.key", "erased.json"
ERASED = "erased"
"""The reason code under which rows of erased accounts are counted. The rows themselves are not written."""

KEY_BYTES = 32
NUL = "\0"
_TEXT = re.compile(r"[0-9]{1,2}:[0-9a-f]{16}:[0-9a-f]{64}")
_LISTS = ("accounts", "forms", "texts", "contacts", "older")
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+")
_BETWEEN_CELLS = re.compile(r"[\s,;\t|\"'{}\[\]:]+")


@dataclass
class Tombstones:
    """Digests that identify erased accounts; `key` is None until the first erasure.

    accounts: of their ids · forms: of the lenient forms of those ids, except forms that another account shares · texts:
    of the spelled-out ids of accounts and contacts, each as length, start and whole · contacts: of the lenient forms of
    their contacts' ids · older: of accounts erased by an earlier release, which stored the id only · merged,
    merged_forms: ids and lenient forms, in plain text, of accounts that the export merges into an erased one; they
    exist only during the run.
    """

    key: bytes | None = None
    accounts: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    older: frozenset[str] = frozenset()
    merged: set[str] = field(default_factory=set)
    merged_forms: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.accounts)

    def __contains__(self, account_id: object) -> bool:
        """Whether this is the id of an erased account, in any spelling."""
        if not self:
            return False
        exact = str(account_id)
        if exact in self.merged or self.digest(exact) in self.accounts:
            return True
        form = identifiers.lenient_form(exact) if self.forms or self.merged_forms else ""
        return bool(form) and (form in self.merged_forms or self._kind_digest("form", form) in self.forms)

    def digest(self, account_id: str) -> str:
        if self.key is None:
            raise ValueError("nothing can be told by a key that is not there")
        return hmac.digest(self.key, account_id.encode("utf-8", "surrogatepass"), "sha256").hex()

    def form_digest(self, account_id: str) -> str:
        """A digest that all spellings of the id share. It differs from every id's own digest, since no id has a NUL."""
        return self._kind_digest("form", identifiers.lenient_form(account_id))

    @property
    def fingerprint(self) -> str:
        """Identifies the key without revealing it."""
        return hashlib.sha256(b"fingerprint" + (self.key or b"")).hexdigest()[:16]

    def with_accounts(
        self, account_ids: Collection[str], alike: Collection[str] = (), contact_ids: Collection[str] = ()
    ) -> "Tombstones":
        """These tombstones with further accounts and contacts.

        `alike`: accounts that are not erased; an erased account whose id differs from one of them only in spelling is
        recognised by its exact id only.
        """
        staying = set(map(identifiers.lenient_form, alike)) | {""}
        digests = {self.digest(account_id) for account_id in account_ids}
        forms = {
            self.form_digest(account_id)
            for account_id in account_ids
            if identifiers.lenient_form(account_id) not in staying
        }
        return Tombstones(
            self.key,
            self.accounts | digests,
            self.forms | forms,
            self.texts
            | {self._text_digest(identifiers.spelling_of(identifier)) for identifier in (*account_ids, *contact_ids)},
            self.contacts
            | {self._kind_digest("contact", identifiers.lenient_form(contact_id)) for contact_id in contact_ids},
            self.older - digests,
        )

    def as_text(self) -> str:
        lists = {name: sorted(getattr(self, name)) for name in _LISTS}
        return json.dumps({"key": self.fingerprint, **lists}, indent=1) + "\n"

    def has_contact(self, contact_id: str) -> bool:
        return (
            bool(self.contacts) and self._kind_digest("contact", identifiers.lenient_form(contact_id)) in self.contacts
        )

    def in_text(self, text: str) -> bool:
        """Whether a row that could not be split into cells may contain the id of an erased account or its contact."""
        return bool(self.positions_in([text]))

    def positions_in(self, texts: Sequence[str]) -> Collection[int]:
        """The positions of the texts in which such an id may begin; it may continue in the texts that follow.

        If an id has no letters or digits, such as one of dashes only, every text may contain it, so all positions are
        returned.
        """
        if 0 in self._lengths:
            return range(len(texts))
        positions = self._positions_spelling_ids(texts) if self.texts else set()
        if self.texts and any("\\" in text for text in texts):
            positions |= self._positions_spelling_ids(list(map(identifiers.unescape, texts)))
        if self.older:
            positions |= {
                at
                for at, text in enumerate(texts)
                if any(self.digest(identifier) in self.older for identifier in ids_in(text))
            }
        return positions

    def _positions_spelling_ids(self, texts: Sequence[str]) -> set[int]:
        spellings = identifiers.spellings_in(texts, self._lengths, self._may_start)
        return {position for position, spelling in spellings if self._text_digest(spelling) in self.texts}

    @cached_property
    def _lengths(self) -> frozenset[int]:
        return frozenset(int(entry.split(":")[0]) for entry in self.texts)

    @cached_property
    def _may_start(self) -> Callable[[str], bool]:
        """Whether an erased id may start with these characters. Starts are few, so this check avoids most digests."""
        starts = {entry.split(":")[1] for entry in self.texts}
        return lru_cache(65_536)(
            lambda start: any(self._start_digest(beginning) in starts for beginning in (start, start[:1]))
        )

    def _text_digest(self, words: str) -> str:
        return f"{len(words)}:{self._start_digest(words[: identifiers.STARTS])}:{self.digest(f'text{NUL}{words}')}"

    def _start_digest(self, start: str) -> str:
        return self.digest(f"start{NUL}{start}")[:16]

    def _kind_digest(self, kind: str, form: str) -> str:
        return self.digest(f"{kind}{NUL}{form}")


def unsaved_tombstones(
    account_ids: Collection[str], alike: Collection[str] = (), contact_ids: Collection[str] = ()
) -> Tombstones:
    """Tombstones under a temporary key for accounts that are about to be erased, so that their rows can be found before
    anything is written."""
    return Tombstones(secrets.token_bytes(KEY_BYTES)).with_accounts(account_ids, alike, contact_ids)


def read_tombstones(folder: Path) -> Tombstones:
    """The tombstones in the configuration's folder.

    Raises InputError if a part is missing or damaged, since erased accounts would then come back unnoticed.
    """
    key, content = _key(folder / KEY), _content(folder / FILE)
    if content is None:
        if key is not None:
            fix = f"restore it from a backup; delete {KEY} only if nobody was ever erased"
            raise InputError([Fault(str(folder / FILE), "is lost: it says who was erased.", fix)])
        return Tombstones()
    accounts, forms, texts, contacts, older = (frozenset[str](content.get(name, ())) for name in _LISTS)
    tombstones = Tombstones(key, accounts, forms, texts, contacts, older if "texts" in content else accounts)
    if tombstones and (key is None or content["key"] != tombstones.fingerprint):
        problem = f"is {'lost' if key is None else 'another one'}: without it erased accounts would come back."
        raise InputError([Fault(str(folder / KEY), problem, "restore it from a backup")])
    return tombstones


def with_merged(accounts: pd.DataFrame, erased: Tombstones) -> list[str]:
    """The erased accounts among `accounts` (account_id, merged_into), and the accounts merged into one of them.

    They are added to `erased.merged`, so that their rows in other tables are excluded too.
    """
    if not erased:
        return []
    merged = accounts[accounts["merged_into"].notna()]
    into = dict(zip(merged["account_id"], merged["merged_into"], strict=True))
    erased_ids = {account for account in (*accounts["account_id"], *into.values()) if account in erased}
    erased_ids = identifiers.reachable_accounts(erased_ids, ((survivor, account) for account, survivor in into.items()))
    if not erased_ids:
        return []
    erased.merged |= erased_ids
    erased.merged_forms |= set(map(identifiers.lenient_form, erased_ids)) - set(
        map(identifiers.lenient_form, {*accounts["account_id"]} - erased_ids)
    )
    return sorted(erased_ids)


def normalise_id(account_id: str) -> str | None:
    """The id as the tables in use write it (15-character Salesforce ids become 18); None if it cannot be an id."""
    text = account_id.strip()
    if text in UNKNOWN_WORDS or "\0" in text or len(text) > LONGEST_CELL or _SCIENTIFIC.fullmatch(text):
        return None
    return canonical_id(text)


def ids_in(text: str) -> set[str]:
    """The possible ids in a text, split at delimiters, quotes, brackets and white space."""
    ids = map(normalise_id, filter(None, _BETWEEN_CELLS.split(text)))
    return {identifier for identifier in ids if identifier}


def _key(file: Path) -> bytes | None:
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise InputError([Fault(str(file), "is not a key of this program.", "restore it from a backup")])
    return key


def _content(file: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        lists = [content["accounts"], *(content[name] for name in _LISTS if name in content)]
        well_formed = all(isinstance(entries, list) for entries in lists) and isinstance(content["key"], str)
        well_formed = well_formed and all(isinstance(entry, str) for entries in lists for entry in entries)
        well_formed = well_formed and all(_TEXT.fullmatch(entry) for entry in content.get("texts", ()))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        well_formed = False
    if not well_formed:
        raise InputError([Fault(str(file), "is damaged: it says who was erased.", "restore it from a backup")])
    return content


_MERGED = "merged_into"


@dataclass(frozen=True)
class ExportedFamily:
    """What the export holds of an account to erase.

    family: the account and those that the export merges with it · alike: other accounts whose ids differ from theirs
    only in spelling · contacts: ids of the family's contacts · rows: table → number of rows of the family · unread:
    tables that could not be read, or the whole folder.
    """

    family: frozenset[str]
    alike: frozenset[str]
    contacts: frozenset[str]
    rows: Mapping[str, int]
    unread: tuple[str, ...]


def unread_export(account_id: str, unread: str) -> ExportedFamily:
    return ExportedFamily(frozenset({account_id}), frozenset(), frozenset(), {}, (unread,))


def find_exported_family(settings: Settings, account_id: str, erased: Tombstones) -> ExportedFamily:
    """The account, every account merged with it in either direction, and their rows in the export.

    A merge makes one client of two accounts, so they are erased together. `erased`: accounts erased earlier, which do
    not count as alike.
    """
    try:
        sources = discover(settings).sources
    except InputError:
        return unread_export(account_id, str(settings.sources.folder))
    family, alike, unread = frozenset({account_id}), frozenset[str](), []
    if ACCOUNTS.name in sources:
        try:
            family, alike = _accounts(sources[ACCOUNTS.name], account_id, erased)
        except InputError:
            unread.append(ACCOUNTS.name)
    being_erased = unsaved_tombstones(family, alike)
    rows, contacts = {}, frozenset[str]()
    for name in (name for name in sources if TABLES[name].of_account and name not in unread):
        try:
            results = [_of_family(source, being_erased) for source in _distinct_sources(sources[name])]
        except InputError:
            unread.append(name)
            continue
        rows[name] = sum(number for number, _ in results)
        if name == CONTACTS.name:
            contacts = frozenset[str]().union(*(ids for _, ids in results))
    return ExportedFamily(
        family, alike, contacts, {name: number for name, number in rows.items() if number}, tuple(unread)
    )


def _distinct_sources(parts: Sequence[Source]) -> Collection[Source]:
    """Each file, sheet or query once, even if several parts of a table are read from it."""
    return {(source.path, source.sheet, source.query): source for source in parts}.values()


def _family(account_id: str, merges: Collection[tuple[str, str]]) -> frozenset[str]:
    both_ways = (link for pair in merges for link in (pair, pair[::-1]))
    return frozenset(identifiers.reachable_accounts([account_id], both_ways))


def _accounts(sources: Sequence[Source], account_id: str, erased: Tombstones) -> tuple[frozenset[str], frozenset[str]]:
    """The family of `account_id`, and the other accounts whose ids differ from it only in spelling."""
    parts = _distinct_sources(sources)
    family = _family(account_id, set[tuple[str, str]]().union(*map(_merges, parts)))
    forms = set(map(identifiers.lenient_form, family))
    alike = {
        account
        for source in parts
        for ids in _ids(source, (ACCOUNTS.key,))
        for account in ids[ACCOUNTS.key].drop_null().to_pylist()
        if identifiers.lenient_form(account) in forms and account not in family and account not in erased
    }
    return family, frozenset(alike)


def _merges(source: Source) -> set[tuple[str, str]]:
    merges: set[tuple[str, str]] = set()
    for ids in _ids(source, (ACCOUNTS.key, _MERGED)):
        if _MERGED in ids.column_names:
            both = ids.drop_null()
            merges |= set(zip(both[ACCOUNTS.key].to_pylist(), both[_MERGED].to_pylist(), strict=True))
    return merges


def _of_family(source: Source, being_erased: Tombstones) -> tuple[int, set[str]]:
    """The number of the family's rows in `source`, and the contacts that they name."""
    rows, contacts = 0, set[str]()
    for ids in _ids(source, (ACCOUNTS.key, CONTACTS.key)):
        accounts = ids[ACCOUNTS.key]
        own_ids = [account for account in accounts.unique().drop_null().to_pylist() if account in being_erased]
        own = ids.filter(pc.is_in(accounts, pa.array(own_ids, pa.string())))
        rows += own.num_rows
        if CONTACTS.key in own.column_names:
            contacts |= set(own[CONTACTS.key].drop_null().to_pylist())
    return rows, contacts


def _ids(source: Source, names: Collection[str]) -> Iterator[pa.Table]:
    """Chunks of the id columns, cast as in the tables in use; rows with faults are included."""
    raw, table = read_source(source), TABLES[source.table]
    columns, derivation = map_columns(raw.header, source, table), derivation_of(source, LookupTables())
    for chunk in raw.chunks():
        derived, further = derivation.derive(columns.apply(chunk.cells), chunk.rows)
        for rows in (derived, *further):
            id_cells = rows.cells.select([name for name in rows.cells.column_names if name in names])
            yield parse(id_cells, table, source, frozenset(), rows.issues)


_REACH = 4
"""The number of consecutive broken rows over which an id, or a record with it, may be spread."""
_OWNERS = (ACCOUNTS.key, "merged_into")
_NO_IDS = frozenset({"time", "number", "integer", "flag", "choice"})
_PLANNED_ASK = re.compile(r"\d{4}-\d\d-\d\d:(.+):\d", re.DOTALL)


def belongs_to_erased(cells: Mapping[str, object], erased: Tombstones) -> bool:
    """Whether a row belongs to an erased account or to an account merged into it."""
    return bool(erased) and any(_is_erased(cells.get(name), erased) for name in _OWNERS)


def names_erased(cells: Mapping[str, object], table: Table, erased: Tombstones) -> bool:
    """Whether any other cell is the id of an erased account, of its contact, or of an ask planned for it, or whether
    consecutive cells together form such an id that was split at its delimiters."""
    if not erased:
        return False
    contact = cells.get(CONTACTS.key)
    if contact and erased.has_contact(str(contact)):
        return True
    kinds = {column.name: column.type for column in table.columns}
    texts = {name: "" if cell is None else str(cell) for name, cell in cells.items()}
    names = list(texts)
    for name in (names[position] for position in erased.positions_in(list(texts.values()))):
        is_torn = bool(texts[name]) and not erased.in_text(texts[name])
        if is_torn or (kinds.get(name, "text") not in _NO_IDS and _is_erased(texts[name], erased)):
            return True
    return False


def texts_without_erased(rows: Sequence[BrokenRow], erased: Tombstones) -> list[str]:
    """The texts of rows that could not be split into cells; '' for a row that may contain the id of an erased account.

    A stray line break can split one record, or even one id, into several such rows, so the neighbouring rows lose
    their texts too.
    """
    texts: list[str] = []
    for _, group in groupby(enumerate(rows), lambda numbered: numbered[1].row - numbered[0]):
        torn = [row.text for _, row in group]
        positions = erased.positions_in(torn)
        blanked = {position for at in positions for position in range(at - _REACH, at + _REACH + 1)}
        texts += ["" if at in blanked else text for at, text in enumerate(torn)]
    return texts


def _is_erased(cell: object, erased: Tombstones) -> bool:
    """Whether a cell is the id of an erased account, also with the apostrophe that the quarantine puts before formula
    signs, or inside the id of a planned ask."""
    if cell is None or cell == "":
        return False
    text = str(cell)
    planned = _PLANNED_ASK.fullmatch(text)
    spellings = {text, text.removeprefix("'"), normalise_id(text) or text, planned[1] if planned else text}
    return any(spelling in erased for spelling in spellings)
