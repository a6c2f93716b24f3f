"""Applying online as steps that several tests take: in by phone and code, a draft, photos, sending."""

from __future__ import annotations

import io
import re

from PIL import Image

from tests.cases.story import APPLICANT, ITEM
from tests.people import Browser, Page

ROOM, TOWN, CENTER = "611026102002", "611026102000", "611026000000"
PHONE = "13900000000"


def code_on(page: Page) -> str:
    """The code that the demonstration shows on the page."""
    found = re.search(r"验证码是 (\d{6})", page.words)
    assert found, page.words[:600]
    return found[1]


def come_in(browser: Browser, phone: str = PHONE) -> Page:
    """By the door, with phone and code; the list of one's matters."""
    page = browser.press(browser.get("/my"), "/my/code", phone=phone)
    assert page.path.startswith("/my/code/"), page.words[:400]
    page = browser.press(page, page.path, code=code_on(page))
    assert page.path == "/my", page.words[:400]
    return page


def begin(browser: Browser, point: str = TOWN, item: str = ITEM, near: str = ROOM) -> int:
    """A draft at a point; its number."""
    page = browser.press(browser.get(f"/apply/{item}?from={near}"), f"/apply/{item}", id="begin", point=point)
    found = re.fullmatch(r"/my/drafts/(\d+)", page.path)
    assert found, page.words[:400]
    return int(found[1])


def fill(browser: Browser, draft: int, **typed: str) -> Page:
    """Step 1, filled in and saved."""
    who = {"name": APPLICANT["name"], "number": APPLICANT["number"], **typed}
    return browser.press(browser.get(f"/my/drafts/{draft}"), f"/my/drafts/{draft}", **who)


def send(browser: Browser, draft: int) -> Page:
    """Step 3: the receipt."""
    page = browser.press(browser.get(f"/my/drafts/{draft}/send"), "/send", true="y")
    assert page.path.startswith("/my/receipt/"), page.words[:500]
    return page


def photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(file, "JPEG")
    return file.getvalue()


def add_photo(browser: Browser, draft: int | str, seq: int = 1, content: bytes | None = None, *, kind: str = "drafts") -> Page:
    """A photo of a material, as a browser without a script sends it."""
    here = f"/my/{kind}/{draft}/photos"
    page = browser.get(here)
    fields = next(form["fields"] for form in page.forms() if "material" in form["fields"])
    body = {**fields, "material": str(seq), "file": (io.BytesIO(photo() if content is None else content), "IMG.jpg")}
    return browser.post(here, body)


def photo_on(page: Page) -> int:
    """The number of the first file on a page of photos."""
    found = re.search(r'/photos/(\d+)"', page.text)
    assert found, page.words[:500]
    return int(found[1])


def notice(clerk: Browser, number: str, seq: int = 1, why: str = "照片不清楚（示例）") -> Page:
    """The window says once what is missing: this one material, and why."""
    page = clerk.get(f"/cases/{number}/act/notice")
    others = tuple(name for name in page.form("/act/notice")["fields"] if name.startswith("miss-") and name != f"miss-{seq}")
    page = clerk.press(page, "/act/notice", drop=others, **{f"miss__{seq}": "1", f"why__{seq}": why})
    assert page.status == 200, page.words[:500]
    return page


def names(resident: Browser, stranger: Browser) -> dict[str, str]:
    """What the addresses of an applicant's pages name: a draft, what was sent, a code that waits to be typed."""
    come_in(resident)
    sent = begin(resident)
    fill(resident, sent, paper__2="1")
    add_photo(resident, sent)
    code = send(resident, sent).path.rpartition("/")[2]
    draft = begin(resident)
    fill(resident, draft)
    add_photo(resident, draft)
    page = stranger.press(stranger.get("/my"), "/my/code", phone="13911112222")
    return {"draft_online": str(draft), "code_online": code, "ticket": page.path.rpartition("/")[2]}
