"""Files that people hand in: kept by digest outside the web root, encrypted; what they are is told by their content, never by their name.

The store is `DATA_DIR/attachments`, which backups carry along. A file is written once: the same content has the same digest. What comes from
outside goes through `made_harmless` first: pictures are made anew from their pixels, so that nothing but pixels is left of them; PDFs are
looked through (`portal/pdfs.py`). Why so: docs/decisions/0013-attachments.md.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from PIL import Image, ImageOps

from portal import pdfs
from portal.crypto import FieldCipher
from portal.rules import attachments as rules

MOST_BYTES = rules.MOST_BYTES
"""The largest file that is taken."""

# what a file begins with → its type; nothing else is taken
_BEGINS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-1.", "application/pdf", "pdf"),
    (b"%PDF-2.", "application/pdf", "pdf"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
)
SUFFIXES = {media_type: suffix for _begin, media_type, suffix in _BEGINS}
PDF = "application/pdf"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ONE_PICTURE = threading.Lock()  # pixels take a hundred times what the file does: one picture at a time in a process


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the store."""

    digest: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Harmless:
    """A file as it may be kept."""

    content: bytes
    media_type: str


class NotTaken(ValueError):
    """A file that is not taken. The text is one word: `empty`, `too_large`, `unknown_kind`; of what is inside: `damaged`, `too_many_pixels`,
    `too_many_pages`, `locked`, `has_script`; of how it came: `not_whole`, `other_file`, `no_part`.
    """


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


# --- the store ------------------------------------------------------------------------------------------------------------------


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
        temporary = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.new")
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


def seal_part(content: bytes, upload_id: int, at: int) -> bytes:
    """A part of a file on its way, encrypted for its place."""
    return _cipher().seal_bytes(content, f"upload {upload_id} {at}")


def open_part(sealed: bytes, upload_id: int, at: int) -> bytes:
    """The part that was sealed for this place."""
    return _cipher().open_bytes(sealed, f"upload {upload_id} {at}")


# --- what comes from outside ----------------------------------------------------------------------------------------------------


def made_harmless(content: bytes) -> Harmless:
    """The file as it may be kept: a picture made anew without anything but its pixels, upright; a PDF that holds no surprise. Else NotTaken."""
    media_type = kind_of(content)
    if media_type == PDF:
        fault = pdfs.fault_of(content, most_pages=rules.MOST_PAGES)
        if fault:
            raise NotTaken(fault)
        return Harmless(content, media_type)
    with _ONE_PICTURE:
        return Harmless(_made_anew(content, media_type), media_type)


def _made_anew(content: bytes, media_type: str) -> bytes:
    kind = "JPEG" if media_type == "image/jpeg" else "PNG"
    if kind == "JPEG" and content.count(b"\xff\xda") > rules.MOST_SCANS:  # each costs a walk over all pixels
        raise NotTaken("too_many_pixels")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=(kind,)) as picture:
                if picture.width * picture.height > rules.MOST_PIXELS:  # said by the header, before a pixel is read
                    raise NotTaken("too_many_pixels")
                tables = getattr(picture, "quantization", None)
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                return _written(_plain(upright), kind, tables, most=max(len(content), rules.PHOTO_BYTES))
    except NotTaken:
        raise
    except Image.DecompressionBombError:
        raise NotTaken("too_many_pixels") from None
    except Exception:  # a decoder fails in many ways on what is no picture; none of them is our fault
        raise NotTaken("damaged") from None


def _plain(picture: Image.Image) -> Image.Image:
    """Grey or color, opaque on white, in a new picture that carries nothing over."""
    if picture.mode.startswith("I") or picture.mode == "F":  # 16 bits a pixel
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        ground.alpha_composite(picture)
        picture = ground
    if picture.mode not in {"L", "RGB"}:
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    return bare


def _written(picture: Image.Image, kind: str, tables: object, *, most: int) -> bytes:
    """The bytes of a picture, of no more than `most` where that can be had: a photo as finely as it came, else a little coarser."""
    tries: list[dict[str, object]] = [{"quality": quality} for quality in (85, 75, 60, 45, 30)]
    if kind == "PNG":
        tries = [{}]
    elif tables:
        tries.insert(0, {"qtables": tables})
    made = b""
    for options in tries:
        file = io.BytesIO()
        picture.save(file, kind, optimize=True, **options)
        made = file.getvalue()
        if len(made) <= most:
            break
    return made
