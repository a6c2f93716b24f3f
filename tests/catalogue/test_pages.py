"""The public pages of the catalogue: lists, the guide, where an item is offered (S-2, S-4, S-7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.catalogue import queries
from portal.catalogue.models import Item
from portal.database import db
from portal.network.queries import the_county
from tests.network.test_pages import links, title
from tests.people import NS, Browser, ManualClock, Page

Browse = Callable[..., Browser]
LANGUAGES = {"zh-Hans": "hans", "zh-Hant": "hant", "en": "en"}


def items_of(app: Flask) -> list[str]:
    with app.app_context():
        found = sorted(db.session.scalars(sa.select(Item.code)))
        db.session.remove()
    return found


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_guide_says_all_that_is_disclosed(sqlite_app: Flask, clock: ManualClock, browse_sqlite: Browse, lang: str) -> None:
    browser, titles = browse_sqlite(), set()
    for code in items_of(sqlite_app):
        page = browser.get(f"/items/{code}?lang={lang}")
        said = squeezed(page.words)
        titles.add(title(page))
        with sqlite_app.app_context():
            guide = queries.guide(the_county().id, code, clock.today())
            version = guide.version
            name = {"zh-Hans": "name", "zh-Hant": "name_hant", "en": "name_en"}[lang]

            def told(text: Any) -> str:
                return str(text.get(LANGUAGES[lang]) or text["hans"])

            wanted = [getattr(version, name), told(version.legal_basis), told(version.fee_basis), told(version.fee_standard)]
            wanted += [told(text) for text in (*version.conditions, *version.procedure, *version.review_points)]
            wanted += [getattr(one, name) for one in guide.materials]
            wanted += [told(version.more[key]) for key in ("application_form", "specimen", "quota")]
            db.session.remove()
        missing = [text for text in wanted if squeezed(text) not in said]
        assert not missing, f"{code} in {lang} does not say {missing}"
        if guide.statutory is None:
            assert {"zh-Hans": "没有法定时限", "zh-Hant": "沒有法定時限", "en": "nostatutorylimit"}[lang] in said
    assert len(titles) == 30


def test_the_guide_of_the_story(app: Flask, browse: Browse) -> None:
    page = browse().get("/items/S-03")
    assert "承诺时限：10个工作日" in page.words
    assert "法定时限20个工作日" in page.words
    assert "清单以外的材料，窗口不得要求提供。" in page.words
    assert "数字取自" in page.words  # the sample names its place
    assert "/powers?item=S-03" in links(page, "/powers")
    assert "/items/S-03/at" in links(page, "/items/")


def test_a_legal_text_on_an_english_page_says_that_it_is_chinese(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get("/items/S-03?lang=en")
    assert page.tree is not None
    chinese = ["".join(each.itertext()) for each in page.tree.iter(f"{NS}span") if each.get("lang") == "zh-Hans"]
    assert any("食品安全法" in text for text in chinese)


def test_a_public_notice_stands_outside_the_limit(app: Flask, browse: Browse) -> None:
    with app.app_context():
        county = the_county()
        code = next(
            c for c in sorted(db.session.scalars(sa.select(Item.code))) if queries.guide(county.id, c, queries.date(2026, 11, 23)).stages
        )
        db.session.remove()
    page = browse().get(f"/items/{code}")
    assert "不计入时限" in page.words


def test_an_unknown_item_is_not_found(app: Flask, browse: Browse) -> None:
    for code in ("S-99", "s-03", "%00", "S-03%20", "1" * 300, "’"):
        assert browse().get(f"/items/{code}").status == 404, code
        assert browse().get(f"/items/{code}/at").status == 404, code


def test_the_list_has_every_item_once(browse_sqlite: Browse) -> None:
    found = links(browse_sqlite().get("/items"), "/items/")
    assert found and len(found) == len(set(found)) == 30


def test_theme_and_department_narrow_the_list(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get("/items?theme=catering")
    assert links(page, "/items/S") == ["/items/S-01", "/items/S-02", "/items/S-03", "/items/S-04", "/items/S-05", *(f"/items/S-{number}" for number in (27, 28, 29, 30))]
    assert "开餐饮店" in title(page)
    assert links(browse_sqlite().get("/items?theme=catering&q=补办"), "/items/S") == ["/items/S-04"]
    assert set(links(browse_sqlite().get("/items?body=CA"), "/items/S")) >= {"/items/S-13"}
    assert links(browse_sqlite().get("/items?theme=nothing"), "/items/S") == []


def test_while_one_types_a_fragment_answers(browse_sqlite: Browse) -> None:
    whole = browse_sqlite().get("/items?q=许可")
    part = browse_sqlite().get("/items?q=许可", headers={"HX-Request": "true"})
    assert part.text.startswith('<section id="results">')
    assert "<html" not in part.text
    assert len(links_of_fragment(part)) <= 8
    assert f"{len(links(whole, '/items/S'))}项" in part.text
    back = browse_sqlite().get("/items?q=许可", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in back.text


def links_of_fragment(page: Page) -> list[str]:
    assert page.tree is not None
    return [link.get("href", "") for link in page.tree.iter(f"{NS}a") if link.get("href", "").startswith("/items/")]


def test_the_public_loads_no_script_and_staff_do(browse_sqlite: Browse) -> None:
    assert "<script" not in browse_sqlite().get("/items").text
    assert "htmx" in browse_sqlite("village-xialiang").get("/items").text


def test_what_cannot_be_looked_for_is_said_and_kept(app: Flask, browse: Browse) -> None:
    for typed in ("开饭馆😀", "许" * 61, "\u202e饭"):
        page = browse().get(f"/items?q={typed}")
        assert page.status == 422
        assert page.form("/items")["fields"]["q"] == typed
        assert 'id="q-e"' in page.text


def test_nothing_found_says_what_to_try(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get("/items?q=没有这样的事")
    assert page.status == 200
    assert "没有找到" in page.words
    assert links(page, "/items") == ["/items"]


def test_where_an_item_is_offered_leads_to_its_page_there(app: Flask, browse: Browse) -> None:
    page = browse().get("/items/S-03/at")
    offered = links(page, "/items/S-03/at/")
    assert len(offered) == 92  # the county center, nine towns, 82 rooms; no sub-center
    assert not any("-TAX" in href for href in offered)
    found = links(browse().get("/items/S-03/at?q=石瓮子"), "/items/S-03/at/")
    assert found == ["/items/S-03/at/611026102002"]
    assert links(browse().get("/items/S-03/at?q=税务"), "/items/S-03/at/") == []
