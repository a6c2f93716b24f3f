"""A served site and people who sit before it: what the browser tests, and those of the pages' HTML, share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from tests.conftest import PASSWORD
from tests.people import Browser, ManualClock

APPLICANT_COOKIE = "aid"  # over TLS it has the prefix __Host-
STARTED, ANSWERED = 50, 1_000  # hundredths of a second in which a form that was sent is on its way, and answered
NARROW, USUAL = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@dataclass
class Site:
    """The demonstration county, served on a free port of this machine."""

    base: str
    app: Flask
    clock: ManualClock
    kept: dict[str, Any] = field(default_factory=dict)  # what a module has made here and uses again

    def browse(self, username: str = "") -> Browser:
        """Someone who acts through the test client, to prepare what a page is to show."""
        known: dict[str, Browser] = self.kept.setdefault("browsers", {})
        if username not in known:
            known[username] = Browser(self.app, username, PASSWORD)
        return known[username]

    def cookies(self, username: str) -> list[dict[str, Any]]:
        """The cookies of who signed in through `browse`, for a context of the real browser."""
        found = self.browse(username).client._cookies or {}
        return [{"name": cookie.key, "value": cookie.value, "url": self.base} for cookie in found.values()]

    def came_in(self) -> list[dict[str, Any]]:
        """The cookie of the resident who came in by phone and code, if somebody did."""
        return [cookie for cookie in self.cookies("") if cookie["name"] == APPLICANT_COOKIE]


class Desk:
    """A person at a page of Chromium: clicks and reads as they do."""

    def __init__(self, site: Site, page: Any) -> None:
        self.site, self.page = site, page
        self.sent = self.answered = 0
        page.on("request", self._was_sent)
        page.on("requestfinished", self._was_answered)
        page.on("requestfailed", self._was_answered)

    def _was_sent(self, request: Any) -> None:
        self.sent += 1

    def _was_answered(self, request: Any) -> None:
        self.answered += 1

    def go(self, address: str) -> Any:
        """Open an address; the answer."""
        return self.page.goto(self.site.base + address)

    def sign_in(self, username: str) -> Desk:
        """Sign in by the form."""
        self.go("/sign-in?lang=zh-Hans")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码", exact=True).fill(PASSWORD)
        self.press("登录", within="main")
        assert "/sign-in" not in self.page.url, f"{username} could not sign in: {self.words()[:300]}"
        return self

    def press(self, text: str, *, within: str = "body") -> None:
        """Press a button by its words."""
        self._click(self.page.locator(within).get_by_role("button", name=text, exact=True))

    def press_like(self, text: str, *, within: str = "main") -> None:
        """Press the one button whose words begin so."""
        self._click(self.page.locator(within).get_by_role("button", name=re.compile("^" + re.escape(text))))

    def _click(self, button: Any) -> None:
        """Click; if that sends a form, go on when it was answered: who looks next, at another desk too, sees what was done."""
        sends = button.evaluate("b => !!b.form && b.type === 'submit' && (b.formNoValidate || b.form.checkValidity())")
        before = self.sent
        button.click()
        for _ in range(STARTED if sends else 0):
            if self.sent > before:
                break
            self.page.wait_for_timeout(10)
        for _ in range(ANSWERED):
            if self.answered >= self.sent:
                break
            self.page.wait_for_timeout(10)
        self.page.wait_for_load_state("domcontentloaded")

    def follow(self, text: str, *, within: str = "main") -> None:
        """Follow a link by its words."""
        self.page.locator(within).get_by_role("link", name=text, exact=True).click()

    def tick_all(self, within: str = "main form") -> int:
        """Tick every box; how many there are."""
        boxes = self.page.locator(f"{within} input[type=checkbox]")
        for index in range(boxes.count()):
            boxes.nth(index).check()
        return int(boxes.count())

    def large_print(self, is_on: bool = True) -> None:
        """The page as it stands, in large print: the attribute is all that changes (`test_html.py` says so), and a trip is saved."""
        self.page.evaluate(
            "on => on ? document.documentElement.dataset.view = 'elder' : delete document.documentElement.dataset.view", is_on
        )
        self.page.set_viewport_size(NARROW)

    def words(self, within: str = "main") -> str:
        """What one reads, white space made one."""
        return " ".join(self.page.locator(within).inner_text().split())


Open = Callable[..., Desk]
