import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.core.version import (
    Constraint,
    InvalidConstraint,
    InvalidVersion,
    Level,
    Version,
    line_name,
)

NUMBERS = st.integers(min_value=0, max_value=99)
VERSIONS = st.builds(
    lambda a, b, c, pre: Version.parse(f"{a}.{b}.{c}{pre}"),
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.sampled_from(["", "-rc.1", "-alpha"]),
)


@pytest.mark.parametrize(
    ("old", "level", "new"),
    [
        ("1.2.3", "none", "1.2.3"),
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "major", "2.0.0"),
        ("0.3.1", "patch", "0.3.2"),
        ("0.3.1", "minor", "0.3.2"),
        ("0.3.1", "major", "0.4.0"),
        ("2.0.0-rc.1", "major", "2.0.0"),
        ("2.0.0-rc.1", "patch", "2.0.0"),
        ("1.3.0-rc.1", "major", "2.0.0"),
        ("0.4.0-rc.1", "major", "0.4.0"),
    ],
)
def test_bump_gives_the_lowest_version_that_may_follow(old: str, level: str, new: str) -> None:
    assert str(Version.parse(old).bump(Level.parse(level))) == new


@pytest.mark.parametrize(
    ("old", "new", "level", "allowed"),
    [
        ("1.0.0", "1.0.0", "none", True),
        ("1.0.0", "1.0.0", "patch", False),
        ("1.0.0", "1.0.1", "patch", True),
        ("1.0.0", "1.0.1", "minor", False),
        ("1.0.0", "1.1.0", "minor", True),
        ("1.0.0", "1.2.0", "major", False),
        ("1.0.0", "2.0.0", "major", True),
        ("1.0.0", "2.0.0-rc.1", "major", True),
        ("0.1.0", "0.1.1", "minor", True),
        ("0.1.0", "0.1.9", "major", False),
        ("0.1.0", "0.2.0", "major", True),
        ("0.9.0", "1.0.0", "major", True),
        ("1.4.0", "1.3.9", "none", False),
    ],
)
def test_a_version_allows_a_high_enough_follower(
    old: str, new: str, level: str, allowed: bool
) -> None:
    assert Version.parse(old).allows(Version.parse(new), Level.parse(level)) is allowed


@given(VERSIONS, st.sampled_from([Level.PATCH, Level.MINOR, Level.MAJOR]))
def test_a_bump_is_always_allowed_and_higher(version: Version, level: Level) -> None:
    bumped = version.bump(level)
    assert bumped > version
    assert version.allows(bumped, level)


@pytest.mark.parametrize("text", ["", "1", "1.2", "v1.2.3", "1.2.3+build", "01.2.3", "latest"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(InvalidVersion) as caught:
        Version.parse(text)
    assert str(caught.value) == f"`{text}` is not a semantic version"


@pytest.mark.parametrize(
    ("constraint", "admitted", "refused"),
    [
        ("^1.2", ["1.2.0", "1.9.3"], ["1.1.9", "2.0.0", "1.3.0-rc.1"]),
        ("^0.3", ["0.3.0", "0.3.9"], ["0.4.0", "0.2.9", "1.0.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0", "1.2.2"]),
        (">=1.2 <3", ["1.2.0", "2.9.9"], ["3.0.0", "1.1.0"]),
        (">=1.2, <3", ["1.2.0", "2.9.9"], ["3.0.0"]),
        ("1.4.0", ["1.4.0"], ["1.4.1", "1.3.9"]),
        ("*", ["0.0.1", "9.0.0"], ["1.0.0-rc.1"]),
        ("^2.0.0-rc.1", ["2.0.0-rc.1", "2.0.0"], ["2.1.0-rc.1", "3.0.0"]),
        ("^1 || ^3", ["1.0.0", "3.2.0"], ["2.0.0"]),
    ],
)
def test_constraints_admit_what_npm_admits(
    constraint: str, admitted: list[str], refused: list[str]
) -> None:
    parsed = Constraint.parse(constraint)
    assert [text for text in admitted if not parsed.admits(Version.parse(text))] == []
    assert [text for text in refused if parsed.admits(Version.parse(text))] == []


def test_what_is_no_constraint_is_refused() -> None:
    with pytest.raises(InvalidConstraint) as caught:
        Constraint.parse("newest please")
    assert str(caught.value) == "`newest please` is not a version constraint"


def test_the_middle_number_is_the_line_before_one() -> None:
    assert line_name(Version.parse("0.3.2").line) == "0.3"
    assert line_name(Version.parse("4.3.2").line) == "4"
