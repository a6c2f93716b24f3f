"""Files that people hand in: kept by digest outside the web root, encrypted; what they are is told by their content, never by their name.

The store is `DATA_DIR/attachments`, which backups carry along. A file is written once: the same content has the same digest.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from portal.crypto import FieldCipher

MOST_BYTES = 2 * 1024 * 1024
"""The largest file that is taken."""

# what a file begins with → its type; nothing else is taken
_BEGINS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-1.", "application/pdf", "pdf"),
    (b"%PDF-2.", "application/pdf", "pdf"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
)
SUFFIXES = {media_type: suffix for _begin, media_type, suffix in _BEGINS}
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the store."""

    digest: str
    media_type: str
    size: int


class NotTaken(ValueError):
    """A file of a kind or size that is not taken; the text is one of `empty`, `too_large`, `unknown_kind`."""


def kind_of(content: bytes) -> str:
    """The type that the content shows; NotTaken for an empty, too large or unknown one."""
    if not content:
        raise NotTaken("empty")
    if len(content) > MOST_BYTES:
        raise NotTaken("too_large")
    for begin, media_type, _suffix in _BEGINS:
        if content.startswith(begin):
            return media_type
    raise NotTaken("unknown_kind")


def _path(digest: str) -> Path:
    if _DIGEST.fullmatch(digest) is None:
        raise ValueError("not a digest")
    folder: Path = current_app.config["DATA_DIR"] / "attachments"
    return folder / digest[:2] / digest


def _cipher() -> FieldCipher:
    cipher: FieldCipher = current_app.extensions["cipher"]
    return cipher


def keep(content: bytes) -> Kept:
    """Store a file and say what it is; NotTaken otherwise. It is on the disk, whole, before this returns."""
    media_type = kind_of(content)
    digest = hashlib.sha256(content).hexdigest()
    path = _path(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_cipher().seal_bytes(content, f"file {digest}"))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    return Kept(digest, media_type, len(content))


def read(digest: str) -> bytes:
    """The content of a stored file; FileNotFoundError if it is gone, ValueError if it was changed."""
    content = _cipher().open_bytes(_path(digest).read_bytes(), f"file {digest}")
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError("the file is not what was stored")
    return content
