from advocate_score.publication.store import nearest_dates

DAYS = [f"2025-06-{day:02}" for day in range(1, 21)]


def test_dates_next_to_a_missing_one_are_told_on_either_side() -> None:
    without = [day for day in DAYS if day != "2025-06-10"]
    assert nearest_dates("2025-06-10", without, limit=2) == ["2025-06-08", "2025-06-09", "2025-06-11", "2025-06-12"]
    assert nearest_dates("2025-06-10", without) == [*DAYS[4:9], *DAYS[10:15]]


def test_before_the_first_and_after_the_last_there_is_one_side() -> None:
    assert nearest_dates("2024-01-01", DAYS, limit=2) == DAYS[:2]
    assert nearest_dates("2026-01-01", DAYS, limit=2) == DAYS[-2:]
    assert nearest_dates("2026-01-01", []) == []
