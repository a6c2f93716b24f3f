"""Who posts whom, what is excused with a reason, and that an end changes no answer about the past (N-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import Account, Posting, PostingEnd
from portal.authority import posting_queries, posting_services, queries
from portal.database import db, transaction
from portal.network.queries import the_county, window_by_code
from portal.rules.clauses import Post
from portal.rules.decision import NotAllowed, Reason
from portal.rules.moments import start_of
from portal.rules.postings import EndDraft, Staff, two_years_from
from tests.authority.instruments import HALL, TODAY, TOWN, actor, forge
from tests.people import Browser, ManualClock

FIRST = date(2026, 12, 2)  # the seventh working day from today
DAY = timedelta(days=1)


def posting(person: str = "town-yingpan", window: str = HALL, **changes: object) -> posting_services.PostingText:
    county = the_county()
    account = db.session.scalar(select(Account.id).where(Account.username == person))
    assert account is not None
    usual: dict[str, object] = {
        "account_id": account, "window_id": window_by_code(county.id, window).id, "post": Post.CLERK, "staff": Staff.REGULAR,
        "from_on": FIRST, "until_on": two_years_from(FIRST), "told_on": TODAY,
    }  # fmt: skip
    return posting_services.PostingText(**{**usual, **changes})  # type: ignore[arg-type]


def is_posted(person: str, window: str, on: date) -> bool:
    """What `held_by` says in the middle of a day, which is what every act asks."""
    account = actor(person).account_id
    assert account is not None
    held = queries.held_by(account, window_by_code(the_county().id, window).id, start_of(on) + timedelta(hours=10))
    return bool(held.posts)


def test_who_posts_whom_where(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        for name in ("center", "manager", "dept-mr"):
            first = FIRST + {"center": 0, "manager": 800, "dept-mr": 1600}[name] * DAY
            text_ = posting(from_on=first, until_on=two_years_from(first))
            posting_services.post(text_, actor=actor(name), clock=clock)
        town = {"dept-mr": Reason.NOT_TO_POST, "supervisor": Reason.NOT_TO_POST, "dept-tax": Reason.NOT_TO_POST}
        for name, reason in town.items():
            with pytest.raises(NotAllowed) as refusal:
                posting_services.post(posting(window=TOWN), actor=actor(name), clock=clock)
            assert refusal.value.decision.reason is reason
        with pytest.raises(NotAllowed) as refusal:
            posting_services.post(posting("center"), actor=actor("center"), clock=clock)
        assert refusal.value.decision.reason is Reason.POSTS_ONESELF


def test_what_departs_from_the_rule_needs_a_reason_and_is_kept_as_an_exception(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        odd = posting(staff=Staff.TEMPORARY, from_on=TODAY, until_on=FIRST)
        with pytest.raises(posting_services.PostingRefused) as refusal:
            posting_services.post(odd, actor=actor("center"), clock=clock)
        said = {fault.reason for fault in refusal.value.faults}
        assert said == {Reason.STAFF_IS_TEMPORARY, Reason.POSTING_TOO_SHORT, Reason.POSTING_TOLD_TOO_LATE}
        made = posting_services.post(
            posting(staff=Staff.TEMPORARY, from_on=TODAY, until_on=FIRST, reason="示例：产假期间顶岗"), actor=actor("center"), clock=clock
        )
        one = posting_queries.get_posting(the_county().id, made)
        assert one.shown.is_exception and set(one.shown.row.excused) == {reason.value for reason in said}
        assert one.entered_by is not None and one.entered_by.username == "center" and one.shown.row.entered_at == clock.now()
        with pytest.raises(posting_services.PostingRefused) as refusal:
            posting_services.post(posting(until_on=None), actor=actor("center"), clock=clock)
        assert [fault.reason for fault in refusal.value.faults] == [Reason.POSTED_ALREADY]
        every = posting_queries.list_postings(the_county().id, since=posting_queries.a_year_before(TODAY))
        mr = next(one for one in posting_queries.departments(the_county().id, every, TODAY) if one.body.code == "MR")
        assert mr.turnover is not None and made in mr.turnover.excepted and made in mr.turnover.changes


def test_a_village_agent_needs_the_papers_of_village_and_town(app: Flask, clock: ManualClock) -> None:
    room = "611026102001-G"
    with app.app_context():
        with pytest.raises(posting_services.PostingRefused) as refusal:
            posting_services.post(posting(window=room, post=Post.AGENT), actor=actor("center"), clock=clock)
        assert [fault.reason for fault in refusal.value.faults] == [Reason.AGENT_NOT_APPOINTED, Reason.AGENT_NOT_CONFIRMED]
        text_ = posting(window=room, post=Post.AGENT, village_paper="示例村聘1号", town_paper="示例镇确1号", told_on=None, from_on=TODAY)
        town_head = db.session.scalars(select(Account.username).where(Account.username.like("dept-%xialiang%"))).first()
        posting_services.post(text_, actor=actor(town_head or "center"), clock=clock)
        assert is_posted("town-yingpan", room, TODAY)


def test_an_end_stands_beside_the_posting_and_changes_no_answer_about_the_past(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        made = posting_services.post(posting(), actor=actor("center"), clock=clock)
        clock.go_to(date(2027, 3, 1))
        last = date(2027, 3, 31)
        ends = [
            (EndDraft(date(2027, 2, 26), TODAY, "示例：调离"), {Reason.POSTING_ENDS_IN_PAST}),
            (EndDraft(two_years_from(FIRST), TODAY, "示例：调离"), {Reason.POSTING_ENDS_ANYHOW}),
            (EndDraft(last, date(2027, 3, 30)), {Reason.POSTING_TOO_SHORT, Reason.POSTING_TOLD_TOO_LATE}),
        ]
        for draft, reasons in ends:
            with pytest.raises(posting_services.PostingRefused) as refusal:
                posting_services.end_posting(made, draft, actor=actor("dept-mr"), clock=clock)
            assert {fault.reason for fault in refusal.value.faults} == reasons
        days = (FIRST - DAY, FIRST, date(2027, 2, 28), date(2027, 3, 1), last, last + DAY)
        before = [is_posted("town-yingpan", HALL, day) for day in days]
        posting_services.end_posting(made, EndDraft(last, clock.today(), "示例：调离"), actor=actor("dept-mr"), clock=clock)
        after = [is_posted("town-yingpan", HALL, day) for day in days]
        assert before == [False, True, True, True, True, True] and after == [False, True, True, True, True, False]
        assert queries.windows_of(actor("town-yingpan").account_id or 0, last + DAY).isdisjoint({window_by_code(the_county().id, HALL).id})
        row = db.session.get_one(Posting, made)
        assert (row.planned_until_on, row.until_on) == (two_years_from(FIRST), last)
        assert db.session.scalar(select(PostingEnd.excused)) == [Reason.POSTING_TOO_SHORT.value]
        earlier = EndDraft(date(2027, 3, 12), clock.today(), "示例：提前")
        posting_services.end_posting(made, earlier, actor=actor("center"), clock=clock)  # of several the earliest counts
        assert [is_posted("town-yingpan", HALL, day) for day in (earlier.last_on, earlier.last_on + DAY)] == [True, False]
        with pytest.raises(DBAPIError, match="append only"), transaction(clock=clock) as tx:
            tx.session.execute(text("UPDATE posting SET until_on = NULL"))
        every = posting_queries.list_postings(the_county().id)
        assert [one.id for one in posting_queries.of_figure(every, every[0].terms.body_id, "left", date(2027, 6, 1))] == [made]


def test_a_posting_can_end_before_it_begins(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        made = posting_services.post(posting(), actor=actor("center"), clock=clock)
        posting_services.end_posting(made, EndDraft(TODAY, TODAY, "示例：录入错误"), actor=actor("center"), clock=clock)
        assert not any(is_posted("town-yingpan", HALL, day) for day in (TODAY, FIRST, FIRST + DAY))
        assert posting_queries.get_posting(the_county().id, made).shown.state(FIRST) == "void"
        again = posting(from_on=TODAY, reason="示例：急需")  # so it can be entered rightly
        posting_services.post(again, actor=actor("center"), clock=clock)
        assert is_posted("town-yingpan", HALL, TODAY)


def test_pages_of_postings(app: Flask, browse: Callable[..., Browser]) -> None:
    center = browse("center")
    page = center.get("/manage/postings/new?body=MR")
    form = page.form("/manage/postings/new", id="posting")
    assert (form["fields"]["from_on"], form["fields"]["until_on"]) == (str(FIRST), str(two_years_from(FIRST)))
    refused = center.press(page, "/manage/postings/new", id="posting", person="town-yingpan", until_on="2027-01-31", window=HALL)
    assert refused.status == 422 and "2028-12-01" in refused.words and "N-4" in refused.words
    assert refused.form("/manage/postings/new", id="posting")["fields"]["person"] == "town-yingpan"
    nobody = center.press(page, "/manage/postings/new", id="posting", person="nobody-here", window=HALL)
    assert nobody.status == 422
    done = center.press(
        page, "/manage/postings/new", id="posting", person="town-yingpan", until_on="2027-01-31", window=HALL, reason="示例：轮岗试点"
    )
    assert done.status == 200 and "示例：轮岗试点" in done.words
    head = browse("dept-mr")
    listed = head.get("/manage/postings?body=MR")
    assert "徐明辉" in listed.words and "示例：轮岗试点" in listed.words
    own = head.get(done.path)
    ended = head.press(own, "/end", last_on="2026-12-31", told_on=str(TODAY), reason="示例：提前结束")
    assert ended.status == 200 and "示例：提前结束" in ended.words
    assert not browse("dept-tax").get(done.path).has_form("/end") and browse("auditor").get(done.path).status == 200
    assert forge(browse("dept-tax"), done.path + "/end", last_on="2026-12-15", reason="x").status == 403
    assert center.get("/manage/postings/99999999999").status == 404 and browse("window-mr").get("/manage/postings").status == 403
