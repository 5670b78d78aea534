"""The advocacy ladder: the only definition of its levels."""

from dataclasses import dataclass

LANGUAGES = ("en", "es")
"""Languages of the product's texts."""


@dataclass(frozen=True)
class Level:
    """One level. `effort_minutes` is the default of `[ladder] effort_minutes`, in minutes. A client who denied all of
    `channels` must not be asked (source A, consent)."""

    number: int
    slug: str
    en: str
    es: str
    effort_minutes: int
    channels: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        return self.es if language == "es" else self.en

    @property
    def list_name(self) -> str:
        return f"level_{self.number}_{self.slug}"


FAVOUR = Level(0, "favour", "Small favour", "Pequeño favor", 5)

LEVELS = (
    Level(1, "testimonial", "Testimonial", "Testimonio", 15, ("website", "marketing")),
    Level(2, "case_study", "Case study", "Caso de éxito", 150, ("marketing",)),
    Level(3, "reference_call", "Reference call", "Llamada de referencia", 45, ("sales",)),
    Level(4, "speaking", "Speaking", "Ponencia", 480, ("events",)),
    Level(5, "advisory_board", "Advisory board", "Consejo asesor", 960),
)

LEVEL_NUMBERS = tuple(level.number for level in LEVELS)

BY_NUMBER = {level.number: level for level in (FAVOUR, *LEVELS)}
