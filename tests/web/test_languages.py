"""Three languages, whole: what is said in one is said in all, names of data included, and an unknown one is not asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from babel.messages.pofile import read_po
from flask import Flask
from markupsafe import escape
from werkzeug.test import Client

from portal.i18n import FOLDER, LANGUAGES, TRANSLATED
from tests.people import NS, Browser, Page
from tests.routes import Asked, County, every_get, token_of

HAN = re.compile(r"[\u3400-\u9fff]")
# the number of a paper or of a certificate is a name: it is the same in every language
NUMBER = re.compile(r"[\u3400-\u9fff]{2,12}〔20\d\d〕\d+号|示例执法证\d+")

Read = Callable[[str], list[tuple[Asked, Page]]]


def reader(app: Flask, language: str) -> Client:
    client = Client(app)
    client.set_cookie("css", "1")
    client.set_cookie("lang", language)
    return client


def titles(app: Flask, language: str) -> set[str]:
    client = reader(app, language)
    return {
        re.findall("<title>(.*?)</title>", client.get(address).get_data(as_text=True))[0]
        for address in ("/", "/items", "/network", "/track", "/nowhere")
    }


def every_public_page(county: County) -> Iterator[Asked]:
    """The public's addresses, with every point of the network."""
    from portal.database import db
    from portal.network.models import ServicePoint

    yield from (asked for asked in every_get(county) if not asked.who)
    with county.app.app_context():
        codes = list(db.session.scalars(sa.select(ServicePoint.code)))
        db.session.remove()
    assert len(codes) == 95
    yield from (Asked("catalogue.point", f"/network/{code}", "") for code in codes)


@pytest.fixture(scope="session")
def read(sqlite_county: County) -> Callable[[str], list[tuple[Asked, Page]]]:
    """language → every public page in it, read once."""

    @cache
    def pages(language: str) -> list[tuple[Asked, Page]]:
        client = reader(sqlite_county.app, language)
        found = [(asked, Page(client.get(asked.address))) for asked in every_public_page(sqlite_county)]
        return [(asked, page) for asked, page in found if page.tree is not None and page.status != 303]

    return pages


