"""Somebody who reads the end of a night learns whether it is the one in use."""

import pytest

from advocate_score.cli import render

NIGHT = {
    "as_of": "2026-01-02",
    "levels": [],
    "evidence": {"1": "solid"},
    "model": "ladder 1",
    "banner": None,
    "unchanged": True,
    "forced": None,
    "expired": [],
    "folder": "publications/2026-01-02",
}


def test_a_night_that_current_does_not_lead_to_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    render.score({**NIGHT, "current": False})
    assert "Not in use" in capsys.readouterr().out
    render.score({**NIGHT, "current": True})
    assert "Not in use" not in capsys.readouterr().out
