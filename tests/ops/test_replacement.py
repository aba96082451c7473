from pathlib import Path

import pytest

from hansa.ops.replacement import replace_file


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "product.yaml"
    path.write_bytes(b"old")
    replace_file(path, b"new")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"product.yaml": b"new"}


def test_a_place_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        replace_file(tmp_path / "taken", b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]
