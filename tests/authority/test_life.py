"""What happens to an instrument beside draft, signature and registration: conditions, overlap, filing, scan, confirmation, ceilings, and what
becomes of the cases under way when it ends (G-1, G-3, G-5, G-6, G-14)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import files
from portal.audit import AuditRecord
from portal.authority import life_services, queries, services
from portal.authority.models import InstrumentFile
from portal.cases import queries as cases
from portal.database import db
from portal.network.queries import the_county, window_by_code
from portal.rules.clauses import Condition, Handling, Level, Mandate, Power
from portal.rules.decision import NotAllowed, Reason
from portal.rules.grants import FiledWith
from tests.authority.instruments import TODAY, TOWN, actor, in_force, text
from tests.cases import story
from tests.people import NS, Browser, ManualClock

Browse = Callable[..., Browser]
DAY = timedelta(days=1)
NEW = "/manage/instruments/new?body=MR&mandate=entrustment"
PDF = b"%PDF-1.4\n%example\n"


def bound(clock: ManualClock, condition: Condition, **changes: object) -> int:
    """An instrument in force whose clauses are bound so."""
    said = text(**changes)  # type: ignore[arg-type]
    clauses = tuple(services.ClauseText(**{**{f: getattr(one, f) for f in one.__slots__}, "condition": condition}) for one in said.clauses)
    said = services.InstrumentText(**{**{f: getattr(said, f) for f in said.__slots__}, "clauses": clauses})
    instrument_id = services.draft(said, actor=actor("manager"), clock=clock)
    services.sign(instrument_id, version=1, actor=actor("dept-mr"), clock=clock)
    services.register(instrument_id, actor=actor("manager"), clock=clock)
    return instrument_id


def deciders(number: str, clock: ManualClock) -> list[str]:
    """The windows of the case's chain that may decide it now, nearest first."""
    case = db.session.scalar(select(cases.Case).where(cases.Case.number == number))
    assert case is not None
    view = cases.load(case, clock.now())
    register = queries.register_for(case.county_id, clock.now(), [view.item])
    return [holding.window.code for holding in register.who_may(Power.DECIDE, view.item, register.points[case.point_id])]


# --- conditions -----------------------------------------------------------------------------------------------------------------


