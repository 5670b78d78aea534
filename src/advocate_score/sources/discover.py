"""Finds the file of each canonical table: `<folder>/<table>.<ending>`, or the path that the configuration gives."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from advocate_score.config import Part, Settings, formats
from advocate_score.config.settings import Dialect, Location
from advocate_score.config.sources import Condition, Lookup, Splitting
from advocate_score.errors import Fault, InputError
from advocate_score.schema import TABLES
from advocate_score.text import plain_words

HIDDEN = (".", "~")
"""Prefixes of hidden and temporary files, which are not exports."""


_OPTIONS_OF_ANSWERS = ("delimiter", "encoding", "date_format")
TAB = r"\t"
"""A tab as TOML writes it."""


@dataclass(frozen=True)
class _System:
    """A CRM, the shipped mapping of its exports, and by what they are known: names of files without their ending, and
    names of columns that stand together in a header."""

    name: str
    mapping: str
    files: frozenset[str]
    columns: tuple[frozenset[str], ...]


_SYSTEMS = (
    _System(
        "Salesforce",
        "pipelines/salesforce.toml",
        frozenset(
            ("Account", "Contact", "Opportunity", "Case", "Task", "Event", "Campaign", "CampaignMember", "User", "Lead")
        ),
        tuple(frozenset(("id", other)) for other in ("isdeleted", "accountid", "ownerid", "whatid", "masterrecordid")),
    ),
    _System(
        "HubSpot",
        "pipelines/hubspot.toml",
        frozenset(("companies", "deals", "engagements", "tickets")),
        tuple(frozenset((name,)) for name in ("record_id", "hs_object_id")),
    ),
)


_WORDS = {
    "accounts": "account client clients customer customers company companies cuenta cuentas cliente clientes empresa "
    "empresas",
    "contacts": "contact people persons contacto contactos persona personas",
    "renewals": "renewal contract contracts renovacion renovaciones contrato contratos",
    "outcomes": "outcome results resultado resultados",
    "interactions": "interaction activity activities meetings calls interaccion interacciones actividad actividades "
    "reuniones llamadas",
    "referrals": "referral introductions recomendacion recomendaciones referidos",
    "asks": "ask requests peticion peticiones solicitud solicitudes",
    "surveys": "survey nps encuesta encuestas",
    "mentions": "mention reviews mencion menciones resenas",
    "permissions": "permission consent consents permiso permisos consentimiento consentimientos",
    "cases": "case tickets incidencia incidencias",
    "opportunities": "opportunity deal deals oportunidad oportunidades negocio negocios",
    "assets": "asset testimonials testimonios",
}
"""Table → words by which exports call it in English and Spanish, without accents."""
_TABLES_BY_WORD = {word: table for table, words in _WORDS.items() for word in (table, *words.split())}
_LEAST_ALIKE = 0.8


def _table_meant(path: Path) -> str:
    """The table that a file may hold by its name, such as `Cuentas 2026.csv`; '' if none or more than one is likely."""
    words = plain_words(path.name.split(".")[0]).split()
    known = {_TABLES_BY_WORD[word] for word in words if word in _TABLES_BY_WORD}
    if not known:
        known = {*difflib.get_close_matches(" ".join(words), TABLES, n=1, cutoff=_LEAST_ALIKE)}
    return known.pop() if len(known) == 1 else ""


def mapping_of_columns(names: Collection[str]) -> str:
    """Advice with the mapping to start from where the columns are those of a CRM's own export, else ''."""
    for system in _SYSTEMS:
        if any(columns <= {*names} for columns in system.columns):
            return f"these are {system.name}'s own columns: start from {system.mapping}, which maps them"
    return ""


def _system_of_file(path: Path) -> _System | None:
    stem = path.name.split(".")[0]
    return next(
        (system for system in _SYSTEMS if stem in system.files or stem.startswith(f"{system.name.casefold()}-")), None
    )


@dataclass(frozen=True)
class LookupSource:
    """Where a column is looked up: `take`, one column or several, of the row whose `match` is what the export has as
    `by`.

    sources: what is looked into · table: the canonical table that they are the parts of, '' for a file.
    """

    by: str
    match: str
    take: tuple[str, ...]
    sources: tuple["Source", ...]
    table: str = ""


