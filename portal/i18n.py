"""Three languages, no more: Simplified Chinese (the default), Traditional Chinese, English.

msgids are English; domain words carry a context: `_p("power", "Accept")`. A locale outside the list of three is never asked for, since
Flask-Babel answers an unknown one with Simplified or with an error (see docs/decisions/0005-languages.md).

Run as a module it keeps the catalogues: `python -m portal.i18n put FILE|extract|compile|check`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, force_locale, gettext, lazy_gettext, lazy_pgettext, pgettext

_ = gettext
_p = pgettext
_l = lazy_gettext
_lp = lazy_pgettext

FOLDER = Path(__file__).parent / "translations"
ROOT = Path(__file__).parent.parent
# url name → (gettext locale, html lang, suffix of the data columns, the language's own name)
LANGUAGES: dict[str, tuple[str, str, str, str]] = {
    "zh-Hans": ("zh_Hans_CN", "zh-Hans", "", "简体"),
    "zh-Hant": ("zh_Hant", "zh-Hant", "_hant", "繁體"),
    "en": ("en", "en", "_en", "English"),
}
DEFAULT = "zh-Hans"
COOKIE = "lang"
TRANSLATED = ("zh_Hans_CN", "zh_Hant")


def current_language() -> str:
    """The url name of the language of this request: what `?lang=` says, else the cookie, else Simplified Chinese."""
    if not has_request_context():
        return getattr(g, "language", DEFAULT) if g else DEFAULT
    language: str | None = getattr(g, "language", None)
    if language is None:
        asked = request.args.get("lang", "")
        kept = request.cookies.get(COOKIE, "")
        language = asked if asked in LANGUAGES else kept if kept in LANGUAGES else DEFAULT
        g.language = language
    return language


def current_locale() -> str:
    return LANGUAGES[current_language()][0]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in this language for a while, whatever the page's is: messages go in the language of who gets them."""
    before = g.get("language")
    g.language = language if language in LANGUAGES else DEFAULT
    try:
        with force_locale(current_locale()):
            yield
    finally:
        if before is None:
            g.pop("language", None)
        else:
            g.language = before


def named(thing: Any, attribute: str = "name") -> str:
    """The name of a row in the language of the page: `name`, `name_hant` or `name_en`; the Chinese one where a person typed only that."""
    suffix = LANGUAGES[current_language()][2]
    value = getattr(thing, attribute + suffix, None) if not isinstance(thing, dict) else thing.get(attribute + suffix)
    if value:
        return str(value)
    plain = getattr(thing, attribute, "") if not isinstance(thing, dict) else thing.get(attribute, "")
    return str(plain or "")


def told(text: Any) -> str:
    """A stored text in the page's language: {"hans", "hant", "en"}; long legal text stands in Chinese on English pages."""
    if not isinstance(text, dict):
        return str(text or "")
    key = {"zh-Hans": "hans", "zh-Hant": "hant", "en": "en"}[current_language()]
    return str(text.get(key) or text.get("hans") or "")


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(FOLDER))
    app.config.setdefault("BABEL_DEFAULT_LOCALE", TRANSLATED[0])
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    Babel(app, locale_selector=current_locale)
    app.jinja_env.filters["named"] = named
    app.jinja_env.filters["told"] = told
    app.jinja_env.globals.update(_p=pgettext, _=gettext)


# --- catalogues -----------------------------------------------------------------------------------------------------------------

KEYWORDS: dict[str, Any] = {"_": None, "_l": None, "gettext": None, "_p": ((1, "c"), 2), "_lp": ((1, "c"), 2), "pgettext": ((1, "c"), 2)}


def _extracted() -> Iterator[tuple[str | None, str, str, int]]:
    """Every message of code and templates: (context, msgid, file, line)."""
    for folder in ("portal", "templates"):
        mapping = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
        for found in extract_from_dir(ROOT / folder, method_map=mapping, options_map={"**.html": {"silent": "false"}}, keywords=KEYWORDS):
            filename, lineno, message, _comments, context = found
            if isinstance(message, tuple):
                message = message[0]
            yield context, message, f"{folder}/{filename}", lineno


