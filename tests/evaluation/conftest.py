"""The log of asks with a known story, which the tests of models work on."""

from model.conftest import ask_log, log_end, log_signals

__all__ = ["ask_log", "log_end", "log_signals"]