@dataclass(frozen=True)
class Source:
    """One table's file and its format.

    columns: canonical name → the file's name · values: canonical column → the file's value → the canonical value ·
    sheet: of a workbook, empty if it has only one · constants: canonical name → the value of every row · where: the
    file's column → values of the rows that are taken · ignore: columns of the file that are not read · read_by_signals:
    columns that the configuration's own signals read · number: which part of its table this is, 0 if the table has no
    parts · declared_in: the section that says how it is written, if not the table's own · by_hand: whether people
    filled it in, so that dates of a program and dates in the declared format may be mixed · id_width:
    canonical column → number of digits to which its ids are filled up with zeros
    · has_row_ids: whether the table's id is made of the row's content · split: canonical column →
    how several ids in one of its cells are parted · lookups: canonical column → where it is
    looked up.

    A query (format `sql`) has no file: its `path` is the folder that the path of a database file is relative to.
    """

    table: str
    path: Path
    format: str
    dialect: Dialect
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    sheet: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, Condition] = field(default_factory=dict)
    ignore: Sequence[str] = ()
    read_by_signals: frozenset[str] = frozenset()
    number: int = 0
    query: str = ""
    database: str = ""
    declared_in: str = ""
    by_hand: bool = False
    id_width: Mapping[str, int] = field(default_factory=dict)
    has_row_ids: bool = False
    split: Mapping[str, Splitting] = field(default_factory=dict)
    lookups: Mapping[str, LookupSource] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.setting} query" if self.query else self.path.name

    @property
    def setting(self) -> str:
        """The section of the configuration that declares the source."""
        return self.declared_in or _setting(self.table, self.number)

    def line(self, key: str, value: str) -> str:
        """The line of the configuration that gives `key` this value, ready to paste; for answers, the option of
        `record` where there is one."""
        if self.by_hand and key in _OPTIONS_OF_ANSWERS:
            return f"--{key.replace('_', '-')} '{'tab' if value == TAB else value}'"
        return f'{self.setting} {key} = "{value}"'

    @property
    def files(self) -> list[Path]:
        if self.query:
            return []
        return sorted(self.path.glob(f"*{self.kind.endings[0]}")) if self.path.is_dir() else [self.path]

    @property
    def kind(self) -> formats.SourceFormat:
        return formats.FORMATS[self.format]


@dataclass(frozen=True)
class Discovery:
    """`sources`: table → the sources that it is read from, in order. `meant`: absent table → a file that nothing reads
    and that may be its export."""

    sources: Mapping[str, tuple[Source, ...]]
    warnings: tuple[str, ...]
    meant: Mapping[str, Path] = field(default_factory=dict)


def discover(settings: Settings, wanted: Collection[str] = tuple(TABLES)) -> Discovery:
    """The sources of the tables that are wanted, by default of all. Raises InputError that names every table with two
    files, or with a file that is missing or not of a known format."""
    folder = settings.path(settings.sources.folder)
    files, strangers = _by_convention(folder)
    faults: list[Fault] = []
    sources: dict[str, tuple[Source, ...]] = {}
    for table in wanted:
        try:
            if parts := _parts(settings, table, files[table]):
                sources[table] = parts
        except InputError as error:
            faults.extend(error.faults)
    faults.extend(_absent_lookups(sources))
    if faults:
        raise InputError(faults)
    sources = {table: tuple(_with_tables(part, sources) for part in parts) for table, parts in sources.items()}
    read = {path.resolve() for parts in sources.values() for source in parts for path in _paths_read(source)}
    unread = [path for path in strangers if path.resolve() not in read]
    meant = {
        table: path
        for path in reversed(unread)
        if formats.ending_of(path.name) and (table := _table_meant(path)) and table not in sources
    }
    return Discovery(sources, tuple(_unread_files(unread, meant.keys(), settings.sources.folder)), meant)


def path_line(table: str, path: Path, folder: Location) -> str:
    """The line that names a file of the tables' folder as the file of a table; ready to paste where the folder is
    relative to the configuration."""
    given = "…" if Path(folder).is_absolute() else Path(folder).as_posix()
    return f'[sources.{table}] path = "{given}/{path.name}"'


def _absent_lookups(sources: Mapping[str, tuple[Source, ...]]) -> Iterator[Fault]:
    for source in (source for parts in sources.values() for source in parts):
        for column, lookup in source.lookups.items():
            if lookup.table and lookup.table not in sources:
                setting, fix = f"{source.setting} lookup.{column} in", "export it too, or name a file"
                yield Fault(setting, f"there is no file for {lookup.table}.", fix)


def _with_tables(source: Source, sources: Mapping[str, tuple[Source, ...]]) -> Source:
    """The source with the parts of the tables that it looks into."""
    if not source.lookups:
        return source
    lookups = {
        column: replace(lookup, sources=sources[lookup.table]) if lookup.table else lookup
        for column, lookup in source.lookups.items()
    }
    return replace(source, lookups=lookups)


def _paths_read(source: Source) -> list[Path]:
    return [source.path, *(other.path for lookup in source.lookups.values() for other in lookup.sources)]


def _by_convention(folder: Path) -> tuple[dict[str, list[Path]], list[Path]]:
    """Files of `folder` by table, and files that look like a table but lack a table's name or a known ending."""
    files: dict[str, list[Path]] = defaultdict(list)
    strangers = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith(HIDDEN):
            continue
        if table := table_named(path):
            files[table].append(path)
        elif formats.ending_of(path.name) or path.name.casefold().split(".")[0] in TABLES:
            strangers.append(path)
    return files, strangers


def table_named(path: Path) -> str | None:
    """The table that a file of this name holds by convention."""
    ending = formats.ending_of(path.name)
    name = path.name[: -len(ending)].casefold() if ending else ""
    return name if name in TABLES else None


def _setting(table: str, number: int) -> str:
    return f"[[sources.{table}.parts]] no. {number}" if number else f"[sources.{table}]"


