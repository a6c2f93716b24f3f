"""Applying online without an account: phone and code, a draft, photos, sending, the receipt, "my matters" (C-1, C-16, C-18)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from portal.accounts.models import LoginThrottle
from portal.cases import apply_queries, apply_services, services
from portal.cases.apply_models import ApplyCode, ApplySession, Draft
from portal.cases.models import Attachment, Case, CaseEvent
from portal.database import db
from portal.network.models import Outbox
from portal.network.queries import the_county
from tests.cases.applying import CENTER, PHONE, ROOM, TOWN, add_photo, begin, code_on, come_in, fill, notice, photo, photo_on, send
from tests.cases.story import APPLICANT, ITEM, Browse
from tests.cases.test_races import together
from tests.people import Browser, ManualClock


def the_case(app: Flask) -> Case:
    case = db.session.scalar(select(Case).order_by(Case.id.desc()).limit(1))
    assert case is not None
    return case


def test_applies_from_a_phone_and_it_is_received_in_that_moment(app: Flask, browse: Browse, clock: ManualClock) -> None:
    resident = browse()
    assert "网上申请" in resident.get(f"/items/{ITEM}").words
    page = resident.get(f"/apply/{ITEM}?q=下梁")
    assert TOWN in page.text
    come_in(resident)
    draft = begin(resident)
    fill(resident, draft, paper__2="1")
    page = add_photo(resident, draft)
    assert page.status == 200 and "已传 1" in page.words, page.words[:500]
    page = resident.get(f"/my/drafts/{draft}/send")
    assert "陈**" in page.words and APPLICANT["name"] not in page.text and APPLICANT["number"] not in page.text and PHONE not in page.text
    clock.advance(hours=3)
    page = send(resident, draft)
    assert "收件凭证" in page.words and "<svg" in page.text and "陈**" in page.words
    with app.app_context():
        case = the_case(app)
        row = db.session.scalar(select(CaseEvent).where(CaseEvent.case_id == case.id))
        assert row is not None
        assert (row.kind, row.sort, row.actor_id, row.clause_id) == ("received", "act_of_applicant", None, None)
        assert case.received_at == clock.now() == row.occurred_at and case.state == "received"
        assert case.acceptance_due_on is not None and case.acceptance_due_on.isoformat() == "2026-11-30"
        means = {each["code"]: (each["means"], each["got"]) for each in row.payload["materials"]}
        assert means["1"] == ("photo", True) and means["2"] == ("paper", False) and means["3"] == ("later", False)
        assert services.rebuild(case) == [] and services.untrue_events(case) == []
        assert db.session.scalar(select(func.count()).where(Attachment.case_id == case.id)) == 1
        kept = db.session.get_one(Draft, draft)
        assert kept.fields_sealed is None and kept.case_id == case.id
        number, code = case.number, case.tracking_code
    mine = resident.get("/my").words
    assert "陈**" in mine and APPLICANT["name"] not in mine and PHONE not in mine
    assert "陈" not in browse().get(f"/track/{code}").words
    assert number in browse("town-xialiang").get("/work?box=window").text


def test_at_a_room_it_is_collected(app: Flask, browse: Browse) -> None:
    resident = browse()
    come_in(resident)
    draft = begin(resident, ROOM)
    fill(resident, draft)
    send(resident, draft)
    with app.app_context():
        case = the_case(app)
        assert case.state == "collected" and case.received_at is None and case.acceptance_due_on is None
        number = case.number
    assert number in browse("village-xialiang").get("/work?box=window").text


def test_sent_twice_it_is_one_case(app: Flask, browse: Browse) -> None:
    resident = browse()
    come_in(resident)
    draft = begin(resident)
    fill(resident, draft)
    form = resident.get(f"/my/drafts/{draft}/send").form("/send")
    fields = {**form["fields"], "true": "y"}
    first, again = resident.post(form["action"], fields), resident.post(form["action"], fields)
    assert first.path == again.path and first.path.startswith("/my/receipt/")
    other = resident.post(form["action"], {**fields, "key": "another-key"})
    assert other.path == first.path, "a second window is led to the receipt"
    assert resident.get(f"/my/drafts/{draft}").path == first.path
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(CaseEvent.sort == "act_of_applicant")) == 1


def test_a_draft_is_found_again_and_is_nobody_elses(app: Flask, browse: Browse) -> None:
    resident, stranger = browse(), browse()
    come_in(resident)
    draft = begin(resident)
    fill(resident, draft)
    resident.press(resident.get("/my"), "/my/leave")
    assert resident.get(f"/my/drafts/{draft}").status == 401
    assert "小餐饮" in come_in(resident).words
    assert APPLICANT["name"] in resident.get(f"/my/drafts/{draft}").text
    come_in(stranger, "13911112222")
    assert stranger.get(f"/my/drafts/{draft}").status == 404 and "小餐饮" not in stranger.get("/my").words
    with app.app_context():
        sealed = db.session.get_one(Draft, draft).fields_sealed
        assert sealed is not None and APPLICANT["name"].encode() not in sealed and APPLICANT["number"].encode() not in sealed


def test_nothing_typed_is_lost(browse_sqlite: Callable[..., Browser]) -> None:
    resident = browse_sqlite()
    come_in(resident)
    draft = begin(resident)
    page = fill(resident, draft, number="12345", paper__1="1")
    assert page.status == 422 and APPLICANT["name"] in page.text and 'value="12345"' in page.text
    assert re.search(r'name="paper-1" value="1" checked', page.text)
    old = resident.get(f"/my/drafts/{draft}").form(f"/my/drafts/{draft}")
    fill(resident, draft)
    page = resident.post(old["action"], {**old["fields"], "name": "李四", "key": "second-window"})
    assert page.status == 409 and "李四" in page.text


def test_what_every_application_has_is_asked_for_before_it_is_sent(app: Flask, browse: Browse) -> None:
    resident = browse()
    come_in(resident)
    draft = begin(resident)
    page = resident.get(f"/my/drafts/{draft}/send")
    assert not page.has_form("/send") and "身份证号" in page.words
    token = {"csrf_token": resident.get("/my").form("/my/leave")["fields"]["csrf_token"]}
    page = resident.post(f"/my/drafts/{draft}/send", {**token, "true": "y", "version": "1", "key": "forged-key"})
    assert page.status == 403
    fill(resident, draft)
    page = resident.press(resident.get(f"/my/drafts/{draft}/send"), "/send")
    assert page.status == 422, "without the declaration nothing is sent"
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(CaseEvent.sort == "act_of_applicant")) == 0


def test_a_code_holds_ten_minutes_five_tries_and_once(app: Flask, browse: Browse, clock: ManualClock) -> None:
    resident = browse()
    page = resident.press(resident.get("/my"), "/my/code", phone=PHONE)
    right = code_on(page)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for left in (4, 3, 2, 1):
        answer = resident.press(resident.get(page.path), page.path, code=wrong)
        assert answer.status == 422 and f"{left}" in answer.words
    answer = resident.press(resident.get(page.path), page.path, code=wrong)
    assert answer.status == 422
    form = page.form(page.path)
    assert resident.post(page.path, {**form["fields"], "code": right}).status == 403, "five tries are all, the right code included"
    page = resident.press(resident.get("/my"), "/my/code", phone=PHONE)
    clock.wall_offset = timedelta(minutes=10)
    assert resident.post(page.path, {**page.form(page.path)["fields"], "code": code_on(page)}).status == 403, "it is over at ten minutes"
    clock.wall_offset = timedelta()
    page = resident.press(resident.get("/my"), "/my/code", phone=PHONE)
    fields = {**page.form(page.path)["fields"], "code": code_on(page)}
    assert resident.post(page.path, fields).path == "/my"
    assert resident.post(page.path, fields).status == 403, "a code opens one session"
    clock.wall_offset = timedelta(hours=2)
    assert resident.get("/my").has_form("/my/code"), "known for two hours"


def test_neither_code_nor_phone_stands_in_clear(app: Flask, browse: Browse) -> None:
    resident = browse()
    page = resident.press(resident.get("/my"), "/my/code", phone=PHONE)
    ticket, code = page.path.rpartition("/")[2], code_on(page)
    with app.app_context():
        row = db.session.scalar(select(ApplyCode))
        message = db.session.scalar(select(Outbox).where(Outbox.template == "apply_code"))
        assert row is not None and message is not None
        told = str([vars(row), vars(message)])
        assert ticket not in told and code not in told and PHONE not in told


def test_codes_are_not_sent_without_end(app: Flask, browse: Browse) -> None:
    resident, elsewhere = browse(), browse()
    for _ in range(3):
        assert resident.press(resident.get("/my"), "/my/code", phone=PHONE).path.startswith("/my/code/")
    page = (
        resident.press(elsewhere.get("/my"), "/my/code", phone=PHONE)
        if False
        else elsewhere.press(elsewhere.get("/my"), "/my/code", phone=PHONE)
    )
    assert page.status == 429 and page.headers["Retry-After"] and PHONE in page.text
    assert elsewhere.press(elsewhere.get("/my"), "/my/code", phone="13911112222").path.startswith("/my/code/")
    with app.app_context():
        assert db.session.scalar(select(func.count(ApplyCode.id))) == 4
        assert db.session.scalar(select(func.count(LoginThrottle.id))) == 3


def test_a_point_that_cannot_take_it_is_refused(app: Flask, browse: Browse) -> None:
    resident = browse()
    come_in(resident)
    page = resident.get(f"/apply/{ITEM}?from={ROOM}")
    assert page.form(f"/apply/{ITEM}", id="begin")["fields"]["point"] == ROOM, "the nearest is proposed"
    answer = resident.press(page, f"/apply/{ITEM}", id="begin", point="611026-TAX")
    assert answer.status == 403
    assert resident.press(page, f"/apply/{ITEM}", id="begin", point="NONE").status == 404


def test_staff_sessions_and_applicants_are_apart(browse_sqlite: Callable[..., Browser]) -> None:
    clerk = browse_sqlite("window-mr")
    assert clerk.get("/my").has_form("/my/code"), "an account is no phone"
    resident = browse_sqlite()
    come_in(resident)
    assert resident.get("/work").status == 401, "and a phone no account"


def test_old_drafts_codes_and_sessions_are_forgotten(app: Flask, browse: Browse, clock: ManualClock) -> None:
    resident = browse()
    come_in(resident)
    draft = begin(resident)
    add_photo(resident, draft)
    with app.app_context():
        county_id = db.session.get_one(Draft, draft).county_id
        assert apply_services.forget(county_id, clock) == "0 drafts, 0 codes and sessions"
        clock.advance(days=91)
        clock.wall_offset = timedelta(days=2)
        assert apply_services.forget(county_id, clock) == "1 drafts, 2 codes and sessions"
        row = db.session.get_one(Draft, draft)
        assert row.fields_sealed is None and row.dropped_at is not None
        assert db.session.scalar(select(func.count(Attachment.id))) == 0 == db.session.scalar(select(func.count(ApplySession.id)))


# --- progress and supplement ----------------------------------------------------------------------------------------------------


def shown(app: Flask, code: str) -> str:
    """The page of the progress, as `cases.routes` draws it with what stands beside it."""
    return Browser(app).get(f"/track/{code}?lang=zh-Hans").text


def sent(resident: Browser, app: Flask, point: str = TOWN) -> tuple[str, str]:
    """A case that was sent to a point; its number and tracking code."""
    come_in(resident)
    draft = begin(resident, point)
    fill(resident, draft)
    send(resident, draft)
    with app.app_context():
        case = the_case(app)
        return case.number, case.tracking_code


def test_a_notice_is_answered_from_the_phone(app: Flask, browse: Browse) -> None:
    resident, town = browse(), browse("town-xialiang")
    number, code = sent(resident, app)
    assert resident.get(f"/my/supplements/{code}/photos").has_form("/photos") is False, "nothing is asked for yet"
    notice(town, number)
    page = shown(app, code)
    assert "照片不清楚" in page and "传照片补正" in page and "陈" not in page
    stranger = browse()
    assert stranger.get(f"/my/supplements/{code}/photos").status == 401
    come_in(stranger, "13911112222")
    assert stranger.get(f"/my/supplements/{code}/photos").status == 404, "the code of the receipt is not enough"
    page = resident.get(f"/my/supplements/{code}/photos")
    assert not page.has_form("/send"), "nothing to send yet"
    token = page.form("/photos")["fields"]
    assert resident.post(f"/my/supplements/{code}/send", {**token, "key": "too-early"}).status == 403
    page = add_photo(resident, code, kind="supplements")
    page = resident.press(page, "/send")
    assert page.path.startswith("/track/"), page.words[:400]
    with app.app_context():
        case = the_case(app)
        row = db.session.scalar(select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind == "supplemented"))
        assert row is not None and row.sort == "act_of_applicant" and row.payload["online"] is True
        assert [each["code"] for each in row.payload["materials"]] == ["1"]
        assert db.session.scalar(select(func.count()).where(Attachment.case_id == case.id)) == 1
        assert services.rebuild(case) == [] and services.untrue_events(case) == []


def test_photos_of_others_are_not_there(app: Flask, browse: Browse) -> None:
    resident, stranger = browse(), browse()
    come_in(resident)
    draft = begin(resident)
    file = photo_on(add_photo(resident, draft))
    assert resident.client.get(f"/my/drafts/{draft}/photos/{file}").mimetype == "image/jpeg"
    come_in(stranger, "13911112222")
    assert stranger.get(f"/my/drafts/{draft}/photos/{file}").status == 404
    page = add_photo(resident, draft, content=b"%!PS no photo")
    assert page.status == 422 and "PDF" in page.words
    page = resident.press(resident.get(f"/my/drafts/{draft}/photos"), f"/{file}/remove")
    assert "已撤下" in page.words
    with app.app_context():
        assert db.session.scalar(select(func.count(Attachment.id))) == 0


def test_a_photo_comes_in_parts(app: Flask, browse: Browse) -> None:
    resident = browse()
    come_in(resident)
    draft = begin(resident)
    page = resident.get(f"/my/drafts/{draft}/photos")
    token, content, here = page.form("/photos")["fields"]["csrf_token"], photo(), f"/my/drafts/{draft}/photos/parts/one-photo"
    half = len(content) // 2
    for at, piece in ((0, content[:half]), (half, content[half:])):
        body = {"csrf_token": token, "at": str(at), "size": str(len(content)), "part": (io.BytesIO(piece), "part")}
        answer = resident.client.post(here, data=body, content_type="multipart/form-data")
        assert answer.status_code == 200, answer.get_data(as_text=True)
    assert resident.client.get(here).json["at"] == len(content)
    answer = resident.client.post(f"{here}/finish", data={"csrf_token": token, "material": "1"})
    assert answer.json["done"] == f"/my/drafts/{draft}/photos"
    assert "已传 1" in resident.get(answer.json["done"]).words


def test_a_refusal_names_the_ground_and_the_doors(app: Flask, browse: Browse) -> None:
    resident, clerk = browse(), browse("window-mr")
    number, code = sent(resident, app, CENTER)
    page = clerk.get(f"/cases/{number}/act/turn_away")
    page = clerk.press(page, "/act/turn_away", why="not_ours", ground="不属于本部门（示例）", whose="税务局（示例）")
    assert page.status == 200, page.words[:400]
    text = shown(app, code)
    assert "不属于本部门" in text and "税务局" in text and "行政复议" in text and f"/track/{code[:4]}" in text and "陈" not in text
    assert "/rate" in text, "also who was turned away can rate"


def test_sent_by_two_hands_at_once_it_is_one_case(app: Flask, browse: Browse, clock: ManualClock) -> None:
    resident = browse()
    come_in(resident)
    draft = begin(resident)
    fill(resident, draft)
    token = next(cookie.value for cookie in resident.client._cookies.values() if cookie.key == "aid")
    with app.app_context():
        phone = apply_queries.known_phone(the_county().id, token, clock.wall())
        assert phone is not None
        version = db.session.get_one(Draft, draft).version
        db.session.remove()
    answers = together(app, *[lambda: apply_services.submit(draft, version=version, phone=phone, clock=clock).id] * 4)
    assert sorted(type(answer).__name__ for answer in answers) == ["NotAllowed"] * 3 + ["int"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(CaseEvent.sort == "act_of_applicant")) == 1


def test_many_tries_of_a_code_at_once_are_five(app: Flask, browse: Browse, clock: ManualClock) -> None:
    resident = browse()
    page = resident.press(resident.get("/my"), "/my/code", phone=PHONE)
    ticket, wrong = page.path.rpartition("/")[2], f"{(int(code_on(page)) + 1) % 10**6:06d}"
    with app.app_context():
        county_id = the_county().id

    def guess() -> str:
        try:
            return apply_services.enter(ticket, wrong, county_id=county_id, address="127.0.0.1", clock=clock)
        except apply_services.WrongCode:
            return "wrong"

    answers = together(app, *[guess] * 8)
    assert answers.count("wrong") == 5, "the others were not looked at"
