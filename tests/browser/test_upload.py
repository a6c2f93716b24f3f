"""A photo of 8 MB over a line that breaks: made smaller, sent in parts that resume, once; and the form that says what is wrong without losing anything."""

from __future__ import annotations

import io
import math
import os
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from portal.rules.attachments import PART_BYTES, PHOTO_BYTES, PHOTO_SIDE
from tests.browser.desk import USUAL, Open, Site
from tests.cases import story, uploads

IS_LONG = os.environ.get("TEST_LONG") == "1"
CUT = 30.0 if IS_LONG else 1.6  # seconds without a line, twice; longer than the first pause, so that a retry meets a dead line
AGENT = "village-xialiang"
LINE = 64_000 / 8  # bytes a second of a 64 kbit/s line


def camera_photo() -> bytes:
    """4000 × 3000 pixels taken on the side, with noise in them as in a dim room, and where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (33.0, 41.0, 5.0)})
    content = uploads.photo((4000, 3000), noise=44, quality=92, exif=exif.tobytes())
    return content + b"\0" * max(0, 8_000_000 - len(content))  # as the makers' notes of cameras add


class Line:
    """The line between the browser and the site: counts what goes over it, and breaks where it is told to."""

    def __init__(self, page: Any) -> None:
        self.parts: list[int] = []
        self.lost = 0
        self.dead_until = 0.0
        self.cuts = [2, 5]
        self.lose_an_end = True
        page.route(re.compile("/attachments/parts/"), self.carry)

    def carry(self, route: Any) -> None:
        asked = route.request
        if time.monotonic() < self.dead_until:
            self.lost += 1
            route.abort()
            return
        is_part = asked.method == "POST" and not asked.url.endswith("/finish")
        if is_part and self.cuts and len(self.parts) >= self.cuts[0]:
            self.cuts.pop(0)
            self.dead_until = time.monotonic() + CUT
            self.lost += 1
            if len(self.cuts) == 1:
                route.abort()
            else:  # the second time the part arrives and the answer is lost
                route.fetch()
                route.abort()
            return
        if is_part:
            self.parts.append(len(asked.post_data_buffer or b""))
        if asked.url.endswith("/finish") and self.lose_an_end:
            self.lose_an_end = False
            route.fetch()
            route.abort()
            return
        route.continue_()


@pytest.fixture
def page(site: Site, chromium: Any) -> Iterator[Any]:
    """A page signed in at the room; lost requests are meant to be, so its console is not read."""
    context = chromium.new_context(viewport=USUAL, locale="zh-CN")
    context.set_default_timeout(20_000)
    context.add_cookies(site.cookies(AGENT) if site.browse(AGENT) else [])
    found = context.new_page()
    yield found
    context.close()


def kept(site: Site, number: str) -> list[tuple[int, bytes]]:
    from portal import files
    from portal.cases.models import Attachment, Case
    from portal.database import db

    with site.app.app_context():
        query = select(Attachment).join(Case, Case.id == Attachment.case_id).where(Case.number == number).order_by(Attachment.id)
        found = [(row.id, files.read(row.digest)) for row in db.session.scalars(query)]
        db.session.remove()
    return found


def test_a_large_photo_over_a_line_that_breaks_twice(site: Site, page: Any) -> None:
    number = story.collect(site.browse(AGENT))
    content = camera_photo()
    assert len(content) >= 8_000_000
    page.goto(f"{site.base}/cases/{number}/attachments?lang=zh-Hans")
    line = Line(page)
    if IS_LONG:
        speed = {"offline": False, "latency": 200, "downloadThroughput": LINE, "uploadThroughput": LINE}
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", speed)
    page.get_by_label("是哪份材料").select_option("1")
    page.get_by_label("文件", exact=True).set_input_files({"name": "DSC0001.JPG", "mimeType": "image/jpeg", "buffer": content})
    said: list[str] = []
    page.expose_function("heard", lambda words: said.extend([words]))
    page.evaluate(
        "new MutationObserver(([one]) => heard(one.target.textContent)).observe(document.querySelector('.sending p'), {childList: true})"
    )
    page.get_by_role("button", name="添加这个文件").click()
    page.get_by_text("文件已保存").first.wait_for(timeout=300_000 if IS_LONG else 60_000)
    ((_id, stored),) = kept(site, number)
    picture = Image.open(io.BytesIO(stored))
    assert len(stored) <= PHOTO_BYTES, f"{len(stored)} B"
    assert max(picture.size) >= PHOTO_SIDE and picture.height > picture.width and not picture.getexif()
    assert not line.cuts and not line.lose_an_end and line.lost >= 3
    assert all(size <= PART_BYTES + 1024 for size in line.parts), line.parts
    assert len(line.parts) <= math.ceil(PHOTO_BYTES / PART_BYTES), "nothing was sent twice that had arrived"
    assert any("网络断了" in words for words in said) and any(words.startswith("已发送 32 KB") for words in said), said


def test_the_form_says_what_is_wrong_and_keeps_what_was_chosen(site: Site, desk: Open) -> None:
    number = story.collect(site.browse(AGENT))
    at = desk(AGENT)
    at.go(f"/cases/{number}/attachments?lang=zh-Hans")
    file, material = at.page.get_by_label("文件", exact=True), at.page.get_by_label("是哪份材料")

    def press() -> None:
        at.press("添加这个文件")

    press()
    assert "请从列表里选一项" in material.locator("xpath=..").inner_text()
    material.select_option("2")
    press()
    assert "请选择文件" in file.locator("xpath=..").inner_text() and file.get_attribute("aria-invalid") == "true"
    for name, kind, content, words in (
        ("a.pdf", "application/pdf", uploads.pdf(more=b"/OpenAction << /S /JavaScript >>"), "有程序"),
        ("a.jpg", "image/jpeg", b"\xff\xd8\xff<script>alert(1)</script>", "打不开"),
        ("a.pdf", "application/pdf", b"%PDF-1.7" + b"\0" * 2_200_000, "最大 2 MB"),
        ("a.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "PDF、JPEG"),
    ):
        file.set_input_files({"name": name, "mimeType": kind, "buffer": content})
        press()
        file.locator("xpath=..").locator(".msg").get_by_text(words).wait_for()
        assert material.input_value() == "2" and file.evaluate("field => field.files.length") == 1
    file.set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": uploads.pdf(3)})
    press()
    at.page.get_by_text("文件已保存").wait_for()
    assert [content for _id, content in kept(site, number)] == [uploads.pdf(3)]


def test_a_picture_is_shown_under_its_strict_policy(site: Site, desk: Open) -> None:
    number = story.collect(site.browse(AGENT))
    (file_id,) = uploads.kept(uploads.hand_in(site.browse(AGENT), number, uploads.photo((64, 48))))
    at = desk(AGENT)
    assert at.go(f"/cases/{number}/attachments/{file_id}").status == 200
    assert at.page.evaluate("[document.images[0].naturalWidth, document.images[0].naturalHeight]") == [64, 48]
