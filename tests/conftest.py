"""Every run that shows a goal of reliability ends with the table of goals and what was seen."""

import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest

from advocate_score.engine.base import Engine
from advocate_score.engine.open import open_engine
from engines import settings_of
from goals import GOALS, WHOLE

Measured = Callable[[str], None]
_GOAL, _FIGURE = "goal", "figure"


@pytest.fixture(scope="session")
def running_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Spark in this process, which every engine opened meanwhile works with."""
    pytest.importorskip("pyspark", reason="pyspark is not installed: make extras")
    with open_engine(settings_of("spark"), tmp_path_factory.mktemp("spark")) as engine:
        yield engine


@pytest.fixture
def measured(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Measured:
    """Puts a figure beside the goal that the test is marked with."""
    marked = [str(mark.args[0]) for mark in request.node.iter_markers(_GOAL)]
    assert marked, "a test that measures a goal is marked with it"
    return lambda figure: record_property(_FIGURE, figure)


@pytest.fixture(autouse=True)
def _goal_of_the_test(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    for mark in request.node.iter_markers(_GOAL):
        assert mark.args[0] in GOALS, "no such goal"
        record_property(_GOAL, mark.args[0])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    figures: dict[str, list[str]] = defaultdict(list)
    outcomes: dict[str, list[str]] = defaultdict(list)
    for report in _reports(terminalreporter):
        goals = [str(value) for name, value in report.user_properties if name == _GOAL]
        seen = [str(value) for name, value in report.user_properties if name == _FIGURE]
        for goal in goals:
            outcomes[goal].append(report.outcome)
            figures[goal].extend(_skip_reason(report) if report.skipped else seen)
    if outcomes:
        _write_table(terminalreporter, outcomes, figures)


def _reports(reporter: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    """One a test: that of its call, or of its set-up where it did not come to the call."""
    for reports in reporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and (report.when == "call" or report.outcome != "passed"):
                yield report


def _skip_reason(report: pytest.TestReport) -> list[str]:
    return [f"not run: {report.longrepr[2].removeprefix('Skipped: ')}"] if isinstance(report.longrepr, tuple) else []


def _write_table(
    reporter: pytest.TerminalReporter, outcomes: dict[str, list[str]], figures: dict[str, list[str]]
) -> None:
    reporter.section(f"goals of reliability, {'whole' if WHOLE else 'quick form'}")
    for goal, says in GOALS.items():
        verdict = _verdict(outcomes.get(goal, []))
        if verdict == "not run" and not WHOLE:
            continue
        reporter.line(textwrap.fill(f"{goal:4} {verdict:8} {says}", 118, subsequent_indent=" " * 14))
        for figure in dict.fromkeys(figures[goal]):
            reporter.line(textwrap.fill(f"saw: {figure}", 118, initial_indent=" " * 14, subsequent_indent=" " * 19))


def _verdict(outcomes: list[str]) -> str:
    if "failed" in outcomes:
        return "FAILED"
    if not outcomes or "passed" not in outcomes:
        return "not run"
    return "partly" if "skipped" in outcomes else "reached"
