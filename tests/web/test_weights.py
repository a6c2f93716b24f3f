"""What pages weigh on the wire: as sent to `Accept-Encoding: br` with the sheet cached, so that a village line shows them at once."""

from __future__ import annotations

from statistics import median
from typing import Any
from urllib.parse import urljoin, urlsplit

import brotli
import html5lib
from werkzeug.test import Client

from tests.conftest import PASSWORD
from tests.people import NS
from tests.routes import Answers, Asked, County, every_get, header_bytes

KB = 1024
MEDIAN, WORST, FRAGMENT, HEADERS = 2.5 * KB, 9 * KB, 0.8 * KB, 700
COLD_PUBLIC, COLD_SIGNED_IN = 20 * KB, 36 * KB


def body_of(response: Any) -> str:
    """The page inside an answer."""
    packed = response.headers.get("Content-Encoding") == "br"
    return str((brotli.decompress(response.data) if packed else response.data).decode())


def pages(answers: Answers) -> dict[Asked, Any]:
    """The answers that are pages."""
    return {asked: response for asked, response in answers.items() if response.mimetype == "text/html" and response.status_code != 303}


def test_every_route_answers_somebody(answers: Answers) -> None:
    fine = {asked.endpoint for asked, response in answers.items() if response.status_code in {200, 303}}
    assert {asked.endpoint for asked in answers} == fine
    broken = [f"{asked}: {response.status}" for asked, response in answers.items() if response.status_code >= 500]
    assert not broken


def test_pages_are_light(answers: Answers) -> None:
    heaviest: dict[str, tuple[int, str]] = {}
    for asked, response in pages(answers).items():
        heaviest[asked.endpoint] = max(heaviest.get(asked.endpoint, (0, "")), (len(response.data), str(asked)))
    too_heavy = [f"{size} B: {where}" for size, where in heaviest.values() if size > WORST]
    assert not too_heavy, too_heavy
    middle = median(size for size, _where in heaviest.values())
    assert middle <= MEDIAN, f"the median of the heaviest page of each route is {middle} B: {sorted(heaviest.values())[-8:]}"
    assert all(response.headers.get("Content-Encoding") == "br" for response in pages(answers).values() if len(response.data) > 200)


def test_pages_in_english_and_large_print_are_as_light(sqlite_county: County) -> None:
    sizes: dict[str, int] = {}
    for asked in every_get(sqlite_county):
        if asked.who:
            continue
        for query in ("lang=en", "lang=zh-Hant", "view=elder"):
            client = Client(sqlite_county.app)
            client.set_cookie("css", "1")
            response = client.get(asked.address + ("&" if "?" in asked.address else "?") + query, headers={"Accept-Encoding": "br"})
            if response.mimetype == "text/html":
                sizes[f"{asked} {query}"] = len(response.data)
    assert len(sizes) > 50
    assert max(sizes.values()) <= WORST, max(sizes.items(), key=lambda pair: pair[1])
    assert median(sizes.values()) <= MEDIAN


def test_headers_are_light(answers: Answers) -> None:
    heavy = [f"{header_bytes(response)} B: {asked}" for asked, response in answers.items() if header_bytes(response) > HEADERS]
    assert not heavy


def test_headers_are_light_where_cookies_are_set(sqlite_county: County) -> None:
    """The first visit sets the sheet's cookie; language and view one each; signing in the session's and the browser's."""
    for address in ("/", "/sign-in", "/items/S-03", "/no-such-page"):
        first = Client(sqlite_county.app).get(address, headers={"Accept-Encoding": "br"})
        assert any(line.startswith("css=") for line in first.headers.getlist("Set-Cookie"))
        assert header_bytes(first) <= HEADERS, f"{address}: {header_bytes(first)} B"
    client = Client(sqlite_county.app)
    client.set_cookie("css", "1")
    chosen = client.get("/sign-in?lang=en&view=elder", headers={"Accept-Encoding": "br"})
    assert len(chosen.headers.getlist("Set-Cookie")) == 3
    assert header_bytes(chosen) <= HEADERS, header_bytes(chosen)
    entered, _sent = sign_in(client)
    assert header_bytes(entered) <= HEADERS, header_bytes(entered)


def test_fragments_are_light(sqlite_county: County) -> None:
    """What htmx asks for while somebody types; the same address answers the whole page to everybody else."""
    for text in ("开小饭馆", "证", "许可", "a", "没有这样的事"):
        whole, part = (
            sqlite_county.at("window-mr").client.get("/items", query_string={"q": text}, headers={"Accept-Encoding": "br", **more})
            for more in ({}, {"HX-Request": "true"})
        )
        assert whole.status_code == part.status_code == 200
        assert len(part.data) <= FRAGMENT, f"“{text}”: {len(part.data)} B"
        assert len(part.data) < len(whole.data)


