"""A secret that somebody wrote into the configuration all the same is repeated in no message."""

from pathlib import Path

import pytest

from advocate_score.config import load_settings
from advocate_score.errors import ConfigurationError

DATABASE = "postgresql://ana:hunter2@db/crm"
URL = "s3://AKIA:hunter2@bucket/crm"


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("sources", f'database = "{DATABASE}"'),
        ("sources", f'database = "mysql{DATABASE}"'),
        ("sources", 'database = "postgresql://[hunter2"'),
        ("sources.asks", f'database = "{DATABASE}"'),
        ("sources", f'folder = "{URL}"'),
        ("sources.asks", f'path = "{URL}"'),
        ("sources", 'folder = "s3://[hunter2/crm"'),
        ("delivery", f'database = "{DATABASE}"'),
        ("delivery", f'store = "{URL}"'),
        ("sources", 'folder = "https://hunter2@host/crm"'),
        ("delivery", 'store = "hunter2"'),
        ("outputs", f'folder = "{URL}"'),
    ],
)
def test_the_message_names_the_setting_alone(tmp_path: Path, section: str, line: str) -> None:
    (tmp_path / "advocate.toml").write_text(f"[{section}]\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_settings(tmp_path / "advocate.toml")
    assert f"advocate.toml [{section.split('.', maxsplit=1)[0]}]" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_other_values_are_shown(tmp_path: Path) -> None:
    (tmp_path / "advocate.toml").write_text('[sources]\ndecimal = "."\ndelimiter = "ab"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match='got "ab"'):
        load_settings(tmp_path / "advocate.toml")
