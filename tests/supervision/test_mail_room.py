"""The mail-room index from the first case to the page: counted when a case closes, once, and what stands behind each figure (G-8, G-11)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.cases import services as case_services
from portal.cases.models import Case
from portal.database import db
from portal.network.queries import body_by_code, point_by_code, the_county, window_by_code
from portal.operations import check
from portal.rules.clauses import Power
from portal.rules.mailroom import COUNTY, Group, GroupKind
from portal.supervision import queries, services
from portal.supervision.models import MailRoomCase, MailRoomMonth, MailRoomTransfer
from tests.cases import story
from tests.cases.story import Browse
from tests.flush_guard import unguarded
from tests.people import ManualClock

MONTH = date(2026, 11, 1)
CENTER, TOWN = "611026000000", "611026102000"


def close(browse: Browse, number: str) -> str:
    """From the county's window to the applicant at the room."""
    story.do(browse("window-mr"), number, "review", note="符合（示例）")
    for verb in ("decide", "certify"):
        story.do(browse("chief-mr"), number, verb)
    story.send(browse("window-mr"), number)
    story.do(browse("town-xialiang"), number, "receive")
    story.send(browse("town-xialiang"), number)
    story.do(browse("village-xialiang"), number, "receive")
    story.do(browse("village-xialiang"), number, "deliver")
    return number


def accepted(browse: Browse) -> str:
    """Received and accepted at the town."""
    number = story.to_town(browse)
    story.do(browse("town-xialiang"), number, "accept")
    return number


def despite(browse: Browse) -> str:
    """Accepted at a town that may review it, and sent to the county all the same; closed."""
    number, town = accepted(browse), browse("town-xialiang")
    with town.app.app_context():
        window_id = window_by_code(the_county().id, f"{CENTER}-MR").id
    page = town.press(town.get(f"/cases/{number}"), "/hand_off", id="to-other", other=str(window_id), reason="县里人手多（示例）")
    assert page.status == 200, page.words[:500]
    story.do(browse("window-mr"), number, "receive")
    return close(browse, number)


def groups(county_id: int) -> dict[str, Group]:
    return {
        "county": COUNTY,
        "MR": Group(GroupKind.DEPARTMENT, body_by_code(county_id, "MR").id),
        "center": Group(GroupKind.POINT, point_by_code(county_id, CENTER).id),
        "town": Group(GroupKind.POINT, point_by_code(county_id, TOWN).id),
        "window": Group(GroupKind.WINDOW, window_by_code(county_id, f"{CENTER}-MR").id),
        "town window": Group(GroupKind.WINDOW, window_by_code(county_id, f"{TOWN}-G").id),
    }


def kept(county_id: int) -> dict[str, tuple[int, int, int]]:
    """The month's counters of the groups of the story: n, missing, despite."""
    found = queries.counters(county_id, MONTH)
    return {name: found.get(group, (0, 0, 0)) for name, group in groups(county_id).items()}


def counted_numbers() -> set[str]:
    return set(db.session.scalars(select(Case.number).join(MailRoomCase, MailRoomCase.case_id == Case.id)))


