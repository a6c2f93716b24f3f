"""Every page is HTML that a strict parser takes, says what it is, and holds together: no browser is needed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import html5lib
import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from tests.browser.desk import Site
from tests.browser.pages import MISHAPS, Mishap, looks, without_sample
from tests.conftest import is_in_share
from tests.people import NS, Page

LANGUAGES = {"zh-Hans": "zh-Hans", "zh-Hant": "zh-Hant", "en": "en"}
CONTROLS = ("input", "select", "textarea")
HAN = r"[\u4e00-\u9fff]"
# characters that a Traditional page can only have by mistake; those that stand in both scripts are left out
ONLY_SIMPLIFIED = set(
    "办务证标县镇乡权审图书页请这网业员现实际电话号码时间开关闭无从继续个为来说发过还没进对当会样动应该产经济点种见长门问题总级类条则记录处报众边让认识谁请转传给结选项样"
)
# numbers of papers and certificates are names: they stand as they were given
NUMBERS = r"柞[\u4e00-\u9fff]{1,6}〔\d{4}〕\d+号|示例执法证\d+"


def faults(site: Site, page: Page, language: str = "zh-Hans") -> list[str]:
    """What is wrong with a page, in words."""
    parser = html5lib.HTMLParser(strict=True)
    try:
        parser.parse(page.text)
    except html5lib.html5parser.ParseError as fault:
        return [f"not strictly HTML: {fault} at {parser.errors[-1:]}"]
    assert page.tree is not None
    found = [*_frame(page.tree, language), *_attributes(page.tree), *_ways(site, page), *_labels(page.tree)]
    if language == "en":
        return found
    return [*found, *_words(page.tree, language)]


def _frame(tree: Any, language: str) -> Iterator[str]:
    if tree.get("lang") != language:
        yield f"lang is {tree.get('lang')!r}, not {language!r}"
    title = tree.find(f"{NS}head/{NS}title")
    if title is None or len((title.text or "").split(" · ")[0].strip()) < 2:
        yield f"the title says nothing: {title is not None and title.text!r}"
    heads = list(tree.iter(f"{NS}h1"))
    if len(heads) != 1:
        yield f"{len(heads)} h1"
    elif not "".join(heads[0].itertext()).strip():
        yield "an empty h1"
    for tag in ("main", "header", "footer"):
        if len(list(tree.iter(NS + tag))) != 1:
            yield f"not one {tag}"


def _attributes(tree: Any) -> Iterator[str]:
    ids = Counter(each.get("id") for each in tree.iter() if each.get("id") is not None)
    yield from (f"id {name!r} stands {times} times" for name, times in ids.items() if times > 1)
    for each in tree.iter():
        for name, value in each.items():
            if name == "style" or name.startswith("on"):
                yield f"attribute {name}={value!r}"
            if name in {"aria-describedby", "aria-labelledby", "aria-controls", "for"}:
                yield from (f"{name} names {one!r}, which is not there" for one in value.split() if one not in ids)
        aim = each.get("href") or ""
        if each.tag == f"{NS}a" and aim.startswith("#") and aim not in {"#", "#top"} and aim[1:] not in ids:
            yield f"a link to {aim!r}, which is not there"
        if each.tag == f"{NS}script" and not each.get("src"):
            yield "an inline script"


def _ways(site: Site, page: Page) -> Iterator[str]:
    """Links and forms lead to routes that there are."""
    adapter = site.app.url_map.bind("127.0.0.1")
    for each in page.tree.iter() if page.tree is not None else ():
        if each.tag == f"{NS}form":
            method, address = (each.get("method") or "get").upper(), each.get("action") or page.path
        elif each.tag == f"{NS}a" and each.get("href") is not None:
            method, address = "GET", each.get("href")
        else:
            continue
        parts = urlsplit(address)
        if (
            parts.scheme in {"tel", "mailto", "geo"}
            or (parts.scheme in {"http", "https"} and parts.netloc != "127.0.0.1")
            or address.startswith("#")
        ):
            continue
        if parts.path == unquote(page.path) and page.status == 404:
            continue  # a page that is not there, in another language
        try:
            adapter.match(unquote(parts.path) or page.path, method=method)
        except (NotFound, MethodNotAllowed, RequestRedirect) as fault:
            yield f"{method} {address} leads nowhere ({type(fault).__name__})"


def _labels(tree: Any) -> Iterator[str]:
    controls = {each.get("id"): each for tag in CONTROLS for each in tree.iter(NS + tag) if each.get("type") not in {"hidden", "submit"}}
    inside = set()
    for label in tree.iter(f"{NS}label"):
        held = [each for tag in CONTROLS for each in label.iter(NS + tag)]
        inside.update(map(id, held))
        if not held and label.get("for") not in controls:
            yield f"label {''.join(label.itertext())!r} refers to no field"
        if not "".join(label.itertext()).strip():
            yield "an empty label"
    named = {label.get("for") for label in tree.iter(f"{NS}label") if label.get("for")}
    for tag in CONTROLS:
        for each in tree.iter(NS + tag):
            if each.get("type") in {"hidden", "submit"} or each.get("id") in named or id(each) in inside or each.get("aria-label"):
                continue
            yield f"{tag} {each.get('name')!r} has no label"


def _words(tree: Any, language: str) -> Iterator[str]:
    """A Chinese page speaks Chinese: no message left in English, no half-width punctuation, no Simplified letters on a Traditional page."""
    for text in _texts(tree, language):
        if re.search(r"[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}", text):
            yield f"not translated: {text!r}"
        if re.search(rf"{HAN}[,;:!?](?:\s|$|{HAN})|{HAN}\.(?:\s|$)|{HAN} ?\(|\) ?{HAN}", text):
            yield f"half-width punctuation: {text!r}"
        own = re.sub(NUMBERS, "", text)
        if language == "zh-Hant" and (strange := set(own) & ONLY_SIMPLIFIED):
            yield f"Simplified {''.join(sorted(strange))}: {text!r}"


def _texts(tree: Any, language: str) -> Iterator[str]:
    """What stands on the page in its own language, paragraph by paragraph."""
    blocks = {
        f"{NS}{tag}" for tag in ("p", "li", "h1", "h2", "h3", "td", "th", "dt", "dd", "label", "legend", "summary", "a", "button", "option")
    }

    def told(element: Any) -> str:
        if not isinstance(element.tag, str) or element.tag in {f"{NS}script", f"{NS}style", f"{NS}textarea"}:
            return ""
        if (element.get("lang") or language) != language:
            return ""
        return (element.text or "") + "".join(told(child) + (child.tail or "") for child in element)

    for element in tree.iter():
        if element.tag in blocks and element.get("lang", language) == language:
            text = " ".join(told(element).split())
            if text:
                yield text
        for name in ("placeholder", "aria-label", "data-th", "alt", "title"):
            if element.get(name):
                yield element.get(name)


def say(found: dict[str, list[str]]) -> str:
    """Faults by what is wrong: the same one on many pages is said once."""
    pages: dict[str, list[str]] = {}
    for where, texts in found.items():
        for text in dict.fromkeys(texts):
            pages.setdefault(text, []).append(where)
    return "\n".join(
        f"{text}\n    on {', '.join(where[:4])}{f' and {len(where) - 4} more' if len(where) > 4 else ''}" for text, where in pages.items()
    )


def test_every_route_has_a_sample_page(site: Site) -> None:
    assert without_sample(site) == set(), "give it an address in SAMPLES of tests/browser/pages.py, or say in NOT_PAGES why it is no page"


@pytest.mark.property
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_strict_html(site: Site, language: str) -> None:
    """A run deals each page in English and in Traditional Chinese to one of them; `make test-long` looks at both."""
    found = {}
    for look in looks(site):
        if language != "zh-Hans" and not is_in_share(str(look), ["zh-Hant", "en"].index(language), 2):
            continue
        glue = "&" if "?" in look.address else "?"
        browser = site.browse(look.username)
        page = browser.get(f"{look.address}{glue}lang={language}")
        # someone who is not signed in is led to the sign-in page, which answers for itself
        wrong = (
            []
            if page.status == look.status or (look.status == 401 and page.path == "/sign-in")
            else [f"answers {page.status}, not {look.status}"]
        )
        if page.tree is None:
            wrong.append("no HTML")
        else:
            wrong += faults(site, page, LANGUAGES[language])
        if wrong:
            found[str(look)] = wrong
        browser.get("/help?lang=zh-Hans")
    assert not found, "\n" + say(found)


def test_large_print_is_the_attribute_alone(site: Site) -> None:
    """The page in large print is the usual one but for the attribute on top and the link that leads back: so the browser tests switch it."""
    for look in looks(site, refusals=False):
        browser = site.browse(look.username)
        glue = "&" if "?" in look.address else "?"
        usual = browser.get(f"{look.address}{glue}view=standard").text
        large = browser.get(f"{look.address}{glue}view=elder").text
        browser.get("/help?view=standard")
        same = large.replace(' data-view="elder"', "").replace('view=standard">标准版', 'view=elder">长辈版')
        assert 'data-view="elder"' in large, str(look)
        assert _bare(same) == _bare(usual), str(look)


def _bare(text: str) -> str:
    """A page without what is new in each answer, tokens and keys, and without the sheet, which stands in a first answer only."""
    return re.sub(r'name="(csrf_token|key)" value="[^"]*"|\bview=(?:elder|standard)', "", re.sub(r"<style[^>]*>[^<]*</style>|<link[^>]*>", "", text))


@pytest.mark.parametrize("mishap", MISHAPS, ids=lambda each: each.name)
def test_forms_that_come_back_are_strict_html(site: Site, mishap: Mishap) -> None:
    page = mishap.page(site)
    assert page.status == mishap.status, page.words[:600]
    found = faults(site, page)
    assert not found, "\n".join(found)


def test_the_check_sees_faults(site: Site) -> None:
    """The net has no hole: a page with each fault is caught by it."""
    good = site.browse().get("/track?lang=zh-Hans")
    assert faults(site, good) == []
    for old, new, told in (
        ('lang="zh-Hans"', 'lang="en"', "lang is"),
        ("<h1>", "<h1>一</h1><h1>", "2 h1"),
        ('id="code"', 'id="main"', "stands 2 times"),
        ("<h1>", '<h1 style="color:red">', "style"),
        ('action="/track"', 'action="/nowhere"', "leads nowhere"),
        ('for="code"', 'for="cod"', "refers to no field"),
        ("<h1>", "<p>Nothing was done here</p><h1>", "not translated"),
        ("<h1>", "<p>已受理.</p><h1>", "half-width"),
        ("<h1>", "<p><div></p><h1>", "not strictly"),
    ):
        page = site.browse().get("/track?lang=zh-Hans")
        assert old in page.text
        page.text = page.text.replace(old, new, 1)
        page.tree = html5lib.parse(page.text)
        assert any(told in text for text in faults(site, page)), (told, faults(site, page))
