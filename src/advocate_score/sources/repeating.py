"""Columns in which few values repeat, such as kinds, flags and grades: each value is looked at once, not each row."""

import pyarrow as pa

MOST_DIFFERENT = 0.5
"""Different values for each row, up to which looking them up costs less than looking at every row."""

_SAMPLE_ROWS = 4_096


def by_value(column: pa.Array) -> pa.DictionaryArray | None:
    """The column as its different values and which of them each row has; None where hardly any value repeats."""
    if pa.types.is_dictionary(column.type):
        return column
    sample = column.slice(0, _SAMPLE_ROWS)
    return column.dictionary_encode() if len(sample.unique()) <= MOST_DIFFERENT * len(sample) else None
