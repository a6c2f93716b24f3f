"""Nothing is possible without a clause in force at that moment, whatever is sent (G-2, G-3, G-16, G-17); and nothing is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.audit import Actor, AuditRecord
from portal.authority import services as authority_services
from portal.cases.models import Case, CaseEvent
from portal.database import db
from tests.cases import grants, story
from tests.cases.story import Browse
from tests.people import Browser, ManualClock, Page

TODAY = date(2026, 11, 23)
MONTH_AGO = TODAY - timedelta(days=30)


def forge(browser: Browser, number: str, verb: str, **fields: str) -> Page:
    """A POST that no button sent: token and version from the page, the rest made up."""
    page = browser.get(f"/cases/{number}")
    token = next(form["fields"]["csrf_token"] for form in page.forms() if "csrf_token" in form["fields"])
    version = next((form["fields"]["version"] for form in page.forms() if "version" in form["fields"]), "")
    if not version:
        with browser.app.app_context():
            version = str(db.session.scalar(select(Case.version).where(Case.number == number)))
    boxes = {f"met-{n}": "1" for n in range(20)} | {f"got-{n}": "1" for n in range(20)}
    return browser.post(f"/cases/{number}/{verb}", {"csrf_token": token, "version": version, "key": f"forged-{verb}", **boxes, **fields})


def written(app: Flask, number: str) -> tuple[int, str, int]:
    """What an act would change: events, state, records."""
    with app.app_context():
        case = db.session.scalar(select(Case).where(Case.number == number))
        assert case is not None
        events = db.session.scalar(select(func.count()).select_from(CaseEvent).where(CaseEvent.case_id == case.id))
        looks = select(func.count()).select_from(AuditRecord).where(AuditRecord.verb.like("case.%"), AuditRecord.verb != "case.look")
        return events or 0, case.state, db.session.scalar(looks) or 0


def accepted_at_town(browse: Browse) -> str:
    number = story.to_town(browse)
    story.do(browse("town-xialiang"), number, "accept")
    return number


def nothing(clock: ManualClock) -> None:
    """No clause at all."""


def starts_tomorrow(clock: ManualClock) -> None:
    grants.grant(grants.TOWN, ["review"], "S-03", from_on=TODAY + timedelta(days=1), registered_at=clock.now() - timedelta(days=1))


def lapsed_yesterday(clock: ManualClock) -> None:
    grants.grant(
        grants.TOWN, ["review"], "S-03", from_on=MONTH_AGO, until_on=TODAY - timedelta(days=1), registered_at=clock.now() - timedelta(days=30)
    )


def registered_later(clock: ManualClock) -> None:
    grants.grant(grants.TOWN, ["review"], "S-03", from_on=MONTH_AGO, registered_at=clock.now() + timedelta(minutes=1))


def suspended_a_minute_ago(clock: ManualClock) -> None:
    instrument = grants.grant(grants.TOWN, ["review"], "S-03", from_on=MONTH_AGO, registered_at=clock.now() - timedelta(days=30))
    head = db.session.scalar(select(Account).where(Account.username == "dept-mr"))
    assert head is not None
    clock.advance(minutes=-1)
    authority_services.suspend(instrument, ground="示例", actor=Actor(head.id, head.county_id, "dept-mr"), clock=clock)  # type: ignore[arg-type]
    clock.advance(minutes=1)


def for_another_item(clock: ManualClock) -> None:
    grants.grant(grants.TOWN, ["review"], "S-05", from_on=MONTH_AGO, registered_at=clock.now() - timedelta(days=30))


def for_another_window(clock: ManualClock) -> None:
    grants.grant(
        "611026101000-G", ["review"], "S-03", from_on=MONTH_AGO, registered_at=clock.now() - timedelta(days=30), receiving="TOWN-611026101000"
    )


def above_the_ceiling(clock: ManualClock) -> None:
    # a town holds nothing under receive-and-forward (G-3): the row stands there, the rule does not count it
    grants.grant(
        grants.TOWN, ["review"], "S-03", from_on=MONTH_AGO, registered_at=clock.now() - timedelta(days=30), mandate="receive_forward", receiving=None
    )


CASES: list[tuple[Callable[[ManualClock], None], str]] = [
    (nothing, "G-2"),
    (starts_tomorrow, "G-17"),
    (lapsed_yesterday, "G-17"),
    (registered_later, "G-17"),
    (suspended_a_minute_ago, "G-17"),
    (for_another_item, "G-2"),
    (for_another_window, "G-2"),
    (above_the_ceiling, "G-3"),
]


@pytest.mark.parametrize(("arrange", "rule"), CASES, ids=[case[0].__name__ for case in CASES])
def test_review_is_refused(arrange: Callable[[ManualClock], None], rule: str, app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = accepted_at_town(browse)
    town = browse("town-xialiang")
    with app.app_context():
        arrange(clock)
    assert not town.get(f"/cases/{number}").has_form("/review")
    before = written(app, number)
    page = forge(town, number, "review", note="我写的话")
    assert page.status == 403
    assert rule in page.words, page.words
    assert "我写的话" in page.text, "what was typed is kept"
    assert written(app, number) == before


def test_with_a_clause_in_force_it_is_not_refused(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = accepted_at_town(browse)
    with app.app_context():
        grants.grant(grants.TOWN, ["review"], "S-03", from_on=MONTH_AGO, registered_at=clock.now() - timedelta(days=30))
    assert forge(browse("town-xialiang"), number, "review").status == 200
    assert written(app, number)[1] == "under_review"


def test_nobody_decides_what_they_reviewed(app: Flask, browse: Browse) -> None:
    number = story.to_county(browse)
    chief = browse("chief-mr")
    story.do(chief, number, "review")
    assert not chief.get(f"/cases/{number}").has_form("/decide")
    before = written(app, number)
    page = forge(chief, number, "decide", outcome="granted")
    assert (page.status, "G-16" in page.words) == (403, True)
    assert written(app, number) == before


def test_a_clerk_does_not_decide_for_the_chief(app: Flask, browse: Browse) -> None:
    number = story.to_county(browse)
    story.do(browse("chief-mr"), number, "review")
    before = written(app, number)
    page = forge(browse("window-mr"), number, "decide", outcome="granted")
    assert (page.status, "G-13" in page.words) == (403, True)
    assert written(app, number) == before


def test_refusing_waits_for_its_filing(app: Flask, browse: Browse) -> None:
    number = story.to_county(browse)
    story.do(browse("window-mr"), number, "review")
    before = written(app, number)
    for verb, fields in (("decide", {"outcome": "refused"}), ("act/refuse", {})):
        page = forge(browse("chief-mr"), number, verb, **fields)
        assert (page.status, "C-9" in page.words) == (403, True), verb
    assert written(app, number) == before


def test_a_clerk_turns_nobody_away_for_the_chief(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    before = written(app, number)
    page = forge(browse("town-xialiang"), number, "act/not_accept", ground="不属于", basis="某条例第九条")
    assert (page.status, "G-13" in page.words) == (403, True)
    assert written(app, number) == before


def test_the_room_holds_no_power(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    number = story.collect(agent)
    before = written(app, number)
    for verb in ("accept", "review", "decide", "certify"):
        page = forge(agent, number, verb, outcome="granted")
        assert page.status == 403 and ("G-2" in page.words or "C-2" in page.words), (verb, page.words)
    assert written(app, number) == before


def test_a_case_of_another_town_does_not_exist(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    other = browse("town-yingpan")
    other.get("/work")
    theirs, none = other.get(f"/cases/{number}"), other.get("/cases/611026-20261123-9999")
    assert theirs.status == none.status == 404
    assert without_tokens(theirs) == without_tokens(none)
    assert other.post(f"/cases/{number}/receive", {"csrf_token": story_token(other), "version": "2"}).status == 404


def without_tokens(page: Page) -> str:
    return re.sub(r'name="(csrf_token|key)" value="[^"]*"', "", page.text)


def story_token(browser: Browser) -> str:
    page = browser.get("/account")
    return str(next(form["fields"]["csrf_token"] for form in page.forms() if "csrf_token" in form["fields"]))


def test_a_form_from_an_older_version_does_nothing_and_keeps_the_words(app: Flask, browse: Browse) -> None:
    number = story.to_county(browse)
    window, chief = browse("window-mr"), browse("chief-mr")
    old = window.get(f"/cases/{number}")
    story.do(chief, number, "take")
    before = written(app, number)
    boxes = {f"met__{n}": "1" for n in range(20)}
    page = window.press(old, "/review", note="现场核查记录，不能丢", **boxes)
    assert page.status == 409
    assert "领办" in page.words, "the page says what changed"
    assert "现场核查记录，不能丢</textarea>" in page.text
    assert written(app, number) == before


def test_the_same_submission_twice_is_one_act(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    page = agent.get("/cases/new?item=S-03")
    form = page.form("/cases/new")
    fields = {**form["fields"], **story.APPLICANT, "got-1": "1"}
    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(Case))
    first, second = agent.post(form["action"], fields), agent.post(form["action"], fields)
    assert first.path == second.path and first.status == second.status == 200
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Case)) == before + 1
    other = agent.post(form["action"], {**fields, "name": "李四"})
    assert other.status == 422 and "已经提交过" in other.words and "李四" in other.text


def test_what_is_missing_is_named_at_acceptance(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    town = browse("town-xialiang")
    before = written(app, number)
    page = town.get(f"/cases/{number}")
    fields = {name: value for name, value in page.form("/accept")["fields"].items() if not name.startswith("got-")}
    answer = town.post(f"/cases/{number}/accept", fields)
    assert answer.status == 403 and "C-3" in answer.words and "健康证明" in answer.words
    assert written(app, number) == before


def test_words_are_kept_where_the_form_is_gone(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    agent = browse("village-xialiang")
    page = forge(agent, number, "deliver", to="nobody", note="送达记录，不能丢")
    assert page.status == 422 and "送达记录，不能丢</textarea>" in page.text
