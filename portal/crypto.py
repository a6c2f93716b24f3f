"""Personal fields: AES-256-GCM with a key version, keyed blind indexes for exact look-ups, masks for lists (R-2, C-18)."""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_VERSION = 1


class FieldCipher:
    """Seals and opens personal fields. `context` (table and column) is bound to the text, so that a value cannot be moved elsewhere."""

    def __init__(self, key: bytes) -> None:
        self._seal = AESGCM(hmac.new(key, b"field", hashlib.sha256).digest())
        self._index = hmac.new(key, b"index", hashlib.sha256).digest()

    def seal(self, text: str, context: str) -> bytes:
        """version ‖ nonce ‖ ciphertext."""
        return self.seal_bytes(text.encode(), context)

    def open(self, sealed: bytes, context: str) -> str:
        return self.open_bytes(sealed, context).decode()

    def seal_bytes(self, content: bytes, context: str) -> bytes:
        """The same for a file."""
        nonce = os.urandom(12)
        return bytes([KEY_VERSION]) + nonce + self._seal.encrypt(nonce, content, context.encode())

    def open_bytes(self, sealed: bytes, context: str) -> bytes:
        if sealed[0] != KEY_VERSION:
            raise ValueError(f"unknown key version {sealed[0]}")
        return self._seal.decrypt(sealed[1:13], sealed[13:], context.encode())

    def blind(self, text: str, context: str) -> str:
        """A keyed digest for exact look-ups; says nothing to who lacks the key."""
        return hmac.new(self._index, f"{context}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]


def name_key(name: str) -> str:
    """A person's name for prefix look-ups: NFKC, without spaces and middle dots, lower case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if not char.isspace() and char not in "·•.")


def mask_name(name: str) -> str:
    """陈小明 → 陈**, Anna Li → A***: the first character and as many stars as a name commonly has (C-18)."""
    name = name.strip()
    first = name[:1]
    return first + ("**" if first >= "\u2e80" else "***")


def mask_number(number: str) -> str:
    """An identity or phone number with only its first three and last two characters."""
    if len(number) < 7:
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 5) + number[-2:]
