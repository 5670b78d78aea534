"""Configuration: one TOML file, validated whole."""

from advocate_score.config.load import Settings, load_settings
from advocate_score.config.settings import (
    Delivery,
    Effort,
    Engine,
    Fit,
    Ladder,
    Model,
    Moment,
    Moments,
    Operations,
    Outputs,
    Plan,
    Policy,
    Pools,
    Programme,
    Tracking,
)
from advocate_score.config.sources import Part, Sources, TableSource

__all__ = [
    "Delivery",
    "Effort",
    "Engine",
    "Fit",
    "Ladder",
    "Model",
    "Moment",
    "Moments",
    "Operations",
    "Outputs",
    "Part",
    "Plan",
    "Policy",
    "Pools",
    "Programme",
    "Settings",
    "Sources",
    "TableSource",
    "Tracking",
    "load_settings",
]
