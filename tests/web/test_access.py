"""The first gate and the second: who may knock at each address, and what does not exist for whom."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from portal.web import access
from tests.conftest import PASSWORD
from tests.people import NS, Browser, Page
from tests.routes import CAST, County, every_post, rules, token_of, without_secrets

PUBLIC, ANYBODY, STAFF = "public", "signed in", "staff"
READERS = {"manager", "dept_head", "leader", "center", "supervisor", "auditor"}
HEADS = {"manager", "dept_head"}
LETTERS = {"manager", "center", "dept_head"}
POSTERS = {"manager", "dept_head", "leader", "center"}
PLANNERS = {"inspector", "manager", "supervisor", "dept_head", "leader", "center"}

# endpoint → who may knock. What is not in this table is refused by the test; what has no decorator is refused by the site.
WHO: dict[str, str | set[str]] = {
    "accounts.account": ANYBODY,
    "accounts.contact": ANYBODY,
    "accounts.password": ANYBODY,
    "messages.messages": ANYBODY,
    "messages.read": ANYBODY,
    "accounts.sign_in": PUBLIC,
    "accounts.sign_in_form": PUBLIC,
    "accounts.sign_out": PUBLIC,
    "accounts.sign_out_everywhere": ANYBODY,
    "authority.attach_scan": HEADS,
    "authority.ceilings": READERS,
    "authority.change_draft": {"manager"},
    "authority.change_form": {"manager"},
    "authority.confirm": HEADS,
    "authority.confirmations": READERS,
    "authority.draft": {"manager"},
    "authority.draft_form": {"manager"},
    "explain.explain": STAFF,
    "authority.file": {"manager", "center", "dept_head"},
    "authority.gaps": READERS,
    "authority.instrument": READERS,
    "authority.instrument_paper": PUBLIC,
    "authority.instruments": READERS,
    "letters.change": {"manager", "center"},
    "letters.draft": {"manager", "center"},
    "letters.end": LETTERS,
    "letters.file": LETTERS,
    "letters.letter": READERS,
    "letters.letters": READERS,
    "letters.new": {"manager", "center"},
    "letters.paper": PUBLIC,
    "letters.register": LETTERS,
    "letters.sign": LETTERS,
    "stand_ins.appoint": {"center", "dept_head"},
    "stand_ins.end": {"center", "dept_head"},
    "stand_ins.stand_ins": READERS,
    "postings.end": POSTERS,
    "postings.post": POSTERS,
    "postings.post_form": POSTERS,
    "postings.posting": READERS,
    "postings.postings": READERS,
    "stationing.manage": READERS,
    "stationing.negative": {"manager", "center"},
    "stationing.negative_form": {"manager", "center"},
    "stationing.stationing": PUBLIC,
    "stationing.withdraw": {"manager", "center"},
    "stationing.withdraw_form": {"manager", "center"},
    "papers.check": PUBLIC,
    "papers.form": STAFF,
    "papers.paper": STAFF,
    "papers.papers": STAFF,
    "papers.verify": PUBLIC,
    "powers.item_at_point": PUBLIC,
    "matrix.matrix": READERS,
    "powers.powers": PUBLIC,
    "authority.management": READERS,
    "authority.register": HEADS,
    "authority.revoke": HEADS,
    "authority.scan": READERS,
    "authority.set_ceiling": {"manager"},
    "authority.sign": HEADS,
    "authority.suspend": HEADS,
    "attachments.attach": STAFF,
    "attachments.attachment": STAFF,
    "attachments.attachments": STAFF,
    "attachments.finish": STAFF,
    "attachments.take_part": STAFF,
    "attachments.where": STAFF,
    "apply.ask_code": PUBLIC,
    "apply.attach": PUBLIC,
    "apply.begin": PUBLIC,
    "apply.code_form": PUBLIC,
    "apply.detach": PUBLIC,
    "apply.draft": PUBLIC,
    "apply.drop": PUBLIC,
    "apply.enter": PUBLIC,
    "apply.leave": PUBLIC,
    "apply.mine": PUBLIC,
    "apply.photos": PUBLIC,
    "apply.finish": PUBLIC,
    "apply.photo": PUBLIC,
    "apply.receipt": PUBLIC,
    "apply.save": PUBLIC,
    "apply.send": PUBLIC,
    "apply.start": PUBLIC,
    "apply.submit": PUBLIC,
    "apply.supplement": PUBLIC,
    "apply.take_part": PUBLIC,
    "apply.where": PUBLIC,
    "sheets.overview": READERS,
    "sheets.point": READERS,
    "sheets.issue": {"manager", "center"},
    "sheets.print_block": STAFF,
    "sheets.desk": STAFF,
    "sheets.enter": STAFF,
    "sheets.cancel": STAFF,
    "sheets.photo": STAFF,
    "sheets.add_photo": STAFF,
    "inquiries.inquiries": STAFF,
    "inquiries.inquiry": STAFF,
    "inquiries.log": STAFF,
    "inquiries.answer": STAFF,
    "inquiries.hand_over": STAFF,
    "inquiries.reveal": STAFF,
    **{f"unfinished.{name}": PUBLIC for name in ("look_up", "follow", "new", "open_new", "case_form", "open_case")},
    **{f"unfinished.{name}": {"manager", "center", "supervisor", "auditor"} for name in ("matters", "matter")},
    **{f"unfinished.{name}": {"center"} for name in ("choose", "answer", "settle", "reveal")},
    **{f"visits.{name}": PUBLIC for name in ("visit_form", "book", "take", "visit", "change", "cancel", "arrive", "ticket", "ticket_paper")},
    **{f"visits.{name}": STAFF for name in ("tickets", "issue", "call", "start", "end", "pass_over")},
    "double_intake.findings": READERS | {"chief"},
    "double_intake.finding": READERS | {"chief"},
    "double_intake.new": {"center", "supervisor"},
    "double_intake.open_finding": {"center", "supervisor"},
    "double_intake.list_form": {"center", "supervisor"},
    "double_intake.template": {"center", "supervisor"},
    "double_intake.take": {"center", "supervisor"},
    "double_intake.answer": {"dept_head", "chief"},
    "double_intake.close": {"center"},
    "supervision_tasks.tasks": READERS | {"inspector"},
    "supervision_tasks.task": READERS | {"inspector"},
    "supervision_tasks.confirm": READERS | {"inspector"},
    "space.answer": {"supervisor"},
    "space.feed": PUBLIC,
    "space.follow": PUBLIC,
    "space.home": PUBLIC,
    "space.leave": PUBLIC,
    "space.look": PUBLIC,
    "space.month": PUBLIC,
    "space.rate": PUBLIC,
    "space.ratings": {"supervisor"},
    "space.renew_feed": {"enterprise"},
    "space.report_form": PUBLIC,
    "space.report_one": {"supervisor", "manager"},
    "space.reports": {"supervisor", "manager"},
    "space.reveal": {"supervisor"},
    "space.send": PUBLIC,
    "space.sheet": PUBLIC,
    "space.verify": PUBLIC,
    "space.verify_form": PUBLIC,
    "space.visits": PUBLIC,
    "draws.draw": {"inspector"},
    "draws.new": {"inspector"},
    "draws.one": PUBLIC,
    "draws.overview": PUBLIC,
    "draws.publish": {"dept_head"},
    "draws.whole_list": PUBLIC,
    "matches.accept": {"inspector"},
    "matches.enter": {"inspector"},
    "matches.move": {"inspector"},
    "matches.overview": {"inspector", "dept_head", "manager", "leader", "supervisor"},
    "matches.proposal": {"inspector", "dept_head", "manager", "leader", "supervisor"},
    "matches.refuse": {"inspector", "dept_head"},
    "matches.run": {"manager", "leader"},
    "matches.wishes": {"inspector", "dept_head"},
    "matches.withdraw": {"inspector"},
    "plans.afterwards": {"inspector"},
    "plans.approve": {"dept_head", "leader"},
    "plans.benchmarks": PUBLIC,
    "plans.cancel": {"inspector"},
    "plans.change": {"inspector"},
    "plans.draft": {"inspector"},
    "plans.edit": {"inspector"},
    "plans.file": {"inspector"},
    "plans.form": {"inspector", "dept_head", "leader", "supervisor"},
    "plans.matters": PUBLIC,
    "plans.new": {"inspector"},
    "plans.plan": {"inspector", "dept_head", "leader", "supervisor"},
    "inspection_audit.audit": {"supervisor", "auditor", "manager", "center"},
    "plans.plan_list": {"inspector", "dept_head", "leader", "supervisor"},
    "plans.refuse": {"dept_head", "leader"},
    "plans.submit": {"inspector"},
    "plans.write": {"inspector"},
    "plans.publish": {"dept_head"},
    **{f"inspection_visits.{name}": {"inspector", "dept_head", "leader", "supervisor"} for name in ("visit", "notice", "result", "following")},
    **{f"inspection_visits.{name}": {"inspector"} for name in ("show", "enter", "leave", "turn_away", "explain_code", "tell", "check_order", "record_form", "record", "paper_form", "write_on_paper", "today", "draw")},
    **{f"inspection_visits.{name}": {"inspector", "dept_head"} for name in ("notices", "notice_block")},
    **{f"inspection_visits.{name}": {"dept_head"} for name in ("penalty_form", "penalise", "explain_form", "explain")},
    "inspection_visits.alarms": {"supervisor", "manager", "dept_head"},
    "plans.recheck": {"inspector"},
    "plans.draft_recheck": {"inspector"},
    "plans.yearly": PUBLIC,
    "plans.yearly_edition": {"inspector", "dept_head", "leader", "supervisor"},
    "disputes.bodies": PUBLIC,
    "disputes.dispute": READERS,
    "disputes.disputes": READERS,
    "disputes.meet": {"center"},
    "disputes.rule": {"center", "manager"},
    "moving.close": {"center", "manager"},
    "moving.move": {"center", "manager"},
    "moving.overview": {"center", "manager"},
    "moving.resume": {"center", "manager"},
    "moving.subject": {"center", "manager"},
    "moving.suspend": {"center", "manager"},
    "moving.take_back": {"center", "manager"},
    "review_points.compared": READERS,
    "ratings.answer": {"center"},
    "ratings.rate": PUBLIC,
    "ratings.rate_form": PUBLIC,
    "ratings.ratings": {"center"},
    "joint.act": STAFF,
    "joint.board": STAFF,
    "joint.new": STAFF,
    "joint.open_joint": STAFF,
    "joint.package": PUBLIC,
    "joint.packages": PUBLIC,
    "joint.receipt": STAFF,
    "joint.track": PUBLIC,
    "joint.usage": READERS,
    "joint.waiting": STAFF,
    "licences.check": {"dept_head"},
    "licences.check_form": READERS | {"chief"},
    "licences.checks": READERS | {"chief"},
    "licences.end": {"dept_head"},
    "licences.ledger": READERS | {"chief"},
    "licences.licence": STAFF,
    "licences.look_up": PUBLIC,
    "licences.renews": STAFF,
    "licences.renews_form": STAFF,
    "agents.act": STAFF,
    "ways.route": STAFF,
    "agents.day": STAFF,
    "agents.form": STAFF,
    "agents.paper": STAFF,
    "agents.rooms": READERS,
    "agents.service": STAFF,
    "handoffs.legs": STAFF,
    "handoffs.papers": STAFF,
    "handoffs.receive_paper": STAFF,
    "handoffs.awaited": STAFF,
    "legs.overview": {"center", "manager", "supervisor", "auditor"},
    "consultations.consultations": STAFF,
    "consultations.ask": STAFF,
    "consultations.answer": STAFF,
    "consultations.asked": STAFF,
    "batches.batches": STAFF,
    "batches.new": STAFF,
    "batches.send": STAFF,
    "batches.batch": STAFF,
    "batches.paper_list": STAFF,
    "batches.receive": STAFF,
    "batches.recall": STAFF,
    "beside.act": STAFF,
    "beside.form": STAFF,
    "beside.people": STAFF,
    "course.act": STAFF,
    "course.clocks": READERS,
    "course.form": STAFF,
    "course.refusals": READERS | {"chief"},
    "course.why": STAFF,
    "calendar.calendar": {"manager", "center", "supervisor", "auditor"},
    "calendar.entry": {"manager", "center", "supervisor", "auditor"},
    **{name: {"manager"} for name in ("calendar.new", "calendar.preview", "calendar.enter", "calendar.regional", "calendar.preview_regional", "calendar.enter_regional", "calendar.end_regional")},
    "cases.accept": STAFF,
    "cases.certify": STAFF,
    "cases.collect": STAFF,
    "cases.decide": STAFF,
    "cases.deliver": STAFF,
    "cases.detail": STAFF,
    "cases.finish": STAFF,
    "cases.hand_off": STAFF,
    "cases.new": STAFF,
    "cases.recall": STAFF,
    "cases.receipt": STAFF,
    "cases.receive": STAFF,
    "cases.return_leg": STAFF,
    "cases.reveal": STAFF,
    "cases.review": STAFF,
    "cases.take": STAFF,
    "cases.track": PUBLIC,
    "cases.track_case": PUBLIC,
    "worklists.find": STAFF,
    "worklists.hand_off": STAFF,
    "worklists.receive": STAFF,
    "worklists.search": STAFF,
    "worklists.search_form": STAFF,
    "worklists.work": ANYBODY,
    "catalogue.item": PUBLIC,
    "catalogue.item_places": PUBLIC,
    "catalogue.items": PUBLIC,
    "catalogue.point": PUBLIC,
    "fees.fees": PUBLIC,
    "fees.history": PUBLIC,
    **{f"fees.{name}": {"manager", "center", "supervisor", "auditor"} for name in ("overview", "grounds")},
    **{f"fees.{name}": {"manager"} for name in ("new", "preview", "publish", "cancel_form", "cancel", "publish_ground")},
    **{f"fee_notices.{name}": STAFF for name in ("of_case", "issue", "enter", "notice", "withdraw")},
    "fee_notices.check": PUBLIC,
    **{f"fee_notices.{name}": {"dept_head", "leader"} for name in ("waivers", "waiver", "decide")},
    **{f"cashier.{name}": {"cashier"} for name in ("desk", "notice", "pay", "ask_back", "close_form", "close")},
    **{f"cashier.{name}": {"cashier", "center", "auditor"} for name in ("receipt", "days", "day_paper")},
    **{f"cashier.{name}": {"center", "auditor"} for name in ("reversals", "decide_back", "sign", "send_back")},
    "fee_card.card": {"enterprise"},
    **{f"fee_card.{name}": PUBLIC for name in ("report_form", "report", "follow")},
    **{f"fee_card.{name}": {"auditor", "supervisor", "dept_head", "leader"} for name in ("audit", "audit_card", "unequal", "reports", "report_one", "answer")},
    "imports.form": {"manager"},
    "imports.take": {"manager"},
    "imports.template": {"manager"},
    "inspections.check": PLANNERS,
    "inspections.bodies": PUBLIC,
    **{f"quiet_rules.{name}": {"manager", "center", "supervisor", "auditor"} for name in ("overview", "days", "exemptions", "caps")},
    **{f"quiet_rules.{name}": {"manager"} for name in ("new", "preview", "enter", "preview_days", "enter_days", "end_days", "switch_exemption", "add_exemption", "enter_cap", "name_level")},
    "inspections.quiet_month": PUBLIC,
    "inspections.quiet_today": PUBLIC,
    "inspections.quiet_year": PUBLIC,
    "network.network": PUBLIC,
    "openness.healthz": PUBLIC,
    "openness.help": PUBLIC,
    "openness.home": PUBLIC,
    "openness.open_data": PUBLIC,
    "openness.open_table": PUBLIC,
    "openness.readyz": PUBLIC,
    "supervision.cases": READERS,
    "supervision.mail_room": PUBLIC,
    "supervision.mail_room_items": PUBLIC,
    "supervision.mail_room_of": PUBLIC,
    "supervision.overview": READERS,
    "replays.what_if": READERS,
}
TYPED = "写了很久的一段话，不能丢"


def said(who: frozenset[str] | None) -> str | set[str]:
    """What a decorator says, in the words of the table."""
    if who is None:
        return PUBLIC
    if who == {"*"}:
        return ANYBODY
    return STAFF if who == access.STAFF else set(who)


def accounts_outside(endpoint: str) -> list[str]:
    """One account of each role that may not knock there."""
    who = WHO[endpoint]
    if who in (PUBLIC, ANYBODY):
        return []
    allowed = access.STAFF if who == STAFF else who
    return sorted(username for role, username in CAST.items() if role not in allowed)


# --- the decorators -------------------------------------------------------------------------------------------------------------


def test_every_view_says_who_may_knock_and_the_table_agrees(sqlite_county: County) -> None:
    app = sqlite_county.app
    endpoints = {rule.endpoint for method in ("GET", "POST") for rule in rules(app, method)}
    bare = [endpoint for endpoint in endpoints if not hasattr(app.view_functions[endpoint], access.MARK)]
    assert not bare, f"{bare} have no access decorator; @public is one"
    with app.app_context():
        found = {endpoint: said(access.who_may_knock(endpoint)) for endpoint in endpoints}
    assert found == WHO
    assert {rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS", "POST"}} == set()


def test_a_view_has_one_decorator_not_two() -> None:
    with pytest.raises(TypeError, match="two access decorators"):

        @access.staff
        @access.public
        def view() -> str:
            return ""


def test_a_view_without_a_decorator_is_refused_to_everybody(sqlite_app: Flask) -> None:
    sqlite_app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert Browser(sqlite_app).get("/forgotten").status == 403
    assert Browser(sqlite_app, "admin", PASSWORD).get("/forgotten").status == 403


# --- the doors ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", CAST)
def test_everybody_signs_in_to_a_page_that_opens(sqlite_county: County, role: str) -> None:
    page = sqlite_county.at(CAST[role]).get("/work")
    assert page.status == 200, page.words[:300]
    for link in [each.get("href") or "" for each in page.tree.iter(f"{NS}a")]:
        if link.startswith("/") and "lang=" not in link and "view=" not in link and not link.startswith("/sign-"):
            answer = sqlite_county.at(CAST[role]).get(link)
            assert answer.status == 200, f"{CAST[role]} is shown {link}, which answers {answer.status}"


def test_a_page_that_was_asked_for_leads_through_the_door_and_on(sqlite_county: County) -> None:
    for address in ("/work", "/cases/new?item=S-03", "/manage/matrix?body=MR"):
        browser = Browser(sqlite_county.app)
        page = browser.get(address)
        assert page.status == 401
        form = page.form("/sign-in")
        assert form["fields"]["next"] == address
        done = browser.post("/sign-in", {**form["fields"], "username": "chief-mr", "password": PASSWORD}, follow=False)
        assert (done.status, done.headers["Location"]) == (303, address)
    assert Browser(sqlite_county.app).get("/sign-in?next=/work").form("/sign-in")["fields"]["next"] == "/work"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/sign-out", "\t//evil.example"]
)
def test_the_door_leads_nowhere_else(sqlite_county: County, elsewhere: str) -> None:
    browser = Browser(sqlite_county.app)
    page = browser.client.get("/sign-in", query_string={"next": elsewhere})
    fields = {"csrf_token": token_of(browser), "username": "chief-mr", "password": PASSWORD, "next": elsewhere}
    done = browser.post("/sign-in", fields, follow=False)
    assert page.status_code in {200, 400}
    assert done.status in {303, 422} and done.headers.get("Location", "/work") == "/work"


# --- what is sent without a session, by the wrong role, from elsewhere ----------------------------------------------------------------


def test_without_a_session_nothing_is_done_and_what_was_typed_is_kept(sqlite_county: County) -> None:
    browser = Browser(sqlite_county.app)
    token = token_of(browser)
    for endpoint, address in every_post(sqlite_county).items():
        if WHO[endpoint] == PUBLIC:
            continue
        came_from = f"http://localhost{urlsplit(address).path.rpartition('/')[0]}"
        fields = {"csrf_token": token, "note": TYPED, "reason": TYPED, "password": "geheim-geheim", "number": "99999919900101123X"}
        response = browser.client.post(address, data=fields, headers={"Referer": came_from})
        page = Page(response)
        assert page.status == 401, f"{endpoint}: {page.status}"
        assert TYPED in page.words, f"{endpoint} loses what was typed"
        assert "geheim" not in page.text and "99999919900101123X" not in page.text, "a secret is shown"
        doors = [each.get("href") or "" for each in page.tree.iter(f"{NS}a") if "/sign-in" in (each.get("href") or "")]
        wanted = urlsplit(came_from).path
        assert any(parse_qs(urlsplit(door).query).get("next") == [wanted] for door in doors), f"{endpoint}: {doors}, wanted next={wanted}"


def test_without_a_word_where_one_came_from_the_door_leads_to_the_nearest_page(sqlite_county: County) -> None:
    browser = Browser(sqlite_county.app)
    number = sqlite_county.numbers["county"]
    page = Page(browser.client.post(f"/cases/{number}/accept", data={"csrf_token": token_of(browser)}))
    assert page.status == 401
    assert f"/sign-in?next=/cases/{number}" in page.text
    for referer in ("http://[", "https://evil.example/cases", "//evil.example"):
        answer = browser.client.post(f"/cases/{number}/accept", data={"csrf_token": token_of(browser)}, headers={"Referer": referer})
        assert answer.status_code == 401 and f"/sign-in?next=/cases/{number}" in answer.get_data(as_text=True)


def test_a_session_that_ended_while_somebody_typed_loses_nothing(sqlite_county: County) -> None:
    browser = Browser(sqlite_county.app, "cashier", PASSWORD)
    page = browser.get("/account")
    form = page.form("/account/password")
    kept = browser.client.get_cookie("sid")
    assert kept is not None
    browser.press(page, "/sign-out")
    browser.client.set_cookie("sid", kept.value)
    answer = browser.post("/account/password", {**form["fields"], "note": TYPED, "new_password": "geheim-geheim"}, follow=False)
    assert answer.status == 401
    assert TYPED in answer.words and "geheim" not in answer.text


def test_the_wrong_role_is_refused(sqlite_county: County) -> None:
    tried = 0
    addresses = every_post(sqlite_county)
    for endpoint, address in addresses.items():
        for username in accounts_outside(endpoint):
            browser = sqlite_county.at(username)
            page = browser.post(address, {"csrf_token": token_of(browser, "/account"), "note": TYPED}, follow=False)
            assert page.status == 403, f"{username} at {endpoint}: {page.status}"
            assert TYPED in page.words
            tried += 1
    assert tried > 50


def test_a_form_without_its_token_is_refused_and_kept(sqlite_county: County) -> None:
    browser, other = sqlite_county.at("window-mr"), sqlite_county.at("town-xialiang")
    for token in (None, "", "AAAA", "ä" * 20, token_of(other, "/account"), "A" * 43):
        for endpoint, address in every_post(sqlite_county).items():
            page = browser.post(address, {"note": TYPED} | ({} if token is None else {"csrf_token": token}), follow=False)
            assert page.status == 400, f"{endpoint} takes {token!r}"
            assert TYPED in page.words
            if token is not None and token != "AAAA":
                break


def test_a_form_from_another_site_is_refused(sqlite_county: County) -> None:
    browser = sqlite_county.at("window-mr")
    address = every_post(sqlite_county)["cases.take"]
    for site, status in (("cross-site", 400), ("same-site", 400), ("same-origin", 409), ("none", 409)):
        fields = {"csrf_token": token_of(browser, "/account"), "version": "999999"}
        assert browser.client.post(address, data=fields, headers={"Sec-Fetch-Site": site}).status_code == status


def test_a_token_serves_one_person_and_is_written_anew_each_time(sqlite_county: County) -> None:
    browser = sqlite_county.at("window-mr")
    tokens = {token_of(browser, "/account") for _each in range(5)}
    assert len(tokens) == 5


# --- what does not exist --------------------------------------------------------------------------------------------------------


def test_a_case_of_another_town_and_one_that_is_none_are_the_same_404(county: County) -> None:
    stranger = county.at("town-yingpan")
    real, none = county.numbers["town"], "611026-20261123-9876"
    assert len(real) == len(none)
    assert county.at("town-xialiang").get(f"/cases/{real}").status == 200
    for address in ("/cases/{}", "/cases/{}/receipt", "/cases?number={}"):
        answers = [stranger.client.get(address.format(number)) for number in (real, none)]
        assert [answer.status_code for answer in answers] == [404, 404]
        bodies = [without_secrets(answer.get_data(as_text=True), number) for answer, number in zip(answers, (real, none), strict=True)]
        assert bodies[0] == bodies[1]
        heads = [{name: value for name, value in answer.headers if name != "Content-Length"} for answer in answers]
        assert heads[0] == heads[1]
        assert len(answers[0].data) == len(answers[1].data)
    for endpoint, address in every_post(county, "town").items():
        if not endpoint.startswith("cases.") or endpoint == "cases.collect":
            continue
        answers = [
            stranger.post(
                address.replace(real, number), {"csrf_token": token_of(stranger, "/account"), "version": "1", "note": TYPED}, follow=False
            )
            for number in (real, none)
        ]
        assert [answer.status for answer in answers] == [404, 404], f"{endpoint}: {[answer.status for answer in answers]}"
        assert without_secrets(answers[0].text, real) == without_secrets(answers[1].text, none)


def test_an_instrument_of_another_body_and_one_that_is_none_are_the_same_404(sqlite_county: County) -> None:
    from portal.authority.models import Instrument
    from portal.database import db
    from portal.network.models import Body

    with sqlite_county.app.app_context():
        query = select(Instrument.id).join(Body, Body.id == Instrument.body_id).where(Body.code == "TAX").limit(1)
        of_tax = db.session.scalar(query)
        db.session.remove()
    head, none = sqlite_county.at("dept-mr"), "987654"
    assert of_tax is not None and sqlite_county.at("manager").get(f"/manage/instruments/{of_tax}").status == 200
    assert head.get(f"/manage/instruments/{sqlite_county.draft}").status == 200
    answers = [head.get(f"/manage/instruments/{number}") for number in (of_tax, none)]
    assert [answer.status for answer in answers] == [404, 404]
    assert without_secrets(answers[0].text, f"instruments/{of_tax}") == without_secrets(answers[1].text, f"instruments/{none}")
    for verb in ("sign", "register", "suspend", "revoke"):
        fields = {"csrf_token": token_of(head, "/account"), "ground": TYPED}
        answers = [head.post(f"/manage/instruments/{number}/{verb}", fields, follow=False) for number in (of_tax, none)]
        assert [answer.status for answer in answers] == [404, 404], f"{verb}: {[answer.status for answer in answers]}"
    for number in (2**31 - 1, 2**31, 2**63, 10**30, 0):
        assert sqlite_county.at("manager").get(f"/manage/instruments/{number}").status == 404


def test_unknown_codes_and_addresses_are_404(sqlite_county: County) -> None:
    addresses = [
        "/nowhere", "/items/S-99", "/items/S-03/at/none", "/items/S-99/at", "/network/999", "/track/ABCDEFGHJKLM", "/powers/none", "/quiet-days/2026/13",
        "/quiet-days/1066/01", "/quiet-days/2026/1", "/open-data/cases.csv", "/open-data/network.exe", "/powers?item=S-99", "/powers?body=NONE",
        "/powers?point=999", "/static/site.css", "/static/../app.py", "/mailbox", "/rankings", "/sw.js",
    ]  # fmt: skip
    for address in addresses:
        for who in ("", "manager"):
            page = sqlite_county.at(who).get(address)
            assert page.status == 404, f"{address} ({who or 'public'}): {page.status}"


def test_a_closed_way_says_which_ways_are_open(sqlite_county: County) -> None:
    browser = sqlite_county.at("manager")
    response = browser.client.post("/items", data={"csrf_token": token_of(browser, "/account")})
    assert response.status_code == 405
    assert re.search(r"\bGET\b", response.headers["Allow"])
    for method in ("PUT", "PATCH", "DELETE"):
        assert browser.client.open("/items", method=method, data={"csrf_token": token_of(browser, "/account")}).status_code == 405
