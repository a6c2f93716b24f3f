"""Letters of appointment from draft to end, by service and by page; when one holds, as the database and as the rule say (G-6, G-15, G-17)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from portal.authority import letter_queries, letter_services, queries
from portal.authority.conditions import letter_holds
from portal.authority.models import Letter, LetterEnd, LetterRegistration, LetterSignature
from portal.database import Stale, db, transaction
from portal.network.queries import body_by_code, point_by_code, the_county, window_by_code
from portal.rules.decision import NotAllowed, Reason
from portal.rules.grants import FiledWith
from tests.authority.instruments import HALL, TODAY, actor, forge
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]

DAY = timedelta(days=1)
CENTER = "611026000000"


def text(username: str = "window-mr", **changes: Any) -> letter_services.LetterText:
    county_id = the_county().id
    account_id = actor(username).account_id
    assert account_id is not None
    said = {"body_id": body_by_code(county_id, "MR").id, "point_id": point_by_code(county_id, CENTER).id, "account_id": account_id, "from_on": TODAY}
    return letter_services.LetterText(**said | changes)


def chief_of_mr(username: str, at: datetime) -> bool:
    county_id = the_county().id
    account_id = actor(username).account_id
    assert account_id is not None
    held = queries.held_by(account_id, window_by_code(county_id, HALL).id, at)
    return body_by_code(county_id, "MR").id in held.chief_of


def test_a_letter_holds_from_its_registration_and_replaces_the_one_before_at_that_moment(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        drafted = clock.now()
        letter_id = letter_services.draft_letter(text(), actor=actor("center"), clock=clock)
        clock.advance(hours=1)
        number = letter_services.sign_letter(letter_id, version=1, actor=actor("dept-mr"), clock=clock)
        assert number == "柞市监任〔2026〕1号"
        assert not chief_of_mr("window-mr", clock.now())  # signed is not registered
        clock.advance(hours=1)
        letter_services.register_letter(letter_id, actor=actor("manager"), clock=clock)
        registered = clock.now()
        clock.advance(hours=1)
        second = timedelta(seconds=1)
        for moment, new in ((drafted, False), (registered - second, False), (registered, True), (clock.now(), True)):
            assert (chief_of_mr("window-mr", moment), chief_of_mr("chief-mr", moment)) == (new, not new), moment
        # what is done later changes no answer about the past (G-17)
        letter_services.end_letter(letter_id, from_on=None, ground="调离（示例）", actor=actor("dept-mr"), clock=clock)
        assert chief_of_mr("window-mr", registered) and chief_of_mr("window-mr", clock.now() - second)
        assert not chief_of_mr("window-mr", clock.now()) and not chief_of_mr("chief-mr", clock.now())
        shown = letter_queries.get_letter_for(the_county().id, queries.offices_of(actor("manager").account_id or 0, TODAY), letter_id, clock.now())
        assert (shown.state, shown.end and shown.end.why, shown.slug) == ("ended", "revoked", "MR-2026-1")
        assert letter_services.untrue_letters(the_county().id) == []


def test_who_prepares_is_not_who_signs_and_nobody_signs_their_own(app: Flask, clock: ManualClock) -> None:
    with app.app_context():

        def refused(reason: Reason, ask: Any, *args: Any, **said: Any) -> None:
            with pytest.raises(NotAllowed) as refusal:
                ask(*args, clock=clock, **said)
            assert refusal.value.decision.reason is reason

        refused(Reason.NOT_TO_DRAFT_LETTER, letter_services.draft_letter, text(), actor=actor("dept-mr"))
        refused(Reason.BACKDATED, letter_services.draft_letter, text(from_on=TODAY - DAY), actor=actor("manager"))
        own = letter_services.draft_letter(text("dept-mr"), actor=actor("manager"), clock=clock)
        refused(Reason.APPOINTS_ONESELF, letter_services.sign_letter, own, version=1, actor=actor("dept-mr"))
        letter_id = letter_services.draft_letter(text(), actor=actor("manager"), clock=clock)
        refused(Reason.NOT_HEAD_OF_AGENCY, letter_services.sign_letter, letter_id, version=1, actor=actor("manager"))
        refused(Reason.NOT_HEAD_OF_AGENCY, letter_services.sign_letter, letter_id, version=1, actor=actor("dept-tax"))
        refused(Reason.LETTER_NOT_SIGNED, letter_services.register_letter, letter_id, actor=actor("manager"))
        window_mr = actor("window-mr").account_id or 0
        letter_services.change_letter(letter_id, account_id=window_mr, from_on=TODAY, until_on=TODAY + DAY, version=1, actor=actor("manager"), clock=clock)
        with pytest.raises(Stale):  # what was read is not what would be signed
            letter_services.sign_letter(letter_id, version=1, actor=actor("dept-mr"), clock=clock)
        letter_services.sign_letter(letter_id, version=2, actor=actor("dept-mr"), clock=clock)
        refused(Reason.LETTER_SIGNED, letter_services.sign_letter, letter_id, version=2, actor=actor("dept-mr"))
        refused(Reason.NOT_TO_REGISTER_LETTER, letter_services.register_letter, letter_id, actor=actor("center"))
        refused(Reason.LETTER_NOT_REGISTERED, letter_services.file_letter, letter_id, FiledWith.CENTER, actor=actor("center"))
        letter_services.register_letter(letter_id, actor=actor("manager"), clock=clock)
        letter_services.file_letter(letter_id, FiledWith.CENTER, actor=actor("center"), clock=clock)
        refused(Reason.FILED_ALREADY, letter_services.file_letter, letter_id, FiledWith.CENTER, actor=actor("center"))
        refused(Reason.NOT_TO_FILE_LETTER, letter_services.file_letter, letter_id, FiledWith.DEPARTMENT, actor=actor("center"))


def test_a_signed_letter_is_frozen_by_the_database(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        signed = db.session.scalar(select(LetterSignature.letter_id).order_by(LetterSignature.letter_id))
        db.session.rollback()
        for statement in ("UPDATE letter SET until_on = '2027-01-01' WHERE id = {}", "DELETE FROM letter WHERE id = {}", "DELETE FROM letter_end"):
            if "letter_end" in statement:
                letter_services.end_letter(signed or 0, from_on=None, ground="示例", actor=actor("dept-mr"), clock=clock)
            with pytest.raises(sa.exc.DBAPIError, match=r"signed|append only"):
                db.session.execute(sa.text(statement.format(signed)))
            db.session.rollback()


def test_the_database_and_the_rule_agree_on_when_a_letter_holds(app: Flask, clock: ManualClock) -> None:
    """The one condition in SQL and `LetterTerms.holds_at`, for letters at random and moments at random (G-17)."""
    rng = random.Random(7)
    with app.app_context():
        county_id, manager = the_county().id, actor("manager").account_id or 0

        def moment() -> datetime:
            return clock.now() + timedelta(hours=rng.randrange(-24 * 6, 24 * 12))

        with transaction(clock=clock) as tx:
            for each in range(40):
                first = TODAY + rng.randrange(-5, 8) * DAY
                last = rng.choice([None, first + rng.randrange(0, 5) * DAY])
                letter = Letter(**{name: getattr(text(), name) for name in ("body_id", "point_id", "account_id")}, county_id=county_id, from_on=first)
                letter.until_on, letter.drafted_at = last, clock.now()
                tx.session.add(letter)
                tx.session.flush()
                if each % 5:
                    at = {"county_id": county_id, "letter_id": letter.id}
                    tx.session.add(LetterRegistration(**at, registered_at=moment(), registered_by_id=manager))
                    for _ in range(rng.randrange(3)):
                        tx.session.add(LetterEnd(**at, ends_at=moment(), why="revoked", ground="示例", ended_by_id=manager, recorded_at=clock.now()))
            from portal.audit import machine, record

            record(tx, machine(county_id), "test", "letters:test")
        letters = list(db.session.scalars(select(Letter)))
        terms = letter_queries.terms_of(letters)
        held = 0
        for at in [moment() for _ in range(60)]:
            by_database = set(db.session.scalars(select(Letter.id).where(letter_holds(at))))
            assert by_database == {letter_id for letter_id, one in terms.items() if one.holds_at(at)}
            held += len(by_database)
        assert held > 60


def test_from_the_draft_to_the_public_paper_by_the_pages(app: Flask, browse: Browse, clock: ManualClock) -> None:
    manager, head, center, public = browse("manager"), browse("dept-mr"), browse("center"), browse()
    page = manager.get("/manage/letters/new?body=MR&point=611026000000")
    form = page.form("/manage/letters/new", id="draft")
    with app.app_context():
        window_mr = str(actor("window-mr").account_id)
    page = manager.press(page, "/manage/letters/new", id="draft", account=window_mr, from_on="2026-11-22")
    assert page.status == 422 and "G-1" in page.words and 'value="2026-11-22"' in page.text  # what was typed stays
    page = manager.press(page, "/manage/letters/new", id="draft", account=window_mr, from_on="2026-11-23")
    address = page.path
    assert page.status == 200 and not page.has_form("/sign") and page.has_form("/change")
    again = manager.post(form["action"], {**form["fields"], "account": window_mr})  # sent twice: one letter
    assert (again.status, again.path) == (200, address)
    assert forge(manager, f"{address}/sign", version="1").status == 403
    assert forge(browse("dept-tax"), f"{address}/sign", version="1").status == 404  # another body's letter is not there
    page = head.press(head.get(address), "/sign")
    assert "柞市监任〔2026〕1号" in page.words
    assert public.get("/letters/MR-2026-1").status == 404  # signed is not public
    page = manager.press(manager.get(address), "/register")
    page = manager.press(page, "/file", id="file-center")
    page = head.press(head.get(address), "/file", id="file-department")
    assert not page.has_form("/file")
    paper = public.get("/letters/MR-2026-1")
    assert paper.status == 200 and "黄志强" in paper.words and "陈国庆" in paper.words
    assert "柞市监任〔2026〕1号" in public.get("/powers?point=611026000000").words
    assert public.get("/letters/MR-2025-1").status == 200  # the one that it replaced stays readable
    assert center.get("/manage/letters?state=ended").words.count("柞市监任〔2025〕1号") == 1
    page = head.press(head.get(address), "/end", id="revoke", ground="")
    assert page.status == 422
    page = head.press(page, "/end", id="revoke", ground="岗位调整（示例）", from_on="2026-11-25")
    assert page.status == 200
    clock.go_to(TODAY + 2 * DAY)
    assert "柞市监任〔2026〕1号" not in public.get("/powers?point=611026000000").words
