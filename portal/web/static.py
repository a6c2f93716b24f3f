"""The hashed static folder: each file under a name with its digest, compressed once, before workers fork."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
from pathlib import Path

import brotli
from flask import Flask, request
from markupsafe import Markup

SOURCE = Path(__file__).parent.parent.parent / "static"
COMPRESSED = {".css", ".js", ".svg", ".txt", ".webmanifest"}


def build(data_dir: Path) -> dict[str, str]:
    """Make DATA_DIR/static from static/; returns source name → hashed name. Safe to repeat and quick when nothing changed."""
    target = data_dir / "static"
    target.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, str] = {}
    with (data_dir / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for path in sorted(SOURCE.rglob("*")):
            if not path.is_file() or path.name in {"README.md", "LICENSE"}:
                continue
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:10]
            name = path.relative_to(SOURCE).as_posix()
            hashed = f"{name.removesuffix(path.suffix)}.{digest}{path.suffix}"
            manifest[name] = hashed
            out = target / hashed
            if not out.exists():
                out.parent.mkdir(parents=True, exist_ok=True)
                if path.suffix in COMPRESSED:
                    _write(out.with_name(out.name + ".br"), brotli.compress(content, quality=11))
                _write(out, content)
        _write(target / "manifest.json", json.dumps(manifest, sort_keys=True).encode())
    return manifest


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a kill halfway leaves nothing that would be served for ever."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(content)
    temporary.replace(path)


class Sheet:
    """The one style sheet: inline by hash on a first visit and prefetched, external once the browser says that it has it."""

    def __init__(self, text: str, href: str) -> None:
        self.text = text
        self.href = href
        self.hash = hashlib.sha256(text.encode()).hexdigest()[:10]
        self.csp = "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    def is_cached(self) -> bool:
        return request.cookies.get("css") in {self.hash, "1"}

    def tag(self) -> Markup:
        if self.is_cached():
            return Markup(f'<link rel="stylesheet" href="{self.href}">')  # noqa: S704 - our own text
        return Markup(f'<style>{self.text}</style><link rel="prefetch" as="style" href="{self.href}">')  # noqa: S704


def init_app(app: Flask) -> None:
    from whitenoise import WhiteNoise

    data_dir = Path(app.config["DATA_DIR"])
    manifest = build(data_dir)
    served = data_dir / "static"

    def asset(name: str) -> str:
        return "/static/" + manifest[name]

    # `url_for("static", filename="icon.svg")` gives the hashed name; WhiteNoise answers it before Flask is asked
    app.add_url_rule("/static/<path:filename>", endpoint="static", build_only=True)

    @app.url_defaults
    def hashed(endpoint: str, values: dict[str, str]) -> None:
        if endpoint == "static":
            values["filename"] = manifest.get(values["filename"], values["filename"])

    css = (SOURCE / "site.css").read_text(encoding="utf-8")
    app.extensions["sheet"] = Sheet(css, asset("site.css"))
    noise = WhiteNoise(
        app.wsgi_app,
        allow_all_origins=False,
        max_age=60,
        immutable_file_test=lambda _path, url: url != "/static/manifest.json",
        add_headers_function=lambda headers, _path, _url: headers.add_header("X-Content-Type-Options", "nosniff"),
    )
    noise.add_files(str(served), prefix="/static/")
    app.wsgi_app = noise  # type: ignore[method-assign]
