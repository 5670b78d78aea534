"""Functions that the shared SQL uses and DuckDB does not have under that name."""

PRELUDE = (
    "CREATE MACRO days_between(start, finish) AS (epoch_us(finish) - epoch_us(start)) / 86400000000e0",
    "CREATE MACRO number_in(cell) AS TRY_CAST(cell AS DOUBLE)",
)
