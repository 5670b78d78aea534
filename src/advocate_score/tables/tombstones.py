"""Erased accounts: known again when an export brings them back, and yet named nowhere.

`erased.json` beside the configuration holds, for each of them, the HMAC of its id with the secret in `erasure.key`.
Without the secret nobody can tell from the file who was erased, and no run can tell either: then it is refused.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from advocate_score.canonical import ACCOUNTS
from advocate_score.config.sections import Dialect
from advocate_score.errors import Fault, InputError
from advocate_score.sources.discover import Source
from advocate_score.tables.findings import Findings
from advocate_score.tables.parse import parse

KEY, FILE = "erasure.key", "erased.json"
ERASED = "erased"
"""The reason code under which rows of erased accounts are counted; they are written nowhere."""

KEY_BYTES = 32
_BETWEEN_CELLS = re.compile(r"[\s,;\t|\"'{}\[\]:]+")


@dataclass
class Tombstones:
    """`key` is None before the first use; `accounts` are digests. `led` are ids that an export merges into an erased
    account, known while the run lasts."""

    key: bytes | None = None
    accounts: frozenset[str] = frozenset()
    led: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.accounts)

    def __contains__(self, account_id: object) -> bool:
        return bool(self) and (account_id in self.led or self.digest(str(account_id)) in self.accounts)

    def digest(self, account_id: str) -> str:
        if self.key is None:
            raise ValueError("nothing can be told by a key that is not there")
        return hmac.digest(self.key, account_id.encode("utf-8", "surrogatepass"), "sha256").hex()

    @property
    def fingerprint(self) -> str:
        """By which the key is known again."""
        return hashlib.sha256(b"fingerprint" + (self.key or b"")).hexdigest()[:16]

    def with_accounts(self, account_ids: Iterable[str]) -> "Tombstones":
        return Tombstones(self.key, self.accounts | {self.digest(one) for one in account_ids})

    def as_text(self) -> str:
        return json.dumps({"key": self.fingerprint, "accounts": sorted(self.accounts)}, indent=1) + "\n"

    def in_text(self, text: str) -> bool:
        """Whether a row that could not be cut into cells holds the id of an erased account."""
        return bool(self) and any(one in self for one in ids_in(text))


def read_tombstones(folder: Path) -> Tombstones:
    """Those beside the configuration; InputError where a part is lost, since the erased would come back unseen."""
    key, said = _key(folder / KEY), _said(folder / FILE)
    if said is None:
        if key is not None:
            fix = f"restore it from a backup; delete {KEY} only if nobody was ever erased"
            raise InputError([Fault(str(folder / FILE), "is lost: it says who was erased.", fix)])
        return Tombstones()
    found = Tombstones(key, frozenset(said["accounts"]))
    if found and (key is None or said["key"] != found.fingerprint):
        problem = f"is {'lost' if key is None else 'another one'}: without it erased accounts would come back."
        raise InputError([Fault(str(folder / KEY), problem, "restore it from a backup")])
    return found


def with_merged(accounts: pd.DataFrame, erased: Tombstones) -> list[str]:
    """The erased among `accounts` (account_id, merged_into), and whoever is merged into one of them; noted in
    `erased.led`, so that their rows in other tables leave as well."""
    if not erased:
        return []
    merged = accounts[accounts["merged_into"].notna()]
    into = dict(zip(merged["account_id"], merged["merged_into"], strict=True))
    gone = {account for account in (*accounts["account_id"], *into.values()) if account in erased}
    while more := {one for one, other in into.items() if other in gone} - gone:
        gone |= more
    erased.led |= gone
    return sorted(gone)


@lru_cache(65_536)
def normalised(account_id: str) -> str | None:
    """The id as the tables have it, of 15 characters or 18; None where it cannot be one."""
    return next(iter(_as_ids([account_id])), None)


def ids_in(text: str) -> set[str]:
    """What might be ids in text that stands between commas, quotes and the like."""
    return _as_ids([part for part in _BETWEEN_CELLS.split(text) if part])


def _as_ids(texts: list[str]) -> set[str]:
    findings = Findings(np.arange(len(texts)))
    source = Source(ACCOUNTS.name, Path(), "csv", Dialect(), {}, {})
    cells = pa.table({ACCOUNTS.key: pa.array(texts, pa.string())})
    found = parse(cells, ACCOUNTS, source, frozenset(), findings).column(ACCOUNTS.key)
    return {one for one in found.filter(pa.array(~findings.failed)).to_pylist() if one}


def _key(file: Path) -> bytes | None:
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise InputError([Fault(str(file), "is no key of this program's.", "restore it from a backup")])
    return key


def _said(file: Path) -> dict[str, Any] | None:
    try:
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        texts = (said["key"], *said["accounts"])
        well_formed = isinstance(said["accounts"], list) and all(isinstance(one, str) for one in texts)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        well_formed = False
    if not well_formed:
        raise InputError([Fault(str(file), "is damaged: it says who was erased.", "restore it from a backup")])
    return said
