"""The whole story in Chromium, in Chinese, with real clicks, once with and once without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.cases.models import Case, CaseEvent, Leg
from portal.database import db
from tests.browser.conftest import served
from tests.browser.desk import NARROW, Desk, Open, Site
from tests.cases.story import APPLICANT

ITEM = "小餐饮经营许可证（新办）"
TOWN, COUNTY = "下梁镇便民服务中心", "柞水县政务服务中心 · 市场监管窗口"

with_and_without = pytest.mark.parametrize("js", [True, False], ids=["with-javascript", "without-javascript"])


@pytest.fixture
def site(templates: Callable[[str], str], tmp_path: Path) -> Iterator[Site]:
    """A county of its own for each telling: an entrustment of the one before would shorten the next."""
    with served(templates, tmp_path / "data") as found:
        yield found


def kinds(site: Site, number: str) -> list[str]:
    with site.app.app_context():
        query = select(CaseEvent.kind).join(Case, Case.id == CaseEvent.case_id).where(Case.number == number).order_by(CaseEvent.seq)
        return list(db.session.scalars(query))


def handoffs(site: Site, number: str) -> int:
    with site.app.app_context():
        query = (
            select(func.count())
            .select_from(Leg)
            .join(Case, Case.id == Leg.case_id)
            .where(Case.number == number, Leg.received_at.is_not(None))
        )
        return int(db.session.scalar(query) or 0)


def cases(site: Site) -> int:
    with site.app.app_context():
        return int(db.session.scalar(select(func.count()).select_from(Case)) or 0)


def fill_in(agent: Desk) -> None:
    """The registering form: every material ticked, the applicant typed."""
    assert agent.tick_all() >= 3, "the materials stand on a checklist"
    agent.page.get_by_label("申请人姓名或名称").fill(APPLICANT["name"])
    agent.page.get_by_label("身份证号或信用代码").fill(APPLICANT["number"])
    agent.page.get_by_label("电话").fill(APPLICANT["phone"])


def register(agent: Desk) -> tuple[str, str]:
    """From the worklist to the receipt; number and tracking code as the receipt says them."""
    agent.go("/work")
    agent.follow("登记", within="header")
    agent.page.get_by_placeholder("事项名称、平常说法或拼音首字母").fill("开小饭馆")
    agent.press("查找", within="main")
    agent.follow(ITEM)
    fill_in(agent)
    agent.press("登记并打印回执")
    return on_the_receipt(agent)


def on_the_receipt(agent: Desk) -> tuple[str, str]:
    words = agent.words()
    assert "收件凭证" in words, words
    assert agent.page.locator(".qr svg").bounding_box()["width"] > 80, "the QR code is drawn"
    number = re.search(r"/cases/(\d{6}-\d{8}-\d{4})/receipt", agent.page.url)
    code = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", words)
    assert number and code, words
    return number[1], code[0]


def open_from(worker: Desk, box: str, number: str) -> None:
    """Find a case in a box of the worklist and open it: its row's link."""
    worker.go("/work")
    worker.page.get_by_role("navigation", name="收件箱").get_by_role("link", name=re.compile(box)).click()
    worker.page.get_by_role("row").filter(has_text=number[7:]).get_by_role("link").click()
    assert worker.page.locator("h1").inner_text().startswith(ITEM)


def receive(worker: Desk, number: str) -> None:
    open_from(worker, "转来待接收", number)
    worker.press("接收")
    assert "已接收。" in worker.words()


class Resident:
    """Whoever has the receipt: types the code, reads the progress, sees no name."""

    def __init__(self, desk: Desk, code: str) -> None:
        self.desk, self.code = desk, code

    def reads(self, *words: str) -> None:
        self.desk.go("/track")
        self.desk.page.get_by_label("查询码").fill(self.code)
        self.desk.press("查询")
        said = self.desk.words("body")
        for word in words:
            assert word in said, f"the resident does not read {word!r}: {said}"
        assert not (set(APPLICANT["name"]) - set(ITEM)) & set(said), f"a name stands on the public page: {said}"
        assert APPLICANT["number"] not in said and APPLICANT["phone"] not in said


