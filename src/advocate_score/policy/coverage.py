"""Choose a group of clients that together cover what is needed: the attributes that clients and prospects are compared
by, the need for each value, and a greedy choice improved by exchanges.

The worth of a group is the sum of its members' values plus, for every value of every attribute, its need times 1 for
the first member that has it, 1/2 for the second, 1/3 for the third, and so on. Groups therefore grow in proportion to
the need, and each further member of a kind adds less. The function is submodular: its greedy choice is never below 63 %
of the best (Nemhauser, Wolsey and Fisher 1978) and in practice within a few thousandths of it.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from advocate_score import config
from advocate_score.frames import among
from advocate_score.policy.inputs import Facts, existing_at
from advocate_score.policy.rules import account_statuses
from advocate_score.text import Text

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NEVER = -np.inf
_DIGITS = 9
"""Gains are compared to this many decimals, so that the order of summation never decides."""


@dataclass(frozen=True)
class Coverage:
    """The candidates, in the order in which ties are broken.

    value : (candidates,) worth of each candidate on its own. need : (values,) of all attributes together, weighted.
    kind : (candidates, attributes) position in `need`, −1 where the attribute is unknown.
    equal_within : gains that differ by no more than this count as equal.
    """

    value: Floats
    need: Floats
    kind: Ints
    equal_within: float = 0.0

    def choose(self, size: int) -> list[int]:
        """Positions of up to `size` candidates, each the best addition to those before it."""
        everybody = range(len(self.value))
        return self._greedy(self._improve(self._greedy(everybody, size)), size)

    def worth(self, members: Sequence[int]) -> float:
        return float(
            sum(self.value[member] + self.added_coverage(members[:n])[member] for n, member in enumerate(members))
        )

    def added_coverage(self, members: Sequence[int]) -> Floats:
        """(candidates,) how much each candidate would add to the coverage of `members`."""
        counts = np.bincount(self.kind[list(members)].ravel() + 1, minlength=len(self.need) + 1)
        each = np.append(0.0, self.need) / (1 + counts)
        covered: Floats = each[self.kind + 1].sum(axis=1)
        return covered

    def firsts(self, members: Sequence[int]) -> npt.NDArray[np.bool_]:
        """(members, attributes) whether each member is the first of its kind."""
        rows = self.kind[list(members)]
        return np.array([[k >= 0 and k not in rows[:n] for k in row] for n, row in enumerate(rows)]).reshape(rows.shape)

    def _gains(self, members: Sequence[int], candidates: Sequence[int]) -> Floats:
        gains = np.full(len(self.value), _NEVER)
        left = np.setdiff1d(candidates, members)
        gains[left] = np.round(self.value + self.added_coverage(members), _DIGITS)[left]
        return gains

    def _greedy(self, candidates: Sequence[int], size: int) -> list[int]:
        members: list[int] = []
        while len(members) < min(size, len(candidates)):
            gains = self._gains(members, candidates)
            members.append(int(np.argmax(gains >= gains.max() - self.equal_within)))
        return members

    def _improve(self, members: list[int]) -> list[int]:
        """`members` after every exchange that pays. The loop ends because each exchange increases the group's worth."""
        while True:
            exchanges = [self._exchange(members, position) for position in range(len(members))]
            better, position, other = max(exchanges, default=(0.0, 0, 0))
            if better <= max(self.equal_within, 10**-_DIGITS):
                return members
            members = [*members[:position], other, *members[position + 1 :]]

    def _exchange(self, members: list[int], position: int) -> tuple[float, int, int]:
        """The gain from the best replacement for the member at `position`, the position, and the replacement."""
        leaving = members[position]
        remaining = members[:position] + members[position + 1 :]
        gains = np.round(self.value + self.added_coverage(remaining), _DIGITS)
        stays = gains[leaving]
        gains[members] = _NEVER
        newcomer = int(np.argmax(gains))
        return float(gains[newcomer] - stays), position, newcomer


ATTRIBUTES = ("industry", "segment", "region", "service_line")

_CLIENT_OF = {
    "industry": Text("{value} client", "cliente del sector {value}"),
    "segment": Text("client of segment {value}", "cliente del segmento {value}"),
    "region": Text("client in region {value}", "cliente de la región {value}"),
    "service_line": Text("client of service line {value}", "cliente de la línea de servicio {value}"),
}
_NAMES = {
    "industry": Text("industry", "sector"),
    "segment": Text("segment", "segmento"),
    "region": Text("region", "región"),
    "service_line": Text("service line", "línea de servicio"),
}
_SAME = {
    "industry": Text("same industry", "mismo sector"),
    "segment": Text("same segment, so of similar size", "mismo segmento, luego de tamaño similar"),
    "region": Text("same region", "misma región"),
    "service_line": Text("same service line", "misma línea de servicio"),
}


