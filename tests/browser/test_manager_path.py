"""The manager's path, as a new user walks it: prepare, see what it saves, sign, register, print (docs/guides/manager.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.authority import queries
from portal.network.queries import the_county
from portal.rules.clauses import Power
from tests.browser.conftest import served
from tests.browser.desk import Desk, Open, Site
from tests.cases import story

MOST_LOADS, MOST_FIELDS = 8, 12


@pytest.fixture
def site(templates: Callable[[str], str], tmp_path: Path) -> Iterator[Site]:
    with served(templates, tmp_path / "data") as found:
        yield found


def test_a_town_gets_the_power_to_decide_in_eight_pages_and_twelve_fields(site: Site, desk: Open) -> None:
    for _ in range(2):  # so that there is something that it would have saved, whatever the demonstration holds
        number = story.to_county(site.browse)
        story.do(site.browse("window-mr"), number, "review")
        story.do(site.browse("chief-mr"), number, "decide")
        story.do(site.browse("chief-mr"), number, "certify")
        for here, there in (("window-mr", "town-xialiang"), ("town-xialiang", "village-xialiang")):
            story.send(site.browse(here), number)
            story.do(site.browse(there), number, "receive")
        story.do(site.browse("village-xialiang"), number, "deliver")
    site.clock.advance(days=1)
    loads: list[str] = []
    fields = 0

    def counted(one: Desk) -> Desk:
        def on_answer(answer: Any) -> None:
            if answer.request.is_navigation_request() and answer.status != 303:
                loads.append(answer.url)

        one.page.on("response", on_answer)
        return one

    manager, head = counted(desk("manager")), counted(desk("dept-mr"))
    manager.go("/manage/instruments/new")
    manager.page.get_by_label("授权机关").select_option("MR")
    manager.page.get_by_label("授权性质").select_option("entrustment")
    fields += 2
    manager.press_like("显示窗口")
    for label in ("下梁镇便民服务中心", "审核", "审批", "制证", "S-03"):
        manager.page.locator("#draft label").filter(has_text=label).first.click()
        fields += 1
    manager.press("保存草稿", within="main")
    address = manager.page.url.removeprefix(site.base)
    told = manager.words()
    assert "在镇村办结的多" in told and "少转" in told, told

    head.go("/manage/instruments")
    head.page.locator(f'main a[href="{address}"]').first.click()
    assert "在镇村办结的多" in head.words(), "who signs sees as well what it will save"
    head.press_like("以")
    manager.go(address)
    manager.press("登记", within="main")
    manager.page.emulate_media(media="print")
    paper = manager.words()
    assert "柞市监授〔2026〕12号" in paper and "盖章处" in paper and "登记" not in manager.page.locator("main button:visible").all_inner_texts()
    assert len(manager.page.pdf(format="A4")) > 5_000
    assert len(loads) <= MOST_LOADS, loads
    assert fields <= MOST_FIELDS
    with site.app.app_context():
        found = queries.explain_at(the_county().id, Power.DECIDE, "S-03", "611026102000-G", site.clock.now(), "chief-xialiang")
        assert found.allowed, found.steps