@with_and_without
def test_a_matter_travels_from_the_room_to_the_county_and_back(site: Site, desk: Open, js: bool) -> None:
    agent, town, window, chief = (desk(js=js).sign_in(name) for name in ("village-xialiang", "town-xialiang", "window-mr", "chief-mr"))

    # the agent finds the matter by what people call it, by name and by initials, and sees what this room can do
    for typed in ("开小饭馆", "小餐饮", "xcyjyxkz"):
        agent.go("/cases/new")
        agent.page.get_by_placeholder("事项名称、平常说法或拼音首字母").fill(typed)
        agent.press("查找", within="main")
        assert ITEM in agent.words(), typed
    agent.follow(ITEM)
    words = agent.words()
    assert "服务室没有审批权" in words and TOWN in words and COUNTY in words, words

    number, code = register(agent)
    resident = Resident(desk(js=js, size=NARROW), code)
    resident.reads("已代收", ITEM)
    agent.follow("进入办件")
    assert agent.page.get_by_role("button", name="受理").count() == 0, "the room may not accept"
    agent.press(f"转往{TOWN}")
    assert "已转出" in agent.words()
    resident.reads("正从", TOWN)

    # the town receives, accepts, and is told why it may not go on, who may, and by which instrument
    receive(town, number)
    resident.reads("已收件")
    assert town.tick_all("main form[action$='/accept']") >= 3
    town.press("受理")
    words = town.words()
    assert "已受理，期限从今天起算。" in words
    assert f"下一步是“审核”，本窗口没有这项权力。 最近的有权窗口是{COUNTY}，依据柞市监授〔2026〕" in words, words
    assert town.page.get_by_role("button", name="审核通过").count() == 0
    resident.reads("已受理，12月7日前作出决定。")
    town.press_like("转往柞水县")

    receive(window, number)
    assert window.page.get_by_role("button", name="准予许可").count() == 0
    window.press("审核通过")
    assert window.page.get_by_role("alert").count() >= 1, "a point that is not met holds the review up"
    window.tick_all("main form[action$='/review']")
    window.page.get_by_label("备注").first.fill("现场核查符合要求")
    window.press("审核通过")
    assert "审核已通过。" in window.words()
    assert window.page.get_by_role("button", name="准予许可").count() == 0, "the reviewer does not decide (G-16)"
    resident.reads("已审核")

    open_from(chief, "本窗口在办", number)
    chief.press("准予许可")
    assert "已准予许可。" in chief.words()
    chief.press("制证并用印")
    assert "已制证并用印。" in chief.words()
    resident.reads("已准予")

    # and back by the way that it came
    open_from(window, "本窗口在办", number)
    window.press(f"转往{TOWN}")
    receive(town, number)
    town.press_like("转往", within="#to-next")
    receive(agent, number)
    agent.press("已送达")
    assert "已送达，办件办结。" in agent.words()
    resident.reads("已办结")

    assert kinds(site, number) == [
        "collected", "handed_off", "received", "accepted", "handed_off", "leg_received", "reviewed", "decided", "certified",
        "handed_off", "leg_received", "handed_off", "leg_received", "delivered",
    ]  # fmt: skip
    assert handoffs(site, number) == 4


@with_and_without
def test_a_press_whose_answer_was_lost_is_pressed_again(site: Site, desk: Open, js: bool) -> None:
    agent = desk("village-xialiang", js=js)
    agent.go("/cases/new?item=S-03")
    fill_in(agent)
    before, lost = cases(site), []

    def lose(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0).status)  # the server has answered; the line breaks before the agent hears of it
            route.abort("aborted")
        else:
            route.continue_()

    agent.page.route("**/cases/new?*", lose)
    agent.press("登记并打印回执")
    agent.page.wait_for_timeout(200)
    assert lost == [303]
    assert cases(site) == before + 1
    agent.press("登记并打印回执")
    number, _code = on_the_receipt(agent)
    assert cases(site) == before + 1
    assert kinds(site, number) == ["collected"]


def entrust(site: Site, manager: Desk, head: Desk) -> str:
    """The manager drafts, the head signs, the manager registers; the instrument's number."""
    manager.go("/manage/instruments")
    manager.follow("起草授权书")
    manager.page.get_by_label("授权机关").select_option("MR")
    manager.page.get_by_label("授权性质").select_option("entrustment")
    manager.press("显示窗口、权力和事项")
    form = manager.page.locator("#draft")
    form.get_by_label("下梁镇便民服务中心").check()
    for power in ("review", "decide", "certify"):
        form.get_by_role("group", name="权力").locator(f"input[value={power}]").check()
    form.get_by_label(f"S-03 {ITEM}").check()
    form.get_by_label("依据：准许的法律规定").fill("《中华人民共和国行政许可法》第二十四条（示例）")
    manager.press("保存草稿")
    assert manager.page.get_by_role("button", name=re.compile("签发")).count() == 0
    head.go("/manage/instruments")
    head.page.locator("main table").get_by_role("link").first.click()
    head.press_like("以")
    manager.page.reload()
    manager.press("登记")
    words = manager.words()
    number = re.search(r"柞市监授〔2026〕\d+号", words)
    assert number, words
    return number[0]


@with_and_without
def test_after_the_entrustment_two_handoffs_are_enough(site: Site, desk: Open, js: bool) -> None:
    manager, head = (desk(js=js).sign_in(name) for name in ("manager", "dept-mr"))
    paper = entrust(site, manager, head)
    agent, town, chief = (desk(name, js=js) for name in ("village-xialiang", "town-xialiang", "chief-xialiang"))
    number, code = register(agent)
    agent.follow("进入办件")
    agent.press(f"转往{TOWN}")
    receive(town, number)
    town.tick_all("main form[action$='/accept']")
    town.press("受理")
    town.tick_all("main form[action$='/review']")
    town.press("审核通过")
    assert town.page.get_by_role("button", name="准予许可").count() == 0
    open_from(chief, "本窗口在办", number)
    chief.press("准予许可")
    chief.press("制证并用印")
    assert paper in chief.words(), "the history names the instrument"
    open_from(town, "本窗口在办", number)
    town.press_like("转往", within="#to-next")
    receive(agent, number)
    agent.press("已送达")
    Resident(desk(js=js, size=NARROW), code).reads("已办结")
    assert kinds(site, number) == [
        "collected", "handed_off", "received", "accepted", "reviewed", "decided", "certified", "handed_off", "leg_received", "delivered",
    ]  # fmt: skip
    assert handoffs(site, number) == 2