# --- visits ---------------------------------------------------------------------------------------------------------------------


def assets(text: str) -> list[tuple[str, str]]:
    """What a browser fetches for a page by itself, in order: (kind, address). A stylesheet that is prefetched counts."""
    found = []
    for each in html5lib.parse(text).iter():
        if each.tag == f"{NS}link" and {*(each.get("rel") or "").split()} & {"stylesheet", "icon", "prefetch", "preload", "manifest"}:
            found.append((each.get("rel") or "", each.get("href") or ""))
        elif each.tag in {f"{NS}script", f"{NS}img", f"{NS}iframe", f"{NS}video", f"{NS}audio", f"{NS}source", f"{NS}object"}:
            found.append((each.tag.removeprefix(NS), each.get("src") or each.get("data") or ""))
    return found


def weight(client: Client, address: str, seen: set[str], **headers: str) -> tuple[int, str]:
    """Bytes of an answer, body and headers, with all that its page fetches and this visit has not fetched yet; and the page."""
    response = client.get(address, headers={"Accept-Encoding": "br", **headers})
    assert response.status_code == 200, f"{address}: {response.status}"
    total, text = len(response.data) + header_bytes(response), body_of(response)
    for _kind, href in assets(text):
        path = urljoin(address, href)
        if path.startswith("data:") or path in seen:
            continue
        assert path.startswith("/static/"), f"{address} fetches {path}"
        seen.add(path)
        answer = client.get(path, headers={"Accept-Encoding": "br"})
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["Cache-Control"], f"{path} would be fetched again"
        total += len(answer.data) + header_bytes(answer)
    return total, text


def sign_in(client: Client, username: str = "window-mr") -> tuple[Any, int]:
    """The answer to the sign-in form as it goes over the wire, and what the form page and the answer weigh."""
    from tests.people import Page

    page = client.get("/sign-in", headers={"Accept-Encoding": "br"})
    form = Page(client.get("/sign-in")).form("/sign-in")
    fields = {**form["fields"], "username": username, "password": PASSWORD}
    entered = client.post("/sign-in", data=fields, headers={"Accept-Encoding": "br"})
    assert entered.status_code == 303, entered.status
    return entered, len(page.data) + header_bytes(page) + len(entered.data) + header_bytes(entered)


def test_a_cold_public_visit_fits_twenty_kilobytes(sqlite_county: County) -> None:
    total, text = weight(Client(sqlite_county.app), "/", set())
    assert "<style>" in text and 'rel="prefetch"' in text, "a first visit gets the sheet in the page"
    assert total <= COLD_PUBLIC, f"{total} B"


def test_a_cold_signed_in_visit_fits_thirty_six_kilobytes(sqlite_county: County) -> None:
    client, seen = Client(sqlite_county.app), set[str]()
    total, _text = weight(client, "/sign-in", seen)
    _entered, more = sign_in(client)
    total += more
    work, _text = weight(client, "/work", seen)
    assert total + work <= COLD_SIGNED_IN, f"{total + work} B"


def test_once_the_sheet_is_there_a_navigation_is_one_request(answers: Answers) -> None:
    """Everything else that a page names is kept by the browser for a year: the sheet, the icon, and scripts where they are used."""
    fetched: dict[str, set[str]] = {}
    for asked, response in pages(answers).items():
        text = body_of(response)
        assert "<style" not in text, f"{asked} carries the sheet again"
        found = assets(text)
        assert [kind for kind, _href in found if kind not in {"script"}] == ["stylesheet", "icon"], f"{asked}: {found}"
        for _kind, href in found:
            assert urlsplit(href).path.startswith("/static/") and not urlsplit(href).netloc, f"{asked} fetches {href}"
            fetched.setdefault(href, set()).add(str(asked))
        uses_htmx = any(name.startswith(("hx-", "data-parts")) for each in html5lib.parse(text).iter() if isinstance(each.tag, str) for name in each.attrib)
        has_scripts = any(kind == "script" for kind, _href in found)
        assert has_scripts == uses_htmx, f"{asked} loads scripts that it does not use, or lacks those that it uses"
        if not asked.who and asked.endpoint != "apply.photos":  # a photo on a bad line is made smaller and sent in parts
            assert not has_scripts, f"{asked}: public pages need no script"
    assert len({href for href in fetched if href.endswith(".css")}) == 1
