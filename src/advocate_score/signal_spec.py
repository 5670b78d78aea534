"""The declaration of a signal, in a closed set of fields: what to count, over which rows, and what it means."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from advocate_score.schema import TABLES
from advocate_score.signal_words import (
    NO_TERMS,
    Bands,
    Cases,
    Terms,
    Words,
    checked_sentence,
    forms_of,
    sentence_with,
)

Family = Literal[
    "renewals",
    "measurable_outcomes",
    "executive_engagement",
    "informal_referrals",
    "responsiveness",
    "relationship_depth",
    "voluntary_participation",
    "sentiment",
    "advocacy_history",
    "firmographics",
]
Aggregate = Literal[
    "count", "sum", "mean", "min", "max", "last", "distinct", "recency", "tenure", "share", "rate", "trend", "value"
]
Scalar = str | bool | int | float


@dataclass(frozen=True)
class AggregateKind:
    """What holds of every signal of an aggregate.

    column: what it measures; empty if it takes no column · of_nothing: its value where no row counts, None for
    unknown · is_proportion: it divides the rows that pass `where` by those that pass `among` · has_prior: it is shrunk
    to a prior, which is its value of nothing · halves_lookback: it compares the halves of the lookback · in_days: the
    days since an instant, which change daily without a new row · is_reset: a new row sets these days back · is_whole:
    its values are whole numbers.
    """

    column: Literal["", "numbers", "anything"] = ""
    of_nothing: float | None = None
    is_proportion: bool = False
    has_prior: bool = False
    halves_lookback: bool = False
    in_days: bool = False
    is_reset: bool = False
    is_whole: bool = False


AGGREGATES: Mapping[Aggregate, AggregateKind] = {
    "count": AggregateKind(of_nothing=0.0, is_whole=True),
    "sum": AggregateKind("numbers", of_nothing=0.0),
    "mean": AggregateKind("numbers"),
    "min": AggregateKind("numbers"),
    "max": AggregateKind("numbers"),
    "last": AggregateKind("numbers"),
    "distinct": AggregateKind("anything", of_nothing=0.0, is_whole=True),
    "recency": AggregateKind(in_days=True, is_reset=True, is_whole=True),
    "tenure": AggregateKind(in_days=True, is_whole=True),
    "share": AggregateKind(is_proportion=True),
    "rate": AggregateKind(is_proportion=True, has_prior=True),
    "trend": AggregateKind(of_nothing=0.0, halves_lookback=True),
    "value": AggregateKind("anything"),
}
"""Every aggregate. To add one, name it in `Aggregate`, add its record here and its SQL in `signals/sql.py`."""


class Bounds(BaseModel):
    """A closed range, or the presence of a value: `{ min = 9 }`, `{ min = 0, max = 6 }`, `{ present = true }`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    min: float | None = None
    max: float | None = None
    present: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.min is None and self.max is None and self.present is None:
            raise ValueError("give min, max or present")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is above max: no row would pass")
        return self


def _is_value(value: object) -> object:
    if not isinstance(value, Scalar) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("a condition is a value, a list of values, or { min, max, present }")
    return value


