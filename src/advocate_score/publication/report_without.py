"""`report.html` without some of its accounts: what the page carries is unpacked, shortened and packed again.

Figures over many accounts of the past (how the model did, what became of earlier lists, drift) name none of them, and
stay as they were said.
"""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from advocate_score.publication.report_pack import packed, script_json, unpacked
from advocate_score.spreadsheet_text import printable

REPORT = "report.html"
DATA = '<script type="application/json" id="night">{}</script>'
_DATA = re.compile(re.escape(DATA).replace(r"\{\}", r"(\{[^<]*\})"))


def accounts_in_report(page: bytes, account_ids: Collection[str]) -> frozenset[str] | None:
    """None where the page is of another form, as that of an earlier release, and cannot be edited."""
    named = named_in_report(page)
    return None if named is None else frozenset(one for one in account_ids if printable(one) in named)


def named_in_report(page: bytes) -> frozenset[str] | None:
    """Ids of accounts, as the page shows them; None as above."""
    told = _told(page)
    if told is None:
        return None
    rows = (row for table in unpacked(told["tables"]).values() for row in table)
    return frozenset(str(row["account_id"]) for row in rows if row.get("account_id"))


def report_without(page: bytes, account_ids: Collection[str], counts: Mapping[str, Any]) -> bytes:
    """`counts`: the manifest's, as they now are. ValueError where the page cannot be edited."""
    told = _told(page)
    if told is None:
        raise ValueError("the page carries no tables")
    gone = set(map(printable, account_ids))
    rows = unpacked(told["tables"])
    left = {name: [row for row in table if row.get("account_id") not in gone] for name, table in rows.items()}
    content = script_json({**told, "tables": packed(left), "counts": counts})
    return _DATA.sub(lambda _: DATA.format(content), page.decode(), count=1).encode()


def _told(page: bytes) -> dict[str, Any] | None:
    found = _DATA.search(page.decode())
    if found is None:
        return None
    told: dict[str, Any] = json.loads(found[1])
    return told
