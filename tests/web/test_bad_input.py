"""Whatever is sent to whatever address: an answer in words, never a fault of ours, and nothing changed. On both engines, for every form.

The forms are found on the pages that people see; each is sent with something bad in one field, and with something in another (an old
version, an empty name) that makes sure that nothing can succeed by chance.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlsplit
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.config import ROOT
from tests.conftest import _environ, copy_of, count, is_in_share, is_sqlite
from tests.people import NS, Browser, Page
from tests.routes import Asked, County, every_get, every_post, rules, token_of, who_asks
from tests.web.test_gets_change_nothing import RECORD, digests

KEPT = 4000
LONG = "长" * 5000
TEXTS: dict[str, bytes] = {
    "emoji": "好的👍🏽".encode(),
    "right to left": "小\u202e满".encode(),
    "NUL": b"a\x00b",
    "control": b"a\x1bb",
    "lone surrogate": b"a\xed\xa0\x80b",
    "no UTF-8": b"\xff\xfe",
    "too long": LONG.encode(),
}
CODES = ("", "NONE", str(2**63), "-1", "' OR 1=1 --")
TYPED = {"text", "search", "tel", "url", "email", "area"}
# written beside the acts, or by looking: no answer of these tests may change anything else
BESIDE = {*RECORD, "sign_in_session", "login_throttle", "apply_code"}
# what makes sure that a form without a version cannot succeed: (field, another one for when the first is tried)
EMPTIED = {
    "accounts.contact": ("language", "language"),
    "accounts.password": ("new_password", "again_password"),
    "messages.read": ("until", "only"),
    "accounts.sign_in": ("password", "username"),
    "authority.change_draft": ("title", "from_on"),
    "authority.draft": ("title", "from_on"),
    "authority.revoke": ("ground", "by"),
    "authority.set_ceiling": ("from_on", "level"),
    "authority.suspend": ("ground", "clauses"),
    "attachments.attach": ("material", "material"),
    "apply.ask_code": ("phone", "phone"),
    "apply.attach": ("material", "material"),
    "apply.begin": ("point", "point"),
    "apply.enter": ("code", "code"),
    "cases.collect": ("name", "phone"),
    "joint.open_joint": ("name", "phone"),
    "sheets.issue": ("number", "number"),
    "sheets.enter": ("name", "phone"),
    "sheets.cancel": ("sheet", "reason"),
    "double_intake.open_finding": ("what", "body"),
    "double_intake.answer": ("said", "said"),
    "consultations.answer": ("said", "said"),
    "batches.send": ("to", "reason"),
    "double_intake.close": ("said", "said"),
    "supervision_tasks.confirm": ("note", "note"),
    "disputes.meet": ("minutes", "held_on"),
    "inspection_visits.draw": ("number", "number"),
    "plans.draft_recheck": ("enterprise", "first_on"),
    "space.look": ("credit", "notice"),
    "space.rate": ("satisfaction", "satisfaction"),
    "space.send": ("said", "came_on"),
    "cashier.ask_back": ("reason", "reason"),
    "fee_card.report": ("enterprise_code", "said"),
    "draws.draw": ("first_on", "wanted"),
    "matches.enter": ("enterprises", "months"),
    "matches.withdraw": ("year", "year"),
    "plans.cancel": ("reason", "reason"),
    "plans.change": ("enterprise", "first_on"),
    "plans.draft": ("enterprise", "first_on"),
    "plans.refuse": ("reason", "reason"),
    "plans.write": ("enterprise", "on"),
    "inquiries.log": ("asked", "asked"),
    "unfinished.open_new": ("point", "said"),
    "unfinished.choose": ("account", "account"),
    "visits.book": ("phone", "half_hour"),
    "moving.move": ("reason", "to"),
    "moving.close": ("reason", "last_on"),
    "moving.suspend": ("kind", "kind"),
    "moving.take_back": ("reason", "reason"),
    "ratings.answer": ("step", "step"),
    "ratings.rate": ("satisfaction", "satisfaction"),
    "letters.change": ("from_on", "account"),
    "letters.draft": ("from_on", "account"),
    "letters.end": ("ground", "from_on"),
    "stand_ins.appoint": ("reason", "from_on"),
    "stand_ins.end": ("ground", "ground"),
    "worklists.receive": ("case", "case"),
    "worklists.hand_off": ("case", "case"),
    "postings.end": ("last_on", "told_on"),
    "postings.post": ("person", "from_on"),
    "stationing.negative": ("instrument", "from_on"),
    "stationing.withdraw": ("review_number", "from_on"),
}
# pages whose forms differ with who looks
DIFFER = {
    "attachments.attachments", "agents.form", "apply.mine", "apply.start", "batches.batch", "batches.new", "beside.form", "consultations.consultations", "handoffs.papers", "calendar.calendar", "calendar.new", "calendar.regional", "course.form",
    "joint.board", "joint.new", "licences.check_form", "licences.licence", "licences.renews_form", "messages.messages",
    "inquiries.inquiries", "inquiries.inquiry", "unfinished.matters", "unfinished.matter", "visits.tickets",
    "authority.ceilings", "authority.instrument", "cases.detail", "double_intake.finding", "sheets.desk", "sheets.photo", "sheets.point", "cases.new", "worklists.work", "letters.letter", "postings.posting",
    "stand_ins.stand_ins", "supervision_tasks.task", "disputes.dispute", "plans.plan", "inspection_visits.visit", "inspection_visits.notices", "space.home", "space.report_one", "fees.grounds", "fee_notices.of_case", "fee_notices.notice", "cashier.notice", "cashier.receipt", "cashier.day_paper", "draws.one", "draws.overview", "matches.overview", "matches.proposal", "matches.wishes", "quiet_rules.days", "quiet_rules.exemptions", "quiet_rules.caps",
}  # fmt: skip
# a question or a recorded look, not an act: it may succeed
ASKS = {"inspections.check", "cases.reveal", "space.reveal"}
NO_FIELDS = {"accounts.sign_out", "accounts.sign_out_everywhere", "apply.leave", "moving.resume", "space.leave"}  # would end the sessions of the other tests; they read no field


@dataclass(frozen=True)
class Field:
    name: str
    kind: str  # text, area, date, number, password, hidden, select, radio, checkbox
    value: str


@dataclass(frozen=True)
class Form:
    """A form as it stands on a page."""

    endpoint: str
    action: str
    method: str
    who: str
    fields: tuple[Field, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.action} ({self.who or 'public'})"

    @property
    def typed(self) -> list[Field]:
        return [field for field in self.fields if field.kind in TYPED]

    def sent(self, **changed: bytes | str | list[bytes] | None) -> list[tuple[str, bytes]]:
        """What pressing the button would send, with some fields changed, and spoiled so that it cannot succeed."""
        pairs = [(field.name, field.value.encode()) for field in self.fields if field.kind not in {"radio", "checkbox"} or field.value]
        spoiled = {"version": "999999"} if any(field.name == "version" for field in self.fields) else {}
        if not spoiled and self.endpoint in EMPTIED:
            first, second = EMPTIED[self.endpoint]
            spoiled = {first: ""} if first not in changed else {second: ""}
        for name, value in {**spoiled, **changed}.items():
            pairs = [pair for pair in pairs if pair[0] != name]
            values = value if isinstance(value, list) else [] if value is None else [value.encode() if isinstance(value, str) else value]
            pairs += [(name, each) for each in values]
        return pairs


def forms_of(page: Page) -> list[tuple[str, str, tuple[Field, ...]]]:
    """(method, action, fields) of every form on a page; of boxes that are named alike, the first."""
    found = []
    assert page.tree is not None
    for form in page.tree.iter(f"{NS}form"):
        fields: dict[str, Field] = {}
        for each in form.iter():
            name = each.get("name") or ""
            kind = {f"{NS}textarea": "area", f"{NS}select": "select", f"{NS}input": each.get("type", "text")}.get(str(each.tag), "")
            series = re.sub(r"-\d+$", "-", name)
            if not name or not kind or (series != name and any(known.startswith(series) for known in fields)):
                continue
            value = "".join(each.itertext()).removeprefix("\n") if kind == "area" else each.get("value", "")
            if kind == "select":
                options = list(each.iter(f"{NS}option"))
                value = ([one for one in options if one.get("selected") is not None] or options or [each])[0].get("value", "")
            fields.setdefault(name, Field(name, kind, value))
        action = (form.get("action") or page.path) if form.get("method") else urlsplit(form.get("action") or page.path).path
        found.append((form.get("method", "get").lower(), action, tuple(fields.values())))
    return found


def every_form(county: County) -> list[Form]:
    """Every form of the site, once, as somebody sees it who may press its button."""
    adapter = county.app.url_map.bind("127.0.0.1")
    found: dict[tuple[Any, ...], Form] = {}
    seen: set[str] = set()
    at_town = [Asked("cases.detail", f"/cases/{number}", "town-xialiang") for number in county.numbers.values()]
    at_town.append(Asked("worklists.work", "/work?box=coming", "town-xialiang"))
    for asked in [*every_get(county), *at_town]:
        if asked.address in seen and asked.endpoint not in DIFFER:
            continue
        seen.add(asked.address)
        page = county.at(asked.who).get(asked.address)
        for method, action, fields in forms_of(page) if page.tree is not None and page.status == 200 else []:
            endpoint, _values = adapter.match(urlsplit(action).path, method.upper())
            key = (endpoint, frozenset(field.name for field in fields))
            found.setdefault(key, Form(endpoint, action, method, asked.who, fields))
    return list(found.values())


@pytest.fixture(scope="session")
def forms(county: County) -> list[Form]:
    return every_form(county)


@pytest.fixture
def dealt(forms: list[Form], county: County) -> list[Form]:
    """The forms of a round: a run tries a half of them, and a quarter on the second engine, as its seed deals them; `make test-long` tries all."""
    part, parts = (0, 2) if is_sqlite(county.app) else (3, 4)
    return [form for form in forms if is_in_share(str(form), part, parts)]


def send(county: County, form: Form, pairs: list[tuple[str, bytes]]) -> Any:
    """Send a form's fields as bytes, as nobody's browser would."""
    client, body = county.at(form.who).client, "&".join(f"{quote(name)}={quote_from_bytes(value)}" for name, value in pairs)
    if form.method == "get":
        return client.get(f"{form.action}?{body}")
    return client.post(form.action, data=body, content_type="application/x-www-form-urlencoded")


def fresh(county: County, form: Form) -> list[tuple[str, str]]:
    return [("csrf_token", token_of(county.at(form.who), "/account" if form.who else "/sign-in"))]


def is_refused(response: Any, form: Form, what: str) -> None:
    """A 4xx in words; a question may be answered."""
    fine = {200, 303, 404} if form.endpoint in ASKS or form.method == "get" else set()
    assert 400 <= response.status_code < 500 or response.status_code in fine, f"{form}, {what}: {response.status}"
    if response.mimetype == "text/html" and response.status_code != 303:
        assert "<h1" in response.get_data(as_text=True), f"{form}, {what}"


@contextmanager
def nothing_changes(county: County) -> Iterator[None]:
    before = digests(county)
    yield
    after = digests(county)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= BESIDE, f"changed: {changed - BESIDE}"


def element(page: Page, name: str) -> Element | None:
    """The field of this name that is marked as wrong, else the first of this name."""
    assert page.tree is not None
    found = [each for each in page.tree.iter() if each.get("name") == name and str(each.tag) in {f"{NS}input", f"{NS}textarea"}]
    return next((each for each in found if each.get("aria-invalid") == "true"), found[0] if found else None)


def readable(typed: str) -> str:
    """What was typed as a page can show it."""
    return "".join(char if ord(char) >= 32 else "\ufffd" for char in typed)


def shown(field: Element) -> str:
    return "".join(field.itertext()).removeprefix("\n") if field.tag == f"{NS}textarea" else field.get("value", "")


def message(page: Page, field: Element) -> str:
    """What stands beside a field about it."""
    assert page.tree is not None
    ids = [each for each in (field.get("aria-describedby") or "").split() if each.endswith("-e")]
    return " ".join("".join(each.itertext()) for each in page.tree.iter() if each.get("id") in ids)


# --- forms ----------------------------------------------------------------------------------------------------------------------


def test_every_route_that_takes_something_has_a_form_or_is_named(county: County, forms: list[Form]) -> None:
    posts = {rule.endpoint for rule in rules(county.app, "POST")}
    on_pages = {form.endpoint for form in forms if form.method == "post"}
    assert posts - on_pages <= {
        "attachments.take_part",  # asked by a script
        "apply.take_part",
        "apply.submit",  # only on the page of a draft that may be sent (test_apply.py)
        "quiet_rules.enter", "quiet_rules.enter_days", "quiet_rules.end_days",  # only on the answer of a preview, or where days were added (test_quiet_rules.py)
        "fees.publish",  # only on the answer of a preview (test_charges.py)
        "calendar.enter", "calendar.enter_regional", "calendar.end_regional",  # only on the answer of a preview (test_calendar.py)
        "apply.supplement",  # only where something was noticed
        "space.leave",  # only for who came in without an account (tests/inspections/test_space.py)
        "draws.publish",  # only after the last visit of a draw (test_draws.py)
        "ratings.answer",  # only where a rating is bad
        "inspection_visits.show", "inspection_visits.leave",  # only at the door, on its day (tests/inspections/test_visits.py)
        "visits.end",  # only while somebody is served (test_visits.py)
        "apply.finish",
        "attachments.finish",
        "cases.decide",
        "cases.certify",
        "cases.deliver",
        "cases.finish",
        "cases.recall",
        "authority.sign",
        "authority.register",
        "authority.confirm",
        "authority.scan",
        "letters.register",
        "letters.file",
    }
    assert len(on_pages) >= 15
    assert {form.endpoint for form in forms if form.method == "get"} >= {
        "catalogue.items",
        "network.network",
        "worklists.find",
        "cases.track",
        "explain.explain",
    }


@pytest.mark.parametrize("what", TEXTS)
@pytest.mark.property
def test_bad_text_is_told_beside_its_field_with_what_was_typed(county: County, dealt: list[Form], what: str) -> None:
    text = TEXTS[what]
    typed = text.decode("utf-8", "replace")
    marked = 0
    with nothing_changes(county):
        for form in dealt:
            if form.endpoint in NO_FIELDS or not form.typed:
                continue
            spoiling = set(EMPTIED.get(form.endpoint, ()))
            asked = form.typed[:5] if text == LONG.encode() else form.typed  # no more of these fit into the 256 KB of a body
            response = send(county, form, form.sent(**{field.name: text for field in asked}))
            is_refused(response, form, what)
            page = Page(response)
            if form.method == "get" and page.status in {200, 303, 404}:
                continue  # a search for strange words finds nothing
            for field in asked:
                if page.status == 400:  # the address cannot hold it: the page of the error keeps it
                    areas = [shown(each) for each in page.tree.iter(f"{NS}textarea")]
                    assert readable(typed)[:KEPT] in areas, f"{form}, {what}: {[area[:20] for area in areas]}"
                    continue
                assert page.status in {422, 403, 409}, f"{form}, {what}: {page.status}"
                there = element(page, field.name)
                assert there is not None, f"{form}, {what}: the field {field.name} is gone"
                if page.status != 422 or (field.name in spoiling and there.get("aria-invalid") != "true"):
                    continue
                assert there.get("aria-invalid") == "true", f"{form}, {what}: {field.name} is not marked; {page.words[-600:]}"
                assert len(message(page, there)) > 4, f"{form}, {what}: nothing is said beside {field.name}"
                assert shown(there) == readable(typed)[:KEPT], (
                    f"{form}, {what}: {field.name} shows {shown(there)[:40]!r}, not what was typed"
                )
                marked += 1
    assert marked >= 12, f"only {marked} fields were told"


@pytest.mark.property
def test_wrong_values_in_fields_that_nobody_types_into(county: County, forms: list[Form], dealt: list[Form]) -> None:
    """Hidden fields, lists, dates, numbers, boxes: forged or broken."""
    tried = 0
    with nothing_changes(county):
        for form in dealt:
            for field in form.fields if form.endpoint not in NO_FIELDS else ():
                if field.kind in TYPED or field.name == "csrf_token":
                    continue
                for value in CODES if field.kind != "checkbox" else CODES[-3:]:
                    is_refused(send(county, form, form.sent(**{field.name: value})), form, f"{field.name}={value}")
                    tried += 1
                for what in ("NUL", "no UTF-8"):
                    is_refused(send(county, form, form.sent(**{field.name: TEXTS[what]})), form, f"{field.name}: {what}")
    assert tried > (200 if is_sqlite(county.app) else 40)


@pytest.mark.property
def test_dates_come_back_with_what_was_typed(county: County, forms: list[Form], dealt: list[Form]) -> None:
    tried = 0
    for form in dealt:
        for field in form.fields:
            if field.kind != "date":
                continue
            for value in ("0000-00-00", "9999-12-31", "1900-01-01", "2026-02-30", "23.11.2026", "昨天", "2026-11-23T09:00", "9" * 5000):
                page = Page(send(county, form, form.sent(**{field.name: value})))
                if form.method == "get" and len(value) > 1000:
                    assert page.status == 400  # the gate for addresses comes before any field
                    continue
                assert page.status == 422, f"{form}, {field.name}={value[:20]}: {page.status}"
                there = element(page, field.name)
                assert there is not None and len(message(page, there)) > 4, f"{form}, {field.name}={value[:20]}"
                assert shown(there) == value[:KEPT]
                tried += 1
    assert tried >= (24 if is_sqlite(county.app) else 3)


@pytest.mark.property
def test_missing_repeated_and_unknown_fields(county: County, dealt: list[Form]) -> None:
    with nothing_changes(county):
        for form in dealt:
            if form.endpoint in NO_FIELDS:
                continue
            names = [field.name for field in form.fields if field.name != "csrf_token"]
            alone = [("csrf_token", field.value.encode()) for field in form.fields if field.name == "csrf_token"]
            is_refused(send(county, form, alone), form, "nothing but the token")
            for name in names:
                is_refused(send(county, form, form.sent(**{name: None})), form, f"without {name}")
            if names:
                is_refused(send(county, form, form.sent(**{names[-1]: [b"999999", b"2", "三".encode()]})), form, f"{names[-1]} three times")
            strange: dict[str, Any] = {f"{name}[]": "1" for name in names[:3]} | {
                "__proto__": "1",
                "is_admin": "1",
                "got-99999999999999999999": "1",
                "met--1": "1",
            }
            is_refused(send(county, form, form.sent(**strange)), form, "unknown fields")


def test_acts_without_a_form_on_any_page_now_refuse_bad_text_and_keep_it(county: County, forms: list[Form]) -> None:
    """Sent to a case that has gone on meanwhile, or by hand."""
    addresses = every_post(county)
    missing = set(addresses) - {form.endpoint for form in forms if form.method == "post"} - NO_FIELDS
    with nothing_changes(county):
        for endpoint in sorted(missing):
            who = "manager" if endpoint.startswith("authority") else "window-mr"
            token = token_of(county.at(who), "/account")
            for what, text in TEXTS.items():
                fields = [
                    ("csrf_token", token.encode()),
                    ("version", b"999999"),
                    *((name, text) for name in ("note", "reason", "ground", "whose", "to", "outcome", "target")),
                ]
                form = Form(endpoint, addresses[endpoint], "post", who, ())
                response = send(county, form, fields)
                is_refused(response, form, what)


def test_at_the_limit_of_a_field_and_one_over_it(county: County, forms: list[Form]) -> None:
    """`maxlength` says what the site takes: that many characters are not refused for their length, one more is."""
    form = next(form for form in forms if form.endpoint == "cases.collect")
    page = county.at(form.who).get(form.action)
    for field in form.typed:
        there = element(page, field.name)
        assert there is not None, f"{form}: no {field.name} on {page.path}: {page.words[-400:]}"
        most = int(there.get("maxlength", "0"))
        assert most > 0, f"{field.name} has no maxlength"
        over = Page(send(county, form, form.sent(**{field.name: "长" * (most + 1)})))
        assert f"{most + 1}" in message(over, element(over, field.name))  # type: ignore[arg-type]
        fits = Page(send(county, form, form.sent(**{field.name: "长" * most})))
        assert f"{most + 1}" not in fits.words


# --- bodies ---------------------------------------------------------------------------------------------------------------------


def test_bodies_of_the_wrong_kind_or_size_are_answered(county: County) -> None:
    browser = county.at("window-mr")
    token = token_of(browser, "/account")
    with nothing_changes(county):
        for endpoint, address in every_post(county).items():
            post = browser.client.post
            assert post(address, json={"csrf_token": token, "note": "x"}).status_code == 400, endpoint
            assert post(address, data=b"\x00\xff" * 50, content_type="application/octet-stream").status_code == 400, endpoint
            assert post(address, data=b"--x\r\nbroken", content_type="multipart/form-data; boundary=x").status_code == 400, endpoint
            assert post(address, data=b"a=b", content_type="multipart/form-data").status_code == 400, endpoint
            too_large = Page(post(address, data={"csrf_token": token, "note": "x" * 300_000}))
            assert too_large.status == 413 and "256 KB" in too_large.words, endpoint
        parts = (
            b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % number for number in range(10_000)) + b"--x--\r\n"
        )
        assert post(address, data=parts, content_type="multipart/form-data; boundary=x").status_code == 413
        many = (
            b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % number for number in range(2_000)) + b"--x--\r\n"
        )
        assert len(many) < 256 * 1024
        assert post(address, data=many, content_type="multipart/form-data; boundary=x").status_code == 413
        upload = b'--x\r\nContent-Disposition: form-data; name="note"; filename="a.exe"\r\n\r\nMZ\r\n--x--\r\n'
        assert post(address, data=upload, content_type="multipart/form-data; boundary=x").status_code == 400
        assert post(address, data=b"csrf_token=" + b"%" * 1000 + b"&&&==&=a&%zz=%").status_code == 400


def test_just_below_the_limit_a_form_is_read(county: County) -> None:
    """The limit is the body's: 250 KB of words in one field meet the field's own limit, with the first 4,000 characters kept."""
    browser = county.at("village-xialiang")
    form = browser.get("/cases/new?item=S-03").form("/cases/new")
    page = browser.post(form["action"], {**form["fields"], "name": "x" * 250_000}, follow=False)
    assert page.status == 422
    assert page.form("/cases/new")["fields"]["name"] == "x" * KEPT


# --- addresses ------------------------------------------------------------------------------------------------------------------

PARTS = (
    "%00",
    "%ff",
    "%ed%a0%80",
    "%0d%0aSet-Cookie:%20x=1",
    "%F0%9F%91%8D",
    "%E2%80%AE",
    "-1",
    "0",
    str(2**31),
    str(2**63),
    "9" * 40,
    "x" * 1500,
    "%25",
    "..%2f..%2fetc",
    "'",
    "a b",
    "S-03;--",
    "%7B%7B7*7%7D%7D",
)


@pytest.mark.property
def test_strange_paths_are_answered(county: County) -> None:
    """A run deals each address to one engine; `make test-long` tries all on both."""
    tried = 0
    with nothing_changes(county):
        for rule in rules(county.app, "GET"):
            if not is_in_share(rule.rule, 0 if is_sqlite(county.app) else 1, 2):
                continue
            for who in {who_asks(county.app, rule.endpoint)[0], "manager" if "manager" in who_asks(county.app, rule.endpoint) else ""}:
                for argument in rule.arguments:
                    for part in PARTS:
                        path = re.sub(r"<[^>]*\b" + argument + r">", part.replace("\\", r"\\"), rule.rule)
                        path = re.sub(r"<[^>]+>", "1", path)
                        response = county.at(who).client.get(path)
                        assert response.status_code < 500, f"{path} ({who or 'public'}): {response.status}"
                        assert "x=1" not in str(response.headers.getlist("Set-Cookie")), path
                        tried += 1
    assert tried > 200


class Watched(ImmutableMultiDict):  # type: ignore[type-arg]
    """The query of a request, noting which names are asked for."""

    asked_for: set[str] = set()

    def __getitem__(self, key: Any) -> Any:
        self.asked_for.add(key)
        return super().__getitem__(key)

    def get(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        self.asked_for.add(key)
        return super().get(key, *args, **kwargs)

    def getlist(self, key: Any, *args: Any) -> Any:
        self.asked_for.add(key)
        return super().getlist(key, *args)


@contextmanager
def watching(app: Flask) -> Iterator[set[str]]:
    before, Watched.asked_for = app.request_class.parameter_storage_class, set()
    app.request_class.parameter_storage_class = Watched
    try:
        yield Watched.asked_for
    finally:
        app.request_class.parameter_storage_class = before


def queries(county: County) -> dict[Asked, set[str]]:
    """Every sample address, asked by the first person for whom it is there, with the names that its view reads from the query."""
    found: dict[str, tuple[Asked, set[str]]] = {}
    for asked in every_get(county):
        if asked.address in found:
            continue
        with watching(county.app) as names:
            county.at(asked.who).client.get(asked.address)
            found[asked.address] = asked, set(names) - {"lang", "view"}
    return dict(found.values())


QUERIES = (
    "%00",
    "%ff",
    "%ed%a0%80",
    "x" * 999,
    "x" * 1001,
    "%E2%80%AE%F0%9F%91%8D",
    str(2**63),
    "-1",
    "2026-13-45",
    "%25%27%5C_",
    "a&{0}=b",
    "",
)


@pytest.mark.property
def test_strange_queries_are_answered(county: County) -> None:
    """Every one for every name in `make test-long`; in `make test` each address on one engine, and some of them, others with each seed."""
    tried: set[tuple[str, str, str]] = set()
    rng, some = random.Random(os.environ["TEST_SEED"]), count(len(QUERIES), least=4)
    with nothing_changes(county):
        for asked, names in queries(county).items():
            if not is_in_share(asked.address, 0 if is_sqlite(county.app) else 1, 2):
                continue
            path, _mark, query = asked.address.partition("?")
            kept = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
            for name in names:
                others = {key: value for key, value in kept.items() if key != name}
                if (asked.endpoint, name, ",".join(sorted(others))) in tried:
                    continue
                tried.add((asked.endpoint, name, ",".join(sorted(others))))
                rest = "".join(f"&{key}={value}" for key, value in others.items())
                for value in rng.sample(QUERIES, min(some, len(QUERIES))):
                    address = f"{path}?{name}={value.format(name)}{rest}"
                    response = county.at(asked.who).client.get(address)
                    assert response.status_code < 500, f"{address} ({asked.who or 'public'}): {response.status}"
    assert len(tried) > 25, tried


def test_languages_and_views_that_do_not_exist_change_nothing(county: County) -> None:
    for query in (
        "lang=fr",
        "lang=zh_Hant_TW",
        "lang=%00",
        "lang=" + "x" * 900,
        "lang[]=en",
        "lang=fr&lang=en",
        "view=tiny",
        "view=",
        "&&&",
        "=",
        "?",
        "%",
    ):
        response = Browser(county.app).client.get(f"/items?{query}")
        assert response.status_code in {200, 400}, query
        if response.status_code == 200:
            assert '<html lang="zh-Hans">' in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "header", [("Cookie", "sid=" + "ä" * 22), ("Cookie", "sid=" + "A" * 43 + "; guest=\x01; lang=\xff; view=;;; css"), ("Referer", "http://["), ("If-None-Match", '"' + "x" * 4000), ("Accept-Encoding", "br;q=x, *;q=nan"), ("Accept-Language", "\xff\xfe"), ("HX-Request", "true"), ("HX-Current-URL", "http://["), ("Range", "bytes=5-1"), ("Content-Length", "0"), ("User-Agent", "\u202e".encode().decode("latin-1")), ("X-Forwarded-For", "\x00"), ("Sec-Fetch-Site", "mars")],
)  # fmt: skip
def test_strange_headers_are_answered(county: County, header: tuple[str, str]) -> None:
    client = county.app.test_client(use_cookies=False)
    for address in ("/", "/items", "/work", "/sign-in", "/nowhere"):
        assert client.get(address, headers=[header]).status_code in {200, 401, 404}, header
    assert client.post("/work", headers=[header]).status_code in {400, 405}


# --- over a real line -------------------------------------------------------------------------------------------------------------


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(server: str, templates: Any, folder: Path) -> Iterator[int]:
    """The county behind a server of the kind that development (werkzeug) or production (gunicorn) uses; its port."""
    port = free_port()
    with copy_of("sqlite", templates, folder) as url:
        environ = {**_environ(folder, url), "PORT": str(port), "WEB_CONCURRENCY": "1"}
        if server == "werkzeug":
            from app import create_app
            from portal.config import load_config
            from portal.database import db

            app = create_app(load_config(environ))
            running = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
            thread = threading.Thread(target=running.serve_forever, daemon=True)
            thread.start()
            yield port
            running.shutdown()
            thread.join()
            running.server_close()
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
            return
        command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "deploy" / "gunicorn.conf.py")]
        clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with subprocess.Popen(command, cwd=ROOT, env={**clean, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            try:
                for _each in range(300):
                    assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
                    with socket.socket() as probe:
                        if probe.connect_ex(("127.0.0.1", port)) == 0:
                            break
                    time.sleep(0.1)
                yield port
            finally:
                process.terminate()
                process.wait(30)


@pytest.mark.parametrize("server", ["werkzeug", "gunicorn"])
def test_ten_megabytes_over_a_real_line_are_answered(server: str, templates: Any, tmp_path: Path) -> None:
    """The client that is still sending gets the page that names the limit, not a broken line; and the next one is served."""
    with served(server, templates, tmp_path / "data") as port:
        for kind in ("whole", "in pieces"):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            piece = b"note=" + b"x" * (1024 * 1024 - 5)
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            if kind == "whole":
                line.request("POST", "/sign-in", body=piece * 10, headers=headers)
            else:
                if server == "werkzeug":
                    continue  # the development server takes no pieces
                line.request("POST", "/sign-in", body=(piece for _each in range(10)), headers=headers, encode_chunked=True)
            answer = line.getresponse()
            text = answer.read().decode()
            assert answer.status == 413, f"{server}, {kind}: {answer.status}"
            assert "256 KB" in text
            line.close()
        again = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        again.request("GET", "/sign-in", body=b"x" * 1_000_000)
        assert again.getresponse().status == 200
        again.close()


@pytest.mark.parametrize("server", ["werkzeug", "gunicorn"])
def test_bare_bytes_over_a_real_line_are_answered(server: str, templates: Any, tmp_path: Path) -> None:
    asked = (
        b"GET /items?q=\xff\xfe HTTP/1.1", b"GET /items?\xed\xa0\x80=1 HTTP/1.1", b"GET /items/\xff HTTP/1.1", b"GET /items/\xe4\xb8\xad?q=\xe4\xb8 HTTP/1.1",
        b"GET //items HTTP/1.1", b"GET /items?q=%00 HTTP/1.1", b"GET http://127.0.0.1/items HTTP/1.1", b"GET /?" + b"x" * 3900 + b" HTTP/1.1",
        b"OPTIONS /items HTTP/1.1", b"GET /track/\xf0\x9f\x91\x8d HTTP/1.1",
    )  # fmt: skip
    with served(server, templates, tmp_path / "data") as port:
        for line in asked:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(line + b"\r\nHost: 127.0.0.1:%d\r\nCookie: lang=\xff\r\nConnection: close\r\n\r\n" % port)
                answer = connection.makefile("rb").readline()
            assert re.match(rb"HTTP/1\.[01] [234]\d\d ", answer), f"{server}, {line[:40]!r}: {answer!r}"
