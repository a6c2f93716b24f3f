"""Files as people hand them in, and by which steps: what several tests need."""

from __future__ import annotations

import io
import re
from typing import Any

from PIL import Image

from tests.people import Browser, Page


def photo(size: tuple[int, int] = (320, 240), *, kind: str = "JPEG", noise: float = 0, **options: Any) -> bytes:
    """A picture; `noise` makes it heavy, as a camera's is."""
    picture = Image.effect_noise(size, noise).convert("RGB") if noise else Image.new("RGB", size, "#8a9a5b")
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def pdf(pages: int = 1, more: bytes = b"", *, trailer: bytes = b"") -> bytes:
    """A PDF with so many empty pages; `more` stands in its catalog."""
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(pages))
    leaves = b"".join(
        b"%d 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n" % (3 + number) for number in range(pages)
    )
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + more + b" >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [" + kids + b"] /Count " + str(pages).encode() + b" >>\nendobj\n"
        + leaves + b"trailer\n<< /Root 1 0 R " + trailer + b" >>\n%%EOF\n"
    )  # fmt: skip


def hand_in(browser: Browser, number: str, content: bytes, *, material: str = "1", name: str = "扫描件.jpg", follow: bool = True) -> Page:
    """Send a file by the form, as a browser without JavaScript does."""
    form = browser.get(f"/cases/{number}/attachments").form("/attachments")
    fields = {**form["fields"], "material": material, "file": (io.BytesIO(content), name)}
    return browser.post(form["action"], fields, follow=follow)


def kept(page: Page) -> list[int]:
    """The numbers of the files that a page leads to."""
    return [int(number) for number in re.findall(r'/attachments/(\d+)"', page.text)]
