"""Functions that the shared SQL uses and Spark does not have under that name."""

_INSTANTS = "start TIMESTAMP_NTZ, finish TIMESTAMP_NTZ"
_DAYS = "CAST(TIMESTAMPDIFF(MICROSECOND, start, finish) AS DOUBLE) / 86400000000e0"
_PLAIN = "REGEXP_REPLACE(cell, '(?<=[0-9])_(?=[0-9])', '')"
_IS_NUMBER = f"REGEXP_LIKE({_PLAIN}, '^[\t-\r ]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[\t-\r ]*$')"
"""To Java `1d` and `0x1p3` are numbers too, and `1_000` is none."""

PRELUDE = (
    f"CREATE OR REPLACE TEMPORARY FUNCTION days_between({_INSTANTS}) RETURNS DOUBLE RETURN {_DAYS}",
    "CREATE OR REPLACE TEMPORARY FUNCTION number_in(cell STRING) RETURNS DOUBLE "
    f"RETURN CASE WHEN {_IS_NUMBER} THEN TRY_CAST({_PLAIN} AS DOUBLE) END",
)
