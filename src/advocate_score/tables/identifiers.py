"""Works on ids: resolves merged accounts to their survivors, computes the lenient form that different spellings of an
id share, finds the account that a person means by id or name, and finds ids in text that could not be split into cells.

Only facts that protect a client are matched by the lenient form, and only if no id matches exactly. Everywhere else,
ids that differ in case are different ids.

For the search in text, text and id are read as words of letters, digits and symbols such as emoji, without case,
accents and invisible characters. A text contains an id if consecutive words of the text spell the id. It therefore
makes no difference whether a blank, colon, quote or line break is part of the id or separates two cells.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from advocate_score.errors import Fault, InputError
from advocate_score.tables.parsing import canonical_id
from advocate_score.text import plain_words


@dataclass(frozen=True)
class Merges:
    """How accounts were merged.

    ends: merged account → the id in which its chain of merges ends, None for a cycle · survivors: merged account → the
    surviving account · cycles: accounts whose chain is a cycle · lost: accounts whose chain ends in an unknown account.
    """

    ends: Mapping[str, str | None]
    survivors: Mapping[str, str]
    cycles: frozenset[str]
    lost: frozenset[str]


def resolve_merges(merged_into: Mapping[str, str], accounts: Collection[str]) -> Merges:
    """Follows every chain of merges. An account merged into itself counts as not merged."""
    steps = {account: into for account, into in merged_into.items() if into != account}
    survivors, cycles, lost, ends = {}, set(), set(), _ends(steps)
    for account, end in ends.items():
        if end is None:
            cycles.add(account)
        elif end not in accounts:
            lost.add(account)
        else:
            survivors[account] = end
    return Merges(ends, survivors, frozenset(cycles), frozenset(lost))


def reachable_accounts(starts: Iterable[str], links: Iterable[tuple[str, str]]) -> set[str]:
    """`starts` and every account that can be reached from them over `links`, pairs of (from, to).

    Each link is followed once, so the time is linear even if one chain of merges spans the whole table.
    """
    onwards: dict[str, list[str]] = {}
    for source, target in links:
        onwards.setdefault(source, []).append(target)
    reached = set(starts)
    todo = [*reached]
    while todo:
        for account in onwards.pop(todo.pop(), ()):
            if account not in reached:
                reached.add(account)
                todo.append(account)
    return reached


def _ends(steps: Mapping[str, str]) -> dict[str, str | None]:
    """The id in which the chain of each account ends; None for a cycle. Each step is followed once."""
    ends: dict[str, str | None] = {}
    for start in steps:
        chain: dict[str, None] = {}
        account = start
        while account in steps and account not in ends and account not in chain:
            chain[account] = None
            account = steps[account]
        end = None if account in chain else ends.get(account, account)
        ends.update(dict.fromkeys(chain, end))
    return {account: ends[account] for account in steps}


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\\s]+")
_QUOTES = "'\"`´‘’“”«»"
_FLOATING = re.compile(r"\d+[.,]0+")
_EXPONENT = re.compile(r"(\d+(?:[.,]\d+)?)e\+?(\d{1,2})")
_LONG_SALESFORCE = re.compile(r"((?:001|003|006)[0-9a-z]{12})[a-z0-5]{3}")


def lenient_form(text: str) -> str:
    """`text` in one Unicode form, without blanks, surrounding quotes and case; '' if nothing is left.

    A number loses `.0` at its end and leading zeros; an 18-character Salesforce id loses its last three characters.
    """
    form = unicodedata.normalize("NFKC", text.strip().strip(_QUOTES))
    form = unicodedata.normalize("NFC", _INVISIBLE.sub("", form).strip(_QUOTES).casefold())
    if long := _LONG_SALESFORCE.fullmatch(form):
        return long[1] if any(letter.isalpha() for letter in long[1]) else form
    if _FLOATING.fullmatch(form):
        form = re.split("[.,]", form)[0]
    elif _EXPONENT.fullmatch(form):
        form = _without_exponent(form)
    return form.lstrip("0") or "0" if form.isascii() and form.isdigit() else form


def _without_exponent(form: str) -> str:
    try:
        number = Decimal(form.replace(",", "."))
    except InvalidOperation:
        return form
    return str(int(number)) if number == number.to_integral_value() else form


_CASE_SENSITIVE = re.compile(r"[0-9A-Za-z]{15}")
"""Salesforce ids in their short form: two that differ in case alone are two records."""


def is_case_sensitive(identifier: str) -> bool:
    """Whether case may tell the id from that of another record."""
    return _CASE_SENSITIVE.fullmatch(identifier) is not None


def ids_by_form(known: Iterable[str]) -> dict[str, str | None]:
    """Form without case and blanks → the id that has it, None where two have."""
    forms: dict[str, str | None] = {}
    for identifier in known:
        form = without_case(identifier)
        forms[form] = None if form in forms else identifier
    return forms


def respelled_ids(unknown: Iterable[str], forms: Mapping[str, str | None]) -> dict[str, str]:
    """Unknown id → the known id that differs from it in case and blanks alone; `forms`: as `ids_by_form` gives them."""
    return {
        identifier: match
        for identifier in unknown
        if not is_case_sensitive(identifier) and (match := forms.get(without_case(identifier)))
    }


def without_case(identifier: str) -> str:
    """The id without regard to case and blanks."""
    return " ".join(identifier.casefold().split())


class Difference(NamedTuple):
    """How the ids of a table differ from those of accounts, and the setting that helps."""

    problem: str
    fix: str


_MOST_COMPARED = 1_000


def difference_of_ids(
    unknown: Sequence[str], accounts: Sequence[str], names: Iterable[str], table: str
) -> Difference | None:
    """What at least half of some unknown ids of accounts have in common; None if it is nothing that can be told.

    Parameters
    ----------
    unknown : ids that no account has. accounts : ids of accounts. names : of accounts. table : that has the ids.
    """
    compared = unknown[:_MOST_COMPARED]

    def most(fits: Callable[[str], bool]) -> bool:
        return 2 * sum(map(fits, compared)) >= len(compared) > 0

    known_names = {without_case(name) for name in names}
    if most(lambda identifier: without_case(identifier) in known_names):
        lookup = f'[sources.{table}] lookup.account_id = {{ in = "accounts", match = "account_name" }}'
        return Difference("the ids are names of accounts", lookup)
    stripped = {identifier.lstrip("0") for identifier in accounts}
    if most(lambda identifier: identifier.isdigit() and identifier.lstrip("0") in stripped):
        return Difference(
            "the ids differ from those of accounts in zeros at their start", _padding(accounts, compared, table)
        )
    plain = {_without_accents(identifier) for identifier in accounts}
    if most(lambda identifier: _without_accents(identifier) in plain):
        problem = "the ids differ from those of accounts in accents, or in case where two accounts differ in case alone"
        return Difference(problem, "write them as accounts does")
    short = {identifier[:15].casefold() for identifier in accounts if len(identifier) == 18}
    if most(lambda identifier: len(identifier) == 18 and identifier[:15].casefold() in short):
        problem = "the ids are those of accounts in 15 characters, whose upper and lower case was lost"
        return Difference(problem, "ask the source for ids of 18 characters, such as CASESAFEID(Id) gives")
    if most(lambda identifier: identifier[:3] in _OBJECTS and len(identifier) in (15, 18)):
        return Difference(f"the ids are those of Salesforce {_OBJECTS[compared[0][:3]]}", _lookup_in_export(table))
    return None


_OBJECTS = {"003": "contacts", "00Q": "leads", "005": "users", "006": "opportunities", "701": "campaigns"}


def _lookup_in_export(table: str) -> str:
    how = '{ in = "Contact.csv", match = "Id", take = "AccountId" }'
    return f"map the column that has the account, or [sources.{table}] lookup.account_id = {how}"


def _padding(accounts: Sequence[str], unknown: Sequence[str], table: str) -> str:
    """The setting that pads the shorter ids."""
    widths = [max(map(len, ids)) for ids in (accounts, unknown)]
    padded = table if widths[0] >= widths[1] else "accounts"
    return f"[sources.{padded}] id_width.account_id = {max(widths)}"


def _without_accents(identifier: str) -> str:
    letters = unicodedata.normalize("NFKD", without_case(identifier))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


LONGEST = 64
"""Longer ids are compared by this many of their first characters, so that the search is linear in the text."""
STARTS = 2

_ESCAPED = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\x([0-9a-fA-F]{2})|\\(.)", re.DOTALL)
_DIGIT_E = re.compile(r"\de\+?\d")
_EXPONENTS = (re.compile(r"\d+[.,]\d+e\+?\d{1,2}(?!\w)"), re.compile(r"(?<!\w)\d+e\+?\d{1,2}(?!\w)"))


def unescape(text: str) -> str:
    """The text with the escapes of JSON and of undecodable bytes (`\\u0041`, `\\x41`) resolved."""
    return _ESCAPED.sub(_unescape_match, text) if "\\" in text else text


def spelling_of(identifier: str) -> str:
    """The words of an id joined without separators, cut at LONGEST; '' for an id without words, such as `---`."""
    return "".join(_words(_fold(lenient_form(identifier))))[:LONGEST]


def spellings_in(
    texts: Sequence[str], lengths: Collection[int], may_start: Callable[[str], bool]
) -> Iterator[tuple[int, str]]:
    """Every spelling of consecutive words whose length is in `lengths`, with the position of the text it begins in.

    A spelling may continue in the next text. `may_start`: whether anything that is searched for starts with these
    characters, of which there are at most STARTS.
    """
    words: list[str] = []
    positions: list[int] = []
    for position, text in enumerate(texts):
        folded = _fold(text)
        own = _words(folded)
        yield from ((position, number) for number in _numbers(folded, own) if len(number) in lengths)
        words += own
        positions += [position] * len(own)
    signs, ends = "".join(words), list(accumulate(map(len, words)))
    longest, start = max(lengths, default=0), 0
    for first, position in enumerate(positions):
        if may_start(signs[start : start + STARTS]):
            for end in ends[first : first + longest]:
                length = min(end - start, LONGEST)
                if length in lengths:
                    yield position, signs[start : start + length]
                if length >= longest:
                    break
        start = ends[first]


def _fold(text: str) -> str:
    return text.casefold() if text.isascii() else unicodedata.normalize("NFKD", text).casefold()


def _words(folded: str) -> list[str]:
    return folded.translate(_SIGNS).split()


def _numbers(folded: str, words: Sequence[str]) -> list[str]:
    """The lenient forms of words that are numbers: `42` for 00042 or 4.2E1."""
    numbers = [lenient_form(word) for word in words if word[0] == "0"]
    if _DIGIT_E.search(folded):
        numbers += [lenient_form(number) for pattern in _EXPONENTS for number in pattern.findall(folded)]
    return numbers


def _unescape_match(escaped: re.Match[str]) -> str:
    if codes := escaped[1]:
        return bytes.fromhex(codes.replace("\\u", "")).decode("utf-16-be", "replace")
    return chr(int(escaped[2], 16)) if escaped[2] else " "


class _Signs(dict[int, str]):
    """Maps each character to itself, to a blank between words, or to nothing, and caches the result."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category[0] in "LN" or (category[0] == "S" and code > 0x7F):
            self[code] = character
        else:
            self[code] = "" if category in ("Mn", "Mc", "Me", "Cf", "Cs") else " "
        return self[code]