def _is_identifier(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise ValueError("a name here is a letter, then letters, digits and '_': lower case, no accents, 63 at most")
    return name


AS_RANGE, AS_VALUES = "as range", "as values"


def _form_of(condition: object) -> str:
    return AS_RANGE if isinstance(condition, dict | Bounds) else AS_VALUES


_Values = tuple[Annotated[Scalar, BeforeValidator(_is_value)], ...]
Condition = Annotated[Annotated[Bounds, Tag(AS_RANGE)] | Annotated[_Values, Tag(AS_VALUES)], Discriminator(_form_of)]
Identifier = Annotated[str, AfterValidator(_is_identifier)]


WORDING = ("reason", "reads", "bands", "en", "es")
"""The fields that say how a signal is told, which no model depends on."""


class Signal(BaseModel):
    """One declared model input, computed from an account's own rows known strictly before the as-of instant.

    Aggregates over the known rows of `table` that pass `where` and happened within the lookback:
    count · sum, mean, min, max of `column` · last: its latest known value (ties: the later recorded, then the greater
    id) · distinct: number of its different values · recency: days since the latest row · tenure: days since the first
    row · share: of the rows that pass `among`, those that pass `where` too · rate: the same, shrunk to `prior` with the
    weight of `prior_strength` rows · trend: count in the later half of the lookback minus count in the earlier half ·
    value: the account's own attribute; `created_at` is its age in days.

    `static` says of an account's attribute that it never changes, so that a past ask may be described by it.

    The words: `en` and `es` are a sentence, or one for each of the same cases (zero, all, one, low, mid, high, other,
    missing); a value without one is not told. `bands` grades a value. `reads` says which way more of it reads, by
    default as `direction`, so that what reads badly is never told for a client. Without `reason` a signal is for the
    model alone.

    Of no rows, count, sum, distinct and trend are 0 and a rate is its prior; all else is unknown. So is a sum,
    mean, min, max or last of a column that none of the rows has a value in. Unknown becomes `fill` where one is given.
    Sums and means are over four decimals. A flag counts as 0 or 1; text of a column that the contract does not know, as
    the number it spells.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: Identifier
    family: Family
    table: str
    aggregate: Aggregate
    where: dict[Identifier, Condition] = {}
    among: dict[Identifier, Condition] = {}
    column: Identifier | None = None
    lookback_days: int | None = Field(default=None, ge=1, le=36_500)
    unit: str = ""
    fill: float | None = None
    prior: float | None = Field(default=None, gt=0, lt=1)
    prior_strength: float | None = Field(default=None, gt=0)
    direction: Literal[-1, 0, 1] = 0
    actionable: bool = False
    static: bool = False
    concept: Identifier
    reason: bool = True
    reads: Literal[-1, 0, 1] | None = None
    bands: Bands | None = None
    en: Words
    es: Words

    @field_validator("where", "among", mode="before")
    @classmethod
    def _lists(cls, conditions: object) -> object:
        """A single value means a list of one."""
        if not isinstance(conditions, dict):
            return conditions
        return {
            key: condition if isinstance(condition, dict | Bounds | list | tuple) else [condition]
            for key, condition in conditions.items()
        }

    @field_validator("table")
    @classmethod
    def _is_of_account(cls, name: str) -> str:
        if name not in TABLES or not TABLES[name].of_account:
            allowed = ", ".join(table.name for table in TABLES.values() if table.of_account)
            raise ValueError(f"'{name}' is not a table of accounts; there are {allowed}")
        return name

    @field_validator("en", "es")
    @classmethod
    def _sentence_takes_a_value(cls, words: str | Cases) -> str | Cases:
        return checked_sentence(words) if isinstance(words, str) else words

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.kind.column) != (self.column is not None):
            need = "needs" if self.kind.column else "takes no"
            raise ValueError(f"aggregate '{self.aggregate}' {need} column")
        if (self.aggregate == "value") != (self.table == "accounts"):
            raise ValueError("aggregate 'value' goes with table accounts, and no other does")
        if self.kind.halves_lookback and self.lookback_days is None:
            raise ValueError(f"a {self.aggregate} needs lookback_days")
        if self.kind.has_prior and (self.prior is None or self.prior_strength is None):
            raise ValueError(f"a {self.aggregate} needs prior and prior_strength")
        if self.is_category and self.direction != 0:
            raise ValueError("a category has no direction")
        return self

    @model_validator(mode="after")
    def _words_suit(self) -> Self:
        in_english, in_spanish = (words.names if isinstance(words, Cases) else None for words in (self.en, self.es))
        if in_english != in_spanish:
            raise ValueError("en and es need the same cases")
        cases = in_english or frozenset()
        if self.is_category and (cases or self.bands or self.reads):
            raise ValueError("a category takes one sentence, and neither cases, bands nor reads")
        if self.bands is None and cases & {"low", "mid", "high"}:
            raise ValueError("the cases low, mid and high need bands = { low, high }")
        if self.bands is not None and not cases:
            raise ValueError("bands need en and es in cases")
        if "all" in cases and not self.kind.is_proportion:
            raise ValueError("the case all goes with share and rate")
        if "one" in cases and not self.kind.is_whole:
            raise ValueError("the case one goes with whole numbers, such as a count")
        if cases and self.actionable and "other" not in cases:
            raise ValueError("an actionable signal needs the case other, which a what-if tells")
        return self

    @property
    def kind(self) -> AggregateKind:
        return AGGREGATES[self.aggregate]

    @property
    def value_of_nothing(self) -> float | None:
        """The value of an account without any row that counts, before `fill`; None for unknown."""
        return self.prior if self.kind.has_prior else self.kind.of_nothing

    @property
    def grows_with_calendar(self) -> bool:
        """Whether it grows daily for every account, whatever happens."""
        return (self.kind.in_days and not self.kind.is_reset) or self.column == "created_at"

    @property
    def is_category(self) -> bool:
        """Whether its values are text: an account's attribute that is neither a time nor a number."""
        if self.aggregate != "value" or self.column is None:
            return False
        known = {column.name: column.type for column in TABLES["accounts"].columns}
        return known.get(self.column, "text") in ("text", "choice", "id")

    @property
    def columns_used(self) -> frozenset[str]:
        """Every column that the signal reads; it is active only if all are present."""
        own = {self.column} if self.column else set()
        return frozenset({*own, *self.where, *self.among})

    def declaration(self) -> dict[str, object]:
        """Everything but how it is told."""
        return self.model_dump(mode="json", exclude=set(WORDING))

    def template(self, language: str) -> str:
        """The sentence with `{value}` in it; of cases, the most general."""
        words = self._words(language)
        return words if isinstance(words, str) else words.most_general

    def sentence(self, value: float | str, language: str, terms: Terms = NO_TERMS) -> str:
        """What a value means, whatever it speaks for; '' if the signal has no words for it."""
        words = self._words(language)
        if isinstance(words, str):
            return sentence_with(words, value, language, terms)
        if isinstance(value, str):
            return ""
        sentence = words.exact(value, language) or words.other or words.grade(value, self.bands, language)
        return _with_capital(sentence_with(sentence, value, language, terms))

    def reason_sentence(self, value: float | str | None, against: bool, language: str, terms: Terms = NO_TERMS) -> str:
        """What a value says for readiness, or against it; '' where it says nothing on that side.

        Parameters
        ----------
        value : None or NaN for unknown; it speaks against only, and only where there is a case `missing`.
        against : the side. language : en or es. terms : the firm's own.
        """
        words = self._words(language)
        if not self.reason:
            return ""
        if value is None or value != value:  # noqa: PLR0124  # NaN is not itself
            return (words.missing or "") if against and isinstance(words, Cases) else ""
        if self.side(value) not in (0, -1 if against else 1):
            return ""
        if isinstance(words, str):
            return sentence_with(words, value, language, terms)
        sentence = "" if isinstance(value, str) else words.grade(value, self.bands, language)
        return _with_capital(sentence_with(sentence, value, language, terms))

    def lacks(self, value: float | str | None) -> bool:
        """Whether a value that speaks against says that a good thing is absent, scarce or long past."""
        return value is None or value != value or self._reads > 0 or self.kind.in_days  # noqa: PLR0124

    def side(self, value: float | str) -> int:
        """On which side a value may be told as a reason: 1 for readiness, −1 against it, 0 on either.

        More speaks for a signal that `reads` well: a `high` value for it and a `low` one against; without bands, 0
        against, and in cases anything else for it. The other way round where more reads badly.
        """
        if isinstance(value, str):
            return 0
        if self.bands is not None:
            return {"low": -self._reads, "mid": 0, "high": self._reads}[self.bands.of(value)]
        if value == 0 and (self.value_of_nothing == 0 or self.kind.is_proportion):
            return -self._reads
        return self._reads if isinstance(self.en, Cases) else 0

    def _words(self, language: str) -> Words:
        return self.es if language == "es" else self.en

    @property
    def _reads(self) -> int:
        return self.direction if self.reads is None else self.reads

    def value_words(self, value: float, language: str, terms: Terms = NO_TERMS) -> str:
        """The value alone, in the format of the signal's sentence."""
        forms = forms_of(self.template(language))
        return sentence_with(f"{{value:{(forms or [''])[0]}}}", value, language, terms)


def _with_capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
