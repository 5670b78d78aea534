"""The sections of the configuration file. Every number of the practice is a default here and nowhere else. Addresses of
databases and stores hold no password: that stands in a variable of the environment."""

import codecs
import copy
import os
import re
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from advocate_score.dates import zone
from advocate_score.errors import ConfigurationError, Fault
from advocate_score.ladder import FAVOUR, FEWEST_LEVELS, LANGUAGES, LEVELS, MOST_LEVELS, Level, Levels
from advocate_score.signal_spec import Family
from advocate_score.text import Text, plain_words

Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
MOST = 1_000_000
"""Asks, minutes and the like beyond which a figure is a slip, and sums and dates overflow."""
Amount = Annotated[float, Field(ge=0, le=MOST)]
Money = Annotated[float, Field(ge=0, le=1e15)]
LevelNumber = Annotated[int, Field(ge=1, le=MOST_LEVELS)]
Channel = Literal["website", "marketing", "social", "sales", "events"]


UNSHOWN = "unshown"
"""Type of a fault whose message repeats nothing of what was given."""


def error_without_value(problem: str) -> PydanticCustomError:
    """What a validator raises where the value may hold a secret."""
    return PydanticCustomError(UNSHOWN, "{problem}", {"problem": problem})


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PerLevel(Section):
    """One figure for each level; written as `level_1 = …`. A level that the ladder lacks has no effect."""

    level_1: float
    level_2: float
    level_3: float
    level_4: float
    level_5: float
    level_6: float
    level_7: float
    level_8: float
    level_9: float

    def of(self, level: int) -> float:
        figure: float = getattr(self, f"level_{level}")
        return figure


class Worth(PerLevel):
    """What a delivered ask is worth, in delivered testimonials."""

    level_1: float = Field(1, ge=0, le=MOST)
    level_2: float = Field(4, ge=0, le=MOST)
    level_3: float = Field(3, ge=0, le=MOST)
    level_4: float = Field(6, ge=0, le=MOST)
    level_5: float = Field(10, ge=0, le=MOST)
    level_6: float = Field(1, ge=0, le=MOST)
    level_7: float = Field(1, ge=0, le=MOST)
    level_8: float = Field(1, ge=0, le=MOST)
    level_9: float = Field(1, ge=0, le=MOST)


class FloorShare(Section):
    """Share of its even part of the asks that each industry, segment and region gets at least; 0: no floor."""

    industry: Share = 0.5
    segment: Share = 0.5
    region: Share = 0.5


class Floors(Section):
    """Asks that named industries, segments and regions get at least, where that is more than the share's."""

    industry: dict[str, Count] = Field({})
    segment: dict[str, Count] = Field({})
    region: dict[str, Count] = Field({})


class Plan(Section):
    """How the asks of a period are chosen together.

    `lower_bound`: how much of the readiness is its lower bound, 0 for the mean alone · `unknown_completion` stands in
    where none can be told · `soft_cap_penalty`: share of the worth lost once the year's soft cap is reached ·
    `moment_bonus`: share added at a moment of full strength · `option_value`: how much of what the account would be
    worth at a higher level later is held against a lower ask now · `owner_load`: asks a period of one account manager,
    0 for any · `exploration`: share of the asks that is drawn by lot · `floor_rule`: "hard" floors give way only where
    they cannot be met, "soft" ones where an ask less costs `floor_price` or more to avoid.
    """

    period: Literal["week", "month", "quarter"] = "month"
    worth: Worth = Worth()
    lower_bound: Share = 0.5
    unknown_completion: Share = 1.0
    soft_cap_penalty: Share = 0.5
    moment_bonus: Amount = 0.2
    option_value: Share = 0.5
    owner_load: Count = 10
    exploration: Share = 0.05
    floor_rule: Literal["hard", "soft"] = "hard"
    floor_price: Amount = 1.0
    floor_share: FloorShare = FloorShare()
    floors: Floors = Floors()


