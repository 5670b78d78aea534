"""`[delivery]`: where else the nights in use are to stand, for readers who do not open files."""

from typing import Annotated

from pydantic import Field

from advocate_score.config.database import Address
from advocate_score.config.places import Url
from advocate_score.config.section import Section


class Delivery(Section):
    """`database`: where the lists of every night in use are kept as tables, whose names begin with `prefix`;
    `sqlite:///file`, `duckdb:///file` or `postgresql://user:${NAME}@host/name`. What stands in those tables belongs to
    this configuration alone: two that write into one database need two prefixes.

    `store`: the URL of a folder in an object store where those nights stand as files, and nothing else.
    """

    database: Address | None = None
    prefix: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,30}$")] = "advocate_"
    store: Url | None = None
