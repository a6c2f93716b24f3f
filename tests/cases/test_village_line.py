"""From a village with one bar of signal: sign in, list, open, hand off, see that it is done. Bytes as sent, trips as made (C-6).

The model of the link: half a second a trip, 0.132 s a kilobyte. A 303 counts as part of its POST; the page that it leads to is a trip.
"""

from __future__ import annotations

import re
from typing import Any

import brotli
import pytest
from flask import Flask
from werkzeug.test import Client

from tests.cases import story
from tests.conftest import PASSWORD
from tests.people import Browser, Page
from tests.routes import header_bytes

KB = 1024
TRIPS, WEIGHT, SECONDS = 6, 12 * KB, 6.0
LINES = 25  # a whole page of the list


class Line:
    """A browser at the end of the line, without JavaScript; the sheet is there from an earlier visit."""

    def __init__(self, app: Flask) -> None:
        self.client = Client(app)
        self.client.set_cookie("css", "1")
        self.trips: list[tuple[str, int, int]] = []

    def _sent(self, what: str, response: Any) -> Any:
        self.trips.append((what, len(response.data), header_bytes(response)))
        return response

    def get(self, address: str) -> Page:
        return self.read(self._sent(f"GET {address}", self.client.get(address, headers={"Accept-Encoding": "br"})))

    def post(self, form: dict[str, Any], **typed: Any) -> str:
        """Press the button; where the answer leads."""
        answer = self.client.post(form["action"], data={**form["fields"], **typed}, headers={"Accept-Encoding": "br"})
        self._sent(f"POST {form['action']}", answer)
        assert answer.status_code == 303, Page(answer).words[:300]
        return str(answer.headers["Location"])

    @staticmethod
    def read(response: Any) -> Page:
        if response.headers.get("Content-Encoding") == "br":
            response.data = brotli.decompress(response.data)
            del response.headers["Content-Encoding"]
        return Page(response)

    def told(self) -> str:
        rows = [f"{what:<44} {body:>6} B, headers {head:>4} B" for what, body, head in self.trips]
        return "\n".join([*rows, f"{len(self.trips)} trips, {self.weight} B, {self.seconds:.2f} s; headers {sum(row[2] for row in self.trips)} B"])

    @property
    def weight(self) -> int:
        return sum(body for _what, body, _head in self.trips)

    @property
    def seconds(self) -> float:
        return len(self.trips) * 0.5 + self.weight / KB * 0.132


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_from_a_village_to_the_town_in_six_trips(sqlite_app: Flask, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    agent = Browser(sqlite_app, "village-xialiang", PASSWORD)
    page = agent.get(f"/cases/new?item={story.ITEM}")
    form = page.form("/cases/new")
    fields = {**form["fields"], **story.APPLICANT, **{name.replace("__", "-"): "1" for name in story.materials(page)}}
    for each in range(LINES + 1):
        assert agent.post(form["action"], {**fields, "key": f"line-{each}"}, follow=False).status == 303

    line = Line(sqlite_app)
    if language != "zh-Hans":
        line.client.set_cookie("lang", language)
    door = line.get("/sign-in").form("/sign-in")
    listed = line.get(line.post(door, username="village-xialiang", password=PASSWORD))
    number = min(re.findall(r"/cases/(\d{6}-\d{8}-\d{4})", listed.text))
    case = line.get(f"/cases/{number}")
    receipt = line.get(line.post(case.form("/hand_off", id="to-next")))
    assert number in receipt.text and receipt.status == 200 and not receipt.has_form("/hand_off"), "it is on its way"
    with capsys.disabled():
        print("\n" + line.told())
    assert len(line.trips) <= TRIPS and line.weight <= WEIGHT and line.seconds <= SECONDS, line.told()
    assert sum(head for _what, _body, head in line.trips) <= TRIPS * 700
