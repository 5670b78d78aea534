"""The advocacy ladder: its levels as shipped, and the mapping of levels that a configuration has in their place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from advocate_score.text import Text

LANGUAGES = ("en", "es")
"""Languages of the product's texts."""
FEWEST_LEVELS, MOST_LEVELS = 2, 9


@dataclass(frozen=True)
class Level:
    """One level. `effort_minutes` is what an ask takes of the client, in minutes. A client who denied all of
    `channels` must not be asked (source A, consent). `activity`: what a client who says yes agrees to, as it stands
    after "has said yes to" and "ha aceptado"; None for a level that a firm named itself."""

    number: int
    slug: str
    title: Text
    effort_minutes: float
    channels: tuple[str, ...] = ()
    activity: Text | None = None

    def name(self, language: str) -> str:
        return self.title.in_language(language)

    @property
    def list_name(self) -> str:
        return f"level_{self.number}_{self.slug}"


class Levels(Mapping[int, Level]):
    """The levels of a ladder by their numbers, 1 to K, lowest first. A small favour, level 0, is not among them."""

    def __init__(self, *levels: Level) -> None:
        numbers = tuple(level.number for level in levels)
        if numbers != tuple(range(1, len(levels) + 1)):
            raise ValueError(f"levels must be numbered from 1 without a gap, not {numbers}")
        self._levels: Final = levels

    def __hash__(self) -> int:
        return hash(self._levels)

    def __getitem__(self, number: int) -> Level:
        if number not in range(1, len(self) + 1):
            raise KeyError(number)
        return self._levels[number - 1]

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self._levels)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(range(1, len(self._levels) + 1))

    def number_of(self, slug: str) -> int | None:
        """The number of the level with this slug; None if the ladder has no such level."""
        return next((level.number for level in self._levels if level.slug == slug), None)


FAVOUR = Level(0, "favour", Text("Small favour", "Pequeño favor"), 5)

LEVELS = Levels(
    Level(
        *(1, "testimonial", Text("Testimonial", "Testimonio"), 15, ("website", "marketing")),
        activity=Text("giving a testimonial", "dar un testimonio"),
    ),
    Level(
        *(2, "case_study", Text("Case study", "Caso de éxito"), 150, ("marketing",)),
        activity=Text("a case study", "protagonizar un caso de éxito"),
    ),
    Level(
        *(3, "reference_call", Text("Reference call", "Llamada de referencia"), 45, ("sales",)),
        activity=Text("taking reference calls", "atender llamadas de referencia"),
    ),
    Level(
        *(4, "speaking", Text("Speaking", "Ponencia"), 480, ("events",)),
        activity=Text("speaking at an event", "dar una ponencia"),
    ),
    Level(
        *(5, "advisory_board", Text("Advisory board", "Consejo asesor"), 960),
        activity=Text("joining the advisory board", "formar parte del consejo asesor"),
    ),
)
"""The shipped ladder, in use where the configuration has no `[[ladder.levels]]`."""
LEVEL_NUMBERS = LEVELS.numbers
"""Numbers of the shipped levels."""
