"""Personal fields are sealed, bound to where they stand, found by keyed digests, and masked (R-2, C-18)."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from portal.crypto import KEY_VERSION, FieldCipher, mask_name, mask_number, name_key

CIPHER = FieldCipher(b"k" * 32)
OTHER = FieldCipher(b"o" * 32)
texts = st.text(max_size=200).filter(lambda text: text.isprintable())


@given(texts, st.sampled_from(["person.number", "person.phone"]))
def test_what_was_sealed_is_opened_again(text: str, context: str) -> None:
    sealed = CIPHER.seal(text, context)
    assert CIPHER.open(sealed, context) == text
    assert sealed[0] == KEY_VERSION
    assert not text or len(text) < 4 or text.encode() not in sealed


def test_two_seals_of_one_text_differ() -> None:
    assert len({CIPHER.seal("999999199001011234", "person.number") for _ in range(100)}) == 100


def test_a_seal_opens_with_its_own_key_and_in_its_own_column_only() -> None:
    sealed = CIPHER.seal("13900000000", "person.phone")
    with pytest.raises(InvalidTag):
        OTHER.open(sealed, "person.phone")
    with pytest.raises(InvalidTag):
        CIPHER.open(sealed, "person.number")


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_byte_and_nothing_is_opened(at: int, change: int) -> None:
    sealed = bytearray(CIPHER.seal("999999199001011234", "person.number"))
    sealed[at % len(sealed)] ^= change
    with pytest.raises((InvalidTag, ValueError)):
        CIPHER.open(bytes(sealed), "person.number")


def test_an_unknown_key_version_is_named() -> None:
    sealed = CIPHER.seal("x", "person.phone")
    with pytest.raises(ValueError, match="key version 9"):
        CIPHER.open(b"\x09" + sealed[1:], "person.phone")


def test_a_blind_index_is_equal_for_equal_text_and_says_nothing_without_the_key() -> None:
    assert CIPHER.blind("13900000000", "person.phone") == CIPHER.blind("13900000000", "person.phone")
    assert CIPHER.blind("13900000000", "person.phone") != CIPHER.blind("13900000001", "person.phone")
    assert CIPHER.blind("13900000000", "person.phone") != CIPHER.blind("13900000000", "person.number")
    assert CIPHER.blind("13900000000", "person.phone") != OTHER.blind("13900000000", "person.phone")
    assert len(CIPHER.blind("", "person.phone")) == 32


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("陈小明", "陈**"),
        ("陈明", "陈**"),
        ("欧阳小明", "欧**"),
        ("Anna Li", "A***"),
        (" 王五 ", "王**"),
        ("阿依古丽·买买提", "阿**"),
        ("", "***"),
    ],
)
def test_a_masked_name_shows_its_first_character_and_not_its_length(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [("999999199001011234", "999*************34"), ("13912345678", "139******78"), ("1234567", "123**67"), ("123456", "******"), ("", "")],
)
def test_a_masked_number_keeps_three_and_two(number: str, masked: str) -> None:
    assert mask_number(number) == masked


@given(st.text(alphabet="0123456789X", min_size=7, max_size=18))
def test_a_masked_number_hides_all_but_five(number: str) -> None:
    masked = mask_number(number)
    assert len(masked) == len(number)
    assert masked.count("*") == len(number) - 5


@pytest.mark.parametrize(
    ("typed", "key"),
    [("阿依古丽·买买提", "阿依古丽买买提"), ("Anna  LI", "annali"), ("ａｎｎａ li", "annali"), ("王 五", "王五"), ("J.R. Li", "jrli")],
)
def test_a_name_is_looked_up_without_spaces_dots_and_case(typed: str, key: str) -> None:
    assert name_key(typed) == key
