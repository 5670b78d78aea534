"""What the signals of one event table share: conditions, windows and values, each evaluated once a row.

`_mask` holds one bit a condition that the row meets, `_bucket` the narrowest of the windows it lies in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from advocate_score.declaration import Signal
from advocate_score.engine.sql import quote_identifier
from advocate_score.signals.as_of import Cut, known_rows, since
from advocate_score.signals.conditions import all_hold, number_of

MASK_BITS = 60
NARROW_BITS = 30
"""So many fit an INTEGER, of which twice as many are compared at a time."""


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
    table: str
    conditions: tuple[str, ...]
    windows: tuple[int, ...]
    columns: tuple[str, ...]
    columns_read: frozenset[str]
    lookback_days: int | None

    @classmethod
    def of(cls, signals: Sequence[Signal]) -> "Grouping":
        lookbacks = [signal.lookback_days for signal in signals]
        return cls(
            table=signals[0].table,
            conditions=tuple(_unique(condition for signal in signals for condition in _conditions(signal))),
            windows=tuple(sorted({hours for signal in signals for hours in _windows(signal)})),
            columns=tuple(_unique(signal.column for signal in signals if signal.column)),
            columns_read=frozenset().union(*(signal.columns_used for signal in signals)),
            lookback_days=None if None in lookbacks else max(filter(None, lookbacks)),
        )

    def rows(self, cut: Cut, columns: Sequence[str]) -> str:
        """A SELECT of the known rows: `_unit`, `_bucket`, `_mask` and `columns`."""
        known = known_rows(self.table, self.columns_read, cut, self.lookback_days)
        shown = ["_unit", f"{self._bucket()} AS _bucket", f"{self._mask()} AS _mask", *columns]
        return f"SELECT {', '.join(shown)} FROM ({known})"

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
        bit = f"(_mask & {1 << self.conditions.index(condition)}) <> 0" if condition else ""
        near = f"_bucket <= {self.windows.index(hours)}" if hours not in (None, self._outermost) else ""
        return " AND ".join(filter(None, (bit, near)))

    @property
    def _outermost(self) -> int | None:
        """The window outside which no row is read at all."""
        return None if self.lookback_days is None else 24 * self.lookback_days

    def _bucket(self) -> str:
        cases = [f"WHEN _happened >= {since('_as_of', hours)} THEN {i}" for i, hours in enumerate(self.windows)]
        return f"CASE {' '.join(cases)} ELSE {len(cases)} END" if cases else "0"

    def _mask(self) -> str:
        bits = [f"CASE WHEN {condition} THEN {1 << i} ELSE 0 END" for i, condition in enumerate(self.conditions)]
        width = "INTEGER" if len(bits) <= NARROW_BITS else "BIGINT"
        return f"CAST({' + '.join(bits) or 0} AS {width})"


def batches(signals: Iterable[Signal]) -> Iterator[tuple[Signal, ...]]:
    """Signals of one table, in order, in parts whose conditions fit the mask."""
    batch: tuple[Signal, ...] = ()
    for signal in signals:
        longer = (*batch, signal)
        if len(Grouping.of(longer).conditions) > MASK_BITS:
            yield batch
            longer = (signal,)
        batch = longer
    if batch:
        yield batch


def _conditions(signal: Signal) -> Iterator[str]:
    if signal.aggregate in ("share", "rate"):
        yield from filter(None, [among(signal)])
    yield from filter(None, [passing(signal)])


def _unique(names: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(names)
