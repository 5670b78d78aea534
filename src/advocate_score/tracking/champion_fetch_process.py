"""The process that `champion_fetch` starts to fetch the champion's files.

It reads one JSON object from stdin and writes one to stdout.
"""

import json
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from advocate_score.config import Settings, Tracking
from advocate_score.errors import ConfigurationError, ModelRefusedError, RegistryUnreachableError
from advocate_score.tracking.champion_fetch import fetch
from advocate_score.tracking.client import within
from advocate_score.tracking.ledger import Promotion


def main() -> None:
    request = json.load(sys.stdin)
    with redirect_stdout(sys.stderr):  # output of libraries must not mix with the answer
        answer = respond(request)
    json.dump(answer, sys.stdout)


def respond(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return `chosen`, the version or None, or an expected error as `refused`, `unreachable` or `faults`.

    Any other error ends the process without an answer.
    """
    settings = Settings(folder=Path(request["folder"]), tracking=Tracking(**request["tracking"]))
    record = [Promotion.model_validate(promotion) for promotion in request["record"]]
    try:
        # It enforces its own time limit, because the parent may have been killed.
        chosen = within(request["seconds"], settings, lambda: fetch(settings, record, Path(request["into"])))
    except ModelRefusedError as error:
        return {"refused": str(error)}
    except RegistryUnreachableError as error:
        return {"unreachable": str(error)}
    except ConfigurationError as error:
        return {"faults": [vars(fault) for fault in error.faults]}
    return {"chosen": chosen.version if chosen else None}


if __name__ == "__main__":
    main()