class Pool(Section):
    """A group of clients, chosen together at one level of the ladder."""

    level: LevelNumber
    minimum: Count
    maximum: Count

    @model_validator(mode="after")
    def _minimum_fits(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


class ReferencePool(Pool):
    level: LevelNumber = 3
    minimum: Count = 15
    maximum: Count = 25


class BoardPool(Pool):
    level: LevelNumber = 5
    minimum: Count = 8
    maximum: Count = 12


class Fit(Section):
    """What each attribute that a prospect shares with a client weighs in a match."""

    industry: float = Field(0.4, ge=0, le=MOST)
    service_line: float = Field(0.3, ge=0, le=MOST)
    segment: float = Field(0.2, ge=0, le=MOST)
    region: float = Field(0.1, ge=0, le=MOST)

    def of(self, attribute: str) -> float:
        weight: float = getattr(self, attribute)
        return weight


class Pools(Section):
    """`diversity` weighs coverage of the need against readiness; gains that differ by no more than `equal_within` count
    as equal, and then who has not been asked longest goes first."""

    reference: ReferencePool = ReferencePool()
    board: BoardPool = BoardPool()
    diversity: Amount = 1.0
    equal_within: Share = 0.02
    fit: Fit = Fit()


_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WEB = ("http", "https")
"""There a name before the host is most often a token; stores of other kinds have a container or a user there."""


def is_url(location: object) -> bool:
    """A letter before a colon alone is a drive, and no scheme."""
    return isinstance(location, str) and _URL.match(location) is not None


def _as_path(value: object) -> object:
    return value if is_url(value) or not isinstance(value, str) else Path(value)


def _without_secrets(location: Path | str) -> Path | str:
    """What a driver needs to know of keys it finds in its environment, so an address has no room for them."""
    if isinstance(location, Path):
        return location
    try:
        parts = urlsplit(location)
        secrets = (parts.password, parts.query, parts.fragment, parts.scheme in _WEB and parts.username)
    except ValueError as error:
        raise error_without_value("is no URL") from error
    if any(secrets) or "::" in location:
        raise error_without_value(
            "write the URL of the folder or file alone; keys stand where the store's driver looks for them"
        )
    return location


def _local(value: object) -> object:
    if is_url(value):
        raise error_without_value("must be on this machine; [delivery] store takes a URL")
    return value


def _remote(location: str) -> str:
    if not is_url(location):
        raise error_without_value("write a URL, such as s3://bucket/folder")
    return location


Url = Annotated[str, AfterValidator(_remote), AfterValidator(_without_secrets)]
Location = Annotated[Path | str, BeforeValidator(_as_path), AfterValidator(_without_secrets)]
"""Text only where it is a URL."""
Local = Annotated[Path, BeforeValidator(_local)]
"""What is written here and not elsewhere."""


def _known_encoding(name: str) -> str:
    """Of text: Python also calls `base64` and the like encodings."""
    try:
        "a".encode(name)
        return codecs.lookup(name).name
    except (LookupError, UnicodeError) as error:
        raise ValueError(f"no encoding of text is called '{name}'") from error


def _parts_cells(delimiter: str) -> str:
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter.isalnum() or delimiter in '"\r\n':
        raise ValueError("must be one mark, such as ';' or a tab: ASCII, no letter, digit, quote or line end")
    return delimiter


_LEAST_BYTES, _MOST_BYTES = 16e6, 1e15
_BYTES = {"MB": 1e6, "GB": 1e9, "MiB": 2.0**20, "GiB": 2.0**30}


def _known_size(text: str) -> str:
    known = re.fullmatch(r"(\d+(?:\.\d+)?)\s?(MB|GB|MiB|GiB)", text)
    if known is None:
        raise ValueError("write a size such as 500MB or 2GB")
    if not _LEAST_BYTES <= float(known[1]) * _BYTES[known[2]] <= _MOST_BYTES:
        raise ValueError("must lie between 16MB and 1000000GB")
    return text


def _known_zone(name: str) -> str:
    zone(name)
    return name


Encoding = Annotated[str, AfterValidator(_known_encoding)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
Delimiter = Annotated[str, AfterValidator(_parts_cells)]
Size = Annotated[str, AfterValidator(_known_size)]
Decimal = Literal[".", ","]
Thousands = Literal["", ".", ",", " ", "'"]
Writing = Literal["standard", "spanish-excel"]


class Dialect(Section):
    """How text files are written. Nothing is guessed: what is not declared has the default. `written_as` declares
    several settings at once; any of them may be given beside it."""

    written_as: Writing = "standard"
    delimiter: Delimiter = ","
    encoding: Encoding = "utf-8"
    decimal: Decimal = "."
    thousands: Thousands | None = None
    date_format: str | None = None
    time_zone: ZoneName | None = None

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.thousands == self.decimal:
            raise ValueError(f"decimal and thousands are both '{self.decimal}'")
        return self

    @property
    def thousands_mark(self) -> str:
        """What parts thousands; where it is not said, a point if the decimal mark is a comma, and nothing otherwise."""
        if self.thousands is None:
            return "." if self.decimal == "," else ""
        return self.thousands

    @property
    def zone(self) -> tzinfo:
        """The zone of `time_zone`; UTC where it is not said."""
        return zone(self.time_zone or "UTC")


class Catalogue(Section):
    off: tuple[str, ...] = ()


class Effort(PerLevel):
    level_1: float = Field(LEVELS[1].effort_minutes, gt=0, le=MOST)
    level_2: float = Field(LEVELS[2].effort_minutes, gt=0, le=MOST)
    level_3: float = Field(LEVELS[3].effort_minutes, gt=0, le=MOST)
    level_4: float = Field(LEVELS[4].effort_minutes, gt=0, le=MOST)
    level_5: float = Field(LEVELS[5].effort_minutes, gt=0, le=MOST)
    level_6: float = Field(60, gt=0, le=MOST)
    level_7: float = Field(60, gt=0, le=MOST)
    level_8: float = Field(60, gt=0, le=MOST)
    level_9: float = Field(60, gt=0, le=MOST)


class Thresholds(PerLevel):
    level_1: Share = 0.5
    level_2: Share = 0.5
    level_3: Share = 0.5
    level_4: Share = 0.5
    level_5: Share = 0.5
    level_6: Share = 0.5
    level_7: Share = 0.5
    level_8: Share = 0.5
    level_9: Share = 0.5


class Names(Section):
    """The firm's own names of the levels; empty means ours."""

    level_1: str = ""
    level_2: str = ""
    level_3: str = ""
    level_4: str = ""
    level_5: str = ""
    level_6: str = ""
    level_7: str = ""
    level_8: str = ""
    level_9: str = ""


class OwnLevel(Section):
    """One level of a firm's own ladder. `names`: by language, at least one; a missing language has the other's name.

    `effort_minutes`, `threshold`, `worth` and `capacity` are the defaults of the level's figures in
    `[ladder.effort_minutes]`, `[ladder.thresholds]`, `[policy.plan.worth]` and `[policy.capacity]`.
    """

    number: LevelNumber
    slug: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
    names: dict[str, Annotated[str, Field(min_length=1)]] = Field(min_length=1)
    effort_minutes: float = Field(60, gt=0, le=MOST)
    channels: tuple[Channel, ...] = ()
    threshold: Share = 0.5
    worth: float = Field(1, ge=0, le=MOST)
    capacity: float = Field(10, ge=0, le=MOST)

    @property
    def level(self) -> Level:
        english, spanish = (self.names.get(language) for language in LANGUAGES)
        other = next(iter(self.names.values()))
        title = Text(english or spanish or other, spanish or english or other)
        return Level(self.number, self.slug, title, self.effort_minutes, self.channels)


class Ladder(Section):
    """`levels`: the firm's own ladder, 2 to 9 levels numbered from 1; the shipped five where it is empty."""

    levels: tuple[OwnLevel, ...] = ()
    names: Names = Names()
    effort_minutes: Effort = Effort()
    thresholds: Thresholds = Thresholds()

    @field_validator("levels")
    @classmethod
    def _are_a_ladder(cls, levels: tuple[OwnLevel, ...]) -> tuple[OwnLevel, ...]:
        if not levels:
            return levels
        if not FEWEST_LEVELS <= len(levels) <= MOST_LEVELS:
            raise ValueError(f"a ladder has {FEWEST_LEVELS} to {MOST_LEVELS} levels, and this has {len(levels)}")
        if [level.number for level in levels] != [*range(1, len(levels) + 1)]:
            raise ValueError("number the levels 1, 2, 3 …, the smallest ask first")
        if len({level.slug for level in levels}) < len(levels):
            raise ValueError("two levels have the same slug, and would have the same file")
        return levels

    @property
    def in_use(self) -> Levels:
        """The levels of this configuration."""
        return Levels(*(own.level for own in self.levels)) if self.levels else LEVELS

    def name(self, level: int, language: str) -> str:
        own: str = getattr(self.names, f"level_{level}") if level else ""
        return own or (self.in_use[level] if level else FAVOUR).name(language)

    @property
    def activities(self) -> tuple[Text, ...]:
        """What a client who says yes agrees to, level by level; the name of a level that the firm named itself, in
        quotes."""
        return tuple(
            level.activity
            if level.activity and not getattr(self.names, f"level_{number}")
            else Text(f"“{self.name(number, 'en')}”", f"«{self.name(number, 'es')}»")
            for number, level in self.in_use.items()
        )


_FIGURES_OF_LEVELS = {
    "effort_minutes": ("ladder", "effort_minutes"),
    "threshold": ("ladder", "thresholds"),
    "worth": ("policy", "plan", "worth"),
    "capacity": ("policy", "capacity"),
}
"""Figure of an own level → the section that holds this figure of every level."""
SECTIONS_BY_LEVEL = (*_FIGURES_OF_LEVELS.values(), ("ladder", "names"))
"""Paths of the sections that have a setting for each level."""
_LEVELS_OF_POOLS = {"reference": "reference_call", "board": "advisory_board"}


def with_figures_of_levels(document: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration whose sections of figures by level have those of `[[ladder.levels]]` too, unless they say
    otherwise; and whose pools are chosen at a level that the ladder has."""
    result = copy.deepcopy(dict(document))
    ladder = result.get("ladder")
    levels = ladder.get("levels") if isinstance(ladder, dict) else None
    if not levels or not isinstance(levels, list) or not all(isinstance(level, dict) for level in levels):
        return result
    for index, level in enumerate(levels, 1):
        for figure, path in _FIGURES_OF_LEVELS.items():
            _set_default(result, (*path, f"level_{index}"), level.get(figure, OwnLevel.model_fields[figure].default))
    slugs = [level.get("slug") for level in levels]
    for pool, slug in _LEVELS_OF_POOLS.items():
        number = slugs.index(slug) + 1 if slug in slugs else len(levels)
        _set_default(result, ("policy", "pools", pool, "level"), number)
    return result


def _set_default(document: dict[str, Any], path: Sequence[str], value: object) -> None:
    """Sets the value at `path` unless there is one, or the path leads through something else than sections."""
    for name in path[:-1]:
        section = document.setdefault(name, {})
        if not isinstance(section, dict):
            return
        document = section
    document.setdefault(path[-1], value)


class Model(Section):
    """`recipes` names the file of candidates and gate; `without_champion` says what `score` does when there is none."""

    maturity_days: Annotated[int, Field(ge=1, le=3_650)] = 45
    completion_days: Annotated[int, Field(ge=1, le=3_650)] = 180
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 20_250_101
    recipes: Path | None = None
    recipe: str = "blend"
    without_champion: Literal["scorecard", "refuse"] = "scorecard"
    warn_age_days: Days = 180
    refuse_age_days: Days = 365
    scorecard: dict[Family, float] = Field({})


class Capacity(PerLevel):
    level_1: float = Field(20, ge=0, le=MOST)
    level_2: float = Field(10, ge=0, le=MOST)
    level_3: float = Field(10, ge=0, le=MOST)
    level_4: float = Field(4, ge=0, le=MOST)
    level_5: float = Field(2, ge=0, le=MOST)
    level_6: float = Field(10, ge=0, le=MOST)
    level_7: float = Field(10, ge=0, le=MOST)
    level_8: float = Field(10, ge=0, le=MOST)
    level_9: float = Field(10, ge=0, le=MOST)


class Moment(Section):
    """A kind of moment counts for `days`, and for half of its `weight` after half of them; 0 days: never."""

    days: Days = 60
    weight: Share = 1.0


class Moments(Section):
    """Reasons to ask now. `review` is routine, so it counts least.

    `milestones` and `reviews` are the kinds of interactions that count as such; `positive` is the sentiment from which
    a mention or an interaction is praise.
    """

    outcome: Moment = Moment()
    milestone: Moment = Moment()
    completion: Moment = Moment()
    expansion: Moment = Moment()
    renewal: Moment = Moment(weight=0.9)
    promoter: Moment = Moment(days=45, weight=0.8)
    praise: Moment = Moment(days=45, weight=0.8)
    feedback: Moment = Moment(days=30, weight=0.6)
    review: Moment = Moment(days=21, weight=0.4)
    milestones: tuple[str, ...] = ("milestone", "go_live", "project_completion", "project_review")
    reviews: tuple[str, ...] = ("qbr", "quarterly_review", "business_review", "annual_planning")
    positive: Annotated[float, Field(ge=-1, le=1)] = 0.5

    def of(self, kind: str) -> Moment:
        moment: Moment = getattr(self, kind)
        return moment


class Policy(Section):
    max_asks_per_year: Count = 4
    soft_asks_per_year: Count = 3
    cooldown_days: Days = 90
    decline_rest_days: Days = 365
    not_now_rest_days: Days = 120
    lost_renewal_rest_days: Days = 180
    pending_rest_days: Days = 120
    resting_case_severity: Annotated[int, Field(ge=0, le=4)] = 2
    asking_minutes: Amount = 5
    effort_half_life_days: Annotated[float, Field(ge=0.01, le=36_500)] = 90
    max_effort_minutes: Annotated[float, Field(ge=0.01, le=MOST)] = 600
    max_contact_effort_minutes: Annotated[float, Field(ge=0.01, le=MOST)] = 480
    moments: Moments = Moments()
    capacity: Capacity = Capacity()
    plan: Plan = Plan()
    pools: Pools = Pools()
    nurture_margin: Share = 0.15
    nurture_size: Annotated[int, Field(ge=1, le=1_000_000_000)] = 100

    @property
    def soft_cap(self) -> int:
        """A hard cap below the soft one leaves no room between them."""
        return min(self.soft_asks_per_year, self.max_asks_per_year)


StoreName = Annotated[str, Field(min_length=1, max_length=250)]


class Tracking(Section):
    """`uri` empty: an SQLite file beside the configuration."""

    uri: str = ""
    experiment: StoreName = "advocate-score"
    model_name: StoreName = "advocate-score-ladder"

    @field_validator("model_name")
    @classmethod
    def _is_name_for_registry(cls, name: str) -> str:
        if not re.fullmatch(r"[\w][\w .-]*", name):
            raise ValueError("a name is letters, digits, blanks, '.', '-' and '_', such as ladder-es")
        return name


class Outputs(Section):
    """`crm_load_rows`, `crm_load_megabytes`: what one file for a CRM's importer may hold. Salesforce's Data Import
    Wizard takes 50,000 records and 100 MB, HubSpot 20 MB without a subscription and 512 MB and 1,048,576 rows with
    one (their help pages, "How large can my import file be?" and "Set up import files").
    """

    folder: Local = Path("publications")
    quarantine: Path = Path("quarantine")
    language: Literal["en", "es"] = "en"
    list_size: Annotated[int, Field(ge=1, le=1_000_000_000)] = 200
    csv: Writing = "standard"
    crm_load_rows: Annotated[int, Field(ge=1, le=1_000_000_000)] = 50_000
    crm_load_megabytes: Annotated[int, Field(ge=1, le=MOST)] = 20
    formats: tuple[Literal["csv", "parquet", "html", "xlsx"], ...] = ("csv", "parquet", "html")
    retention_days: Days = 90
    mode: Literal["private", "group"] = "private"
    contact_names: bool = True


_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRETS = ("password", "sslpassword")


def _known_address(address: str) -> str:
    """The message repeats nothing of the address, which may hold a password all the same."""
    try:
        parts = urlsplit(address)
        passwords = [parts.password, *(value for name, value in parse_qsl(parts.query) if name in _SECRETS)]
    except ValueError as error:
        raise error_without_value("is not the address of a database") from error
    if parts.scheme not in ("sqlite", "duckdb", "postgresql"):
        raise error_without_value("write sqlite:///file, duckdb:///file or postgresql://user@host/name")
    if any(password and not _VARIABLE.fullmatch(password) for password in passwords):
        raise error_without_value("write the password as ${NAME}, and put it into that variable of the environment")
    return address


Address = Annotated[str, AfterValidator(_known_address)]


def _shared_address(address: str) -> str:
    """Of a database that several processes use at once."""
    if not address.startswith(("sqlite:", "postgresql:")):
        raise error_without_value("write sqlite:///file or postgresql://user@host/name")
    return _known_address(address)


Response = Literal["accepted", "declined", "not_now", "no_reply", "open"]
"""What is recorded of an ask; `open`: asked, and not answered yet."""


class Programme(Section):
    """What `metrics` needs to know of money, and where `record` keeps the answers to planned asks.

    `cost_per_year`: what the programme costs a year, people included · `paid_cost_per_lead`: what a lead costs that is
    bought · `margin`: share of a deal's value that is earned · `attribution`: share of the value of a won deal that
    had a reference which is credited to the programme. None of them has a default: without it the figures that need
    it are not given. `smallest_cell`: accounts below which the figure of an industry is masked. `answers`: the firm's
    own words for answers, each with the response that it stands for; case and accents do not matter. `database`: where
    recorded asks are kept, if not in an SQLite file in the folder `recorded`: `sqlite:///file` or
    `postgresql://user:${NAME}@host/name`.
    """

    recorded: Path = Path("recorded")
    database: Annotated[str, AfterValidator(_shared_address)] | None = None
    answers: dict[str, Response] = Field({})
    cost_per_year: Money | None = None
    paid_cost_per_lead: Annotated[float, Field(ge=1e-6, le=1e15)] | None = None
    margin: Annotated[float, Field(gt=0, le=1)] | None = None
    attribution: Annotated[float, Field(gt=0, le=1)] | None = None
    currency: str = ""
    smallest_cell: Count = 10

    @field_validator("answers")
    @classmethod
    def _says_one_thing_of_a_word(cls, answers: dict[str, Response]) -> dict[str, Response]:
        meant: dict[str, Response] = {}
        for word, response in answers.items():
            if not plain_words(word):
                raise ValueError("a word for an answer has letters or digits")
            if meant.setdefault(plain_words(word), response) != response:
                raise ValueError(f"'{word}' stands twice, in another case or accent, for two responses")
        return answers


class Operations(Section):
    """`on_failure`: a command and its arguments, started when `score` or `train` fails.

    A night is held where its scores moved beyond `most_drift` (an index of stability, and beyond chance), or fewer
    than `least_overlap` of a level's best stand among the last night's. `keep_free`: how many times the space that
    a night needs must be free when it starts.
    """

    on_failure: tuple[str, ...] = ()
    least_overlap: Share = 0.5
    most_drift: Annotated[float, Field(gt=0)] = 0.25
    keep_free: Annotated[float, Field(ge=1)] = 2.0


class Engine(Section):
    """`master`: Spark's, such as `spark://host:7077` or `yarn`; this machine's cores where it is empty."""

    name: Literal["duckdb", "spark"] = "duckdb"
    master: str = ""
    memory_limit: Size = "2GB"
    threads: Annotated[int, Field(ge=0, le=1024)] = 0
    spill_folder: Path | None = None


def with_secrets(address: str, label: str, environment: Mapping[str, str] = os.environ) -> str:
    """`${NAME}` replaced by the variable, quoted as addresses want it; ConfigurationError names one that is not set."""
    missing = sorted({name for name in _VARIABLE.findall(address) if name not in environment})
    if missing:
        names = ", ".join(missing)
        raise ConfigurationError([Fault(label, f"the environment has no variable {names}.", "set it for this run")])
    return _VARIABLE.sub(lambda match: quote(environment[match[1]], safe=""), address)


class Delivery(Section):
    """`database`: where the lists of every night in use are kept as tables, whose names begin with `prefix`;
    `sqlite:///file`, `duckdb:///file` or `postgresql://user:${NAME}@host/name`. What stands in those tables belongs to
    this configuration alone: two that write into one database need two prefixes.

    `store`: the URL of a folder in an object store where those nights stand as files, and nothing else.
    """

    database: Address | None = None
    prefix: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,30}$")] = "advocate_"
    store: Url | None = None
