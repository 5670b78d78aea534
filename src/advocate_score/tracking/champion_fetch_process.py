"""What `champion_fetch` starts: the champion's files fetched. One JSON object in on stdin, one out on stdout."""

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
    with redirect_stdout(sys.stderr):  # whatever a library has to say is no answer
        answer = respond(request)
    json.dump(answer, sys.stdout)


def respond(request: Mapping[str, Any]) -> dict[str, Any]:
    """`chosen`: the version, None without a champion; or what was raised on purpose, as `refused`, `unreachable` or
    `faults`.

    Any other error ends the process without an answer.
    """
    settings = Settings(folder=Path(request["folder"]), tracking=Tracking(**request["tracking"]))
    record = [Promotion.model_validate(promotion) for promotion in request["record"]]
    try:
        # It sees to its own end: whoever waits for it may have been killed.
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
