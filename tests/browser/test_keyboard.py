"""The keyboard alone is enough: from the sign-in to a matter that is registered and handed on; one always sees where one is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.desk import Desk, Open, Site
from tests.browser.pages import AGENT, CLERK, prepare
from tests.cases.story import APPLICANT
from tests.conftest import PASSWORD

FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const words = e.getAttribute("aria-label") || (e.labels && e.labels.length ? e.labels[0].innerText : e.innerText || e.name || "");
  return {
    tag: e.tagName.toLowerCase(), type: e.type || "", name: e.name || "", words: words.replace(/\\s+/g, " ").trim(), id: e.id,
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth), checked: !!e.checked,
    seen: box.width > 1 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


class Keys:
    """Someone without a mouse: Tab until the words are reached, every stop visible."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.keyboard = desk, desk.page.keyboard

    def here(self) -> dict[str, Any]:
        found: dict[str, Any] = self.desk.page.evaluate(FOCUSED)
        return found

    def to(self, words: str, *, most: int = 60) -> dict[str, Any]:
        """Tab on to what is called so."""
        passed = []
        for _ in range(most):
            self.keyboard.press("Tab")
            at = self.here()
            passed.append(f"{at['tag']} {at['words'] or at['name']}")
            if at["tag"] != "body":
                assert at["outline"] >= 2, f"one does not see that {passed[-1]} has the focus"
                assert at["seen"], f"{passed[-1]} has the focus out of sight"
            if at["words"] == words or at["words"].startswith(words):
                return at
        raise AssertionError(f"Tab does not reach {words!r}; it passes {passed}")

    def type(self, words: str, text: str) -> None:
        self.to(words)
        self.keyboard.type(text)

    def enter(self, words: str) -> None:
        """Reach it and press Enter; the next page is there."""
        self.to(words)
        with self.desk.page.expect_navigation():
            self.keyboard.press("Enter")

    def tick_all(self, until: str) -> int:
        """Space on every box on the way to a field."""
        ticked = 0
        for _ in range(40):
            self.keyboard.press("Tab")
            at = self.here()
            if at["words"].startswith(until):
                return ticked
            if at["type"] == "checkbox":
                if not at["checked"]:
                    self.keyboard.press("Space")
                assert self.here()["checked"], at
                ticked += 1
        raise AssertionError(f"{until!r} was not reached")


@pytest.mark.parametrize("js", [True, False], ids=["with-javascript", "without-javascript"])
def test_registering_and_handing_on_by_keyboard(site: Site, desk: Open, js: bool) -> None:
    sitting = desk(js=js)
    keys = Keys(sitting)
    sitting.go("/sign-in")
    if keys.here()["name"] != "username":
        keys.to("用户名")
    keys.keyboard.type(AGENT)
    keys.type("密码", PASSWORD)
    keys.enter("登录")
    assert sitting.page.url.endswith("/work")

    # the skip link is the first stop, is seen, and leads past the navigation
    skip = keys.to("跳到正文", most=1)
    assert skip["outline"] >= 2
    keys.keyboard.press("Enter")
    keys.keyboard.press("Tab")
    assert sitting.page.evaluate("document.querySelector('main').contains(document.activeElement)"), keys.here()

    sitting.go("/work")
    keys.enter("登记")
    keys.keyboard.type("开小饭馆")  # the field has the focus already
    with sitting.page.expect_navigation():
        keys.keyboard.press("Enter")
    keys.enter("小餐饮经营许可证（新办）")
    assert keys.tick_all("申请人是") >= 3
    keys.type("申请人姓名或名称", APPLICANT["name"])
    keys.type("身份证号或信用代码", APPLICANT["number"])
    keys.type("电话", APPLICANT["phone"])
    keys.enter("登记并打印回执")
    assert "收件凭证" in sitting.words()
    keys.enter("进入办件")
    keys.enter("转往下梁镇便民服务中心")
    assert "已转出" in sitting.words()


def test_the_summary_of_what_is_wrong_has_the_focus_and_leads_to_the_field(site: Site, desk: Open) -> None:
    sitting = desk(AGENT)
    keys = Keys(sitting)
    sitting.go("/cases/new?item=S-03")
    sitting.press("登记并打印回执")
    sitting.page.wait_for_load_state()
    at = sitting.page.evaluate("document.activeElement.getAttribute('role')")
    assert at == "alert", f"{keys.here()} has the focus, not the summary of what is wrong"
    link = keys.to("申请人姓名或名称", most=1)
    assert link["tag"] == "a"
    keys.keyboard.press("Enter")
    keys.keyboard.type("陈小满")
    assert sitting.page.get_by_label("申请人姓名或名称").input_value() == "陈小满", "the link puts the focus into its field"


def test_what_is_folded_opens_by_keyboard(site: Site, desk: Open) -> None:
    sitting = desk(CLERK)
    sitting.go(f"/cases/{prepare(site)['county']}")
    keys = Keys(sitting)
    keys.to("转给其他窗口", most=80)
    keys.keyboard.press("Enter")
    assert keys.to("窗口", most=2)["tag"] == "select"
