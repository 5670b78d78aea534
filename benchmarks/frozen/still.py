"""Makes time stand still in a Python process that finds this file as `sitecustomize`; also makes one secret no secret.

Every module of every library sees the change, wherever it stands, since the type itself is changed. Types stay the
types that they are: what asks for `datetime` gets `datetime`. Durations (`time`) go on.
"""

import ctypes
import gc
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any

AT = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)
"""When the job runs: the export was made in the evening before."""


def _now(cls: type[datetime], tz: tzinfo | None = None) -> datetime:
    return cls.fromtimestamp(AT.timestamp(), tz)


def _utcnow(cls: type[datetime]) -> datetime:
    return cls(AT.year, AT.month, AT.day, AT.hour, AT.minute)


def _today(cls: type[date]) -> date:
    return cls.fromtimestamp(AT.timestamp())


def _put(kind: type, name: str, method: Callable[..., object]) -> None:
    """Types written in C refuse assignment, but not their dictionary."""
    methods: Any = gc.get_referents(kind.__dict__)[0]
    methods[name] = classmethod(method)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def stand_still() -> None:
    _put(datetime, "now", _now)
    _put(datetime, "utcnow", _utcnow)
    _put(date, "today", _today)
    _put(datetime, "today", _today)
    secrets.token_bytes = lambda nbytes=None: bytes(range(nbytes or 32))


if __name__ == "sitecustomize":
    stand_still()
