"""Numbers that people type: what is right, what is wrong and why, what is only odd."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.numbers import NumberFault, NumberWarning, check_credit_code, check_phone, check_resident_id

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("11010519491231002X", None),  # the example of GB 11643
        ("440524188001010014", None),  # the example of GB 11643, born in 1880
        ("11010519491231002x", None),
        ("１１０１０５１９４９１２３１００２Ｘ", None),
        ("110105 19491231 002X", None),
        ("110105194912310021", NumberFault.CHECK_DIGIT),
        ("11010519491331002X", NumberFault.DATE),
        ("11010520270101002X", NumberFault.DATE),
        ("11010519491231002", NumberFault.LENGTH),
        ("", NumberFault.LENGTH),
        ("1101051949123100XX", NumberFault.CHARACTERS),
        ("١10105194912310021", NumberFault.CHARACTERS),
    ],
)
def test_resident_numbers(text: str, fault: NumberFault | None) -> None:
    assert check_resident_id(text, TODAY).fault == fault


def test_an_unknown_area_is_a_warning_only() -> None:
    check = check_resident_id("99999919790415103X", TODAY)
    assert (check.is_valid, check.warning) == (True, NumberWarning.UNKNOWN_AREA)
    assert check_resident_id("11010519491231002X", TODAY).warning is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("91350100M000100Y43", None),  # the example of GB 32100
        ("91999999MA9X00011A", None),
        ("93999999MA9X0002XU", None),
        ("91350100m000100y43", None),
        ("91350100M000100Y44", NumberFault.CHECK_DIGIT),
        ("91350100M000100I43", NumberFault.CHARACTERS),
        ("91A50100M000100Y43", NumberFault.CHARACTERS),
        ("91350100M000100Y4", NumberFault.LENGTH),
    ],
)
def test_credit_codes(text: str, fault: NumberFault | None) -> None:
    assert check_credit_code(text).fault == fault


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("13900000001", "13900000001"),
        ("10000000001", "10000000001"),
        ("+86 139-0000-0001", "13900000001"),
        ("0914-4321000", "09144321000"),
        ("（010）6552 9999", "01065529999"),
        ("02987654321", "02987654321"),
    ],
)
def test_telephones(text: str, kept: str) -> None:
    assert check_phone(text).number == kept
    assert check_phone(text).is_valid


@pytest.mark.parametrize("text", ["1390000000", "139000000011", "4321000", "29000000000", "abc", "", "139０0000001a"])
def test_what_is_no_telephone(text: str) -> None:
    assert not check_phone(text).is_valid


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(place: int, shift: int) -> None:
    number = "11010519491231002X"
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert not check_resident_id(wrong, TODAY).is_valid


@given(st.text(max_size=30))
def test_any_text_gets_an_answer(text: str) -> None:
    for check in (check_resident_id(text, TODAY), check_credit_code(text), check_phone(text)):
        assert check.is_valid == (check.fault is None)