def _path(locale: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


def _read(locale: str) -> Catalog:
    path = _path(locale)
    if not path.exists():
        return Catalog(locale=locale, project="Tongban", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def _write(locale: str, catalog: Catalog) -> None:
    path = _path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog.revision_date = catalog.creation_date = datetime(2026, 1, 1, tzinfo=timezone.utc)
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as file:
        write_po(file, catalog, sort_output=True, omit_header=False, no_location=True, width=0, include_previous=False)
    temporary.replace(path)


def _locked() -> IO[str]:
    FOLDER.mkdir(exist_ok=True)
    lock = (FOLDER / ".lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def put(entries: Iterable[dict[str, Any]]) -> int:
    """Merge translations into both catalogues and compile them; returns how many were given."""
    rows = list(entries)
    with _locked():
        for locale, key in zip(TRANSLATED, ("hans", "hant"), strict=True):
            catalog = _read(locale)
            for row in rows:
                if not row.get(key):
                    raise SystemExit(f"no {key} for {row['id']!r}")
                existing = catalog.get(row["id"], context=row.get("ctx"))
                if existing is not None:
                    existing.string = row[key]
                else:
                    catalog.add(row["id"], row[key], context=row.get("ctx"))
            _write(locale, catalog)
        compile_all()
    return len(rows)


def compile_all() -> None:
    """Write the .mo files beside the .po files."""
    for locale in TRANSLATED:
        path = _path(locale).with_suffix(".mo")
        temporary = path.with_suffix(f".{os.getpid()}.tmp")  # several processes may compile at once
        with temporary.open("wb") as file:
            write_mo(file, _read(locale))
        temporary.replace(path)


PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def faults() -> list[str]:
    """What is wrong with the catalogues: missing, fuzzy, unused messages and placeholders that differ."""
    used: dict[tuple[str | None, str], str] = {}
    for context, msgid, file, line in _extracted():
        used.setdefault((context, msgid), f"{file}:{line}")
    found = []
    for locale in TRANSLATED:
        catalog = _read(locale)
        for (context, msgid), where in sorted(used.items(), key=lambda pair: pair[1]):
            message = catalog.get(msgid, context=context)
            if message is None or not message.string:
                found.append(f"{locale}: missing ({context or '-'}) {msgid!r} at {where}")
            elif message.fuzzy:
                found.append(f"{locale}: fuzzy ({context or '-'}) {msgid!r}")
            elif set(PLACEHOLDER.findall(msgid)) != set(PLACEHOLDER.findall(str(message.string))):
                found.append(f"{locale}: placeholders differ ({context or '-'}) {msgid!r}")
    return found


def prune() -> int:
    """Drop messages that nothing uses any more; returns how many."""
    used = {(context, msgid) for context, msgid, _file, _line in _extracted()}
    dropped = 0
    with _locked():
        for locale in TRANSLATED:
            catalog = _read(locale)
            for message in list(catalog):
                if message.id and (message.context, message.id) not in used:
                    catalog.delete(message.id, context=message.context)
                    dropped += 1
            _write(locale, catalog)
        compile_all()
    return dropped


def main(arguments: list[str]) -> int:
    match arguments:
        case ["put", file]:
            print(put(json.loads(Path(file).read_text(encoding="utf-8"))), "messages put")
        case ["compile"]:
            compile_all()
        case ["prune"]:
            print(prune(), "messages dropped")
        case ["missing"]:
            catalogs = {locale: _read(locale) for locale in TRANSLATED}
            seen = sorted({(c or "", m) for c, m, _f, _l in _extracted()})
            rows = [
                {"id": m, "ctx": c or None}
                for c, m in seen
                if any((x := k.get(m, context=c or None)) is None or not x.string for k in catalogs.values())
            ]
            print(json.dumps(rows, ensure_ascii=False, indent=0))
        case ["check"]:
            found = faults()
            print("\n".join(found) or "translations: complete")
            return 1 if found else 0
        case _:
            print("usage: python -m portal.i18n put FILE | compile | check | prune | missing")
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
