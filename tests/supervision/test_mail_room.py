"""The mail-room index from the first case to the page: counted when a case closes, once, and what stands behind each figure (G-8, G-11)."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select, update

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


def close(browse: Browse, number: str, *, at_town: bool = False) -> str:
    """From the county's window, or the town's, to the applicant at the room."""
    clerk, chief = ("town-xialiang", "chief-xialiang") if at_town else ("window-mr", "chief-mr")
    story.do(browse(clerk), number, "review", note="符合（示例）")
    for verb in ("decide", "certify"):
        story.do(browse(chief), number, verb)
    if not at_town:
        story.send(browse(clerk), number)
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


def test_a_case_is_counted_when_it_closes_once_and_where_it_was_sent(app: Flask, browse: Browse, clock: ManualClock) -> None:
    missing = close(browse, story.to_county(browse))
    story.entrust(browse)
    clock.advance(days=1)
    sent = despite(browse)
    close(browse, accepted(browse), at_town=True)
    open_case = accepted(browse)
    with app.app_context():
        county_id = the_county().id
        named = groups(county_id)
        kept = queries.counters(county_id, MONTH)
        # the room forwards and no figure speaks of it; a result on its way back was sent for no lack of power
        assert {name: kept[group] for name, group in named.items()} == {
            "county": (3, 1, 1), "MR": (3, 1, 1), "center": (2, 0, 0), "town": (3, 1, 1), "window": (2, 0, 0), "town window": (3, 1, 1),
        }  # fmt: skip
        assert len(kept) == len(named)
        assert services.recount(county_id) == []
        counting = select(Case.number, MailRoomTransfer.why, MailRoomTransfer.power)
        rows = db.session.execute(counting.join(MailRoomTransfer, MailRoomTransfer.case_id == Case.id))
        assert {tuple(row) for row in rows} == {(missing, "missing", "review"), (sent, "despite", "review")}
        counted = set(db.session.scalars(select(Case.number).join(MailRoomCase, MailRoomCase.case_id == Case.id)))
        assert open_case not in counted and len(counted) == 3
        assert services.count_uncounted(county_id, clock) == "0 closed cases counted"
        report = check(clock)
        assert "mail_room" not in {each["code"] for each in [*report.faults, *report.warnings]}


def test_the_job_counts_what_closed_uncounted_and_a_wrong_counter_is_found(
    app: Flask, browse: Browse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_services, "after_closing", [])
    close(browse, story.to_county(browse))
    with app.app_context():
        county_id = the_county().id
        assert queries.counters(county_id, MONTH) == {}
        assert "flask jobs run mail-room" in str(check(clock).warnings)
        assert services.count_uncounted(county_id, clock) == "1 closed cases counted"
        assert services.count_uncounted(county_id, clock) == "0 closed cases counted"
        assert queries.counters(county_id, MONTH)[groups(county_id)["town"]] == (1, 1, 0)
        assert db.session.scalar(select(func.count()).select_from(MailRoomCase)) == 1
        assert services.recount(county_id) == []
        db.session.rollback()
        with unguarded(db):
            db.session.execute(update(MailRoomMonth).where(MailRoomMonth.kind == "county").values(n=MailRoomMonth.n + 1))
            db.session.commit()
        assert services.recount(county_id) == ["2026-11 county 0: (2, 1, 0) kept, (1, 1, 0) counted"]
        assert "mail_room" in {each["code"] for each in check(clock).faults}


def test_what_is_told_of_a_real_hall_is_counted_at_the_hall_of_the_demonstration(sqlite_app: Flask, clock: ManualClock) -> None:
    """There every window held accept, review, coordinate and deliver, ten departments' also litigate, certify and decide (G-11)."""
    with sqlite_app.app_context():
        county_id = the_county().id
        hall = queries.powers_at_hall(county_id, point_by_code(county_id, CENTER), clock.now())
        held = dict(hall.held)
        assert hall.windows == 12
        assert {held[power] for power in (Power.ACCEPT, Power.REVIEW, Power.COORDINATE, Power.DELIVER)} == {12}
        assert (held[Power.DECIDE], held[Power.CERTIFY]) == (11, 11)  # a planted gap, and a department whose matters end without a certificate
        assert held[Power.LITIGATE] == 0, "nobody gave it: the figure is not made up"
