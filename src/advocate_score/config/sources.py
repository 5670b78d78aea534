"""`[sources]`: where each table comes from, how it is written, and what the export's names and values mean here."""

from datetime import datetime
from itertools import combinations, permutations
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from advocate_score.config.formats import Format
from advocate_score.config.settings import (
    MOST,
    Address,
    Decimal,
    Delimiter,
    Dialect,
    Encoding,
    Location,
    Section,
    Share,
    Thousands,
    Writing,
    ZoneName,
)
from advocate_score.signal_spec import Identifier

_MERGED = ("columns", "values", "constants", "where", "id_width", "split", "lookup")
_ORIGINS = ("columns", "constants", "lookup")
"""Settings that say where a canonical column comes from."""
_SPANISH = {"delimiter": ";", "encoding": "cp1252", "decimal": ",", "thousands": ".", "date_format": "%d/%m/%Y"}
_WRITINGS: dict[Writing, dict[str, Any]] = {
    "standard": {name: Dialect.model_fields[name].default for name in _SPANISH},
    "spanish-excel": _SPANISH,
}
"""`written_as`: what the spreadsheets of a country save as CSV."""


NULL_ID = "000000000000000AAA"
"""What Salesforce's Data Export writes in place of an empty id."""


class Exclusion(Section):
    """Rows of which a column has any value but some; `not_empty`: any at all."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    excluded: tuple[str, ...] = Field((), alias="not")
    not_empty: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """The values of rows that are not taken."""
        return (*self.excluded, "", NULL_ID) if self.not_empty else self.excluded


Condition = tuple[str, ...] | Exclusion
"""The values that rows may have which are taken, or those that they must not have."""


Mark = Annotated[str, Field(min_length=1)]
"""What parts ids in a cell."""


class Splitting(Section):
    """Of a cell that holds several ids, parted by `by`: the first, or one row for each of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    by: Mark
    take: Literal["first", "each"] = "first"


