"""What people write for an answer and for a level, in English, Spanish and the firm's own words."""

import re
from collections.abc import Mapping

from advocate_score.config import Ladder
from advocate_score.config.settings import Response
from advocate_score.ladder import FAVOUR, LANGUAGES
from advocate_score.text import plain_words

_WORDS: Mapping[Response, str] = {
    "accepted": "accepted, accept, accepts, agreed, yes, y, sí, s, acepta, acepto, aceptó, aceptado, aceptada",
    "declined": "declined, decline, declines, refused, rejected, no, n, rechaza, rechazó, rechazado, rechazada, "
    "declina, declinó, declinado, declinada",
    "not_now": "not_now, not yet, later, ahora no, más adelante, más tarde, todavía no, aún no",
    "no_reply": "no_reply, no answer, no response, sin respuesta, no contesta, no contestó, no responde, no respondió",
    "open": "open, asked, pending, waiting, abierta, abierto, pendiente, preguntado, preguntada, pedido, pedida",
}
_WHOLE_NUMBER = re.compile(r"(\d+)(?:[.,]0+)?")


def response_words(own: Mapping[str, Response]) -> dict[str, Response]:
    """Plain words → the response that they stand for; the firm's own words come before ours."""
    ours = {plain_words(word): response for response, words in _WORDS.items() for word in words.split(",")}
    return ours | {plain_words(word): response for word, response in own.items()}


def level_words(ladder: Ladder) -> dict[str, int]:
    """Plain words → number of the level: numbers, our names and the firm's, in every language."""
    words: dict[str, int] = {}
    for level in (FAVOUR, *ladder.in_use.values()):
        own = {ladder.name(level.number, language) for language in LANGUAGES}
        for name in (str(level.number), level.slug, *level.title, *own):
            words[plain_words(name)] = level.number
    return words


def level_of(text: str, words: Mapping[str, int]) -> int | None:
    """The level that `text` names, with `words` of `level_words`; None if it names none. `3.0` is level 3."""
    number = _WHOLE_NUMBER.fullmatch(text.strip())
    return words.get(plain_words(number[1] if number else text))
