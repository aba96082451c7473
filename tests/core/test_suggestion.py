from hansa.core.suggestion import did_you_mean, nearest


def test_the_nearest_names_come_first() -> None:
    assert nearest("ownr", ["name", "owner", "owners", "requires"]) == ["owner", "owners"]


def test_letter_case_does_not_matter() -> None:
    assert did_you_mean("DEP_DELAY", ["dep_delay", "arr"]) == "did you mean `dep_delay`?"


def test_several_near_names_are_all_offered() -> None:
    hint = did_you_mean("flight", ["flights", "flight_no", "x"])
    assert hint == "did you mean `flights` or `flight_no`?"


def test_nothing_near_gives_no_hint() -> None:
    assert did_you_mean("zzz", ["name", "owner"]) is None
