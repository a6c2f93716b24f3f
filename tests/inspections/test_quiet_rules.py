"""The county manager lays down the rule, added days, exemptions, caps and the level that goes (Q-1 to Q-4, Q-9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.audit import AuditRecord
from portal.database import db
from portal.inspections import queries
from portal.inspections.models import AddedQuietDays, QuietRuleRow
from portal.inspections.quiet_models import ExemptionCategory, InspectionCap, NamedLevelRow
from portal.network.queries import the_county
from portal.rules.quiet_days import Kind
from tests.inspections.plan_story import draft, number_of
from tests.inspections.visits import MILL, made
from tests.people import Browser, ManualClock, Page

Browse = Callable[..., Browser]
PLACE = "/manage/quiet-rules"
PAPER = "商政发〔2026〕7号（示例）"
VERSION = {"windows": "1-20", "towns": "", "from_on": "2027-01-01", "laid_by": "superior", "source": PAPER}
DAYS = {"scope": "town", "whom": "下梁镇", "first": "2026-11-26", "last": "2026-11-27", "instrument": "柞政办发〔2026〕9号（示例）"}


def count(app: Flask, *tables: type) -> int:
    with app.app_context():
        found = sum(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
        db.session.remove()
    return found


def asked(app: Flask, day: str, body: str = "MR", kind: Kind = Kind.ROUTINE, **more: str) -> tuple[bool, list[str]]:
    """The one function's answer, by the county's data."""
    with app.app_context():
        county = the_county()
        enterprise = queries.enterprise_by_code(county.id, MILL)
        by = next(each for each in queries.list_inspecting_bodies(county.id) if each.code == body)
        today = date(2026, 11, 23)
        verdict = queries.check_visit(enterprise, by, date.fromisoformat(day), kind, today=today, judge_past=True, **more)
        db.session.remove()
    return verdict.allowed, [each.rule for each in verdict.findings]


def entered(manager: Browser, **changes: str) -> Page:
    """Typed, previewed, entered."""
    page = manager.press(manager.get(f"{PLACE}/new"), f"{PLACE}/new", **{**VERSION, **changes})
    assert page.status == 200, page.words[:600]
    return manager.press(page, f"{PLACE}/enter")


def test_a_version_is_shown_before_it_is_entered_and_holds_from_its_day(browse: Browse, app: Flask) -> None:
    manager = browse("manager")
    made(app, "2026-10-22", kind="special", exemption="complaint")
    shown = manager.press(manager.get(f"{PLACE}/new"), f"{PLACE}/new", **VERSION)
    assert shown.status == 200 and "还没有保存任何内容" in shown.words and count(app, QuietRuleRow) == 2
    done = manager.press(shown, f"{PLACE}/enter")
    assert done.status == 200 and done.path == PLACE and PAPER in done.words
    assert asked(app, "2027-01-22") == (True, []) and asked(app, "2026-12-22") == (False, ["Q-1"])
    # a second change: what was entered stays, each day has its own rule
    entered(manager, windows="1-10,16-31", from_on="2027-03-01")
    assert count(app, QuietRuleRow) == 4
    assert asked(app, "2027-03-11") == (True, []) and asked(app, "2027-02-22") == (True, []) and asked(app, "2026-09-22") == (False, ["Q-1"])
    with app.app_context():
        told = list(db.session.scalars(select(AuditRecord.verb).order_by(AuditRecord.seq.desc()).limit(2)))
        db.session.remove()
    assert told == ["put_quiet_rule", "put_quiet_rule"]


def test_stages_by_town(browse_sqlite: Browse, sqlite_app: Flask) -> None:
    manager = browse_sqlite("manager")
    entered(manager, windows="1-25", towns="下梁镇：1-31\n营盘镇: 1-26", laid_by="county")
    assert asked(sqlite_app, "2027-01-28") == (False, ["Q-1"])  # the mill stands in 下梁镇
    page = browse_sqlite().get("/quiet-days/2027/01")
    assert page.status == 200 and "下梁镇" in page.words


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"laid_by": "county"}, "Q-9"),  # no county decision opens a day of 1 to 25
    ({"laid_by": "county", "windows": "1-25", "towns": "营盘镇: 1-20"}, "Q-9"),
    ({"windows": "often"}, "Q-1"),
    ({"from_on": "2026-11-23"}, "Q-1"),  # never backdated
    ({"from_on": "2019-06-01"}, "Q-1"),
    ({"towns": "北京: 1-25"}, "北京"),
    ({"source": ""}, "请填写"),
]


def test_what_may_not_be_laid_down_is_said_beside_its_field(browse: Browse, app: Flask) -> None:
    manager = browse("manager")
    for changes, said in REFUSED:
        page = manager.press(manager.get(f"{PLACE}/new"), f"{PLACE}/new", **{**VERSION, **changes})
        assert page.status == 422 and said in page.words, (changes, page.words[:400])
    # the act itself meets the same answer
    shown = manager.press(manager.get(f"{PLACE}/new"), f"{PLACE}/new", **VERSION)
    assert manager.press(shown, f"{PLACE}/enter", laid_by="county").status == 422
    assert manager.press(shown, f"{PLACE}/enter", from_on="2026-11-23").status == 422
    assert count(app, QuietRuleRow) == 2


def test_one_changes_at_a_time_and_a_retry_is_one_effect(browse: Browse, app: Flask) -> None:
    manager = browse("manager")
    form = manager.press(manager.get(f"{PLACE}/new"), f"{PLACE}/new", **VERSION).form(f"{PLACE}/enter")["fields"]
    stale = dict(form, key="another1", source="示例")
    for _ in range(2):
        assert manager.post(f"{PLACE}/enter", form).path == PLACE
    assert count(app, QuietRuleRow) == 3
    stale["from_on"] = "2027-02-01"
    assert manager.post(f"{PLACE}/enter", stale).status == 409
    assert count(app, QuietRuleRow) == 3


def test_who_reads_and_who_changes(browse_sqlite: Browse) -> None:
    for who in ("center", "supervisor", "auditor"):
        for path in ("", "/days", "/exemptions", "/caps"):
            page = browse_sqlite(who).get(PLACE + path)
            assert page.status == 200 and f'action="{PLACE}' not in page.text, (who, path)
    assert browse_sqlite("inspector-mr").get(PLACE).status == 403
    assert browse_sqlite("supervisor").get(f"{PLACE}/new").status == 403


def test_added_days_for_a_town_and_their_early_end(browse: Browse, app: Flask, clock: ManualClock) -> None:
    manager = browse("manager")
    for changes in ({"whom": "北京"}, {"scope": "all"}, {"last": "2026-11-25"}, {"first": "2026-11-23"}, {"instrument": ""}):
        page = manager.press(manager.get(f"{PLACE}/days"), f"{PLACE}/days", id="add", **{**DAYS, **changes})
        assert page.status == 422, changes
    shown = manager.press(manager.get(f"{PLACE}/days"), f"{PLACE}/days", id="add", **DAYS)
    assert shown.status == 200 and "下梁镇" in shown.words and count(app, AddedQuietDays) == 0
    assert manager.press(shown, f"{PLACE}/days/enter").status == 200
    assert count(app, AddedQuietDays) == 1
    assert asked(app, "2026-11-26") == (False, ["Q-9"])
    basis = {"basis": "食品安全法第一百零九条"}
    assert asked(app, "2026-11-26", exemption="statutory", **basis)[0] and asked(app, "2026-11-26", exemption="accident", **basis)[0]
    clock.go_to(date(2026, 11, 26))
    ended = manager.press(manager.get(f"{PLACE}/days"), f"{PLACE}/days/end", ends="2026-11-25", reason="示例")
    assert ended.status == 422  # today stays as it is
    ended = manager.press(manager.get(f"{PLACE}/days"), f"{PLACE}/days/end", ends="2026-11-26", reason="示例")
    assert ended.status == 200
    assert asked(app, "2026-11-26") == (False, ["Q-9"]) and asked(app, "2026-11-27") == (True, [])


def test_exemptions_have_a_switch_but_for_emergencies_and_dates_of_law(browse: Browse, app: Flask) -> None:
    manager = browse("manager")
    basis = {"basis": "12345-7"}
    switch = {"which": "complaint", "state": "off", "since": "2026-12-01", "paper": PAPER}
    page = manager.press(manager.get(f"{PLACE}/exemptions"), f"{PLACE}/exemptions/switch", **switch)
    assert page.status == 200, page.words[:300]
    assert asked(app, "2026-11-24", exemption="complaint", **basis)[0]
    assert asked(app, "2026-12-02", exemption="complaint", **basis) == (False, ["Q-2", "Q-1"])
    again = manager.press(manager.get(f"{PLACE}/exemptions"), f"{PLACE}/exemptions/switch", **{**switch, "since": "2026-12-05"})
    assert again.status == 422  # it is so already
    for which in ("accident", "statutory", "criminal"):
        form = manager.get(f"{PLACE}/exemptions").form(f"{PLACE}/exemptions/switch")["fields"]
        assert manager.post(f"{PLACE}/exemptions/switch", {**form, **switch, "which": which}).status == 422
    own = {"code": "flood_season", "name": "汛期检查", "name_hant": "汛期檢查", "name_en": "Flood season", "starts": "2026-11-24", "source": PAPER}
    added = manager.press(manager.get(f"{PLACE}/exemptions"), f"{PLACE}/exemptions/add", **own, kinds="special")
    assert added.status == 200 and "汛期检查" in added.words
    assert asked(app, "2026-11-24", kind=Kind.SPECIAL, exemption="flood_season", **basis)[0]
    assert asked(app, "2026-11-24", exemption="flood_season", **basis) == (False, ["Q-2", "Q-1"])
    assert "汛期检查" in browse("inspector-mr").get("/quiet-days/check").text
    assert count(app, ExemptionCategory) == 2


def test_caps_of_several_hands_and_the_level_that_goes(browse: Browse, app: Flask) -> None:
    manager = browse("manager")
    made(app, "2026-03-26")
    made(app, "2026-05-27", "FIRE")
    cap = {"laid_by": "nation", "number": "2", "per": "enterprise", "from_on": "2026-12-01", "source": PAPER, "counts": "routine"}
    page = manager.press(manager.get(f"{PLACE}/caps"), f"{PLACE}/caps/enter", **cap)
    assert page.status == 200 and count(app, InspectionCap) == 1
    assert asked(app, "2026-11-26", "ENV") == (True, []) and asked(app, "2026-12-28", "ENV") == (False, ["Q-3"])
    assert manager.press(manager.get(f"{PLACE}/caps"), f"{PLACE}/caps/enter", **cap).status == 422  # something begins on that day
    level = {"on_line": "market_regulation", "year": "2027", "goes": "FIRE", "enterprise": MILL, "begins": "2026-12-01", "instrument": PAPER}
    assert manager.press(manager.get(f"{PLACE}/caps"), f"{PLACE}/caps/name", **{**level, "enterprise": "没有"}).status == 422
    assert manager.press(manager.get(f"{PLACE}/caps"), f"{PLACE}/caps/name", **level).status == 200
    assert count(app, NamedLevelRow) == 1
    assert asked(app, "2027-01-26") == (False, ["Q-4"]) and asked(app, "2027-01-26", "TAX") == (True, [])


def test_a_preview_names_the_announced_plans_that_a_change_forbids(browse_sqlite: Browse) -> None:
    inspector, manager = browse_sqlite("inspector-mr"), browse_sqlite("manager")
    shown = number_of(draft(inspector, first_on="2027-01-28"))
    hidden = number_of(draft(inspector, first_on="2027-01-29", announced="0", kind="special"))
    later = number_of(draft(inspector, first_on="2027-01-26", kind="individual"))
    page = manager.press(manager.get(f"{PLACE}/new"), f"{PLACE}/new", **{**VERSION, "windows": "1-25,27-31"})
    assert page.status == 200 and shown in page.words and "2027年2月26日" in page.words
    assert hidden not in page.words, "an unannounced plan is not the manager's to know (Q-7)"
    assert later not in page.words, "its day stays open"


@pytest.mark.parametrize("address", [PLACE, f"{PLACE}/days", f"{PLACE}/exemptions", f"{PLACE}/caps"])
def test_pages_of_management_are_light(browse_sqlite: Browse, address: str) -> None:
    assert browse_sqlite("manager").get(address).status == 200
