"""Numbers that people type: resident identity numbers, unified social credit codes, telephones. Pure, standard library only.

Checked are length, date and check digit. An area that is not known is a warning and never a refusal: lists of areas reject real
people whose county was renamed or recoded after they were born.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# GB 32100-2015: no I, O, S, V, Z
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
# the first two digits of an area; 81 to 83 are residence permits of Hong Kong, Macao and Taiwan, 9 permanent residence cards
_PROVINCES = frozenset(
    str(code)
    for row in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66), (71, 81, 82, 83))
    for code in row
)


class NumberFault(StrEnum):
    """Why a number is refused. The words stand in `forms.py`."""

    LENGTH = "length"
    CHARACTERS = "characters"
    DATE = "date"
    CHECK_DIGIT = "check_digit"


class NumberWarning(StrEnum):
    """What is said beside a number that is taken all the same."""

    UNKNOWN_AREA = "unknown_area"


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """A number as it is kept, and what is wrong with it or odd about it."""

    number: str
    fault: NumberFault | None = None
    warning: NumberWarning | None = None

    @property
    def is_valid(self) -> bool:
        return self.fault is None


def plain_number(text: str) -> str:
    """Full-width digits made plain, without spaces and dashes, in capitals."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in folded if not char.isspace() and unicodedata.category(char) != "Pd")


def check_resident_id(text: str, today: date) -> NumberCheck:
    """A resident identity number (GB 11643): 18 characters, a real date of birth not after today, the check digit."""
    number = plain_number(text)
    if len(number) != 18:
        return NumberCheck(number, NumberFault.LENGTH)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return NumberCheck(number, NumberFault.CHARACTERS)
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return NumberCheck(number, NumberFault.DATE)
    if not date(1870, 1, 1) <= born <= today:
        return NumberCheck(number, NumberFault.DATE)
    if _CHECKS[sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True)) % 11] != number[17]:
        return NumberCheck(number, NumberFault.CHECK_DIGIT)
    is_known = number[:2] in _PROVINCES or (number[0] == "9" and not number.startswith("99"))
    return NumberCheck(number, warning=None if is_known else NumberWarning.UNKNOWN_AREA)


def check_credit_code(text: str) -> NumberCheck:
    """A unified social credit code (GB 32100-2015): 18 characters of its alphabet, an area of six digits, the check character."""
    number = plain_number(text)
    if len(number) != 18:
        return NumberCheck(number, NumberFault.LENGTH)
    if any(char not in _CREDIT for char in number) or not (number[2:8].isascii() and number[2:8].isdigit()):
        return NumberCheck(number, NumberFault.CHARACTERS)
    total = sum(_CREDIT.index(char) * weight for char, weight in zip(number[:17], _CREDIT_WEIGHTS, strict=True))
    if _CREDIT[(31 - total % 31) % 31] != number[17]:
        return NumberCheck(number, NumberFault.CHECK_DIGIT)
    return NumberCheck(number, warning=None if number[2:4] in _PROVINCES else NumberWarning.UNKNOWN_AREA)


def check_phone(text: str) -> NumberCheck:
    """A mobile number (11 digits, the first a 1) or a landline with its area code (0914…); +86 is dropped."""
    number = plain_number(text).translate({ord("("): None, ord(")"): None})
    if number.startswith(("+86", "0086")):
        number = number[3:] if number[0] == "+" else number[4:]
    if not (number.isascii() and number.isdigit()):
        return NumberCheck(number, NumberFault.CHARACTERS)
    if re.fullmatch(r"1[0-9]{10}|0(?:10|2[0-9])[0-9]{7,8}|0[3-9][0-9]{2}[0-9]{7,8}", number):
        return NumberCheck(number)
    return NumberCheck(number, NumberFault.LENGTH)
