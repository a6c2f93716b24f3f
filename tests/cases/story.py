"""The main job as steps that several tests take: a matter of S-03 on its way from a village room to the county and back."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.people import Browser, Page

ITEM = "S-03"
# an identity number of the unassigned area 999999 with a right check digit
APPLICANT = {"name": "陈小满", "number": "999999199001011238", "phone": "13900000000", "kind": "natural"}
Browse = Callable[..., Browser]


def check_digit(first: str) -> str:
    """The number with its check digit (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first + "10X98765432"[sum(int(d) * w for d, w in zip(first, weights, strict=True)) % 11]


APPLICANT["number"] = check_digit("99999919900101123")


def materials(page: Page) -> dict[str, str]:
    """Every box of the checklist, ticked."""
    return {name.replace("-", "__"): "1" for name in re.findall(r'name="(got-\d+)"', page.text)}


def collect(browser: Browser, item: str = ITEM, **applicant: str) -> str:
    """Register a case; its number."""
    page = browser.get(f"/cases/new?item={item}")
    page = browser.press(page, "/cases/new", **{**APPLICANT, **applicant}, **materials(page))
    assert page.status == 200, page.words[:500]
    found = re.search(r"/cases/(\d{6}-\d{8}-\d{4})", page.path)
    assert found, page.path
    return found[1]


def send(browser: Browser, number: str) -> Page:
    """Send the case where the page proposes."""
    page = browser.press(browser.get(f"/cases/{number}"), "/hand_off", id="to-next")
    assert page.status == 200, page.words[:500]
    return page


def do(browser: Browser, number: str, verb: str, **typed: str) -> Page:
    """Do an act that the page offers; every box of its list is ticked."""
    page = browser.get(f"/cases/{number}")
    ticked = {name.replace("-", "__"): "1" for name in re.findall(r'name="((?:got|met)-\d+)"', page.text)}
    page = browser.press(page, f"/{verb}", **ticked, **typed)
    assert page.status == 200, page.words[:500]
    return page


def to_town(browse: Browse) -> str:
    """Collected at the room, sent, received at the town; its number."""
    agent = browse("village-xialiang")
    number = collect(agent)
    send(agent, number)
    do(browse("town-xialiang"), number, "receive")
    return number


def to_county(browse: Browse) -> str:
    """Accepted at the town, sent on, received at the county."""
    number = to_town(browse)
    town = browse("town-xialiang")
    do(town, number, "accept")
    send(town, number)
    do(browse("window-mr"), number, "receive")
    return number


ENTRUSTED = {
    "windows": ["611026102000-G"],
    "powers": ["review", "decide", "certify"],
    "items": [ITEM],
    "receiving": "TOWN-611026102000",
    "basis": "《中华人民共和国行政许可法》第二十四条（示例）",
}


def entrust(browse: Browse) -> str:
    """`manager` drafts, `dept-mr` signs, `manager` registers the entrustment of review, decide and certify; the instrument's address."""
    manager, head = browse("manager"), browse("dept-mr")
    page = manager.get("/manage/instruments/new?body=MR&mandate=entrustment")
    page = manager.press(page, "/manage/instruments/new", id="draft", **ENTRUSTED)
    assert page.status == 200, page.words[:800]
    address = page.path
    assert not page.has_form("/sign"), "who drafts does not sign"
    for person, verb in ((head, "sign"), (manager, "register")):
        page = person.press(person.get(address), f"/{verb}")
        assert page.status == 200, page.words[:800]
    return address
