from datetime import datetime

import pytest

from advocate_score.errors import ConfigurationError
from advocate_score.simulate.world import checked_world


def test_options_as_a_command_line_gives_them() -> None:
    world = checked_world({"accounts": "300", "selection": "mar", "mess": "false", "data_cut": "2024-03-01"})
    assert (world.accounts, world.selection, world.mess) == (300, "mar", False)
    assert world.data_cut == datetime(2024, 3, 1)
    assert checked_world({"data_cut": "2024-03-01T01:00:00+02:00"}).data_cut == datetime(2024, 2, 29, 23)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked_world({"accounts": 0, "no_reply": 2, "selection": "by hand", "colour": "red"})
    places = {fault.place for fault in caught.value.faults}
    assert places == {"--accounts", "--no-reply", "--selection", "--colour"}


def test_more_asks_than_clients_can_take_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="100 accounts can take at most 3120 asks"):
        checked_world({"accounts": 100, "asks": 50_000})
