"""The sections of the configuration file. Every number of the practice is a default here and nowhere else."""

import codecs
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from advocate_score.config.places import Local
from advocate_score.config.plan import Plan
from advocate_score.config.pools import Pools
from advocate_score.config.section import MOST, Amount, Count, Days, Money, PerLevel, Section, Share
from advocate_score.declaration import Family
from advocate_score.ladder import BY_NUMBER, LEVELS
from advocate_score.windows import zone

Format = Literal["csv", "parquet", "jsonl", "xlsx"]


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
Writing = Literal["standard", "spanish-excel"]


class Dialect(Section):
    """How text files are written. Nothing is guessed: what is not declared has the default. `written_as` declares
    several settings at once; any of them may be given beside it."""

    written_as: Writing = "standard"
    delimiter: Delimiter = ","
    encoding: Encoding = "utf-8"
    decimal: Decimal = "."
    date_format: str | None = None
    time_zone: ZoneName | None = None


class Catalogue(Section):
    off: tuple[str, ...] = ()


class Effort(PerLevel):
    level_1: float = Field(LEVELS[0].effort_minutes, gt=0, le=MOST)
    level_2: float = Field(LEVELS[1].effort_minutes, gt=0, le=MOST)
    level_3: float = Field(LEVELS[2].effort_minutes, gt=0, le=MOST)
    level_4: float = Field(LEVELS[3].effort_minutes, gt=0, le=MOST)
    level_5: float = Field(LEVELS[4].effort_minutes, gt=0, le=MOST)


class Thresholds(PerLevel):
    level_1: Share = 0.5
    level_2: Share = 0.5
    level_3: Share = 0.5
    level_4: Share = 0.5
    level_5: Share = 0.5


class Names(Section):
    """The firm's own names of the levels; empty means ours."""

    level_1: str = ""
    level_2: str = ""
    level_3: str = ""
    level_4: str = ""
    level_5: str = ""


class Ladder(Section):
    names: Names = Names()
    effort_minutes: Effort = Effort()
    thresholds: Thresholds = Thresholds()

    def name(self, level: int, language: str) -> str:
        own: str = getattr(self.names, f"level_{level}")
        return own or BY_NUMBER[level].name(language)


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


class Tracking(Section):
    """`uri` empty: an SQLite file beside the configuration."""

    uri: str = ""
    experiment: str = "advocate-score"
    model_name: str = "advocate-score-ladder"


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


class Programme(Section):
    """What `metrics` needs to know of money, and where `record` keeps the answers to planned asks.

    `cost_per_year`: what the programme costs a year, people included · `paid_cost_per_lead`: what a lead costs that is
    bought · `margin`: share of a deal's value that is earned · `attribution`: share of the value of a won deal that
    had a reference which is credited to the programme. None of them has a default: without it the figures that need
    it are not given. `smallest_cell`: accounts below which the figure of an industry is masked.
    """

    recorded: Path = Path("recorded")
    cost_per_year: Money | None = None
    paid_cost_per_lead: Annotated[float, Field(ge=1e-6, le=1e15)] | None = None
    margin: Annotated[float, Field(gt=0, le=1)] | None = None
    attribution: Annotated[float, Field(gt=0, le=1)] | None = None
    currency: str = ""
    smallest_cell: Count = 10


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
