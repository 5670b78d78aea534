"""`report.html` without some of its accounts. The page is this program's own, so its rows and figures are found by
how its template writes them; a page that says otherwise is not edited by guess but left as it is, without its rows."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from markupsafe import escape

from advocate_score.publication.report_words import words
from advocate_score.publication.spreadsheet_text import printable

REPORT = "report.html"
_ROW = re.compile(r'<tr data-owner="([^"]*)" data-industry="([^"]*)">\n.*?</tr>\n', re.DOTALL)
_LIST = re.compile(r'<p class="note"><span class="shown".*?</table>\n</div>\n', re.DOTALL)
_SHOWN = re.compile(r'(<span class="shown"[^>]*>)\d+')
_LANGUAGE = re.compile(r'<html lang="(\w+)">')
_OPTION = re.compile(r"<option>([^<]*)</option>")
_STEP = re.compile(r'(<text y="(?:46|64|82|100)">)\d+')
_FIGURES = ("ready", "eligible", "listed", "resting")


def accounts_in_report(page: bytes, account_ids: Collection[str]) -> frozenset[str]:
    text = page.decode()
    return frozenset(one for one in account_ids if _cell(one) in text)


def report_without(
    page: bytes, account_ids: Collection[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> bytes:
    """`before`, `after`: the manifest's counts, which the page tells too."""
    cells = [_cell(one) for one in account_ids]
    text = _ROW.sub(lambda row: "" if any(cell in row[0] for cell in cells) else row[0], page.decode())
    nobody = f"<p>{escape(words(_LANGUAGE.findall(text)[0])['nobody'])}</p>\n"
    text = _LIST.sub(lambda shown: _shortened(shown[0]) or nobody, text)
    text = _with_choices_of_rows(text)
    figures = _figures(after["levels"])
    text = _STEP.sub(lambda step: f"{step[1]}{next(figures)}", text)
    return _with_rules(text, before["rules"], after["rules"]).encode()


def _shortened(shown: str) -> str:
    """A list with the number of its rows; empty where it has none."""
    rows = len(_ROW.findall(shown))
    return _SHOWN.sub(rf"\g<1>{rows}", shown) if rows else ""


def _cell(account_id: str) -> str:
    return f'<div class="soft"><bdi>{escape(printable(account_id))}</bdi></div></td>'


def _with_choices_of_rows(text: str) -> str:
    """Owners and industries that no row has any more cannot be chosen."""
    left = {value for row in _ROW.findall(text) for value in row}
    return _OPTION.sub(lambda option: option[0] if option[1] in left else "", text)


def _figures(levels: Mapping[str, Mapping[str, int]]) -> Iterator[int]:
    return (levels[level][name] for level in sorted(levels) for name in _FIGURES)


def _with_rules(text: str, before: Mapping[str, int], after: Mapping[str, int]) -> str:
    for rule, number in before.items():
        line = f'<tr><td>{rule}</td><td class="number">{{}}</td></tr>\n'
        now = line.format(after[rule]) if rule in after else ""
        text = text.replace(line.format(number), now, 1)
    return text
