"""Addresses of databases, which hold no password: that stands in a variable of the environment."""

import os
import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import AfterValidator

from advocate_score.config.section import unshown
from advocate_score.errors import ConfigurationError, Fault

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRETS = ("password", "sslpassword")


def _known_address(address: str) -> str:
    """The message repeats nothing of the address, which may hold a password all the same."""
    try:
        parts = urlsplit(address)
        given = [parts.password, *(value for name, value in parse_qsl(parts.query) if name in _SECRETS)]
    except ValueError as error:
        raise unshown("is no address of a database") from error
    if parts.scheme not in ("sqlite", "duckdb", "postgresql"):
        raise unshown("write sqlite:///file, duckdb:///file or postgresql://user@host/name")
    if any(one and not _VARIABLE.fullmatch(one) for one in given):
        raise unshown("write the password as ${NAME}, and put it into that variable of the environment")
    return address


Address = Annotated[str, AfterValidator(_known_address)]


def with_secrets(address: str, place: str, environment: Mapping[str, str] = os.environ) -> str:
    """`${NAME}` replaced by the variable, quoted as addresses want it; ConfigurationError names one that is not set."""
    missing = sorted({name for name in _VARIABLE.findall(address) if name not in environment})
    if missing:
        names = ", ".join(missing)
        raise ConfigurationError([Fault(place, f"the environment has no variable {names}.", "set it for this run")])
    return _VARIABLE.sub(lambda found: quote(environment[found[1]], safe=""), address)
