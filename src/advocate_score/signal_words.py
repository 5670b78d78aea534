"""The words of a signal: a sentence for each case of its value, with numbers, money, times and shares as people write
them in English and Spanish (CLDR)."""

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from string import Formatter
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, field_validator, model_validator

from advocate_score.text import LOCALE, Text

CaseName = Literal["zero", "all", "one", "low", "mid", "high", "other", "missing"]
AS_SENTENCE, AS_CASES = "as sentence", "as cases"

_FORMAT = re.compile(r"[<>^]?[-+ ]?0?\d{0,2}[,_]?(\.\d{1,2})?[deEfFgGs%]?")
"""Allowed formats of a value in a sentence. Width and precision have at most two digits, so that a sentence cannot
exhaust the memory."""
_FIXED = re.compile(r"(?P<sign>\+?),?\.(?P<digits>\d{1,2})(?P<kind>[f%])")
_CURRENCY = re.compile(r"[A-Z]{3}")
_UNITS = (("year", 715, 365.25), ("month", 60, 30.44), ("week", 14, 7.0), ("day", 0, 1.0))
"""Units of time: from how many days each is used, and its length in days."""

_BRIEF = Text("less than a day", "menos de un día")
_TODAY, _YESTERDAY = Text("today", "hoy"), Text("yesterday", "ayer")


def _duration(days: float, language: str) -> str:
    """`4 days`, `3 weeks`, `5 months`, `2 years`."""
    from babel.units import format_unit

    unit, _, length = next(named for named in _UNITS if days >= named[1] or named[0] == "day")
    count = max(2, int(days / length)) if unit == "year" else round(days / length)
    if count == 0:
        return _BRIEF.in_language(language)
    return format_unit(count, f"duration-{unit}", locale=LOCALE.in_language(language))


def _ago(days: float, language: str) -> str:
    days = math.ceil(days)  # as-of instants are the start of a day: whatever happened the day before is of yesterday
    if days < 2:
        return (_YESTERDAY if days else _TODAY).in_language(language)
    duration = _duration(days, language)
    return f"hace {duration}" if language == "es" else f"{duration} ago"


def _times(count: float, language: str) -> str:
    """`once`, `twice`, `3 times`; `una vez`, `2 veces`."""
    if language == "es":
        return "una vez" if count == 1 else f"{value_words(count, '', language)} veces"
    few = {1.0: "once", 2.0: "twice"}
    return few.get(count) or f"{value_words(count, '', language)} times"


def _days(count: float, language: str) -> str:
    """`1 day`, `90 days`; `1 día`."""
    from babel.units import format_unit

    return format_unit(round(count), "duration-day", locale=LOCALE.in_language(language))


_PARTS = {
    2: (1,),
    3: (1, 2),
    4: (1, 3),
    5: (1, 2, 3, 4),
    6: (1, 5),
    8: (1, 7),
    10: (1, 3, 7, 9),
    20: (1, 19),
}
_RATIOS = tuple((part, whole) for whole, parts in _PARTS.items() for part in parts)
_NUMBERS: Mapping[int, Text] = {
    1: Text("one", "uno"),
    2: Text("two", "dos"),
    3: Text("three", "tres"),
    4: Text("four", "cuatro"),
    5: Text("five", "cinco"),
    6: Text("six", "seis"),
    7: Text("seven", "siete"),
    8: Text("eight", "ocho"),
    9: Text("nine", "nueve"),
    10: Text("ten", "diez"),
    19: Text("nineteen", "diecinueve"),
    20: Text("twenty", "veinte"),
}
_IN = Text("{part} in {whole}", "{part} de cada {whole}")


def _ratio(share: float, language: str) -> str:
    """The nearest share that people say: `one in three`, `uno de cada tres`."""
    nearest = min(_RATIOS, key=lambda ratio: abs(share - ratio[0] / ratio[1]))
    part, whole = (_NUMBERS[number].in_language(language) for number in nearest)
    return _IN.in_language(language).format(part=part, whole=whole)


