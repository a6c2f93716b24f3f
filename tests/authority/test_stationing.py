"""Where every item stands, the negative list, and what a withdrawal changes from its day on (S-12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.authority import queries, stationing_queries, stationing_services
from portal.cases.services import new_case_facts
from portal.catalogue import queries as catalogue
from portal.catalogue.models import ItemOffer, ItemVersion
from portal.database import NotFound, db
from portal.network.queries import point_by_code, the_county, window_by_code
from portal.rules.decision import NotAllowed, Reason
from portal.rules.stationing import Paper, Standing, WithdrawalPapers
from tests.authority.instruments import HALL, TODAY, actor, forge, item_id
from tests.people import Browser, ManualClock

DAY = timedelta(days=1)
PAPERS = WithdrawalPapers(
    Paper("示例法审1号", date(2026, 11, 2)), Paper("示例府批1号", date(2026, 11, 9)), Paper("示例备案1号", date(2026, 11, 16))
)
FROM = date(2026, 12, 1)
CENTER = "611026000000"


def offered(on: date, point: str = CENTER) -> tuple[bool, ...]:
    """Whether S-03 is offered at a point on a day, as each reader says."""
    county = the_county()
    here = point_by_code(county.id, point)
    terms = queries.item_terms_by_code(county.id, "S-03", on)
    version = catalogue.guide(county.id, "S-03", on).version
    try:
        window = HALL if point == CENTER else f"{point}-G"
        can_begin = new_case_facts(window_by_code(county.id, window).id, "S-03", on, county.id) is not None
    except NotFound:
        can_begin = False
    return (
        "S-03" in {entry.code for entry in catalogue.offered_at(county.id, here.id, on)},
        here.id in terms.offered_at,
        here.id in {one.id for one in catalogue.points_offering(version.id, on)},
        can_begin,
    )


def standing(on: date) -> Standing:
    return stationing_queries.item_standing(the_county().id, "S-03", on).standing


def test_a_withdrawal_holds_from_its_day_everywhere_and_leaves_the_past_alone(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        offers = select(ItemOffer.id).order_by(ItemOffer.id)
        before = db.session.scalars(offers).all()
        assert set(offered(FROM)) == {True}
        stationing_services.withdraw("S-03", PAPERS, from_on=FROM, actor=actor("center"), clock=clock)
        assert [set(offered(day)) for day in (TODAY, FROM - DAY, FROM, FROM + DAY)] == [{True}, {True}, {False}, {False}]
        assert (standing(FROM - DAY), standing(FROM)) == (Standing.STATIONED, Standing.MISSING)
        assert catalogue.guide(the_county().id, "S-03", TODAY).offered and not catalogue.guide(the_county().id, "S-03", FROM).offered
        assert db.session.scalars(offers).all() == before
        with pytest.raises(stationing_services.WithdrawalRefused) as refusal:
            stationing_services.withdraw("S-03", PAPERS, from_on=FROM + DAY, actor=actor("center"), clock=clock)
        assert [fault.reason for fault in refusal.value.faults] == [Reason.NOT_STATIONED]
        version = db.session.scalars(select(ItemVersion).where(ItemVersion.item_id == item_id("S-03"))).one()
        assert catalogue.list_items(the_county().id, FROM, item_ids=[version.item_id])  # its guide stays


def test_a_withdrawal_from_one_point_leaves_the_others(app: Flask, clock: ManualClock) -> None:
    town = "611026102000"
    with app.app_context():
        stationing_services.withdraw("S-03", PAPERS, from_on=FROM, point_code=town, actor=actor("manager"), clock=clock)
        assert (set(offered(FROM - DAY, town)), set(offered(FROM, town)), set(offered(FROM))) == ({True}, {False}, {True})
        assert standing(FROM) is Standing.STATIONED


def test_three_papers_and_an_office(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        for name in ("dept-mr", "supervisor"):
            with pytest.raises(NotAllowed) as refusal:
                stationing_services.withdraw("S-03", PAPERS, from_on=FROM, actor=actor(name), clock=clock)
            assert refusal.value.decision.reason is Reason.NOT_TO_WITHDRAW
            with pytest.raises(NotAllowed) as refusal:
                stationing_services.put_on_negative_list("S-03", instrument="示例", from_on=FROM, actor=actor(name), clock=clock)
            assert refusal.value.decision.reason is Reason.NOT_TO_WITHDRAW
        with pytest.raises(stationing_services.WithdrawalRefused) as refused:
            stationing_services.withdraw("S-03", WithdrawalPapers(), from_on=TODAY - DAY, actor=actor("center"), clock=clock)
        assert {fault.reason for fault in refused.value.faults} == {
            Reason.WITHDRAWAL_NEEDS_REVIEW, Reason.WITHDRAWAL_NEEDS_APPROVAL, Reason.WITHDRAWAL_NEEDS_FILING,
            Reason.CHANGES_FROM_TOMORROW,
        }  # fmt: skip
        assert set(offered(FROM)) == {True}


def test_pages_say_where_each_matter_stands(app: Flask, browse: Callable[..., Browser], clock: ManualClock) -> None:
    public, center = browse(), browse("center")
    assert "S-03" in public.get("/powers/stationing?body=MR").words and public.get("/powers/stationing?body=NONE").status == 404
    page = center.get("/manage/stationing/S-03/withdraw")
    refused = center.press(page, "/withdraw", from_on=str(TODAY + DAY), review_number="示例法审1号", review_on="2026-11-02")
    assert refused.status == 422 and "S-12" in refused.words
    assert refused.form("/withdraw")["fields"]["review_number"] == "示例法审1号"
    papers = {"review_number": "示例法审1号", "review_on": "2026-11-02", "approval_number": "示例府批1号", "approval_on": "2026-11-09"}
    papers |= {"filing_number": "示例备案1号", "filing_on": "2026-11-16"}
    done = center.press(page, "/withdraw", from_on=str(TODAY + DAY), **papers)
    assert done.status == 200 and "示例备案1号" in done.words
    clock.advance(days=1)
    with app.app_context():
        assert (standing(TODAY), standing(TODAY + DAY)) == (Standing.STATIONED, Standing.MISSING)
    listed = center.press(center.get("/manage/stationing/S-03/negative-list"), "/negative-list", instrument="示例负面1号", from_on=str(TODAY + DAY))
    assert listed.status == 200 and "示例负面1号" in public.get("/powers/stationing?body=MR").words
    again = center.press(center.get("/manage/stationing/S-03/negative-list"), "/negative-list", instrument="示例负面2号", from_on=str(TODAY + DAY))
    assert again.status == 422 and "示例负面1号" in again.words
    assert browse("dept-mr").get("/manage/stationing").status == 200
    assert forge(browse("dept-mr"), "/manage/stationing/S-03/withdraw", from_on=str(TODAY), **papers).status == 403
    for address in ("/items/S-03", "/items/S-03/at", f"/items/S-03/at/{CENTER}", "/powers?item=S-03", f"/network/{CENTER}"):
        assert public.get(address).status == 200, address
