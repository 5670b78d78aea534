"""Which clients are ready to advocate, for which ask, why, and who must be left in peace."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advocate_score.config import Settings, load_settings
    from advocate_score.errors import AdvocateScoreError
    from advocate_score.flows.workspace import Workspace
    from advocate_score.model.ladder_classifier import LadderClassifier
    from advocate_score.model.ladder_model import LadderModel
    from advocate_score.signal_spec import Signal
    from advocate_score.simulate.crm import simulate_crm

__all__ = [
    "AdvocateScoreError",
    "LadderClassifier",
    "LadderModel",
    "Settings",
    "Signal",
    "Workspace",
    "load_settings",
    "simulate_crm",
]

_MODULE_OF = {
    "AdvocateScoreError": "advocate_score.errors",
    "LadderClassifier": "advocate_score.model.ladder_classifier",
    "LadderModel": "advocate_score.model.ladder_model",
    "Settings": "advocate_score.config",
    "Signal": "advocate_score.signal_spec",
    "Workspace": "advocate_score.flows.workspace",
    "load_settings": "advocate_score.config",
    "simulate_crm": "advocate_score.simulate.crm",
}


def __getattr__(name: str) -> object:
    """Loads a public name on first use, so that the command line starts quickly."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'advocate_score' has no attribute '{name}'")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
