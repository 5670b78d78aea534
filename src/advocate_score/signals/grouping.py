"""What the signals of one event table share: conditions, windows and values, each evaluated once a row."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from advocate_score.declaration import Signal
from advocate_score.engine.sql import quote_identifier
from advocate_score.signals.as_of import Cut, known_rows, since
from advocate_score.signals.conditions import all_hold, number_of


def passing(signal: Signal) -> str:
    """The condition of the rows that a signal is about."""
    return " AND ".join(filter(None, (among(signal), all_hold(signal.table, signal.where))))


def among(signal: Signal) -> str:
    return all_hold(signal.table, signal.among)


def lookback(signal: Signal) -> int | None:
    """In hours, so that half of it is whole."""
    return None if signal.lookback_days is None else 24 * signal.lookback_days


def half_lookback(signal: Signal) -> int:
    return 12 * (signal.lookback_days or 0)


def _windows(signal: Signal) -> tuple[int, ...]:
    whole = lookback(signal)
    if whole is None:
        return ()
    return (whole, half_lookback(signal)) if signal.aggregate == "trend" else (whole,)


@dataclass(frozen=True)
class Grouping:
    """`lookback_days`: of the window outside which no row is read at all; `windows`, in hours, lie within."""

    table: str
    conditions: tuple[str, ...]
    windows: tuple[int, ...]
    columns: tuple[str, ...]
    columns_read: frozenset[str]
    lookback_days: int | None

    @classmethod
    def of(cls, signals: Sequence[Signal]) -> "Grouping":
        lookbacks = [signal.lookback_days for signal in signals]
        longest = None if None in lookbacks else max(filter(None, lookbacks))
        return cls(
            table=signals[0].table,
            conditions=tuple(_unique(condition for signal in signals for condition in _conditions(signal))),
            windows=tuple(sorted({hours for signal in signals for hours in _windows(signal)} - {24 * (longest or 0)})),
            columns=tuple(_unique(signal.column for signal in signals if signal.column)),
            columns_read=frozenset().union(*(signal.columns_used for signal in signals)),
            lookback_days=longest,
        )

    def rows(self, cut: Cut, columns: Sequence[str]) -> str:
        """A SELECT of the known rows: `_unit`, whether they meet each condition and lie in each window, `columns`."""
        known = known_rows(self.table, self.columns_read, cut, self.lookback_days)
        met = [f"{condition} AS {self._met(condition)}" for condition in self.conditions]
        near = [f"_happened >= {since('_as_of', hours)} AS {self._near(hours)}" for hours in self.windows]
        return f"SELECT {', '.join(['_unit', *met, *near, *columns])} FROM ({known})"

    def values(self) -> Iterator[str]:
        """A number and an exact decimal for each column that a signal measures."""
        for column in self.columns:
            number = number_of(self.table, column, quote_identifier(column))
            yield f"{number} AS {self.value(column)}"
            yield f"CAST({number} AS DECIMAL(18, 4)) AS {self.exact(column)}"

    def value(self, column: str) -> str:
        return f"_v{self.columns.index(column)}"

    def exact(self, column: str) -> str:
        return f"_d{self.columns.index(column)}"

    def matches(self, condition: str, hours: int | None) -> str:
        """Whether a row meets the condition and lies in the window; empty where all rows do."""
        met = self._met(condition) if condition else ""
        near = self._near(hours) if hours in self.windows else ""
        return " AND ".join(filter(None, (met, near)))

    def _met(self, condition: str) -> str:
        return f"_c{self.conditions.index(condition)}"

    def _near(self, hours: int) -> str:
        return f"_w{self.windows.index(hours)}"


def _conditions(signal: Signal) -> Iterator[str]:
    if signal.aggregate in ("share", "rate"):
        yield from filter(None, [among(signal)])
    yield from filter(None, [passing(signal)])


def _unique(names: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(names)
