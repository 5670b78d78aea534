"""The configuration as it may be shown to everyone who can read the tracking store."""

import json
import re
from typing import Any

from advocate_score.config import Settings
from advocate_score.tracking.store import without_credentials

SECRET_NAME = re.compile(r"passw|secret|token|credential|(^|_)key$|dsn", re.IGNORECASE)
SECRET_PARAMETER = re.compile(r"\b(password|passwd|pwd|secret|token|api_?key)=[^&;\s]+", re.IGNORECASE)
MASK = "***"


def masked_configuration(settings: Settings) -> str:
    """JSON of every setting in force; secrets, by name or inside an address, are masked. The folder is left out."""
    shown = _masked(settings.model_dump(mode="json", exclude={"folder"}))
    return json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False)


def _masked(value: Any) -> Any:
    match value:
        case dict():
            return {name: MASK if one and SECRET_NAME.search(name) else _masked(one) for name, one in value.items()}
        case list():
            return [_masked(one) for one in value]
        case str():
            return SECRET_PARAMETER.sub(rf"\1={MASK}", without_credentials(value))
    return value
