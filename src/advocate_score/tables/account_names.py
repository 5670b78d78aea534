"""Which account a person means: by its id, in Salesforce's short form too, or by its name."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from advocate_score.errors import Fault, InputError
from advocate_score.tables.parsing import canonical_id
from advocate_score.text import plain_words

_MOST_NEAR = 3
_MOST_LISTED = 10
_MOST_COMPARED = 20_000
"""Of more accounts, only those with the same beginning are compared, to stay fast."""


@dataclass(frozen=True)
class KnownAccounts:
    """`names`: account_id → the account's name, '' where it has none."""

    names: Mapping[str, str]

    def matching(self, text: str) -> list[str]:
        """The accounts that `text` may mean: the one of this id, otherwise those of this name, for which case, accents,
        blanks and punctuation only count where two names differ in nothing else."""
        for identifier in (text, canonical_id(text)):
            if identifier is not None and identifier in self.names:
                return [identifier]
        alike = self._by_letters.get(_letters(text), [])
        same = [account for account in alike if self.names[account] == text]
        return same if len(same) == 1 else alike

    def the_one(self, text: str, place: str = "ACCOUNT", known: str = "") -> str:
        """The account that `text` means; InputError with the nearest ones where it is none, or with all where it is
        several.

        Parameters
        ----------
        text : an id or a name. place : of the fault. known : says of when the accounts are, such as 'as of 2026-01-01'.
        """
        found = self.matching(text)
        if len(found) == 1:
            return found[0]
        if found:
            more = f" and {len(found) - _MOST_LISTED} more" if len(found) > _MOST_LISTED else ""
            which = ", ".join(map(self._named, found[:_MOST_LISTED]))
            raise InputError([Fault(place, "several accounts have this name.", f"give one of the ids: {which}{more}")])
        near = " or ".join(map(self._named, self._near(text)))
        fix = f"did you mean {near}?" if near else "ids and names are those of accounts, as 'check' accepts them"
        raise InputError([Fault(place, f"there is no account of that id or name{known and f' {known}'}.", fix)])

    @cached_property
    def _by_letters(self) -> dict[str, list[str]]:
        accounts: dict[str, list[str]] = {}
        for account in sorted(filter(self.names.get, self.names)):
            accounts.setdefault(_letters(self.names[account]), []).append(account)
        return accounts

    def _named(self, account: str) -> str:
        return f"'{account}' ({self.names[account]})" if self.names[account] else f"'{account}'"

    def _near(self, text: str) -> list[str]:
        """Accounts whose name has all the words of `text`, then those whose id or name is written nearly so."""
        words = _words(text).split()
        holding = [
            account
            for account, name in sorted(self.names.items())
            if words and all(f" {word}" in f" {_words(name)}" for word in words)
        ]
        ids, names = _close(text, self.names), _close(_letters(text), self._by_letters)
        near = [*holding, *ids, *(account for name in names for account in self._by_letters[name])]
        return list(dict.fromkeys(near))[:_MOST_NEAR]


def _words(text: str) -> str:
    """The words of a name; one of signs alone stays as it is."""
    return plain_words(text) or text.strip().casefold()


def _letters(text: str) -> str:
    """The form in which names are compared."""
    return _words(text).replace(" ", "")


def _close(text: str, known: Iterable[str]) -> list[str]:
    """Those of `known` that are nearest to `text`, whatever their case."""
    by_letters = {one.casefold(): one for one in known}
    letters, some = text.casefold(), list(by_letters)
    if len(some) > _MOST_COMPARED:
        some = [one for one in some if one.startswith(letters[: len(letters) // 2])][:_MOST_COMPARED]
    return [by_letters[one] for one in difflib.get_close_matches(letters, some, n=_MOST_NEAR)]
