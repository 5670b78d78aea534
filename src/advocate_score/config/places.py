"""Where files are read from: a path, or a folder or file of an object store by its URL."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from advocate_score.config.section import unshown

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WEB = ("http", "https")
"""There a name before the host is most often a token; stores of other kinds have a container or a user there."""


def is_url(place: object) -> bool:
    """A letter before a colon alone is a drive, and no scheme."""
    return isinstance(place, str) and _URL.match(place) is not None


def _place(given: object) -> object:
    return given if is_url(given) or not isinstance(given, str) else Path(given)


def _without_secrets(place: Path | str) -> Path | str:
    """What a driver needs to know of keys it finds in its environment, so an address has no room for them."""
    if isinstance(place, Path):
        return place
    try:
        parts = urlsplit(place)
        secrets = (parts.password, parts.query, parts.fragment, parts.scheme in _WEB and parts.username)
    except ValueError as error:
        raise unshown("is no URL") from error
    if any(secrets) or "::" in place:
        raise unshown("write the URL of the folder or file alone; keys stand where the store's driver looks for them")
    return place


def _near(given: object) -> object:
    if is_url(given):
        raise unshown("must be on this machine; [delivery] store takes a URL")
    return given


def _far(place: str) -> str:
    if not is_url(place):
        raise unshown("write a URL, such as s3://bucket/folder")
    return place


Url = Annotated[str, AfterValidator(_far), AfterValidator(_without_secrets)]
Place = Annotated[Path | str, BeforeValidator(_place), AfterValidator(_without_secrets)]
"""Text only where it is a URL."""
Local = Annotated[Path, BeforeValidator(_near)]
"""What is written here and not elsewhere."""
