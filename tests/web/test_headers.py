"""What every answer says besides its body: policy, caching, cookies, the names under which the site answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from tests.conftest import PASSWORD, _environ, copy_of
from tests.people import Browser, Page, new_clock
from tests.routes import Answers, County

OURS = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}


def policy_of(response: Any) -> dict[str, list[str]]:
    given = response.headers["Content-Security-Policy"]
    return {name: values for name, *values in (part.split() for part in given.split(";"))}


def cookies_of(response: Any) -> dict[str, list[str]]:
    """name → its flags, in lower case."""
    lines = [line.split("; ") for line in response.headers.getlist("Set-Cookie")]
    return {parts[0].partition("=")[0]: sorted(part.lower() for part in parts[1:]) for parts in lines}


def test_every_answer_says_what_it_may_do(answers: Answers) -> None:
    for asked, response in answers.items():
        headers = response.headers
        assert headers["X-Content-Type-Options"] == "nosniff", asked
        assert headers["Referrer-Policy"] == "same-origin", asked
        assert "Access-Control-Allow-Origin" not in headers, asked
        assert headers["Cache-Control"] in {"no-store", "no-cache"}, asked
        assert "Server" not in headers and "X-Powered-By" not in headers, asked
        if asked.who and response.mimetype == "text/html":
            assert headers["Cache-Control"] == "no-store", asked
        if response.mimetype == "text/html" and response.status_code != 303:
            assert {name.strip() for name in headers["Vary"].split(",")} >= {"Cookie", "HX-Request", "Accept-Encoding"}, asked
            policy = policy_of(response)
            style = policy.pop("style-src")
            assert policy == OURS, asked
            assert style[0] == "'self'" and all(re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", each) for each in style[1:]), asked
            assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/", "/nowhere", "/work", "/items/%00", "/items?q=%00"])
def test_the_sheet_inside_a_page_is_the_one_that_the_policy_names(sqlite_county: County, address: str) -> None:
    from base64 import b64encode
    from hashlib import sha256

    response = Client(sqlite_county.app).get(address)
    found = re.search(r"<style>(.*?)</style>", response.get_data(as_text=True), re.S)
    assert found, response.status
    assert f"'sha256-{b64encode(sha256(found[1].encode()).digest()).decode()}'" in policy_of(response)["style-src"]
    again = Client(sqlite_county.app)
    again.set_cookie("css", cookies_value(response, "css"))
    cached = again.get(address)
    assert "<style" not in cached.get_data(as_text=True) and policy_of(cached)["style-src"] == ["'self'"]


def cookies_value(response: Any, name: str) -> str:
    line = next(line for line in response.headers.getlist("Set-Cookie") if line.startswith(name + "="))
    return str(line.partition("=")[2].partition(";")[0])


def test_public_pages_are_asked_for_again_and_sent_only_if_they_changed(sqlite_county: County) -> None:
    client = Client(sqlite_county.app)
    client.set_cookie("css", "1")
    for address in ("/", "/items", "/items/S-03", "/network", "/quiet-days/2026/11", "/open-data/network.csv", "/quiet-days/today.json"):
        for encoding in ("br", "gzip", "identity"):
            first = client.get(address, headers={"Accept-Encoding": encoding})
            assert first.headers["Cache-Control"] == "no-cache", address
            again = client.get(address, headers={"Accept-Encoding": encoding, "If-None-Match": first.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b""), f"{address} in {encoding}"
        reader = Client(sqlite_county.app)
        reader.set_cookie("css", "1")
        reader.set_cookie("lang", "en")
        english = reader.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert english.status_code == (200 if first.mimetype == "text/html" else 304), address


def test_pages_with_a_token_in_them_are_kept_nowhere(sqlite_county: County) -> None:
    for address in ("/sign-in", f"/track/{sqlite_county.codes['room']}", "/nowhere", "/work"):
        response = Client(sqlite_county.app).get(address)
        assert response.headers["Cache-Control"] == "no-store", address
        assert "ETag" not in response.headers


def test_cookies_over_plain_http(sqlite_county: County) -> None:
    browser = Browser(sqlite_county.app)
    page = browser.get("/sign-in?lang=en&view=elder")
    assert cookies_of(page)["guest"] == ["httponly", "path=/", "samesite=lax"]
    assert {"lang", "view", "css"} <= set(cookies_of(page))
    entered = browser.press(page, "/sign-in", follow=False, username="window-mr", password=PASSWORD)
    assert cookies_of(entered)["sid"] == ["httponly", "path=/", "samesite=lax"], "the session ends with the browser, and no script reads it"


def test_under_tls_cookies_belong_to_this_host_alone(templates: Callable[[str], str], tmp_path: Path) -> None:
    from app import create_app
    from portal.config import load_config
    from portal.database import db

    with copy_of("sqlite", templates, tmp_path / "data") as url:
        environ = {
            **_environ(tmp_path / "data", url),
            "PUBLIC_URL": "https://zs.example",
            "ALLOWED_HOSTS": "zs.example",
            "TRUSTED_PROXIES": "1",
            "DEMO": "0",
        }
        app = create_app(load_config(environ), clock=new_clock())
        client = app.test_client()
        base = "https://zs.example"
        page = Page(client.get("/sign-in?lang=en", base_url=base))
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        fields = {**page.form("/sign-in")["fields"], "username": "window-mr", "password": PASSWORD}
        entered = client.post("/sign-in", data=fields, base_url=base)
        assert entered.status_code == 303
        found = cookies_of(page) | cookies_of(entered)
        assert {"__Host-guest", "__Host-sid"} <= set(found)
        for name, flags in found.items():
            assert "secure" in flags and "samesite=lax" in flags, name
            assert not any(flag.startswith("domain=") for flag in flags), name
            if name.startswith("__Host-"):
                assert "path=/" in flags and "httponly" in flags, name
        assert client.get("/work", base_url=base).status_code == 200
        said = client.post(
            "/sign-out",
            data={"csrf_token": Page(client.get("/account", base_url=base)).form("/sign-out")["fields"]["csrf_token"]},
            base_url=base,
        )
        assert said.status_code == 303 and cookies_of(said)["__Host-said"] == ["httponly", "path=/", "samesite=lax", "secure"]
        # the proxy tells the scheme and the name; what it does not vouch for is not believed
        behind = client.get("/", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "zs.example"}, base_url="http://10.0.0.7:8000")
        assert behind.status_code == 200 and "Strict-Transport-Security" in behind.headers
        assert client.get("/", headers={"X-Forwarded-Host": "evil.example"}, base_url=base).status_code == 400
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example", "", "127.0.0.1.evil.example", "ev il", "evil.example/x"]
)
def test_the_site_answers_under_its_own_names_only(sqlite_county: County, host: str) -> None:
    for method in ("GET", "POST"):
        response = sqlite_county.app.test_client().open("/items", method=method, headers={"Host": host})
        assert response.status_code == 400, host
        text = response.get_data(as_text=True)
        assert "evil" not in text and "<h1>" in text and "Traceback" not in text


def test_nobody_is_believed_about_who_asks_without_a_proxy(sqlite_app: Flask) -> None:
    response = sqlite_app.test_client().get("/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert response.status_code == 200
    assert "evil" not in response.get_data(as_text=True) and "Strict-Transport-Security" not in response.headers