def client_phrase(attribute: str, value: str, language: str) -> str:
    """A phrase for a client by one of its attributes: "energy client"."""
    return _CLIENT_OF[attribute].in_language(language).format(value=value)


def attribute_phrase(attribute: str, value: str, language: str) -> str:
    """A phrase for an attribute and its value: "service line technology"."""
    return f"{_NAMES[attribute].in_language(language)} {value}"


def shared_attribute_phrase(attribute: str, language: str) -> str:
    """A phrase for an attribute that the client and the prospect share."""
    return _SAME[attribute].in_language(language)


def normalized_text(text: str) -> str:
    """`text` for comparison: without case, accents and surplus blanks."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(character for character in decomposed if not unicodedata.combining(character)).split())


def normalized_values(values: pd.Series) -> pd.Series:
    """Each value as `normalized_text` returns it; '' where it is missing."""
    codes, different = pd.factorize(values)
    texts = pd.array([*(normalized_text(str(value)) for value in different), ""], dtype="str")
    return pd.Series(texts.take(codes), values.index, name=values.name)  # the code of a missing value is −1


def usual_spellings(values: pd.Series) -> pd.Series:
    """Normalized value → its most frequent spelling; ties go to the alphabetically first."""
    rows = values.astype("str").value_counts()
    names = rows.index.to_series()
    spelled = pd.DataFrame(
        {"key": normalized_values(names).to_numpy(), "name": names.to_numpy(), "rows": rows.to_numpy()}
    )
    counted = spelled[spelled["key"] != ""]
    usual = counted.sort_values(["key", "rows", "name"], ascending=[True, False, True]).drop_duplicates("key")
    return usual.set_index("key")["name"]


COLUMNS = ("attribute", "value", "name", "clients", "open_opportunities", "need")
_LIKE_CLIENTS = 10
"""This many imaginary opportunities, distributed like the clients, are added, because a few real ones are weak
evidence."""


def clients_at(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """The accounts that are clients as of `as_of`: neither deleted, churned nor merged."""
    blocks = account_statuses(facts, as_of, policy)
    former = blocks.loc[blocks["rule"] != "at_risk", "account_id"]
    accounts = existing_at(facts.accounts, as_of)
    return accounts[~among(accounts["account_id"], former)]


def open_opportunities(opportunities: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """The opportunities opened before `as_of` and not closed before it. One with a result but no closing date counts as
    closed."""
    opened = opportunities["opened_at"] < as_of
    closes_later = opportunities["closed_at"] >= as_of
    undecided = opportunities["closed_at"].isna() & opportunities["won"].isna()
    return opportunities[opened & (closes_later | undecided)]


def needs(clients: pd.DataFrame, open_now: pd.DataFrame) -> pd.DataFrame:
    """How much each value of each attribute is needed among the references.

    Parameters
    ----------
    clients, open_now : `ATTRIBUTES`, as returned by `clients_at` and `open_opportunities`.

    Returns
    -------
    frame of `COLUMNS`, one row per attribute and normalized value: `name` is its usual spelling, `need` its share of
    the open opportunities, blended with its share of the clients, which dominates where opportunities are few; the
    needs of an attribute sum to 1.
    """
    parts = [_needs_of_attribute(name, clients[name], open_now[name]) for name in ATTRIBUTES]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def _needs_of_attribute(attribute: str, clients: pd.Series, open_now: pd.Series) -> pd.DataFrame:
    names = usual_spellings(pd.concat([clients, open_now]))
    counts = {
        column: normalized_values(values).value_counts().reindex(names.index, fill_value=0)
        for column, values in {"clients": clients, "open_opportunities": open_now}.items()
    }
    rows = names.rename("name").to_frame().assign(**counts)
    shares = rows["clients"] / max(rows["clients"].sum(), 1)
    needed = rows["open_opportunities"] + _LIKE_CLIENTS * shares
    total = needed.sum()
    rows = rows.assign(attribute=attribute, need=needed / total if total else needed)
    return rows.rename_axis("value").reset_index()
