"""The form in which two spellings of one id meet: as spreadsheets, reports and other systems change ids in passing.

Only what protects a client is matched by it, and only where no id matches exactly; everything else keeps ids apart that
differ in a letter's case.
"""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\\s]+")
_QUOTES = "'\"`´‘’“”«»"
_FLOATING = re.compile(r"\d+[.,]0+")
_EXPONENT = re.compile(r"(\d+(?:[.,]\d+)?)e\+?(\d{1,2})")
_LONG_SALESFORCE = re.compile(r"((?:001|003|006)[0-9a-z]{12})[a-z0-5]{3}")


def lenient_form(text: str) -> str:
    """`text` without blanks, quotes, case, `.0` at the end of a number, zeros before it, and the last three of a
    Salesforce id's 18 characters, in one Unicode form; '' where nothing is left."""
    form = unicodedata.normalize("NFKC", text.strip().strip(_QUOTES))
    form = unicodedata.normalize("NFC", _INVISIBLE.sub("", form).strip(_QUOTES).casefold())
    if long := _LONG_SALESFORCE.fullmatch(form):
        return long[1] if any(letter.isalpha() for letter in long[1]) else form
    if _FLOATING.fullmatch(form):
        form = re.split("[.,]", form)[0]
    elif _EXPONENT.fullmatch(form):
        form = _written_out(form)
    return form.lstrip("0") or "0" if form.isascii() and form.isdigit() else form


def _written_out(form: str) -> str:
    try:
        number = Decimal(form.replace(",", "."))
    except InvalidOperation:
        return form
    return str(int(number)) if number == number.to_integral_value() else form