class Lookup(Section):
    """`take` of the row whose `match` is what the export has as `by`; of several columns in `take` the cells are joined
    by blanks, such as `["FirstName", "LastName"]`.

    `in`: a file, as a path from the configuration's folder or as a URL, whose columns `match` and `take` are; or the
    name of a table, whose own columns they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    within: Location = Field(alias="in")
    by: str
    match: str
    take: str | Annotated[tuple[str, ...], Field(min_length=1)]

    @property
    def taken(self) -> tuple[str, ...]:
        return (self.take,) if isinstance(self.take, str) else self.take


class Part(Section):
    """Where rows of a table come from and how they are written, where that differs from the folder's convention.

    `path` is a path, or the URL of a file in an object store. `query` is asked of `database` in place of a file.
    `sheet` names the sheet of a workbook that has several. `columns` maps a canonical name to the export's; `values`
    maps, per canonical column, the export's value to ours. `constants` gives a canonical column that the export does
    not have its one value. `where` says which rows are taken: per column of the export, the values that it may have, or
    `{ not = ["…"] }` for those it must not have and `{ not_empty = true }` for any.
    `ignore` lists columns of the export that are not read. `id_width` fills ids of digits up with leading zeros, which
    spreadsheets take away: per canonical column, the number of digits. `id = "row"`: the table's id is made of the
    row's content, so that equal rows are duplicates. `split` says, per canonical column of ids, what parts several ids
    in a cell: with `";"` the first is taken, with `{ by = ";", take = "each" }` there is a row for each.
    `lookup` takes a canonical column from another file or table: `{ in = "exports/Contact.csv", by = "ContactId",
    match = "Id", take = "AccountId" }`.
    """

    path: Location | None = None
    query: str | None = None
    database: Address | None = None
    format: Format | None = None
    sheet: str | None = None
    written_as: Writing | None = None
    delimiter: Delimiter | None = None
    encoding: Encoding | None = None
    decimal: Decimal | None = None
    thousands: Thousands | None = None
    date_format: str | None = None
    time_zone: ZoneName | None = None
    columns: dict[Identifier, str] = Field({})
    values: dict[Identifier, dict[str, str]] = Field({})
    constants: dict[Identifier, str] = Field({})
    where: dict[str, Condition] = Field({})
    ignore: tuple[str, ...] = ()
    id: Literal["row"] | None = None
    id_width: dict[Identifier, Annotated[int, Field(ge=1, le=64)]] = Field({})
    split: dict[Identifier, Mark | Splitting] = Field({})
    lookup: dict[Identifier, Lookup] = Field({})

    @property
    def splittings(self) -> dict[str, Splitting]:
        """`split`, each written out."""
        return {name: Splitting(by=how) if isinstance(how, str) else how for name, how in self.split.items()}

    @model_validator(mode="after")
    def _has_one_origin_a_column(self) -> Self:
        for first, other in combinations(_ORIGINS, 2):
            if twice := sorted(getattr(self, first).keys() & getattr(self, other).keys()):
                raise ValueError(f"{first} and {other} both give {', '.join(twice)}")
        if self.path is not None and self.query is not None:
            raise ValueError("has both a path and a query")
        return self

    @model_validator(mode="after")
    def _says_one_thing_of_a_value(self) -> Self:
        for column, mapping in self.values.items():
            meant: dict[str, str] = {}
            for exported, value in mapping.items():
                if meant.setdefault(exported.strip().casefold(), value) != value:
                    raise ValueError(f"values.{column} maps '{exported}' twice, in another case, to something else")
        return self


class TableSource(Part):
    """Where one table comes from. `parts`: several files, or one file several times over; what stands above them
    holds for each part that does not say otherwise. `ignore_unmatched`: a "no" under an id that no account has does
    not hold the publication."""

    parts: tuple[Part, ...] = ()
    ignore_unmatched: bool = False

    @property
    def each(self) -> tuple[Part, ...]:
        """What to read, one after the other: the parts, or the table itself where it has none."""
        return tuple(map(self._with_defaults, self.parts)) or (self,)

    def _with_defaults(self, part: Part) -> Part:
        above = {name: getattr(self, name) for name in self.model_fields_set & Part.model_fields.keys()}
        own: dict[str, Any] = {name: getattr(part, name) for name in part.model_fields_set}
        merged = {name: above.get(name, {}) | own.get(name, {}) for name in _MERGED}
        for origin, other in permutations(_ORIGINS, 2):
            for name in own.get(origin, {}).keys() - own.get(other, {}).keys():
                merged[other].pop(name, None)
        for key, other in (("path", "query"), ("query", "path")):
            if key in own:
                above.pop(other, None)
        return Part(**(above | own | merged))


class Sources(Dialect):
    """`folder`: a path, or a URL such as `s3://bucket/exports`.

    `database`: of every query that names no other; `sqlite:///file`, `duckdb:///file` or
    `postgresql://user:${NAME}@host/name`, with the password in that variable of the environment.

    `warn_age_hours`, `refuse_age_hours`: how old the data cut may be at the as-of instant that is given, or by the
    machine's clock where none is; off where not given. `refuse_fall`: a table that has lost this share of its rows
    or more since the last publication, and at least ten (of accounts, any), refuses the run.
    """

    folder: Location = Path("tables")
    database: Address | None = None
    as_of: Literal["data_cut", "today"] | str = "data_cut"
    warn_quarantined: Share = 0.01
    refuse_quarantined: Share = 0.05
    warn_age_hours: Annotated[float, Field(gt=0, le=MOST)] | None = None
    refuse_age_hours: Annotated[float, Field(gt=0, le=MOST)] | None = None
    refuse_fall: Share = 0.5
    accounts: TableSource = TableSource()
    contacts: TableSource = TableSource()
    renewals: TableSource = TableSource()
    outcomes: TableSource = TableSource()
    interactions: TableSource = TableSource()
    referrals: TableSource = TableSource()
    asks: TableSource = TableSource()
    surveys: TableSource = TableSource()
    mentions: TableSource = TableSource()
    permissions: TableSource = TableSource()
    cases: TableSource = TableSource()
    opportunities: TableSource = TableSource()
    assets: TableSource = TableSource()

    @field_validator("as_of", mode="before")
    @classmethod
    def _is_rule_or_date(cls, rule: object) -> object:
        if rule not in ("data_cut", "today"):
            try:
                datetime.fromisoformat(str(rule))
            except ValueError as error:
                raise ValueError("write data_cut, today or an ISO 8601 date") from error
        return str(rule)

    def table(self, name: str) -> TableSource:
        source: TableSource = getattr(self, name)
        return source

    def dialect(self, part: Part) -> Dialect:
        """What is said of the part, over what is said of all files; of a query's result, that is the time zone."""
        of_all = _declared_settings(self) if part.query is None else {"time_zone": self.time_zone}
        return Dialect(**(of_all | _declared_settings(part)))

    def dialect_of_people(self, lists: Writing, given: Part) -> Dialect:
        """How people write the files that they hand in: as `given` says, else as all files are written, else as the
        lists that they were given, `[outputs] csv`."""
        of_files = _declared_settings(self)
        of_lists = _WRITINGS[lists] if of_files.keys() <= {"time_zone"} else {}
        return Dialect(**(of_lists | of_files | _declared_settings(given)))


def _declared_settings(section: Section) -> dict[str, Any]:
    """Single settings over those that `written_as` stands for."""
    declared = section.model_dump(include=set(Dialect.model_fields), exclude_unset=True, exclude_none=True)
    return _WRITINGS[declared["written_as"]] | declared if "written_as" in declared else declared
