"""Opening a small restaurant in Chromium: licence, food, fire, sign, taxes and seal by five departments in three halls, with and without JavaScript.

What belongs to the whole is clicked; the acts of each branch, which are those of every case, go through the test client.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.cases.joint_services import urge
from portal.database import db
from portal.network.models import Outbox
from portal.network.queries import the_county
from tests.browser.conftest import served
from tests.browser.desk import NARROW, Open, Site
from tests.cases import joint_story, story
from tests.cases.story import APPLICANT

with_and_without = pytest.mark.parametrize("js", [True, False], ids=["with-javascript", "without-javascript"])


@pytest.fixture
def site(templates: Callable[[str], str], tmp_path: Path) -> Iterator[Site]:
    with served(templates, tmp_path / "data") as found:
        yield found


def do(site: Site, number: str, **acts: str) -> None:
    """verb=who: the acts of a branch, in order."""
    for verb, who in acts.items():
        story.do(site.browse(who), number, verb)


def urged(site: Site) -> set[str]:
    """What the job does on a day; who was told of a silent branch."""
    with site.app.app_context():
        urge(the_county().id, site.clock)
        found = set(db.session.scalars(select(Outbox.receiver).where(Outbox.template == "joint_staff")))
        names = set(db.session.scalars(select(Account.username).where(Account.username.in_(found))))
        db.session.remove()
    return names


@with_and_without
def test_a_small_restaurant_is_opened_by_five_departments_in_three_halls(site: Site, desk: Open, js: bool) -> None:
    lead = desk("chief-mr", js=js)

    # questions first, then one form and one list
    lead.go("/joint/new")
    lead.follow("开小餐馆一件事（示例）")
    assert lead.page.get_by_label("申请人姓名或名称").count() == 0, "the questions come first"
    for question in ("门口要挂招牌吗？", "要领用发票吗？", "要刻公章吗？"):
        lead.page.get_by_label(question).check()
    lead.press("填一张表")
    words = lead.words()
    assert words.count("经营者身份证") == 1 and "布局示意图" in words, "one list without doubles"
    for hall in ("柞水县政务服务中心", "税务分中心", "公安分中心"):
        assert hall in words, hall
    lead.tick_all("main form[action='/joint/open']")
    lead.page.get_by_label("申请人姓名或名称").fill(APPLICANT["name"])
    lead.page.get_by_label("身份证号或信用代码").fill(APPLICANT["number"])
    lead.page.get_by_label("电话").fill(APPLICANT["phone"])
    lead.press("收件并抄告各部门")
    words = lead.words()
    found = re.search(r"/joint/(\S+)/receipt", lead.page.url)
    code = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", words)
    assert found and code and "全部办结期限" in words, words
    number, of = found[1], joint_story.branches(site.app, found[1])
    assert len(of) == 6

    # the fire window says what is missing; what can be done on the spot is done; the window for signs is silent
    fire = desk("window-fire", js=js, size=NARROW)
    fire.go(f"/joint/{number}")
    assert fire.page.evaluate("document.documentElement.scrollWidth") <= 360, "the board fits a narrow screen"
    fire.page.locator("input[name='miss-4']").check()
    fire.page.locator("input[name='why-4']").fill("没有标疏散通道")
    fire.press("告诉牵头窗口")
    assert "没有标疏散通道" in fire.words()
    lead.go(f"/joint/{number}")
    assert lead.page.get_by_role("button", name="发出一次性告知").count() == 0, "others can still say something"
    do(site, of["S-07"], accept="window-mr", decide="chief-mr")
    do(site, of["S-03"], accept="window-mr")
    do(site, of["S-29"], accept="window-tax", decide="chief-tax")
    do(site, of["S-30"], accept="window-police", decide="chief-police")
    site.clock.go_to(date(2026, 11, 26))
    assert urged(site) == {"window-housing", "chief-housing"}, "urged, then told to the chief representative"

    # one notice by the lead; the silent branch is shown, never assumed
    lead.page.reload()
    assert "无动静" in lead.words()
    lead.press("发出一次性告知")
    assert "一次性告知已发出。" in lead.words()
    assert lead.page.get_by_role("button", name="一次送达结果").count() == 0
    resident = desk(js=js, size=NARROW)
    resident.go("/track")
    resident.page.get_by_label("查询码").fill(code[0])
    resident.press("查询", within="main")
    words = resident.words("body")
    assert "没有标疏散通道" in words and "12月21日" in words, words
    assert APPLICANT["name"] not in words and APPLICANT["number"] not in words

    # it comes in; five days of silence go to the head of the body and the center; then all decide
    page = site.browse("window-fire").get(f"/cases/{of['S-27']}/act/supplement")
    assert site.browse("window-fire").press(page, "/act/supplement", got__4="1").status == 200
    site.clock.go_to(date(2026, 11, 30))
    assert urged(site) == {"window-housing", "chief-housing", "dept-housing", "center"}
    do(site, of["S-28"], accept="window-housing", review="window-housing", decide="chief-housing")
    do(site, of["S-27"], review="window-fire", decide="chief-fire")
    do(site, of["S-03"], review="window-mr", decide="chief-mr")
    lead.page.reload()
    lead.press("一次送达结果")
    assert "已结束" in lead.words()
    resident.page.reload()
    words = resident.words()
    assert "全部分支都已办成。" in words and words.count("已准予") == 6, words
