"""Small files beside the configuration: whole or as before; of a version the newest promotion counts."""

from datetime import datetime
from pathlib import Path

import pytest

from advocate_score.errors import ModelRefusedError
from advocate_score.tracking.listing import refuse_links
from advocate_score.tracking.promotions import Promotion, add_promotion, last_promotion
from advocate_score.tracking.whole_file import write_whole

NOW = datetime(2025, 6, 1)


def promoted(folder: Path, version: str, recipe: str, model_name: str = "ours") -> None:
    facts = {"model_name": model_name, "version": version, "run_id": "r", "recipe": recipe, "schema_hash": "s"}
    add_promotion(folder, Promotion(**facts, digests={"a": "1"}, trained_as_of=NOW, promoted_at=NOW))


def test_the_newest_promotion_of_a_version_counts(tmp_path: Path) -> None:
    for version, recipe in (("1", "first"), ("2", "other"), ("1", "again")):
        promoted(tmp_path, version, recipe)
    promoted(tmp_path, "1", "of somebody else", "theirs")
    found = last_promotion(tmp_path, "ours", "1")
    assert found is not None
    assert found.recipe == "again"
    assert last_promotion(tmp_path, "ours", "3") is None


def test_the_digest_of_a_promotion_tells_names_and_contents(tmp_path: Path) -> None:
    promoted(tmp_path, "1", "first")
    one = last_promotion(tmp_path, "ours", "1")
    assert one is not None
    others = [one.model_copy(update={"digests": told}) for told in ({"a": "2"}, {"b": "1"}, {"a": "1", "b": "1"})]
    assert len({promotion.digest for promotion in (one, *others)}) == 4
    assert one.digest == one.model_copy(update={"recipe": "other"}).digest


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = tmp_path / "champion.json"
    (taken / "inner").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_whole(taken, "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["champion.json"]


def test_links_are_looked_for_on_this_machines_disk_alone(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelRefusedError, match="MLmodel is not a plain file"):
        refuse_links("version 1", tmp_path.as_uri(), ["MLmodel"])
    refuse_links("version 1", f"s3:/{tmp_path}", ["MLmodel"])