def _parts(settings: Settings, table: str, files: list[Path]) -> tuple[Source, ...]:
    """The sources of one table; empty if the table is absent. A declared part without a file is a fault."""
    declared = settings.sources.table(table)
    sources, faults = [], []
    for number, part in enumerate(declared.each, start=bool(declared.parts)):
        try:
            path = _path(settings, table, number, part, files)
            if path is not None:
                sources.append(_source(settings, table, number, part, path))
            elif number:
                fix = "give it a path; it is relative to the configuration file"
                faults.append(Fault(_setting(table, number), "names no file to read.", fix))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return tuple(sources)


def _path(settings: Settings, table: str, number: int, part: Part, files: list[Path]) -> Path | None:
    if part.query is not None:
        return settings.folder
    if part.path is not None:
        path = settings.path(part.path)
        if not path.exists():
            fix = "correct the path, relative to the configuration file, or take the section out"
            raise InputError([Fault(f"{_setting(table, number)} path", f"there is no file {part.path}.", fix)])
        return path
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        fix = f"keep one, or name it in [sources.{table}] path"
        raise InputError([Fault(table, f"there is more than one file for this table: {names}.", fix)])
    return files[0] if files else None


def _source(settings: Settings, table: str, number: int, part: Part, path: Path) -> Source:
    database = part.database or settings.sources.database or ""
    if part.query is not None and not database:
        fix = 'say which, such as database = "sqlite:///crm.db"'
        raise InputError([Fault(f"{_setting(table, number)} query", "there is no database to ask.", fix)])
    return Source(
        table=table,
        path=path,
        format=_format(part, path, f"{_setting(table, number)} format") if part.query is None else formats.QUERY,
        dialect=settings.sources.dialect(part),
        columns=part.columns,
        values=part.values,
        sheet=part.sheet or "",
        constants=part.constants,
        where=part.where,
        ignore=part.ignore,
        read_by_signals=frozenset(
            column for signal in settings.signals if signal.table == table for column in signal.columns_used
        ),
        number=number,
        query=part.query or "",
        database=database,
        id_width=part.id_width,
        has_row_ids=part.id == "row",
        split=part.splittings,
        lookups=_lookups(settings, part, _setting(table, number)),
    )


def _lookups(settings: Settings, part: Part, setting: str) -> dict[str, LookupSource]:
    """Where columns are looked up. Files are written as `[sources]` says of all; tables are still without parts."""
    lookups = {}
    for column, lookup in part.lookup.items():
        is_table = str(lookup.within) in TABLES
        sources = () if is_table else (_lookup_file(settings, lookup, f"{setting} lookup.{column} in"),)
        lookups[column] = LookupSource(
            lookup.by, lookup.match, lookup.taken, sources, str(lookup.within) if is_table else ""
        )
    return lookups


def _lookup_file(settings: Settings, lookup: Lookup, setting: str) -> Source:
    path = settings.path(lookup.within)
    if not path.exists():
        fix = "correct the path, relative to the configuration file, or name a table"
        raise InputError([Fault(setting, f"there is no file {lookup.within}.", fix)])
    of_all = Part()
    return Source(path.stem, path, _format(of_all, path, setting), settings.sources.dialect(of_all), {}, {})


def _format(part: Part, path: Path, setting: str) -> str:
    kind = formats.FORMATS[part.format] if part.format else formats.format_of(path.name)
    if kind is None:
        fix = f"say {formats.in_a_sentence(kind.name for kind in formats.file_formats())} in {setting}"
        raise InputError([Fault(path.name, "its ending does not say how the file is written.", fix)])
    if not (path.is_file() or (path.is_dir() and kind.in_parts)):
        raise InputError([Fault(path.name, "is not a file, or is a link to nothing.", "put the export in its place")])
    return kind.name


_MOST_NAMED = 3


def _unread_files(paths: Iterable[Path], absent: Collection[str], folder: Location) -> Iterator[str]:
    """One warning for all files of a CRM, and one for each other file. `absent`: tables that may be among them."""
    of_systems: dict[_System, list[str]] = defaultdict(list)
    for path in paths:
        system = _system_of_file(path)
        if system is None or formats.ending_of(path.name) is None:
            yield _unread_file_warning(path, absent, folder)
        else:
            of_systems[system].append(path.name)
    for system, names in of_systems.items():
        shown = ", ".join(names[:_MOST_NAMED])
        further = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        problem = f"{'is' if len(names) == 1 else 'are'} not read: these are {system.name}'s own names"
        yield f"{shown}{further} {problem}. Start from {system.mapping}, which reads them from exports/."


def _unread_file_warning(path: Path, absent: Collection[str], folder: Location) -> str:
    if formats.ending_of(path.name) is None:
        return f"{path.name}: is not read, since its ending is none of {', '.join(formats.all_endings())}."
    table = _table_meant(path)
    hint = f" If it holds {table}: {path_line(table, path, folder)}." if table in absent else ""
    return f"{path.name}: is not read, since no table has that name.{hint}"