_SIGNS = _Signs()


_MOST_NEAR = 3
_MOST_LISTED = 10
_MOST_NAMES_COMPARED = 20_000
"""Of more accounts, only those with the same beginning are compared, to stay fast."""


@dataclass(frozen=True)
class KnownAccounts:
    """`names`: account_id → the account's name, '' where it has none."""

    names: Mapping[str, str]

    def matches(self, text: str) -> list[str]:
        """The accounts that `text` may mean: the one of this id, otherwise those of this name, for which case, accents,
        blanks and punctuation only count where two names differ in nothing else."""
        for identifier in (text, canonical_id(text)):
            if identifier is not None and identifier in self.names:
                return [identifier]
        alike = self._by_letters.get(_letters(text), [])
        same = [account for account in alike if self.names[account] == text]
        return same if len(same) == 1 else alike

    def only_match(self, text: str, place: str = "ACCOUNT", known: str = "") -> str:
        """The account that `text` means; InputError with the nearest ones where it is none, or with all where it is
        several.

        Parameters
        ----------
        text : an id or a name. place : of the fault. known : says of when the accounts are, such as 'as of 2026-01-01'.
        """
        meant = self.matches(text)
        if len(meant) == 1:
            return meant[0]
        if meant:
            more = f" and {len(meant) - _MOST_LISTED} more" if len(meant) > _MOST_LISTED else ""
            which = ", ".join(map(self._describe, meant[:_MOST_LISTED]))
            raise InputError([Fault(place, "several accounts have this name.", f"give one of the ids: {which}{more}")])
        near = " or ".join(map(self._describe, self._near(text)))
        fix = f"did you mean {near}?" if near else "give an id or a name as it stands in accounts"
        raise InputError([Fault(place, f"there is no account of that id or name{known and f' {known}'}.", fix)])

    @cached_property
    def _by_letters(self) -> dict[str, list[str]]:
        accounts: dict[str, list[str]] = {}
        for account in sorted(filter(self.names.get, self.names)):
            accounts.setdefault(_letters(self.names[account]), []).append(account)
        return accounts

    def _describe(self, account: str) -> str:
        return f"'{account}' ({self.names[account]})" if self.names[account] else f"'{account}'"

    def _near(self, text: str) -> list[str]:
        """Accounts whose name has all the words of `text`, then those whose id or name is written nearly so."""
        words = _words_of_name(text).split()
        holding = [
            account
            for account, name in sorted(self.names.items())
            if words and all(f" {word}" in f" {_words_of_name(name)}" for word in words)
        ]
        ids, names = _close(text, self.names), _close(_letters(text), self._by_letters)
        near = [*holding, *ids, *(account for name in names for account in self._by_letters[name])]
        return list(dict.fromkeys(near))[:_MOST_NEAR]


def _words_of_name(text: str) -> str:
    """The words of a name; one of signs alone stays as it is."""
    return plain_words(text) or text.strip().casefold()


def _letters(text: str) -> str:
    """The form in which names are compared."""
    return _words_of_name(text).replace(" ", "")


def _close(text: str, known: Iterable[str]) -> list[str]:
    """Those of `known` that are nearest to `text`, whatever their case."""
    by_letters = {each.casefold(): each for each in known}
    letters, some = text.casefold(), list(by_letters)
    if len(some) > _MOST_NAMES_COMPARED:
        some = [each for each in some if each.startswith(letters[: len(letters) // 2])][:_MOST_NAMES_COMPARED]
    return [by_letters[each] for each in difflib.get_close_matches(letters, some, n=_MOST_NEAR)]
