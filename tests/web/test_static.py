"""The hashed static folder: names that change with the content, kept for a year, sent compressed."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import brotli
from flask import Flask
from werkzeug.test import Client

from portal.web import static
from tests.routes import County

SOURCE = Path(__file__).parents[2] / "static"


def test_each_file_has_its_digest_in_its_name(tmp_path: Path) -> None:
    manifest = static.build(tmp_path)
    assert {"site.css", "site.js", "icon.svg", "vendor/htmx.min.js"} <= set(manifest)
    for name, hashed in manifest.items():
        content = (SOURCE / name).read_bytes()
        assert hashlib.sha256(content).hexdigest()[:10] in hashed
        assert (tmp_path / "static" / hashed).read_bytes() == content
        packed = tmp_path / "static" / (hashed + ".br")
        if packed.exists():
            assert brotli.decompress(packed.read_bytes()) == content
    assert json.loads((tmp_path / "static" / "manifest.json").read_text()) == manifest
    assert not list((tmp_path / "static").rglob("*.new")) and not list((tmp_path / "static").rglob("README*"))


def test_a_second_start_writes_nothing_anew(tmp_path: Path) -> None:
    first = static.build(tmp_path)
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "static").rglob("*") if path.is_file() and path.name != "manifest.json"}
    assert static.build(tmp_path) == first
    assert files == {path: path.stat().st_mtime_ns for path in files}


def test_files_are_kept_for_a_year_and_sent_compressed(sqlite_county: County) -> None:
    client = Client(sqlite_county.app)
    text = client.get("/").get_data(as_text=True)
    addresses = sorted(set(re.findall(r'"(/static/[^"]+)"', text)))
    assert len(addresses) == 2, addresses
    for address in addresses:
        response = client.get(address, headers={"Accept-Encoding": "br"})
        assert response.status_code == 200
        assert "immutable" in response.headers["Cache-Control"] and "max-age=315360000" in response.headers["Cache-Control"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "Set-Cookie" not in response.headers
        plain = client.get(address, headers={"Accept-Encoding": "identity"})
        assert plain.headers.get("Content-Encoding") is None and plain.status_code == 200
        if response.headers.get("Content-Encoding") == "br":
            assert brotli.decompress(response.data) == plain.data
            assert "Accept-Encoding" in response.headers["Vary"]


def test_only_files_of_the_folder_are_served(sqlite_county: County) -> None:
    client = Client(sqlite_county.app)
    for address in (
        "/static/",
        "/static",
        "/static/site.css",
        "/static/../write.lock",
        "/static/%2e%2e/tongban.sqlite3",
        "/static/vendor/README.md",
        "/static//etc/passwd",
    ):
        assert client.get(address).status_code in {308, 404}, address


def test_the_icon_is_small_enough_for_every_cold_visit() -> None:
    assert (SOURCE / "icon.svg").stat().st_size <= 600


def test_pages_name_hashed_addresses_only(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context("/"):
        from flask import url_for

        assert re.fullmatch(r"/static/site\.[0-9a-f]{10}\.css", url_for("static", filename="site.css"))