@pytest.fixture(scope="session")
def msgids() -> list[str]:
    """What the code says in English, as it stands in a page; single words are left out, since codes and names may hold them."""
    found = set()
    for locale in TRANSLATED:
        with (FOLDER / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
            for message in read_po(file):
                text = str(message.id or "")
                if message.string and message.string != text and " " in text:
                    found.add(max((part.strip(" .,:;“”()") for part in re.split(r"%\(\w+\)s", text)), key=len))
    return sorted(str(escape(text)) for text in found if len(text) > 8 and " " in text)


def words_of(page: Page) -> str:
    """What is read on a page, labels and hints included, without what stands there in another language on purpose."""
    assert page.tree is not None
    parts: list[str] = []

    def walk(each: Any, skip: bool) -> None:
        skip = skip or (each.get("lang") is not None and each.tag != f"{NS}html") or each.tag in {f"{NS}style", f"{NS}script", f"{NS}title"}
        if not skip:
            parts.extend(filter(None, (each.text, each.get("aria-label"), each.get("placeholder"), each.get("title"), each.get("data-th"))))
        for child in each:
            walk(child, skip)
            if child.tail and not skip:
                parts.append(child.tail)

    walk(page.tree, False)
    return NUMBER.sub("№", " ".join(" ".join(parts).split()))


# --- pages ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_page_answers_in_the_language_that_was_asked_for(read: Read, language: str, msgids: list[str]) -> None:
    texts = []
    for asked, page in read(language):
        assert page.status in {200, 401, 404}, f"{asked}: {page.status}"
        assert page.tree is not None and page.tree.get("lang") == LANGUAGES[language][1], asked
        texts.append(page.text)
        if language != "en":
            words = words_of(page)
            english = [text for text in msgids if text in words]
            assert not english, f"{asked} in {language} says {english[:3]}"
    assert len(texts) > 110
    everything = "\n".join(texts)
    assert ("办事" in everything) == (language == "zh-Hans") and ("辦事" in everything) == (language == "zh-Hant")


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_pages_of_work_hold_no_english(sqlite_county: County, language: str, msgids: list[str]) -> None:
    number, seen = 0, set()
    for asked in every_get(sqlite_county):
        if not asked.who or (asked.address in seen and asked.endpoint not in {"cases.work", "cases.detail"}):
            continue
        seen.add(asked.address)
        client = sqlite_county.at(asked.who).client
        client.set_cookie("lang", language)
        page = Page(client.get(asked.address))
        client.delete_cookie("lang")
        if page.tree is None or page.status == 303:
            continue
        assert page.tree.get("lang") == LANGUAGES[language][1], asked
        words = words_of(page)
        english = [text for text in msgids if text in words]
        assert not english, f"{asked} in {language} says {english[:3]}"
        number += 1
    assert number > 100


def test_traditional_pages_hold_no_simplified_letters(read: Read) -> None:
    """Letters that exist in Simplified writing only, and place names that a converter spoils."""
    simplified = re.compile(r"[办务时权这个请说应门审证称选设实县镇报号]")
    wrong: list[str] = []
    for asked, page in read("zh-Hant"):
        words = words_of(page)
        wrong += [f"{asked}: …{words[max(0, each.start() - 12) : each.end() + 12]}…" for each in simplified.finditer(words)]
        assert "下樑" not in page.text, asked
    assert not wrong, sorted(wrong, key=lambda text: text.partition(": ")[2])[:40]


def test_english_pages_speak_english_around_names(read: Read) -> None:
    """The frame and the headings of an English page hold no Chinese; law and what people wrote may, and say so by `lang`."""
    wrong: list[str] = []
    for asked, page in read("en"):
        assert page.tree is not None
        if "q=" in asked.address:
            continue  # it repeats what was typed
        for name in ("h1", "h2", "h3", "label", "button", "nav", "th", "legend", "summary"):
            wrong += [
                f"{asked}, {name}: {text[:80]}" for each in page.tree.iter(f"{NS}{name}") if HAN.search(text := words_of_element(each))
            ]
    assert not wrong, sorted(wrong, key=lambda text: text.partition(": ")[2])[:40]


def words_of_element(element: Any) -> str:
    page = Page.__new__(Page)
    page.tree = element
    return words_of(page)


def test_the_title_of_a_window_is_translated_too(sqlite_county: County) -> None:
    """What a tab of the browser says; it cannot say its language, so papers, which are Chinese documents, keep theirs."""
    chinese, english = titles(sqlite_county.app, "zh-Hans"), titles(sqlite_county.app, "en")
    assert not [title for title in english if HAN.search(title)]
    assert all(HAN.search(title) for title in chinese) and len(english) == len(chinese) == 5


# --- errors ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_error_pages_in_each_language(sqlite_app: Flask, language: str, msgids: list[str]) -> None:
    from flask import abort

    from portal.web import access
    from portal.web.errors import TITLES

    @access.public
    def broken(status: int) -> Any:
        if status == 500:
            raise RuntimeError("on purpose")
        abort(status)

    sqlite_app.add_url_rule("/broken/<int:status>", "broken", broken, methods=["GET", "POST"])
    browser = Browser(sqlite_app)
    browser.client.set_cookie("lang", language)
    titles = set()
    for status in TITLES:
        page = browser.post(f"/broken/{status}", {"csrf_token": token_of(browser), "note": "abc"})
        assert page.status == status and page.tree is not None and page.tree.get("lang") == LANGUAGES[language][1]
        words = words_of(page)
        if language != "en":
            assert not [text for text in msgids if text in words], f"{status}: {words}"
        titles.add("".join(next(page.tree.iter(f"{NS}h1")).itertext()))
    assert len(titles) == len(TITLES)
    outside = Page(sqlite_app.test_client().get("/", headers={"Host": "evil.example", "Cookie": f"lang={language}"}))
    assert outside.status == 400 and outside.tree is not None and outside.tree.get("lang") in {"zh-Hans", LANGUAGES[language][1]}


# --- how the language is chosen ---------------------------------------------------------------------------------------------------


def test_the_choice_is_remembered(sqlite_county: County) -> None:
    browser = Browser(sqlite_county.app)
    assert browser.get("/").tree.get("lang") == "zh-Hans"
    chosen = browser.get("/items?lang=zh-Hant")
    assert chosen.tree.get("lang") == "zh-Hant"
    assert any(line.startswith("lang=zh-Hant;") and "Max-Age=31536000" in line for line in chosen.headers.getlist("Set-Cookie"))
    assert browser.get("/network").tree.get("lang") == "zh-Hant"
    assert browser.get("/nowhere").tree.get("lang") == "zh-Hant"
    assert not any(line.startswith("lang=") for line in browser.get("/items?lang=zh-Hant").headers.getlist("Set-Cookie"))
    assert browser.get("/?lang=en").tree.get("lang") == "en"
    elder = browser.get("/?view=elder")
    assert elder.tree.get("data-view") == "elder" and browser.get("/items").tree.get("data-view") == "elder"
    assert browser.get("/?view=standard").tree.get("data-view") is None


@pytest.mark.parametrize("unknown", ["fr", "zh", "zh_Hant_TW", "zh-hant", "EN", "", "../en", "zh_Hans_CN", "x" * 300])
def test_an_unknown_language_is_not_asked_for(sqlite_county: County, unknown: str) -> None:
    browser = Browser(sqlite_county.app)
    response = browser.client.get("/items", query_string={"lang": unknown})
    assert response.status_code == 200 and Page(response).tree.get("lang") == "zh-Hans"
    assert not any(line.startswith("lang=") for line in response.headers.getlist("Set-Cookie"))
    browser.client.set_cookie("lang", unknown)
    assert browser.get("/items").tree.get("lang") == "zh-Hans"


def test_each_page_leads_to_itself_in_the_other_languages(sqlite_county: County) -> None:
    browser = Browser(sqlite_county.app)
    for address in ("/", "/items?q=开小饭馆", "/network/611026000000", "/quiet-days/2026/11"):
        page = browser.get(address)
        links = {each.get("lang"): each.get("href") for each in page.tree.iter(f"{NS}a") if each.get("lang")}
        assert set(links) == {"zh-Hant", "en"}
        for language, href in links.items():
            other = Browser(sqlite_county.app).get(href)
            assert other.status == 200 and other.tree.get("lang") == language and other.path == page.path
            assert [form["fields"].get("q") for form in other.forms()] == [form["fields"].get("q") for form in page.forms()]


# --- names of data ----------------------------------------------------------------------------------------------------------------


def test_everything_with_a_name_has_it_in_three_languages(county: County) -> None:
    from portal.database import db

    checked = 0
    with county.app.app_context():
        found = sa.MetaData()
        found.reflect(db.engine)
        for table in found.tables.values():
            for base in [column.name.removesuffix("_hant") for column in table.columns if column.name.endswith("_hant")]:
                columns = [table.c[base], table.c[f"{base}_hant"], table.c[f"{base}_en"]]
                for simplified, traditional, english in db.session.execute(sa.select(*columns)):
                    if not simplified:
                        continue
                    assert traditional and english, f"{table.name}.{base}: {simplified}"
                    assert not HAN.search(english), f"{table.name}.{base}_en: {english}"
                    assert "下樑" not in traditional
                    checked += 1
        db.session.remove()
    assert checked > 500
