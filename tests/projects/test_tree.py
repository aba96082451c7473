from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.projects.samples import CONTRACT, FILES

from hansa.errors import HansaError, Place
from hansa.projects.errors import (
    DirectoryMissing,
    FileUnreadable,
    NotAProduct,
    NotARepository,
    UnknownRevision,
)
from hansa.projects.load import load_product
from hansa.projects.tree import DirectoryTree, GitTree, MemoryTree, shown


def _write(directory: Path, files: dict[str, str]) -> Path:
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(content, encoding="utf-8")
    return directory


@pytest.fixture
def product(tmp_path: Path) -> Path:
    return _write(tmp_path / "sales", dict(FILES))


def test_a_directory_loads_like_the_same_files_in_memory(product: Path) -> None:
    memory = MemoryTree({path: text.encode() for path, text in FILES.items()}, "x")
    on_disk = load_product(DirectoryTree(product, "x"))
    assert on_disk == load_product(memory)
    assert on_disk.files == load_product(memory).files


def test_hidden_files_and_links_that_lead_outside_are_left_out(
    tmp_path: Path, product: Path
) -> None:
    secret = _write(tmp_path / "outside", {"secret.sql": "SELECT 1", "deep/x.sql": "SELECT 1"})
    _write(product, {"models/.x/a.sql": "", "fixtures/.b.csv": "", "models/kept.sql": "SELECT 1"})
    (product / "models" / "secret.sql").symlink_to(secret / "secret.sql")
    (product / "models" / "outside").symlink_to(secret)
    (product / "models" / "loop").symlink_to(product / "models")
    (product / "models" / "broken.sql").symlink_to(secret / "gone.sql")
    (product / "README.md").unlink()
    (product / "README.md").symlink_to(secret / "secret.sql")
    (product / "models" / "linked.sql").symlink_to("kept.sql")
    assert DirectoryTree(product).paths() == [
        "contract.yaml",
        "models/kept.sql",
        "models/linked.sql",
        "models/orders.sql",
        "models/staging/stg_orders.sql",
        "product.yaml",
        "tests/orders.yaml",
    ]


def test_a_product_reached_through_a_link_is_read(tmp_path: Path, product: Path) -> None:
    (tmp_path / "link").symlink_to(product)
    assert DirectoryTree(tmp_path / "link").paths() == DirectoryTree(product).paths()


@pytest.mark.parametrize(
    ("label", "expected"),
    [(".", "a/b"), ("", "a/b"), ("x", "x/a/b"), ("x/", "x/a/b"), ("/", "/a/b")],
)
def test_places_begin_with_the_label(label: str, expected: str) -> None:
    assert shown(label, "a/b") == expected


def test_a_directory_is_labelled_as_it_was_given() -> None:
    assert DirectoryTree(Path("examples/fleet")).label == "examples/fleet"
    assert DirectoryTree(Path()).label == "."


def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(DirectoryMissing) as caught:
        load_product(DirectoryTree(tmp_path / "nowhere"))
    assert str(caught.value) == f"the directory `{tmp_path}/nowhere` does not exist"
    (tmp_path / "file").write_text("")
    with pytest.raises(DirectoryMissing) as caught:
        load_product(DirectoryTree(tmp_path / "file"))
    assert str(caught.value) == f"`{tmp_path}/file` is a file, not a product directory"
    assert caught.value.hint == "name an existing directory with `-C`"


def test_a_directory_without_product_yaml_names_those_near_it(
    tmp_path: Path, product: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, {"fleet/product.yaml": "", "empty/x": "", "alone/deep/x": ""})
    hints = {}
    for place in (".", "sales/models/staging", "empty"):
        monkeypatch.chdir(tmp_path / place)
        with pytest.raises(NotAProduct) as caught:
            load_product(DirectoryTree(Path()))
        hints[place] = caught.value.hint
        assert str(caught.value) == "there is no product.yaml in `.`"
    assert hints == {
        ".": "run the command with `-C fleet` or `-C sales`",
        "sales/models/staging": "run the command with `-C ../..`",
        "empty": "run `hansa init` to start a product here",
    }


def test_a_file_that_cannot_be_read_is_told() -> None:
    with pytest.raises(FileUnreadable) as caught:
        DirectoryTree(Path("nowhere")).read("product.yaml")
    error: HansaError = caught.value
    assert str(error) == "the file cannot be read: no such file or directory"
    assert (error.place, error.exit_code) == (Place("nowhere/product.yaml"), 3)
    with pytest.raises(FileUnreadable):
        MemoryTree({}).read("x")


def _git(directory: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    command = ["git", *identity, "-c", "commit.gpgsign=false", "-C", str(directory), *arguments]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, product: Path) -> Path:
    _git(tmp_path, "init", "-q", "-b", "main")
    (product / "models" / "linked.sql").symlink_to("orders.sql")
    _write(product, {"models/größe.sql": "SELECT 1\n"})
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-q", "-m", "first")
    _git(tmp_path, "tag", "v1")
    _write(product, {"contract.yaml": CONTRACT.replace("1.0.0", "1.1.0")})
    _git(tmp_path, "commit", "-q", "-a", "-m", "second")
    _write(product, {"contract.yaml": "broken: ["})
    return product


def test_a_revision_is_read_without_a_checkout(repository: Path) -> None:
    first = load_product(GitTree(repository, "v1"))
    second = load_product(GitTree(repository, "HEAD"))
    assert (str(first.version), str(second.version)) == ("1.0.0", "1.1.0")
    assert sorted(first.models) == ["größe", "orders", "stg_orders"]
    assert first.label == "git:v1"
    assert first.tests[0].place == Place("git:v1/tests/orders.yaml", 2, 11)
    assert (repository / "contract.yaml").read_text() == "broken: ["


def test_another_directory_of_the_repository_can_be_read(repository: Path) -> None:
    tree = GitTree(repository.parent, "main", "sales")
    assert load_product(tree).files == load_product(GitTree(repository, "main")).files


@pytest.mark.parametrize("revision", ["nope", "", "--help", "-v1", "v1:product.yaml", "a\0b"])
def test_an_unknown_revision_is_told(repository: Path, revision: str) -> None:
    with pytest.raises(UnknownRevision) as caught:
        load_product(GitTree(repository, revision))
    assert str(caught.value) == f"`{revision}` is not a revision of this git repository"


def test_a_directory_outside_of_git_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotARepository) as caught:
        load_product(GitTree(tmp_path, "HEAD"))
    assert str(caught.value) == f"`{tmp_path}` is not in a git repository"


def test_a_revision_without_the_product_is_told(repository: Path) -> None:
    with pytest.raises(NotAProduct) as caught:
        load_product(GitTree(repository, "v1", "elsewhere"))
    assert str(caught.value) == "there is no product.yaml in `git:v1`"
