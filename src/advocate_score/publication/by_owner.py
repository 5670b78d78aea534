"""One file for each account manager: their own candidates, resting accounts, and accounts to nurture."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from advocate_score.publication.nurture import CHANGES
from advocate_score.publication.sentences import REASONS

COLUMNS = (
    *("state", "account_id", "account_name", "level", "ask", "rank", "readiness", *REASONS),
    *("outcome_fact", "moment", "suggested_contact_id", "permission", "rule", "since", "until", "detail"),
)
NOBODY = "without owner"
_LONGEST = 120
"""Bytes of a name, well within what any file system takes."""
_DIGITS = 16
_ENDS_IN_DIGEST = re.compile(f"-[0-9a-f]{{{_DIGITS}}}$", re.IGNORECASE).search
_IS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)", re.IGNORECASE).match
"""Names that Windows takes for a device, whatever stands behind the first dot."""


def by_owner(candidates: pd.DataFrame, resting: pd.DataFrame, nurture: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Frame of `COLUMNS`, candidates first (state `candidate`), then resting (state `resting`), then nurture (state
    `nurture`, told in `detail`); each row's file."""
    states = {"candidate": candidates, "resting": resting, "nurture": nurture.assign(detail=_told(nurture))}
    states = {name: frame.astype({"level": "Int64"}) for name, frame in states.items()}
    rows = pd.concat([frame.assign(state=state) for state, frame in states.items()], ignore_index=True)
    owner = rows["owner"].fillna("").astype("str").where(lambda names: names.str.strip() != "", NOBODY)
    return rows.reindex(columns=list(COLUMNS)).astype({"rank": "Int64"}), owner.map(file_names(sorted(owner.unique())))


def _told(nurture: pd.DataFrame) -> pd.Series:
    """What is missing, the changes that the model would respond to, and the note, in one text."""
    parts = nurture[["missing", *CHANGES, "note"]].to_numpy().tolist()
    return pd.Series([" · ".join(filter(None, row)) for row in parts], nurture.index, "str")


def file_names(owners: Iterable[str]) -> dict[str, str]:
    """Owner → file name of letters, digits and harmless signs, that every file system takes and tells from the others:
    digests keep apart what would be one, or differ by case alone."""
    safe = {owner: _safe(owner) for owner in owners}
    alike = Counter(map(_without_case, safe.values()))
    apart = {owner: alike[_without_case(name)] > 1 or _ENDS_IN_DIGEST(name) for owner, name in safe.items()}
    return {owner: f"{name}{f'-{_digest(owner)}' if apart[owner] else ''}.csv" for owner, name in safe.items()}


def _safe(owner: str) -> str:
    composed = unicodedata.normalize("NFKC", owner)
    kept = "".join(sign if sign.isalnum() or sign in " ._@-" else "_" for sign in composed)
    name = kept.encode()[:_LONGEST].decode(errors="ignore").strip(" ._-") or "owner"
    return f"owner {name}" if _IS_DEVICE(name) else name


def _without_case(name: str) -> str:
    """Alike where any file system that takes no notice of case would have one file: they fold by upper or lower."""
    return unicodedata.normalize("NFKC", name.upper().casefold())


def _digest(owner: str) -> str:
    return hashlib.sha256(owner.encode("utf-8", "replace")).hexdigest()[:_DIGITS]
