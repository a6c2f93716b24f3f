"""Passwords: Argon2id, and what a new one must not be. Slow on purpose: never call this inside a transaction."""

from __future__ import annotations

import secrets
import unicodedata
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 128
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # no letter or digit that looks like another
# 19 MiB and two passes: the OWASP minimum for Argon2id, since a hall's server also serves pages on two cores
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16)
# the hash of a text that nobody knows: an unknown name costs as much work as a known one
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$1IRVA0AwgK2h6Vm+bwerIw$PmtM4m2lzI4EV5QqhwR64ftDvOjpbgqhiizfBUx9NXo"
_COMMON = frozenset(
    {"1234567890", "0123456789", "9876543210", "qwertyuiop", "password12", "password123", "woaini1314", "woaini520520", "admin12345"}
)


class PasswordFault(StrEnum):
    """Why a new password is refused. The words stand in `forms.py`."""

    SHORT = "short"
    LONG = "long"
    HOLDS_NAME = "holds_name"
    COMMON = "common"
    SAME = "same"


def _plain(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def fault_of(password: str, username: str, *, old: str | None = None) -> PasswordFault | None:
    """What is wrong with a new password: length and what is guessed first; no rule of letters and digits (they make worse ones)."""
    text = _plain(password)
    if len(text) < SHORTEST:
        return PasswordFault.SHORT
    if len(text) > LONGEST:
        return PasswordFault.LONG
    if len(username) >= 3 and username.casefold() in text.casefold():
        return PasswordFault.HOLDS_NAME
    if text.casefold() in _COMMON or len(set(text)) < 4:
        return PasswordFault.COMMON
    if old is not None and text == _plain(old):
        return PasswordFault.SAME
    return None


def hash_password(password: str) -> str:
    """The Argon2id hash of a password, with its parameters and a salt of its own. About 40 ms."""
    return _HASHER.hash(_plain(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one of the hash. Without a hash (an unknown name) the same work is done for no."""
    try:
        return _HASHER.verify(stored or _NOBODY, _plain(password)[:LONGEST]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def one_time_password() -> str:
    """A password to read out over the phone and to change at the first sign-in: 16 letters in four groups, 79 bits."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))
