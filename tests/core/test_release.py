import pytest

from hansa.core.release import InvalidReleaseName, ReleaseName
from hansa.core.version import InvalidVersion, Version


def test_a_release_is_named_product_at_version() -> None:
    name = ReleaseName.parse("flights@1.4.0")
    assert name == ReleaseName("flights", Version.parse("1.4.0"))
    assert str(name) == "flights@1.4.0"


@pytest.mark.parametrize("text", ["flights", "@1.0.0", ""])
def test_what_names_no_release_is_refused(text: str) -> None:
    with pytest.raises(InvalidReleaseName) as caught:
        ReleaseName.parse(text)
    assert str(caught.value) == f"`{text}` does not name a release"
    assert caught.value.hint == "write product@version, such as flights@1.4.0"


def test_a_release_needs_a_whole_version() -> None:
    with pytest.raises(InvalidVersion):
        ReleaseName.parse("flights@1")


def test_releases_sort_by_number_and_not_by_text() -> None:
    names = [ReleaseName.parse(f"flights@1.{minor}.0") for minor in (10, 9, 2)]
    assert [str(name.version) for name in sorted(names)] == ["1.2.0", "1.9.0", "1.10.0"]