def test_a_case_is_counted_when_it_closes_once_and_where_it_was_sent(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        before, counted = kept(county_id), counted_numbers()
        assert services.recount(county_id) == []
    missing = close(browse, story.to_county(browse))
    story.entrust(browse)
    clock.advance(days=1)
    sent = despite(browse)
    accepted(browse)  # open: no figure speaks of it
    with app.app_context():
        added = {name: tuple(now - then for now, then in zip(three, before[name], strict=True)) for name, three in kept(county_id).items()}
        # the room only forwards, no figure speaks of it; a result on its way back was sent for no lack of power
        assert added == {
            "county": (2, 1, 1), "MR": (2, 1, 1), "center": (2, 0, 0), "town": (2, 1, 1), "window": (2, 0, 0), "town window": (2, 1, 1),
        }  # fmt: skip
        assert counted_numbers() - counted == {missing, sent}
        counting = select(Case.number, MailRoomTransfer.why, MailRoomTransfer.power)
        of_ours = counting.join(MailRoomTransfer, MailRoomTransfer.case_id == Case.id).where(Case.number.in_([missing, sent]))
        assert {tuple(row) for row in db.session.execute(of_ours)} == {(missing, "missing", "review"), (sent, "despite", "review")}
        assert services.recount(county_id) == []
        assert services.count_uncounted(county_id, clock) == "0 closed cases counted"
        report = check(clock)
        assert "mail_room" not in {each["code"] for each in [*report.faults, *report.warnings]}
        three = kept(county_id)["town window"]
        town = groups(county_id)["town window"]
        figures = queries.case_figures(county_id, clock.today(), GroupKind.WINDOW)[town]
        assert (figures.missing.now.n, figures.missing.count, figures.despite.count) >= three
    # what is behind the figure, for whom it is there
    address = "/manage/mail-room/cases?group=department-MR&kind=despite"
    page = browse("manager").get(address)
    assert sent in page.words and missing not in page.words
    assert sent in browse("dept-mr").get(address).words
    assert browse("window-mr").get(address).status == 403
    elsewhere = "/manage/mail-room/cases?group=window-611026102000-G&kind=missing"
    assert missing in browse("supervisor").get(elsewhere).words


def test_the_job_counts_what_closed_uncounted_and_a_wrong_counter_is_found(
    app: Flask, browse: Browse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_services, "after_closing", [])
    close(browse, story.to_county(browse))
    with app.app_context():
        county_id = the_county().id
        before = kept(county_id)["town"]
        assert "flask jobs run mail-room" in str(check(clock).warnings)
        assert services.count_uncounted(county_id, clock) == "1 closed cases counted"
        assert services.count_uncounted(county_id, clock) == "0 closed cases counted"
        assert kept(county_id)["town"] == (before[0] + 1, before[1] + 1, before[2])
        assert services.recount(county_id) == []
        db.session.rollback()
        with unguarded(db):
            wrong = MailRoomMonth.kind == GroupKind.COUNTY.value, MailRoomMonth.month_on == MONTH
            db.session.execute(update(MailRoomMonth).where(*wrong).values(n=MailRoomMonth.n + 1))
            db.session.commit()
        assert [text.partition(":")[0] for text in services.recount(county_id)] == ["2026-11 county 0"]
        assert "mail_room" in {each["code"] for each in check(clock).faults}


def test_a_year_is_twelve_months_and_the_trend_three_against_three(sqlite_app: Flask, clock: ManualClock) -> None:
    clock.go_to(date(2031, 2, 10))
    with sqlite_app.app_context(), unguarded(db):
        county_id = the_county().id
        # a year and a month ago, a year ago, before the last three months, within them
        for year, month, n, missing in ((2030, 2, 50, 50), (2030, 3, 10, 0), (2030, 11, 10, 2), (2030, 12, 20, 10), (2031, 2, 20, 10)):
            about = {"month_on": date(year, month, 1), "kind": "department", "group_id": 7}
            db.session.add(MailRoomMonth(county_id=county_id, **about, n=n, missing=missing, despite=0))
        db.session.commit()
        found = queries.case_figures(county_id, clock.today(), GroupKind.DEPARTMENT)[Group(GroupKind.DEPARTMENT, 7)]
    assert (found.missing.n, found.missing.count) == (60, 22)
    assert found.missing.trend == pytest.approx(0.5 - 0.2)
    assert (found.despite.share, found.despite.trend) == (0, 0)


def test_the_public_ranking_and_what_stands_behind_it(browse_sqlite: Browse) -> None:
    public = browse_sqlite()
    page = public.get("/powers/mail-room")
    table = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    shares = [float(share) for share in re.findall(r"<b class=\"num\">([\d.]+)%</b>", table)]
    assert len(shares) >= 5 and shares == sorted(shares, reverse=True)
    assert "不足10" in table.rpartition("<tr>")[2], "who has no figure stands last, and is shown none"
    # an instrument's address is another page; a figure's matters are those that it counted
    share = public.get("/powers/mail-room/items?group=department-MR")
    counted = re.search(r"(\d+)/(\d+)</span>", share.text)
    assert counted is not None
    behind = sum(cell.count("、") + 1 for cell in re.findall(r'<td data-th="没有窗口能决定的大厅">([^<]*)</td>', share.text))
    assert behind == int(counted[1]) and int(counted[2]) >= 10
    assert public.get("/powers/mail-room/MR").status == 200
    for wrong in ("/mr", "?by=fame", "/items?group=point-", "/items?group=county-1"):
        assert public.get(f"/powers/mail-room{wrong}").status == 404, wrong
    manager = browse_sqlite("manager")
    for wrong in ("of=county", "of=window&point=611026102001", "by=n"):
        assert manager.get(f"/manage/mail-room?{wrong}").status == 404, wrong
    assert manager.get("/manage/mail-room/cases?before=99999999999").status == 404
    listed = [browse_sqlite(who).get("/manage/mail-room/cases").text for who in ("manager", "dept-mr")]
    every, theirs = (set(re.findall(r"/cases/(\d[\d-]+)", text)) for text in listed)
    assert theirs < every and theirs, "of other departments' cases none is there for the head of this one (C-30)"
    held = manager.get("/manage/mail-room?of=window").words
    assert "受理12/12" in held and "审批11/12" in held and "应诉代理0/12" in held


def test_what_is_told_of_a_real_hall_is_counted_at_the_hall_of_the_demonstration(sqlite_app: Flask, clock: ManualClock) -> None:
    """There every window held accept, review, coordinate and deliver, ten departments' also litigate, certify and decide (G-11)."""
    with sqlite_app.app_context():
        county_id = the_county().id
        hall = queries.powers_at_hall(county_id, point_by_code(county_id, CENTER), clock.now())
        held = dict(hall.held)
        assert hall.windows == 12
        assert {held[power] for power in (Power.ACCEPT, Power.REVIEW, Power.COORDINATE, Power.DELIVER)} == {12}
        assert (held[Power.DECIDE], held[Power.CERTIFY]) == (11, 11)  # one gap is planted, one department makes none
        assert held[Power.LITIGATE] == 0, "nobody gave it: the figure is not made up"