def _ratio_of_feminine(share: float, language: str) -> str:
    """`una de cada tres`; in English as `ratio`."""
    return re.sub("^uno ", "una ", _ratio(share, language))


def _money(amount: float, language: str, currency: str) -> str:
    """The amount in whole units, with the currency where there is one: `€77,500`, `77.500 €`."""
    from babel.numbers import format_currency, format_decimal, get_currency_name

    locale = LOCALE.in_language(language)
    if _CURRENCY.fullmatch(currency) and get_currency_name(currency, locale=locale) != currency:
        whole = Text("¤#,##0", "#,##0 ¤").in_language(language)
        return format_currency(amount, currency, whole, locale=locale, currency_digits=False)
    return f"{format_decimal(amount, '#,##0', locale=locale)} {currency}".rstrip()


class Terms(NamedTuple):
    """The firm's own terms in sentences. `currency`: of amounts, '' if unknown. `activities`: what a client who says
    yes agrees to, level by level."""

    currency: str = ""
    activities: tuple[Text, ...] = ()

    def activity(self, level: float, language: str) -> str:
        """What a client who says yes at `level` agrees to: `joining the advisory board`."""
        if level in range(1, len(self.activities) + 1):
            return self.activities[int(level) - 1].in_language(language)
        return _SOME_ASK.in_language(language).format(level=value_words(level, "", language))


NO_TERMS = Terms()
_SOME_ASK = Text("an ask of level {level}", "una petición de nivel {level}")

_NAMED: Mapping[str, Callable[[float, str], str]] = {
    "duration": _duration,
    "ago": _ago,
    "times": _times,
    "days": _days,
    "ratio": _ratio,
    "ratio-f": _ratio_of_feminine,
}
"""Formats of a value by name, beside `money`, `ask` and Python's: days as a length of time, as time ago or counted, how
often, and a share as people say it (`ratio-f` where Spanish counts something feminine)."""


def value_words(value: float | str, form: str, language: str, currency: str = "") -> str:
    """The value in the language, in one of the named formats or in one of Python's.

    `.1f`, `.0%`, `+.0f` and no format at all are written as the language writes numbers, with its separators.
    """
    from babel.numbers import format_decimal, format_percent

    if isinstance(value, str):
        return format(value, form)
    locale, fixed = LOCALE.in_language(language), _FIXED.fullmatch(form)
    if fixed:
        value = round(value, int(fixed["digits"]) + 2 * (fixed["kind"] == "%"))
    value = value + 0.0  # zero has no sign
    if form == "money":
        words = _money(value, language, currency)
    elif form in _NAMED:
        words = _NAMED[form](value, language)
    elif not form:
        words = format_decimal(value, "#,##0.##", locale=locale)
    elif fixed:
        number_pattern = "#,##0" + ("." + "0" * int(fixed["digits"]) if int(fixed["digits"]) else "")
        shown = format_percent if fixed["kind"] == "%" else format_decimal
        pattern = number_pattern if fixed["kind"] == "f" else number_pattern + Text("%", " %").in_language(language)
        words = ("+" if fixed["sign"] and value >= 0 else "") + shown(value, pattern, locale=locale)
    else:
        words = format(value, form)
        words = words.replace(".", ",").replace("%", " %") if language == "es" else words
    return _plain_spaces(words)


