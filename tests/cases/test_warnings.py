"""Digests and messages about cases: each once, however it is run; to whom C-5 says; nothing that says whom a matter is about."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import Account, Person
from portal.cases import warning_queries, warning_services
from portal.cases.models import Case
from portal.database import db, transaction
from portal.network import message_services
from portal.network.models import Outbox
from portal.rules.warnings import told
from tests.cases import applying, story
from tests.flush_guard import unguarded
from tests.people import ManualClock

Browse = Callable[..., Any]


def county_id() -> int:
    return db.session.scalars(sa.select(Account.county_id).limit(1)).one()


def messages(template: str) -> dict[str, Outbox]:
    """Receiver → the one message of this template that was written to it; two to one receiver fail."""
    db.session.rollback()
    rows = list(db.session.scalars(sa.select(Outbox).where(Outbox.template == template).order_by(Outbox.id)))
    found = {row.receiver: row for row in rows}
    assert len(found) == len(rows), [row.dedupe_key for row in rows]
    return found


def colored(number: str, days: int, clock: ManualClock, **columns: Any) -> None:
    """Put a case where so many days are left: the columns are what its projection would say."""
    from datetime import timedelta

    due = clock.today() + timedelta(days=days)
    values = {
        "yellow_on": due - timedelta(days=3), "red_on": due - timedelta(days=1), "overdue_on": due + timedelta(days=1), "sort_on": due, **columns,
    }  # fmt: skip
    with unguarded(db):
        db.session.execute(sa.update(Case).where(Case.number == number).values(values))
        db.session.commit()


def test_each_color_tells_whom_the_rule_names_once_a_day(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.to_county(browse)
    with app.app_context():
        county = county_id()
        warn = lambda: warning_services.warn(county, clock)  # noqa: E731
        colored(number, 9, clock)
        assert warn() == "0 digests"
        colored(number, 2, clock)
        assert warn() != "0 digests"
        yellow = messages("warnings")
        assert "window-mr" in yellow
        assert not {"leader-mr", "supervisor"} & yellow.keys()
        assert yellow["window-mr"].facts["cases"] == [[number, "yellow", "2026-11-25"]]
        assert warn() == "0 digests", "a second run the same day tells nobody again"
        clock.advance(days=1)
        colored(number, 0, clock)
        warn()
        red = set(today(clock))
        assert {"window-mr", "chief-mr"} <= red
        assert not {"leader-mr", "supervisor"} & red
        clock.advance(days=1)
        colored(number, -1, clock)
        warn()
        assert red | {"leader-mr", "supervisor"} == set(today(clock))
        clock.advance(days=1)
        colored(number, -2, clock, is_open=False)
        assert warn() == "0 digests", "what closed is off every reminder (C-2)"


def today(clock: ManualClock) -> list[str]:
    """Who has a digest of today."""
    db.session.rollback()
    query = sa.select(Outbox.receiver).where(Outbox.dedupe_key.startswith(f"warnings:{clock.today().isoformat()}:"))
    return list(db.session.scalars(query))


def test_who_has_it_in_hand_is_told_alone(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.to_county(browse)
    with app.app_context():
        colored(number, 2, clock)
        everybody = set()
        for _case, around in warning_queries.due_cases(county_id(), clock.today(), warning_queries.people_of(county_id(), clock.now())):
            everybody = set(around.people)
            assert around.holders == around.people
        assert len(everybody) >= 1
    story.do(browse("window-mr"), number, "take")
    with app.app_context():
        colored(number, 2, clock)
        warning_services.warn(county_id(), clock)
        assert set(messages("warnings")) == {"window-mr"}


def prepare(browse: Browse, app: Flask, clock: ManualClock, days: int = -1) -> tuple[int, set[str]]:
    """A case that is overdue, and who has to be told of it."""
    number = story.to_county(browse)
    with app.app_context():
        colored(number, days, clock)
        county = county_id()
        people = warning_queries.people_of(county, clock.now())
        ((case, around),) = warning_queries.due_cases(county, clock.today(), people)
        return county, {people.names[each][0] for each in told(case.warn, around)}


def test_killed_halfway_the_next_start_writes_the_rest(
    app: Flask, browse: Browse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    county, whom = prepare(browse, app, clock)
    monkeypatch.setattr(warning_services, "AT_ONCE", 1)
    put, written = message_services.put, 0

    def breaks(*args: Any, **values: Any) -> bool:
        nonlocal written
        written += 1
        if written == 3:
            raise KeyboardInterrupt
        return put(*args, **values)

    monkeypatch.setattr(message_services, "put", breaks)
    with app.app_context():
        with pytest.raises(KeyboardInterrupt):
            warning_services.warn(county, clock)
        assert len(messages("warnings")) == 2
        monkeypatch.setattr(message_services, "put", put)
        assert warning_services.warn(county, clock) == f"{len(whom) - 2} digests"
        assert set(messages("warnings")) == whom


def test_many_at_once_write_each_digest_once(app: Flask, browse: Browse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    county, whom = prepare(browse, app, clock)
    monkeypatch.setattr(warning_services, "AT_ONCE", 1)
    monkeypatch.setattr(warning_services, "known_keys", lambda *_: set())  # nobody sees what the others wrote: the key alone decides

    def one(_index: int) -> str:
        with app.app_context():
            return warning_services.warn(county, clock)

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(one, range(4)))
    with app.app_context():
        assert set(messages("warnings")) == whom
    assert sum(int(text.split()[0]) for text in said) == len(whom)


def test_pages_of_cases_are_all_read_and_none_twice(
    app: Flask, browse: Browse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = browse("village-xialiang")
    made = {story.collect(agent) for _ in range(5)}
    monkeypatch.setattr(warning_queries, "PAGE", 2)
    with app.app_context():
        for number in made:
            colored(number, 0, clock)
        county = county_id()
        found = [
            case.number for case, _ in warning_queries.due_cases(county, clock.today(), warning_queries.people_of(county, clock.now()))
        ]
        assert sorted(found) == sorted(made)


# --- what follows from an event ---------------------------------------------------------------------------------------------------


def to_applicant(number: str) -> list[Outbox]:
    """The messages about a case to whom it is about, in order."""
    db.session.rollback()
    code = sa.select(Case.tracking_code).where(Case.number == number).scalar_subquery()
    query = sa.select(Outbox).where(Outbox.template == "case_applicant", Outbox.facts["code"].as_string() == code)
    return list(db.session.scalars(query.order_by(Outbox.id)))


def told_applicant(number: str) -> list[str]:
    return [row.facts["event"] for row in to_applicant(number)]


def test_the_applicant_is_told_of_the_steps_that_concern_them(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.to_county(browse)
    with app.app_context():
        assert told_applicant(number) == ["received", "accepted"]
    story.do(browse("window-mr"), number, "review")
    story.do(browse("chief-mr"), number, "decide")
    with app.app_context():
        assert told_applicant(number) == ["received", "accepted", "decided"]
        rows = to_applicant(number)
        case = db.session.scalars(sa.select(Case).where(Case.number == number)).one()
        for row in rows:
            kept = f"{row.facts} {row.receiver} {row.dedupe_key}"
            assert row.receiver == f"person:{case.applicant_id}"
            assert case.tracking_code in kept
            assert not any(secret in kept for secret in (story.APPLICANT["name"], story.APPLICANT["phone"], story.APPLICANT["number"]))


def test_without_a_phone_nobody_is_told(app: Flask, browse: Browse) -> None:
    town = browse("town-xialiang")
    number = story.collect(town)
    with app.app_context(), unguarded(db):
        assert told_applicant(number) == ["received"]
        applicant = sa.select(Case.applicant_id).where(Case.number == number).scalar_subquery()
        db.session.execute(sa.update(Person).where(Person.id == applicant).values(phone_sealed=None))
        db.session.commit()
    story.do(town, number, "accept")
    with app.app_context():
        assert told_applicant(number) == ["received"]


def test_the_window_that_a_case_is_sent_to_is_told(app: Flask, browse: Browse) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    number = story.collect(agent)
    assert "/messages" in town.get("/work").text
    story.send(agent, number)
    with app.app_context():
        rows = db.session.scalars(sa.select(Outbox.receiver).where(Outbox.facts["number"].as_string() == number))
        assert list(rows) == ["chief-xialiang", "town-xialiang"], "everybody at that window, and not who sent it"
    page = town.get("/messages")
    assert f"办件 {number} 已转到您的窗口" in page.words
    assert f"/cases/{number}" in page.text
    assert number not in browse("window-mr").get("/messages").words
    assert number in town.get("/messages?lang=en").words
    story.do(town, number, "receive")
    with app.app_context():
        query = sa.select(Outbox.receiver).where(Outbox.facts["number"].as_string() == number, Outbox.read_at.is_(None))
        assert list(db.session.scalars(query)) == [], "once one has received it, no other is called to it"


def test_what_comes_back_and_what_the_applicant_sends_is_told_to_who_holds_it(app: Flask, browse: Browse) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    number = story.collect(agent)
    story.send(agent, number)
    page = town.press(town.get(f"/cases/{number}"), "/return_leg", kind="other", reason="请补盖公章（示例）")
    assert page.status in (200, 404)
    assert f"办件 {number} 被退回您的窗口" in agent.get("/messages").words
    story.send(agent, number)
    with app.app_context():
        unread = sa.select(Outbox.receiver).where(Outbox.facts["number"].as_string() == number, Outbox.read_at.is_(None))
        assert "village-xialiang" not in set(db.session.scalars(unread)), "it was sent again: nobody is called to what came back"
    resident = browse()
    applying.come_in(resident)
    draft = applying.begin(resident)
    applying.fill(resident, draft)
    code = applying.send(resident, draft).path.rpartition("/")[2]
    with app.app_context():
        number = str(db.session.scalar(sa.select(Case.number).where(Case.tracking_code == code)))
    applying.notice(town, number)
    applying.add_photo(resident, code, kind="supplements")
    resident.press(resident.get(f"/my/supplements/{code}/photos"), "/send")
    with app.app_context():
        assert set(_of(number, "supplemented")) == {"chief-xialiang", "town-xialiang"}
    assert f"办件 {number} 的申请人已提交补正材料" in town.get("/messages").words


def _of(number: str, event: str) -> list[str]:
    named = (Outbox.facts["number"].as_string() == number, Outbox.facts["event"].as_string() == event)
    return list(db.session.scalars(sa.select(Outbox.receiver).where(Outbox.template == "case_staff", *named)))


def test_a_rolled_back_act_tells_nobody(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        county = county_id()
        with pytest.raises(KeyboardInterrupt), transaction(clock=clock) as tx:
            message_services.put(tx, county_id=county, key="k", template="warnings", facts={}, receiver="center", language="en")
            raise KeyboardInterrupt
        assert messages("warnings") == {}
