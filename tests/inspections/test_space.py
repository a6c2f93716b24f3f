"""The public side of visits: the code of a notice, reports without one, ratings, and the space of an enterprise (Q-3, Q-6, Q-7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from flask import Flask
from sqlalchemy import select

from portal.audit import AuditRecord
from portal.database import db
from portal.inspections import space_services
from portal.inspections.models import Enterprise
from portal.inspections.plan_models import InspectionPlan, PlanEvent
from portal.inspections.space_models import EnterpriseFeed, InspectionReport
from tests.conftest import PASSWORD
from tests.inspections import plan_story
from tests.inspections.space_story import REPORT, VERIFY, code_of, filed, happen, report
from tests.inspections.visits import MILL, added, made
from tests.people import Browser, ManualClock, Page
from tests.routes import without_secrets

Browse = Callable[..., Browser]
HOTEL = "91999999MA9X00054P"
NONE = "ABCDEFGHJK"


def kept(page: Any, *own: str) -> str:
    return without_secrets(page.text, *own)


def dashed(code: str) -> str:
    return f"{code[:4].lower()}-{code[4:7]} {code[7:].lower()}"


# --- the code of a notice -----------------------------------------------------------------------------------------------------------


def test_a_code_says_who_comes_why_when_and_the_count_of_the_year(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head, public = browse("inspector-mr"), browse("dept-mr"), browse()
    made(app, "2026-03-27", "FIRE", kind="individual")
    made(app, "2026-03-30", "MR", kind="special")
    made(app, "2025-03-27", "MR")
    number = filed(inspector, head)
    code = code_of(app, number)
    page = public.get(f"{VERIFY}?code={dashed(code)}")
    assert page.status == 200 and page.path == VERIFY, "one load from the form to the answer"
    for text in ("示例执法证0007", "示例执法证0052", "市场监督管理局", "11月27日", number, "秦岭山珍", "MR-01"):
        assert text in page.words, text
    assert re.search(r"2026年.*本部门1次.*共2次", page.words), page.words
    assert page.headers["Cache-Control"] == "no-store"
    assert public.get(f"{VERIFY}/{code}").status == 200, "as the square code leads"
    # changed: the old notice is none any more; the new one says the new day
    edit = inspector.get(f"/inspections/plans/{number}/edit")
    assert inspector.press(edit, "/change", **plan_story.typed(edit, first_on="2026-11-30")).status == 200
    assert public.get(f"{VERIFY}/{code}").status == 404
    for person, verb in ((inspector, "submit"), (head, "approve"), (inspector, "file")):
        assert plan_story.step(person, number, verb).status == 200
    assert public.get(f"{VERIFY}/{code}").status == 404
    again = code_of(app, number)
    assert again != code and "11月30日" in public.get(f"{VERIFY}/{again}").words
    assert plan_story.step(inspector, number, "cancel", reason="企业停产（示例）").status == 200
    page = public.get(f"{VERIFY}/{again}")
    assert page.status == 200 and "取消" in page.words and "企业停产" not in page.words


def test_unknown_hidden_and_malformed_codes_are_one_answer(app: Flask, browse: Browse) -> None:
    inspector, head, public = browse("inspector-mr"), browse("dept-mr"), browse()
    number = filed(inspector, head, "0007", "0071", announced="0", first_on="2026-11-27")
    hidden = code_of(app, number)
    public.client.set_cookie("css", "1")
    answers = {}
    for code in (hidden, NONE, "QQ", "ABCDEFGHJKLMNOP", "0000000000"):
        for address in (f"{VERIFY}/{code}", f"{VERIFY}?code={code}"):
            page = public.get(address)
            answers[address] = (page.status, kept(page, code))
            assert page.has_form("/report/send"), "the report is one step away"
            assert page.form("/report/send")["fields"]["shown_code"] == code
    assert len({answer for address, answer in answers.items() if "?" in address}) == 1
    assert len({answer for address, answer in answers.items() if "?" not in address}) == 1
    assert {status for status, _text in answers.values()} == {404}
    # with the code shown at the door it is there
    happen(app, number, "code_shown")
    assert "示例执法证0071" in public.get(f"{VERIFY}/{hidden}").words
    assert public.get(f"{VERIFY}/{'%E6%A1%88' * 30}").status == 404
    assert public.get(f"{VERIFY}/{'A' * 900}").status == 404


def test_on_a_phone_a_check_is_two_pages_and_six_kilobytes(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    number = filed(browse_sqlite("inspector-mr"), browse_sqlite("dept-mr"))
    code, client = code_of(sqlite_app, number), browse_sqlite().client
    client.set_cookie("css", "1")

    def sent(address: str) -> int:
        return len(client.get(address, headers={"Accept-Encoding": "br"}).data)

    form, good, bad = sent(VERIFY), sent(f"{VERIFY}?code={code}"), sent(f"{VERIFY}?code={NONE}")
    assert form + good <= 6_000 and form + bad <= 6_000, (form, good, bad)
    # and a report is the next one: its form came with the answer that there is no such notice
    page = Page(client.get(f"{VERIFY}?code={NONE}"))
    fields = {**page.form("/report/send")["fields"], "said": "没有通知书（示例）"}
    done = client.post("/inspections/report/send", data=fields)
    assert done.status_code == 303
    assert len(client.get(done.headers["Location"], headers={"Accept-Encoding": "br"}).data) <= 3_000


# --- reports ------------------------------------------------------------------------------------------------------------------------


def test_a_visit_without_a_code_is_reported_and_answered(app: Flask, browse: Browse, clock: ManualClock) -> None:
    public, supervisor = browse(), browse("supervisor")
    followed: list[str] = []
    space_services.after_report.append(lambda tx, row: followed.append(row.number))
    try:
        page = report(public, body="MR", enterprise=f"{MILL[:8].lower()} {MILL[8:]}", who="两人，姓张（示例）", turned_away="y", phone="139 0000 1234")
    finally:
        space_services.after_report.pop()
    assert page.status == 200 and re.fullmatch(REPORT + r"/[0-9A-Z]{12}", page.path), page.words[:500]
    assert "139******34" in page.words and "13900001234" not in page.text
    code = page.path.rsplit("/", 1)[1]
    assert public.get(f"{REPORT}?followed={code[:4]}-{code[4:].lower()}").path == page.path
    assert public.get(f"{REPORT}?followed={NONE}").status == 404 and public.get(f"{REPORT}/{NONE}").status == 404
    with app.app_context():
        row = db.session.scalars(select(InspectionReport)).one()
        assert (row.subject, row.enterprise_code, row.number) == ("refused", MILL, followed[0])
        assert row.phone_sealed is not None and b"1390000" not in row.phone_sealed
        assert row.enterprise_id == db.session.scalar(select(Enterprise.id).where(Enterprise.code == MILL))
        address = f"/inspections/reports/{row.id}"
    # the supervisor's queue: turned away is a supervision case
    assert followed[0] in supervisor.get("/inspections/reports?box=refused").words
    one = supervisor.get(address)
    assert "姓张" in one.words and "没有出示通知书" in one.words and "139******34" in one.words
    assert "139 0000" not in one.words and "13900001234" in supervisor.press(one, "/reveal").text
    assert not browse("manager").get(address).has_form("/answer")
    for who in ("inspector-mr", "dept-mr", "leader-mr", "enterprise-1", "window-mr"):
        assert browse(who).get(address).status == 403, who
    assert supervisor.press(one, "/answer", said="").status == 422
    assert supervisor.press(one, "/answer", said="已核实双方（示例）").status == 200
    assert "已核实双方" in public.get(page.path).words
    late = supervisor.press(one, "/answer", said="另一个答复（示例）", key="another")
    assert late.status == 403 and "另一个答复" in late.text, "what was typed stays"
    assert followed[0] not in supervisor.get("/inspections/reports").words
    assert followed[0] in supervisor.get("/inspections/reports?box=answered").words


@pytest.mark.parametrize(
    "wrong", [{"said": ""}, {"came_on": "2026-11-24"}, {"came_on": "x"}, {"enterprise": "91999999MA9X00011B"}, {"phone": "12"}, {"body": "NOBODY"}]
)
def test_a_report_with_a_fault_is_told_and_nothing_is_lost(sqlite_app: Flask, browse_sqlite: Browse, wrong: dict[str, str]) -> None:
    page = report(browse_sqlite(), who="两人（示例）", **wrong)
    assert page.status == 422 and "两人（示例）" in page.text
    with sqlite_app.app_context():
        assert db.session.scalar(select(InspectionReport.id)) is None


def test_a_report_says_to_the_supervisor_alone_what_is_filed_for_the_day(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock) -> None:
    number = filed(browse_sqlite("inspector-mr"), browse_sqlite("dept-mr"), "0007", "0071", announced="0", first_on="2026-11-27")
    clock.go_to(date(2026, 11, 27))
    assert report(browse_sqlite(), came_on="2026-11-27", enterprise=MILL).status == 200
    with sqlite_app.app_context():
        address = f"/inspections/reports/{db.session.scalar(select(InspectionReport.id))}"

    def looks() -> int:
        with sqlite_app.app_context():
            return len(list(db.session.scalars(select(AuditRecord.seq).where(AuditRecord.verb == "inspection_plan.look"))))

    before = looks()
    assert number not in browse_sqlite("manager").get(address).text and looks() == before
    assert number in browse_sqlite("supervisor").get(address).words and looks() == before + 1


def test_reports_from_one_address_wait_after_many(sqlite_app: Flask, browse_sqlite: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.accounts.services import Budget

    monkeypatch.setattr(space_services, "ADDRESS", Budget(2, timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1)))
    public = browse_sqlite()
    assert [report(public).status for _each in range(3)] == [200, 200, 429]
    assert "两人来查看台账" in report(public).text


# --- ratings ------------------------------------------------------------------------------------------------------------------------


def test_a_visit_is_rated_once_after_it_took_place_and_no_body_learns_of_it(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head, public = browse("inspector-mr"), browse("dept-mr"), browse()
    number = filed(inspector, head)
    code = code_of(app, number)
    page = public.get(f"{VERIFY}/{code}")
    assert not page.has_form("/rate"), "before the visit there is nothing to rate"
    clock.go_to(date(2026, 11, 27))
    happen(app, number, "code_shown", "entered", "left")
    before = [kept(browse(who).get(f"/inspections/plans/{number}")) for who in ("inspector-mr", "dept-mr")]
    page = public.get(f"{VERIFY}/{code}")
    assert public.press(page, "/rate").status == 422
    assert browse("inspector-mr").get(f"{VERIFY}/{code}").has_form("/rate") is False, "staff rates nothing"
    assert public.press(page, "/rate", satisfaction="2").status == 200
    again = public.get(f"{VERIFY}/{code}")
    assert kept(again) == kept(page), "who holds the code does not read from it whether the visit was rated"
    assert public.press(again, "/rate", satisfaction="5").status == 403
    assert [kept(browse(who).get(f"/inspections/plans/{number}")) for who in ("inspector-mr", "dept-mr")] == before
    with app.app_context():
        rated = db.session.scalars(select(PlanEvent).where(PlanEvent.kind == "rated")).one()
        assert rated.payload == {"satisfaction": 2} and rated.actor_id is None
        line = db.session.scalars(select(AuditRecord).where(AuditRecord.verb == "inspection_plan.rated")).one()
        assert "127.0.0.1" not in str(line.body), "who rated is not kept"
    words = browse("supervisor").get("/inspections/ratings").words
    assert "< 3" in words, "so few are not told"
    assert browse("dept-mr").get("/inspections/ratings").status == 403
    assert public.post(f"{VERIFY}/{NONE}/rate", {"satisfaction": "1", "csrf_token": page.form("/rate")["fields"]["csrf_token"]}).status == 404


# --- the space of an enterprise -----------------------------------------------------------------------------------------------------


def enter(person: Browser, credit: str, code: str) -> Page:
    return person.press(person.get("/enterprise"), "/enterprise/look", credit=credit, notice=code)


def test_an_enterprise_sees_its_own_by_account_or_for_a_while_by_a_notice(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head, public = browse("inspector-mr"), browse("dept-mr"), browse()
    number = filed(inspector, head)
    code = code_of(app, number)
    own = browse("enterprise-1").get("/enterprise")
    assert code in own.text and "11月27日" in own.words
    other = browse("enterprise-2").get("/enterprise")
    assert code not in other.text and "没有" in other.words
    # without an account: any wrong pair is the same answer
    wrong = [enter(public, HOTEL, code), enter(public, MILL, NONE), enter(public, "91999999MA9X0001XX", code), enter(public, "x", "y")]
    assert {page.status for page in wrong} == {422}
    values = [(HOTEL, code), (MILL, NONE), ("91999999MA9X0001XX", code), ("x", "y")]
    texts = {re.sub(r'value="[^"]*"', "", kept(page)) for page, _pair in zip(wrong, values, strict=True)}
    assert len(texts) == 1
    page = enter(public, f"{MILL[:6]} {MILL[6:].lower()}", dashed(code))
    assert page.status == 200 and page.path == "/enterprise" and code in page.text
    assert public.get("/enterprise/2026/11").status == 200 and public.get("/enterprise/visits").path == "/enterprise/visits"
    assert not page.has_form("/feed/renew"), "an inspector knows the pair too: no address is made with it"
    with app.app_context():
        looks = list(db.session.scalars(select(AuditRecord.subject).where(AuditRecord.verb == "enterprise.look")))
        tries = list(db.session.scalars(select(AuditRecord.seq).where(AuditRecord.verb == "enterprise_look.try")))
        assert looks == [f"enterprise:{MILL}"] and len(tries) == 5
    stranger = Browser(app)
    assert stranger.get("/enterprise/visits").path == "/enterprise" and stranger.get("/enterprise").has_form("/look")
    # it ends by itself, and when it is closed
    clock.wall_offset += timedelta(minutes=31)
    assert public.get("/enterprise").has_form("/look")
    clock.wall_offset -= timedelta(minutes=31)
    assert public.press(public.get("/enterprise"), "/enterprise/leave").has_form("/look")
    public.client.set_cookie("space", "x.y", path="/enterprise")
    assert public.get("/enterprise").has_form("/look")
    # an enterprise signs in to its space
    person = Browser(app)
    assert person.sign_in("enterprise-1", PASSWORD).path == "/enterprise"


def test_guessing_the_notice_of_an_enterprise_waits_longer_and_longer(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    public = browse_sqlite()
    answers = [enter(public, MILL, NONE).status for _each in range(12)]
    assert answers[:10] == [422] * 10 and answers[-1] == 429
    assert enter(public, HOTEL, NONE).status == 422, "another enterprise is not shut out"


def test_the_year_has_added_days_visits_and_the_count_against_each_cap(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    app, browse = sqlite_app, browse_sqlite
    made(app, "2026-03-27", "FIRE")
    made(app, "2026-05-27", "MR", kind="individual")
    made(app, "2026-06-26", "MR", exemption="service_visit")
    added(app, "2026-12-28", "2026-12-29", "enterprise", MILL, "示例企〔2026〕1号")
    added(app, "2026-12-30", "2026-12-30", "enterprise", HOTEL, "示例企〔2026〕2号")
    filed(browse("inspector-mr"), browse("dept-mr"))
    person = browse("enterprise-1")
    page = person.get("/enterprise")
    assert "示例企〔2026〕1号" in page.words and "示例企〔2026〕2号" not in page.words
    assert re.search(r"2次.*其中日常检查1次", page.words), page.words
    assert "已用 1 / 1" in page.words and "已用 0 / 1" in page.words, "fire safety used its routine one, market regulation did not"
    december = person.get("/enterprise/2026/12")
    assert "示例企〔2026〕1号" in december.words
    assert "28" in december.words and "12月28日（周一）、" not in december.words
    november = person.get("/enterprise/2026/11").words
    assert "11月27日" in november and "已预告" in november
    history = person.get("/enterprise/visits").words
    assert history.index("2026年6月26日") < history.index("2026年5月27日") < history.index("2026年3月27日")
    assert person.get("/enterprise/2026/sheet").status == 200
    assert person.get("/enterprise?year=2027").status == 200 and person.get("/enterprise?year=1999").status == 404
    assert person.get("/enterprise/2026/13").status == 404
    assert len(re.findall(r"<circle", page.text)) == 4


def test_a_long_history_has_pages_and_no_cursor_of_anothers(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    for number in range(25):
        made(sqlite_app, (date(2024, 1, 26) + timedelta(days=number)).isoformat(), kind="individual")
    made(sqlite_app, "2026-01-26", enterprise=HOTEL)
    first = browse_sqlite("enterprise-1").get("/enterprise/visits")
    older = re.search(r'href="(/enterprise/visits\?before=\d+)"', first.text)
    assert older and len(re.findall("<tr>", first.text)) == 21
    second = browse_sqlite("enterprise-1").get(older[1])
    assert len(re.findall("<tr>", second.text)) == 6 and "2024年1月26日" in second.words
    assert browse_sqlite("enterprise-2").get(older[1]).status == 404


# --- the calendar for other programs ------------------------------------------------------------------------------------------------


def calendars(person: Browser, address: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """uid → event, as each of two parsers reads them."""
    response = person.client.get(address)
    assert response.status_code == 200 and response.mimetype == "text/calendar"
    text = response.get_data(as_text=True)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n")), "lines are folded"
    one = {str(each["uid"]): each for each in icalendar.Calendar.from_ical(text).walk("VEVENT")}
    other = {each.uid.value: each for each in vobject.readOne(text).vevent_list}
    assert one.keys() == other.keys()
    return one, other


def days_of(calendar: tuple[dict[str, Any], dict[str, Any]], uid: str) -> set[tuple[date, date]]:
    """First day and the day after the last, as both parsers have it."""
    one, other = calendar[0][uid], calendar[1][uid]
    return {(one["dtstart"].dt, one["dtend"].dt), (other.dtstart.value, other.dtend.value)}


def address_of(person: Browser) -> str:
    page = person.get("/enterprise")
    found = re.search(r'value="http://[^/]+(/enterprise/feed/[0-9a-f]{32}\.ics)"', page.text)
    assert found, page.words[-900:]
    return found[1]


def test_two_parsers_read_the_right_days_also_after_a_change_and_a_cancellation(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head, person = browse("inspector-mr"), browse("dept-mr"), browse("enterprise-1")
    made(app, "2026-03-27", "FIRE")
    added(app, "2026-12-28", "2026-12-29", "enterprise", MILL, "示例企〔2026〕1号")
    number = filed(inspector, head, first_on="2026-11-27", last_on="2026-11-30")
    assert person.press(person.get("/enterprise"), "/feed/renew").status == 200
    address, public = address_of(person), Browser(app)
    first = calendars(public, address)
    uid = f"{number}@611026.tongban"
    assert days_of(first, uid) == {(date(2026, 11, 27), date(2026, 12, 1))}
    assert first[0][uid]["status"] == "CONFIRMED" and first[0][uid]["transp"] == "OPAQUE"
    assert code_of(app, number) in str(first[0][uid]["url"])
    assert {(date(2026, 11, 26), date(2026, 11, 28))} == days_of(first, "open-20261126@611026.tongban")
    assert {(date(2026, 12, 30), date(2027, 1, 1))} == days_of(first, "open-20261230@611026.tongban"), "28 and 29 December were added"
    assert {(date(2026, 12, 28), date(2026, 12, 30))} == days_of(first, "quiet-20261228@611026.tongban")
    assert first[0]["open-20261126@611026.tongban"]["transp"] == "TRANSPARENT"
    assert len([each for each in first[0] if each.startswith("visit-")]) == 1
    assert public.client.get(address).data == public.client.get(address).data, "the same until something changes"
    clock.advance(hours=1)
    edit = inspector.get(f"/inspections/plans/{number}/edit")
    assert inspector.press(edit, "/change", **plan_story.typed(edit, first_on="2026-11-30")).status == 200
    assert uid not in calendars(public, address)[0], "what is changed is not announced before it is filed again"
    for who, verb in ((inspector, "submit"), (head, "approve"), (inspector, "file")):
        assert plan_story.step(who, number, verb).status == 200
    second = calendars(public, address)
    assert days_of(second, uid) == {(date(2026, 11, 30), date(2026, 12, 1))}
    clock.advance(hours=1)
    assert plan_story.step(inspector, number, "cancel", reason="企业停产（示例）").status == 200
    third = calendars(public, address)
    assert days_of(third, uid) == {(date(2026, 11, 30), date(2026, 12, 1))}
    assert third[0][uid]["status"] == "CANCELLED" and third[1][uid].status.value == "CANCELLED"
    sequences = [int(each[0][uid]["sequence"]) for each in (first, second, third)]
    assert sequences == sorted(set(sequences)), "each change raises it"
    for name in ("dtstamp", "last-modified"):
        moments = [each[0][uid][name].dt for each in (first, second, third)]
        assert moments == sorted(set(moments))
    # renewed: the old address is gone, and none is kept in clear
    page = person.get("/enterprise")
    assert person.press(page, "/feed/renew").status == 200
    assert public.client.get(address).status_code == 404 and public.client.get(address_of(person)).status_code == 200
    assert person.press(page, "/feed/renew", key="another").status == 409
    with app.app_context():
        feed = db.session.scalars(select(EnterpriseFeed)).one()
        assert address_of(person).split("/")[-1][:32] not in feed.secret_digest
    assert public.client.get(f"/enterprise/feed/{'0' * 32}.ics").status_code == 404
    assert browse("enterprise-2").get("/enterprise").text.count(".ics") == 0


def test_an_unannounced_visit_is_in_no_calendar_before_the_door(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head, person = browse("inspector-mr"), browse("dept-mr"), browse("enterprise-1")
    assert person.press(person.get("/enterprise"), "/feed/renew").status == 200
    addresses = ["/enterprise", "/enterprise/2026/11", "/enterprise/visits", "/enterprise/2026/sheet", address_of(person)]

    def seen() -> list[str]:
        return [without_secrets(person.client.get(each).get_data(as_text=True)) for each in addresses]

    before = seen()
    number = filed(inspector, head, "0007", "0071", announced="0", first_on="2026-11-27")
    assert seen() == before
    clock.go_to(date(2026, 11, 27))
    today = seen()
    happen(app, number, "code_shown")
    at_the_door = seen()
    assert all(one != other for one, other in zip(at_the_door[:2], today[:2], strict=True)) and at_the_door[4] != today[4]
    assert f"{number}@611026.tongban" in calendars(person, addresses[4])[0]
    happen(app, number, "entered", "left")
    assert "11月27日" in person.get("/enterprise/visits").words


def test_an_unannounced_visit_that_is_cancelled_is_never_told(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    inspector, person = browse_sqlite("inspector-mr"), browse_sqlite("enterprise-1")
    assert person.press(person.get("/enterprise"), "/feed/renew").status == 200
    number = filed(inspector, browse_sqlite("dept-mr"), "0007", "0071", announced="0", first_on="2026-11-27")
    assert plan_story.step(inspector, number, "cancel", reason="另行安排（示例）").status == 200
    assert not [uid for uid in calendars(person, address_of(person))[0] if uid.startswith("JC")]
    assert browse_sqlite().get(f"{VERIFY}/{code_of(sqlite_app, number)}").status == 404
    with sqlite_app.app_context():
        assert db.session.scalar(select(InspectionPlan.state)) == "cancelled"