def _plain_spaces(text: str) -> str:
    """Lists are searched and copied, so that their spaces are those of the keyboard."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


class _Value:
    """What `{value:form}` stands for."""

    def __init__(self, value: float | str, language: str, terms: Terms) -> None:
        self._facts = value, language, terms

    def __format__(self, form: str) -> str:
        value, language, terms = self._facts
        if form == "ask":
            return terms.activity(float(value), language)
        return value_words(value, form, language, terms.currency)


@lru_cache(maxsize=10_000)
def sentence_with(sentence: str, value: float | str, language: str, terms: Terms = NO_TERMS) -> str:
    """The sentence with the value in it."""
    return sentence.format(value=_Value(value, language, terms))


def forms_of(sentence: str) -> list[str]:
    """The formats in which the sentence has the value."""
    return [form or "" for _, field, form, _ in Formatter().parse(sentence) if field is not None]


def checked_sentence(sentence: str) -> str:
    """The sentence; ValueError if it holds anything but the value in an allowed format."""
    if not any(_can_be_formatted(sentence, sample) for sample in (1.0, "text")):
        raise ValueError("a sentence may hold {value} only, in a format that suits it, such as {value:.0f}")
    return sentence


def _can_be_formatted(sentence: str, value: float | str) -> bool:
    try:
        for _, field, form, conversion in Formatter().parse(sentence):
            if field is None:
                continue
            is_allowed = form in (*_NAMED, "money", "ask") or _FORMAT.fullmatch(form or "")
            if field != "value" or conversion or not is_allowed:
                return False
        sentence.format(value=_Value(value, "en", NO_TERMS))
    except (ValueError, LookupError):
        return False
    return True


class Bands(BaseModel):
    """The bounds of a graded value: `low` up to the first, `high` from the second, `mid` between them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: float
    high: float

    @model_validator(mode="after")
    def _is_ascending(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low is not below high: no value would lie between")
        return self

    def of(self, value: float) -> Literal["low", "mid", "high"]:
        return "low" if value <= self.low else "high" if value >= self.high else "mid"


class Cases(BaseModel):
    """A sentence for each case of a value; without one for its case, the value is not told.

    missing: unknown · zero: 0 · all: a share of 1 · one: a count of 1, as the language counts · low, mid, high: the
    band, if the signal has bands · other: every other value but 0, and where `low` or `high` is not given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zero: str | None = None
    all: str | None = None
    one: str | None = None
    low: str | None = None
    mid: str | None = None
    high: str | None = None
    other: str | None = None
    missing: str | None = None

    @field_validator("*")
    @classmethod
    def _takes_a_value(cls, sentence: str | None) -> str | None:
        return sentence if sentence is None else checked_sentence(sentence)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.names:
            raise ValueError("give at least one case")
        if self.missing and forms_of(self.missing):
            raise ValueError("missing: an unknown value cannot stand in a sentence")
        shares = [name for name in self.names if any(form.startswith("ratio") for form in forms_of(self.of(name)))]
        if shares and not {"zero", "all"} <= self.names:
            raise ValueError("{value:ratio} cannot say none or all: give the cases zero and all")
        return self

    @property
    def names(self) -> frozenset[str]:
        """The cases that have a sentence."""
        return frozenset(self.model_dump(exclude_none=True))

    def of(self, name: str) -> str:
        """The sentence of a case; '' if it has none."""
        return getattr(self, name) or ""

    @property
    def most_general(self) -> str:
        """The sentence that suits most values."""
        return next(self.of(name) for name in ("other", "high", "low", *sorted(self.names)) if self.of(name))

    def exact(self, value: float, language: str) -> str:
        """The sentence for precisely this value, if there is one."""
        if value == 0 and self.zero:
            return self.zero
        if self.all and value >= 1:
            return self.all
        return (self.one or "") if self.one and _is_one(value, language) else ""

    def grade(self, value: float, bands: Bands | None, language: str) -> str:
        """The sentence of the value's case; '' if it is not to be told."""
        if exact := self.exact(value, language):
            return exact
        if bands is None:
            return self.of("other") if value else ""
        band = bands.of(value)
        return self.of(band) or ("" if band == "mid" or value == 0 else self.of("other"))


@lru_cache(maxsize=1_000)
def _is_one(value: float, language: str) -> bool:
    """Whether the language counts the value in the singular."""
    from babel import Locale

    whole = int(value) if float(value).is_integer() else value
    return Locale.parse(LOCALE.in_language(language)).plural_form(whole) == "one"


def _form_of(words: object) -> str:
    return AS_CASES if isinstance(words, dict | Cases) else AS_SENTENCE


Words = Annotated[Annotated[str, Tag(AS_SENTENCE)] | Annotated[Cases, Tag(AS_CASES)], Discriminator(_form_of)]
"""A sentence for every value, or one for each case."""
