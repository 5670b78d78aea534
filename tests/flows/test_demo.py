from pathlib import Path

import pytest

from flows.conftest import called


@pytest.mark.extra
def test_the_demo_ends_with_lists_and_can_be_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "demo"
    for version in ("1", "2"):
        done = called(["advocate-score", "demo", "--out", str(out), "--json"], capsys, monkeypatch)
        assert done.code == 0, done.err
        assert done.result["promote"]["version"] == version
    assert (out / "publications" / "current" / "level_1_testimonial.csv").exists()


def test_a_demo_overwrites_nothing_but_a_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "precious").write_text("x", encoding="utf-8")
    done = called(["advocate-score", "demo", "--out", str(tmp_path)], capsys, monkeypatch)
    assert done.code == 2
    assert [file.name for file in tmp_path.iterdir()] == ["precious"]
