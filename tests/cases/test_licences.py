"""The ledger of licences, renewal and its silence, and the checks of commitments (C-11, C-25)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit import machine, record
from portal.cases import licence_services
from portal.cases.licence_models import CommitmentCheck, Licence, LicenceEvent
from portal.cases.models import Case
from portal.database import db, transaction
from portal.network.models import Outbox
from portal.rules.commitments import may_commit
from portal.rules.licences import LicenceEventKind, Standing, is_in_time, last_day, may_end, may_renew, reminder_on, standing_on
from tests.cases import story
from tests.cases.story import Browse
from tests.cases.test_course import row
from tests.people import ManualClock


@pytest.mark.parametrize(
    ("day", "mark"), [("2026-09-01", None), ("2026-10-03", 90), ("2026-11-02", 60), ("2026-12-02", 30), ("2027-01-01", 30), ("2027-01-02", None)]
)
def test_reminders_come_ninety_sixty_and_thirty_days_before(day: str, mark: int | None) -> None:
    assert reminder_on(date.fromisoformat(day), date(2027, 1, 1)) == mark


def test_how_long_a_licence_holds_and_how_it_ends() -> None:
    assert last_day(date(2026, 11, 23), 3) == date(2029, 11, 22) and last_day(date(2026, 11, 23), None) is None
    assert standing_on(date(2029, 11, 22), date(2029, 11, 22), None) is Standing.VALID
    assert standing_on(date(2029, 11, 23), date(2029, 11, 22), None) is Standing.EXPIRED
    assert is_in_time(date(2026, 10, 24), date(2026, 11, 23)) and not is_in_time(date(2026, 10, 25), date(2026, 11, 23))
    assert not may_end(LicenceEventKind.REVOKED, "given_up", "x", Standing.VALID), "a ground of the other article"
    assert not may_end(LicenceEventKind.REVOKED, "fraud", "x", Standing.REVOKED) and may_end(LicenceEventKind.REVOKED, "fraud", "x", Standing.VALID)
    facts: dict[str, Any] = {"standing": Standing.VALID, "until": date(2027, 1, 1), "is_linked": False}
    assert may_renew(same_item=True, same_holder=True, **facts) and not may_renew(same_item=True, same_holder=False, **facts)


def issued(app: Flask, browse: Browse) -> str:
    """A certificate of S-03 that the county made; its number."""
    number = story.collect(browse("window-mr"))
    for who, verb in (("window-mr", "accept"), ("window-mr", "review"), ("chief-mr", "decide"), ("chief-mr", "certify")):
        story.do(browse(who), number, verb)
    with app.app_context():
        return str(db.session.scalar(select(Licence.number).join(Case, Case.id == Licence.case_id).where(Case.number == number)))


def shorten(app: Flask, number: str, until: date) -> None:
    """Let a licence end sooner."""
    with app.app_context(), transaction(clock=app.extensions["clock"]) as tx:
        licence = tx.session.scalars(select(Licence).where(Licence.number == number)).one()
        licence.valid_until = until
        record(tx, machine(licence.county_id, "test"), "licence.test", f"licence:{number}")


def test_a_certificate_enters_the_ledger_and_anybody_can_check_it(app: Flask, browse: Browse) -> None:
    number = issued(app, browse)
    page = browse().get(f"/licences?number={number}")
    assert page.status == 200 and "有效" in page.words and "陈小满" not in page.words
    assert browse().get("/licences?number=none").status == 404
    assert number in browse("center").get("/manage/licences").words
    chief = browse("chief-mr")
    assert chief.get(f"/licences/{number}").status == 200 and not chief.get(f"/licences/{number}").has_form("/end")
    head = browse("dept-mr")
    page = head.press(head.get(f"/licences/{number}"), "/end", kind="revoked", ground="given_up", words="x")
    assert page.status == 403
    page = head.press(head.get(f"/licences/{number}"), "/end", kind="revoked", ground="fraud", words="材料造假（示例）")
    assert page.status == 200 and "已撤销" in page.words and "第六十九条" in page.words
    assert "已撤销" in browse().get(f"/licences?number={number}").words


def test_holders_are_reminded_once_and_silence_renews(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = issued(app, browse)
    shorten(app, number, date(2026, 12, 24))
    case = story.collect(browse("window-mr"))
    window = browse("window-mr")
    page = window.press(window.get(f"/cases/{case}/renews"), "/renews", number="none")
    assert page.status == 422
    assert window.press(window.get(f"/cases/{case}/renews"), "/renews", number=number).status == 200
    story.do(window, case, "accept")
    assert row(app, case)["statutory_due_on"] == date(2026, 12, 21)
    with app.app_context():
        county = db.session.scalar(select(Licence.county_id))
        assert county is not None
        assert "1 reminders" in licence_services.remind_and_renew(county, clock)
        assert "0 reminders" in licence_services.remind_and_renew(county, clock), "once"
        assert len(db.session.scalars(select(Outbox).where(Outbox.template == "licence")).all()) == 1
        clock.go_to(date(2026, 12, 25))
        db.session.rollback()
    assert "有效" in browse().get(f"/licences?number={number}").words, "computed when read"
    with app.app_context():
        assert "1 licences renewed" in licence_services.remind_and_renew(county, clock)
        assert "0 licences renewed" in licence_services.remind_and_renew(county, clock)
        told = select(LicenceEvent.kind).join(Licence, Licence.id == LicenceEvent.licence_id).where(Licence.number == number)
        assert list(db.session.scalars(told.order_by(LicenceEvent.id))) == ["issued", "renewed_by_law"]


def test_a_renewal_in_time_is_due_by_the_end_of_the_licence(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = issued(app, browse)
    shorten(app, number, date(2026, 12, 24))
    window = browse("window-mr")
    case = story.collect(window)
    assert window.press(window.get(f"/cases/{case}/renews"), "/renews", number=number).status == 200
    clock.go_to(date(2026, 11, 30))  # the fifth working day
    story.do(window, case, "accept")
    now = row(app, case)
    assert (now["promised_due_on"], now["statutory_due_on"]) == (date(2026, 12, 14), date(2026, 12, 24)), "20 working days would end on the 28th"


def test_silence_renewed_it_whatever_was_decided_afterwards(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = issued(app, browse)
    shorten(app, number, date(2026, 12, 24))
    window, chief = browse("window-mr"), browse("chief-mr")
    case = story.collect(window)
    assert window.press(window.get(f"/cases/{case}/renews"), "/renews", number=number).status == 200
    for verb in ("accept", "review"):
        story.do(window, case, verb)
    clock.go_to(date(2026, 12, 25))  # the end is past, and the job has not run
    story.do(chief, case, "decide")
    assert "有效" in browse().get(f"/licences?number={number}").words
    story.do(chief, case, "certify")
    with app.app_context():
        county = db.session.scalar(select(Licence.county_id))
        assert county is not None and "1 licences renewed" in licence_services.remind_and_renew(county, clock)
        newer = db.session.scalars(select(Licence).join(Case, Case.id == Licence.case_id).where(Case.number == case)).one()
        assert newer.valid_from == date(2026, 12, 25), "it begins where the old period ended, not after the one that silence added"


def test_whoever_has_the_new_certificate_is_not_reminded_of_the_old(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = issued(app, browse)
    shorten(app, number, date(2026, 12, 24))
    window, chief = browse("window-mr"), browse("chief-mr")
    case = story.collect(window)
    assert window.press(window.get(f"/cases/{case}/renews"), "/renews", number=number).status == 200
    for who, verb in ((window, "accept"), (window, "review"), (chief, "decide"), (chief, "certify")):
        story.do(who, case, verb)
    with app.app_context():
        county = db.session.scalar(select(Licence.county_id))
        assert county is not None and "0 reminders" in licence_services.remind_and_renew(county, clock)


def by_commitment(browse: Browse, item: str = "S-04") -> tuple[str, Any]:
    """A case of an item that takes commitment, with the answer to accepting it so."""
    window = browse("window-mr")
    number = story.collect(window, item)
    page = window.get(f"/cases/{number}")
    ticked = {name.replace("-", "__"): "1" for name in re.findall(r'name="(got-\d+)"', page.text)}
    return number, window.press(page, "/accept", is_committed="y", **ticked)


def test_a_grant_by_commitment_is_checked_and_a_broken_promise_closes_the_way(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number, page = by_commitment(browse)
    assert page.status == 200, page.words[:300]
    story.do(browse("chief-mr"), number, "decide")
    with app.app_context():
        check = db.session.scalars(select(CommitmentCheck).join(Case, Case.id == CommitmentCheck.case_id).where(Case.number == number)).one()
        assert check.due_on == date(2027, 1, 22), "sixty days"
    again, page = by_commitment(browse)
    assert page.status == 200, "a promise that is still to be checked is not broken"
    with app.app_context(), transaction(clock=clock) as tx:
        check = tx.session.get_one(CommitmentCheck, check.id)
        check.not_corrected_on = date(2026, 11, 23)
        record(tx, machine(check.county_id, "test"), "commitment.test", f"case:{number}")
    _third, page = by_commitment(browse)
    assert page.status == 403 and "C-11" in page.words and again


@pytest.mark.parametrize(
    ("takes", "theme", "broke", "allowed"),
    [(True, "catering", False, True), (False, "catering", False, False), (True, "health", False, False), (True, "catering", True, False)],
)
def test_when_a_commitment_is_open(takes: bool, theme: str, broke: bool, allowed: bool) -> None:
    assert bool(may_commit(takes, theme, broke)) is allowed


def test_a_late_renewal_is_linked_without_effect(app: Flask, browse: Browse) -> None:
    number = issued(app, browse)
    shorten(app, number, date(2026, 12, 4))
    case = story.collect(browse("window-mr"))
    window = browse("window-mr")
    assert window.press(window.get(f"/cases/{case}/renews"), "/renews", number=number).status == 200
    story.do(window, case, "accept")
    assert row(app, case)["promised_due_on"] == date(2026, 12, 7), "not capped"


def test_a_commitment_is_checked_put_right_heard_and_then_revoked(app: Flask, browse: Browse, clock: ManualClock) -> None:
    licence = issued(app, browse)
    with app.app_context(), transaction(clock=clock) as tx:
        row_of = tx.session.scalars(select(Licence).where(Licence.number == licence)).one()
        case = tx.session.get_one(Case, row_of.case_id)
        number = case.number
        tx.session.add(
            CommitmentCheck(
                county_id=case.county_id, case_id=case.id, person_id=case.applicant_id, body_id=row_of.body_id, due_on=date(2027, 1, 22), words=[]
            )
        )  # fmt: skip
        record(tx, machine(case.county_id, "test"), "commitment.test", f"case:{number}")
    head, address = browse("dept-mr"), f"/manage/commitments/{number}"
    assert number in browse("center").get("/manage/commitments").words

    def step(name: str, status: int = 200, **typed: str) -> None:
        page = head.press(head.get(address), address, step=name, words="示例", **typed)
        assert page.status == status, (name, page.status, page.words[:300])

    assert not re.search("revoked", head.get(address).text)
    step("found", 403)
    step("found", correct_by="2026-11-30")
    assert "not_corrected" not in head.get(address).text, "the time to put it right is not over"
    clock.go_to(date(2026, 12, 1))
    step("not_corrected")
    step("heard")
    step("revoked")
    assert "已撤销" in browse().get(f"/licences?number={licence}").words
    with app.app_context():
        from portal.cases.licence_queries import has_broken_promise

        person = db.session.scalar(select(Licence.holder_id).where(Licence.number == licence))
        assert person is not None and has_broken_promise(person)
