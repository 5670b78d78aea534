"""Configuration: one TOML file, validated whole."""

from advocate_score.config.load import Settings, load_settings
from advocate_score.config.sections import (
    Engine,
    Ladder,
    Model,
    Outputs,
    Policy,
    Sources,
    TableSource,
    Tracking,
)

__all__ = [
    "Engine",
    "Ladder",
    "Model",
    "Outputs",
    "Policy",
    "Settings",
    "Sources",
    "TableSource",
    "Tracking",
    "load_settings",
]