def test_a_clause_for_another_kind_of_handling_gives_nothing(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        bound(clock, Condition(Handling.INSTANT))  # S-03 is a promised item
        found = queries.explain_at(the_county().id, Power.DECIDE, "S-03", TOWN, clock.now())
        assert [step.reason for step in found.steps if not step.ok] == [Reason.OTHER_HANDLING]
        bound(clock, Condition(Handling.PROMISED))  # the two overlap in nothing
        assert queries.explain_at(the_county().id, Power.DECIDE, "S-03", TOWN, clock.now()).allowed


def test_a_clause_for_a_territory_serves_who_came_in_there(app: Flask, browse: Browse, clock: ManualClock) -> None:
    mine = story.to_county(browse)  # collected below 下梁镇
    with app.app_context():
        points = {point.code: point.id for point in queries.points(the_county().id).values()}
        bound(clock, Condition(territory_id=points["611026101000"]), windows=("611026000000-MR",), mandate=Mandate.INTERNAL, receiving=None,
              powers=(Power.LITIGATE,))  # fmt: skip
        item = queries.item_terms_by_code(the_county().id, "S-03", TODAY)
        register = queries.register_for(the_county().id, clock.now(), [item])
        of = {code: bool(register.who_may(Power.LITIGATE, item, register.points[point_id])) for code, point_id in points.items()}
        assert of["611026101000"] and not of["611026102000"] and not of["611026000000"]
        assert {code for code, found in of.items() if found} == {code for code in of if code.startswith("611026101")}
        assert deciders(mine, clock)[0] == "611026000000-MR"


def test_an_amount_is_asked_of_the_case(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent = browse("village-xialiang")
    page = agent.get("/cases/new?item=S-15")
    assert page.form("/cases/new")["fields"].get("amount") == "" and "amount" not in agent.get("/cases/new?item=S-03").form("/cases/new")["fields"]
    numbers = [story.collect(agent, "S-15", amount=amount) for amount in ("1000", "1001", "")]
    with app.app_context():
        said = text(body="CA", items=("S-15",), powers=(Power.DECIDE,))
        clauses = (services.ClauseText(window_by_code(the_county().id, TOWN).id, frozenset({Power.DECIDE}), said.clauses[0].item_ids, TODAY,
                                       condition=Condition(most_fen=100_000)),)  # fmt: skip
        said = services.InstrumentText(said.body_id, said.mandate, said.title, clauses, said.basis, said.receiving_body_id)
        instrument_id = services.draft(said, actor=actor("manager"), clock=clock)
        services.sign(instrument_id, version=1, actor=actor(head_of("CA")), clock=clock)
        services.register(instrument_id, actor=actor("manager"), clock=clock)
        assert [TOWN in deciders(number, clock) for number in numbers] == [True, False, False]
        assert queries.explain_at(the_county().id, Power.DECIDE, "S-15", TOWN, clock.now()).allowed, "in general, with its condition"
    manager = browse("manager")
    answer = manager.press(manager.get(NEW), "/manage/instruments/new", id="draft", **{**story.ENTRUSTED, "most": "1000"})
    assert answer.status == 422 and "S-03" in answer.words, "an item without an amount cannot be bound to one"


def head_of(body: str) -> str:
    """The account of the head of a body."""
    from portal.accounts.models import Account, Office
    from portal.network.models import Body

    query = select(Account.username).join(Office, Office.account_id == Account.id).join(Body, Body.id == Office.body_id)
    return str(db.session.scalar(query.where(Body.code == body, Office.kind == "head_of_agency")))


# --- the same clause twice ------------------------------------------------------------------------------------------------------


def test_what_is_given_already_is_refused_unless_it_is_replaced(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        first = in_force(clock)
        number = queries.get_instrument(the_county().id, first, clock.now()).number
        waiting = []
        with pytest.raises(services.DraftRefused) as refusal:
            services.draft(text(powers=(Power.DECIDE,)), actor=actor("manager"), clock=clock)
        assert [fault.reason for fault in refusal.value.faults] == [Reason.CLAUSES_OVERLAP]
        services.suspend(first, ground="示例", actor=actor("manager"), clock=clock)
        for _ in range(2):  # both drafted and signed while nothing stood in the way
            instrument_id = services.draft(text(), actor=actor("manager"), clock=clock)
            services.sign(instrument_id, version=1, actor=actor("dept-mr"), clock=clock)
            waiting.append(instrument_id)
        services.register(waiting[0], actor=actor("manager"), clock=clock)
        with pytest.raises(NotAllowed) as second:
            services.register(waiting[1], actor=actor("manager"), clock=clock)
        assert second.value.decision.reason is Reason.CLAUSES_OVERLAP
    page = browse("manager").get(f"/manage/instruments/{waiting[1]}")
    assert not page.has_form("/register") and "G-5" in page.words and number != page.words


# --- papers ---------------------------------------------------------------------------------------------------------------------


def test_it_is_filed_in_both_places_by_those_who_keep_them(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        instrument_id = in_force(clock)
    address = f"/manage/instruments/{instrument_id}"
    center, head = browse("center"), browse("dept-mr")
    assert not center.get(address).has_form("/file/department") and not head.get(address).has_form("/file/center")
    assert center.press(center.get(address), "/file/center").status == 200
    assert head.press(head.get(address), "/file/department").status == 200
    with app.app_context():
        with pytest.raises(NotAllowed) as again:
            life_services.file(instrument_id, FiledWith.CENTER, version=1, actor=actor("center"), clock=clock)
        assert again.value.decision.reason is Reason.FILED_ALREADY
        with pytest.raises(NotAllowed):
            life_services.file(instrument_id, FiledWith.DEPARTMENT, version=1, actor=actor("manager"), clock=clock)


def test_a_scan_is_kept_encrypted_and_each_look_is_recorded(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        instrument_id = in_force(clock)
    address = f"/manage/instruments/{instrument_id}"
    manager = browse("manager")
    form = manager.get(address).form("/scan", id="add-scan")

    def send(content: bytes, name: str) -> object:
        return manager.post(form["action"], {**form["fields"], "scan": (io.BytesIO(content), name)})

    for content in (b"", b"<html><script>", b"GIF89a", PDF + b"x" * files.MOST_BYTES):
        page = send(content, "scan.pdf")
        assert page.status == 422, page.status  # type: ignore[attr-defined]
    page = send(PDF, "../../scan.exe")
    assert page.status == 200 and page.has_form("/scan/1")  # type: ignore[attr-defined]
    with app.app_context():
        kept = db.session.scalars(select(InstrumentFile)).one()
        stored = next(path for path in (app.config["DATA_DIR"] / "attachments").rglob("*") if path.is_file())
        assert b"%PDF" not in stored.read_bytes() and files.read(kept.digest) == PDF
        looks = select(func.count()).select_from(AuditRecord).where(AuditRecord.verb == "look_at_scan")
        before = db.session.scalar(looks)
    form = manager.get(address).form("/scan/1")
    answer = manager.client.post(form["action"], data=form["fields"])
    assert answer.data == PDF and answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"] and answer.headers["X-Content-Type-Options"] == "nosniff"
    with app.app_context():
        assert db.session.scalar(looks) == (before or 0) + 1
    assert browse("town-xialiang").post(form["action"], form["fields"]).status in {400, 403}


def test_each_use_of_a_seal_is_logged_with_whose_it_is(app: Flask, browse: Browse) -> None:
    story.entrust(browse)
    number = story.to_town(browse)
    for who, verb in (("town-xialiang", "accept"), ("town-xialiang", "review"), ("chief-xialiang", "decide"), ("chief-xialiang", "certify")):
        page = story.do(browse(who), number, verb)
    assert "窗口审批专用章" in page.words, "the town uses it in the department's name"
    with app.app_context():
        query = select(cases.CaseEvent.payload).join(cases.Case, cases.Case.id == cases.CaseEvent.case_id)
        logged = db.session.scalars(query.where(cases.Case.number == number, cases.CaseEvent.kind == "certified")).one()
        assert (logged["seal"], logged["seal_body"]) == ("window", "MR")
        used = select(func.count()).select_from(AuditRecord).where(AuditRecord.verb == "use_seal", AuditRecord.subject == f"case:{number}")
        assert db.session.scalar(used.where(AuditRecord.body.contains(logged["number"]))) == 1
        assert db.session.scalar(used) == 3, "acceptance, decision and certificate bear it"


# --- the yearly confirmation ----------------------------------------------------------------------------------------------------


def test_unconfirmed_for_fourteen_months_it_covers_no_new_case(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.to_town(browse)
    with app.app_context():
        instrument_id = in_force(clock)
        begun = clock.now()
        clock.at = begun + timedelta(days=430)  # fourteen months and some days
        assert not queries.explain_at(the_county().id, Power.DECIDE, "S-03", TOWN, clock.now()).allowed
        assert TOWN in deciders(number, clock), "what began before stays covered"
        life_services.confirm(instrument_id, version=1, actor=actor("dept-mr"), clock=clock)
        assert queries.explain_at(the_county().id, Power.DECIDE, "S-03", TOWN, clock.now()).allowed
        earlier = queries.explain_at(the_county().id, Power.DECIDE, "S-03", TOWN, clock.now() - DAY)
        assert not earlier.allowed, "an answer about the past does not change"
        with pytest.raises(NotAllowed):
            life_services.confirm(instrument_id, version=1, actor=actor("manager"), clock=clock)


def test_the_yearly_round_is_a_worklist_and_reminds_each_head_once(app: Flask, browse: Browse, clock: ManualClock) -> None:
    from portal.network.models import Outbox

    with app.app_context():
        instrument_id = in_force(clock)
        number = queries.get_instrument(the_county().id, instrument_id, clock.now()).number
    mine = f"/manage/instruments/{instrument_id}#confirm"

    def listed(day: int) -> tuple[bool, int]:
        clock.at = begun + day * DAY
        with app.app_context():
            life_services.remind(the_county().id, clock)
            life_services.remind(the_county().id, clock)
            sent = select(func.count()).select_from(Outbox).where(Outbox.facts["instrument"].as_string() == number)
            count = db.session.scalar(sent) or 0
        return mine in browse("dept-mr").get("/manage/confirmations").text, count

    begun = clock.now()
    assert [listed(day) for day in (304, 305, 334, 335, 357, 358, 365)] == [
        (False, 0), (True, 1), (True, 1), (True, 2), (True, 2), (True, 3), (True, 3),
    ]  # fmt: skip
    clock.at = begun + 366 * DAY
    assert "逾期未确认" in browse().get(f"/powers/{slug(app, instrument_id)}").words
    head = browse("dept-mr")
    assert head.press(head.get(f"/manage/instruments/{instrument_id}"), "/confirm").status == 200
    assert listed(366) == (False, 3) and not browse("manager").get(f"/manage/instruments/{instrument_id}").has_form("/confirm")


def slug(app: Flask, instrument_id: int) -> str:
    with app.app_context():
        return queries.instrument_slugs(the_county().id, [instrument_id])[instrument_id]


# --- ceilings -------------------------------------------------------------------------------------------------------------------


def test_a_ceiling_closes_from_a_later_day_for_one_type_of_item(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        in_force(clock)
    manager = browse("manager")
    typed = {"level": "town", "power": "decide", "mandate": "entrustment", "item_type": "01", "is_allowed": "0"}
    page = manager.press(manager.get("/manage/ceilings"), "/manage/ceilings", from_on=TODAY.isoformat(), **typed)
    assert page.status == 422 and "G-17" in page.words
    page = manager.press(manager.get("/manage/ceilings"), "/manage/ceilings", from_on=(TODAY + DAY).isoformat(), **typed)
    assert page.status == 200
    again = manager.press(manager.get("/manage/ceilings"), "/manage/ceilings", from_on=(TODAY + DAY).isoformat(), **typed)
    assert again.status == 422
    with app.app_context():
        assert queries.explain_at(the_county().id, Power.DECIDE, "S-03", TOWN, clock.now()).allowed
        clock.at += DAY
        closed = queries.explain_at(the_county().id, Power.DECIDE, "S-03", TOWN, clock.now())
        assert not closed.allowed and closed.steps[-1 if not closed.steps[-1].ok else -2].rule
        assert queries.ceilings(the_county().id, clock.today()).allows(Level.TOWN, Power.DECIDE, Mandate.ENTRUSTMENT, "07")
        with pytest.raises(services.DraftRefused) as refusal:
            services.draft(text(from_on=clock.today(), powers=(Power.DECIDE,)), actor=actor("manager"), clock=clock)
        assert Reason.ABOVE_CEILING in {fault.reason for fault in refusal.value.faults}


# --- cases under way ------------------------------------------------------------------------------------------------------------


def test_before_it_ends_its_cases_are_listed_and_after_it_those_without_a_way(app: Flask, browse: Browse, clock: ManualClock) -> None:
    address = story.entrust(browse)
    number = story.to_town(browse)
    story.do(browse("town-xialiang"), number, "accept")
    manager = browse("manager")
    page = manager.get(f"{address}?from_on={(TODAY + DAY).isoformat()}")
    assert number in page.words and "转到柞水县政务服务中心" in page.words, page.words
    assert page.form("/revoke")["fields"]["from_on"] == (TODAY + DAY).isoformat()
    # without the hall's own clause nobody could go on
    with app.app_context():
        hall = {clause.instrument_id for clause in queries.clauses(the_county().id, window_id=window_by_code(the_county().id, "611026000000-MR").id)}
        for instrument_id in hall:
            services.suspend(instrument_id, ground="示例", actor=actor("manager"), clock=clock)
    page = manager.get(address)
    assert "无人可办" in page.words
    assert number not in manager.get("/work").words
    page = manager.press(page, "/suspend", ground="示例")
    assert page.status == 200
    work = manager.get("/work")
    assert number in work.words
    assert work.tree is not None
    ways = [link.get("href", "") for link in work.tree.iter(f"{NS}a") if link.get("href", "").startswith("/manage/instruments/new?")]
    draft = manager.get(ways[0])
    assert draft.status == 200 and draft.form("/manage/instruments/new", id="draft")["fields"]["items"] == "S-03"
