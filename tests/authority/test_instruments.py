"""Instruments from draft to end, through the pages and past them: who may do what, in which order, and what stays as it was (G-1 to G-6, G-17)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import Posting
from portal.audit import machine, record
from portal.authority import queries, services
from portal.authority.models import Ceiling, Instrument
from portal.database import NotFound, Stale, db, transaction
from portal.network.queries import the_county, window_by_code
from portal.rules.clauses import EndWhy, Mandate, Power
from portal.rules.decision import NotAllowed, Reason
from tests.authority.instruments import FORM, HALL, LAW, TODAY, TOWN, TOWN_BODY, actor, forge, in_force, text, written
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]
NEW = "/manage/instruments/new"
DAY = timedelta(days=1)


def may_decide(username: str, clock: ManualClock, *, window: str = TOWN) -> bool:
    return queries.explain_at(the_county().id, Power.DECIDE, "S-03", window, clock.now(), username).allowed


def draft_page(manager: Browser, **typed: object) -> object:
    page = manager.get(f"{NEW}?body=MR&mandate=entrustment")
    return manager.press(page, NEW, id="draft", **{**FORM, **typed})


# --- the story ------------------------------------------------------------------------------------------------------------------


def test_an_entrustment_is_drafted_signed_registered_and_in_force_at_once(app: Flask, browse: Browse, clock: ManualClock) -> None:
    manager, head = browse("manager"), browse("dept-mr")
    page = manager.press(manager.get(f"{NEW}?body=MR&mandate=entrustment"), NEW, id="draft", **FORM)
    address = page.path
    assert page.status == 200 and address.startswith("/manage/instruments/")
    assert not page.has_form("/sign") and "G-6" in page.words
    with app.app_context():
        assert not may_decide("chief-xialiang", clock)
    clock.advance(minutes=5)
    page = head.press(head.get(address), "/sign")
    assert page.status == 200 and "柞市监授〔2026〕12号" in page.words
    with app.app_context():
        assert not may_decide("chief-xialiang", clock), "signed is not yet registered"
    clock.advance(minutes=5)
    registered_at = clock.now()
    page = manager.press(manager.get(address), "/register")
    assert page.status == 200
    with app.app_context():
        assert may_decide("chief-xialiang", clock)
        assert not may_decide("town-xialiang", clock), "deciding is the chief representative's"
        clock.at = registered_at - timedelta(microseconds=1)
        assert not may_decide("chief-xialiang", clock), "nothing registered later changes an answer about before"
    public = browse().get("/powers/MR-2026-12")
    assert public.status == 200 and "下梁镇" in public.words and LAW in public.words


def test_numbers_run_by_body_and_year(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        for expected in ("柞市监授〔2026〕12号", "柞市监授〔2026〕13号"):
            instrument_id = services.draft(text(), actor=actor("manager"), clock=clock)
            assert services.sign(instrument_id, version=1, actor=actor("dept-mr"), clock=clock) == expected
        clock.go_to(TODAY.replace(year=2027, month=1, day=4))
        instrument_id = services.draft(text(from_on=clock.today()), actor=actor("manager"), clock=clock)
        assert services.sign(instrument_id, version=1, actor=actor("dept-mr"), clock=clock) == "柞市监授〔2027〕1号"


def test_the_same_submission_twice_is_one_draft(app: Flask, browse: Browse) -> None:
    manager = browse("manager")
    form = manager.get(f"{NEW}?body=MR&mandate=entrustment").form(NEW, id="draft")
    fields = {**form["fields"], **FORM}
    before = written(app)["instrument"]
    first, second = manager.post(NEW, fields), manager.post(NEW, fields)
    assert first.path == second.path and written(app)["instrument"] == before + 1
    third = manager.post(NEW, {**fields, "title": "另一份"})
    assert third.status == 422 and written(app)["instrument"] == before + 1


@pytest.mark.parametrize(
    ("body", "mandate", "typed"),
    [
        ("MR", "internal", {"windows": [HALL], "powers": ["litigate"], "all_items": "y", "until_on": "2027-11-22", "post": "chief"}),
        (TOWN_BODY, "receive_forward", {"windows": ["611026102002-G", "611026102001-G"], "powers": ["collect"], "items": ["S-02"]}),
        (TOWN_BODY, "statutory", {"windows": [TOWN], "powers": ["decide"], "items": ["S-11"], "basis": "省级赋权清单（示例）", "supersedes": "柞下政授〔2026〕1号"}),
    ],
)
def test_other_mandates_are_drafted_on_the_same_form(app: Flask, browse: Browse, body: str, mandate: str, typed: dict[str, object]) -> None:
    manager = browse("manager")
    page = manager.get(f"{NEW}?body={body}&mandate={mandate}")
    page = manager.press(page, NEW, id="draft", **typed)
    assert page.status == 200, page.words[:900]
    with app.app_context():
        found = queries.clauses(the_county().id, instrument_id=int(page.path.rsplit("/", 1)[1]), also_drafts=True)
        assert len(found) == len(typed["windows"])  # type: ignore[arg-type]
        assert all(clause.mandate == mandate and clause.receiving_body_id is None for clause in found)
        assert all((clause.item_ids is None) == ("all_items" in typed) for clause in found)


# --- who ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["dept-mr", "window-mr", "chief-xialiang", "center", "supervisor", "auditor", "admin", "enterprise-1"])
def test_only_a_manager_drafts(sqlite_app: Flask, browse_sqlite: Browse, username: str) -> None:
    person = browse_sqlite(username)
    before = written(sqlite_app)
    assert person.get(f"{NEW}?body=MR").status == 403
    assert forge(person, NEW, body="MR", mandate="entrustment", title="x", from_on="2026-11-23", **FORM).status == 403
    assert written(sqlite_app) == before


def test_a_guest_meets_the_door(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    before = written(sqlite_app)
    for address in ("/manage/instruments", "/manage/matrix", NEW, "/authority/explain?power=decide"):
        assert browse_sqlite().get(address).status == 401
    assert written(sqlite_app) == before


def test_an_instrument_of_another_body_does_not_exist(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        instrument_id = services.draft(text(), actor=actor("manager"), clock=clock)
    other, before = browse("dept-tax"), written(app)
    address = f"/manage/instruments/{instrument_id}"
    assert other.get(address).status == 404 == other.get("/manage/instruments/99999").status
    for verb in ("sign", "register", "suspend", "revoke"):
        assert forge(other, f"{address}/{verb}", version="1", ground="示例", by="x", from_on="2026-12-01").status == 404
    assert written(app) == before
    with app.app_context(), pytest.raises(NotAllowed) as refusal:
        services.sign(instrument_id, version=1, actor=actor("dept-tax"), clock=clock)
    assert refusal.value.decision.reason is Reason.NOT_HEAD_OF_AGENCY


def test_who_drafts_does_not_sign_and_who_signs_does_not_register(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        instrument_id = services.draft(text(), actor=actor("manager"), clock=clock)
    address, before = f"/manage/instruments/{instrument_id}", written(app)
    manager, head = browse("manager"), browse("dept-mr")
    page = forge(manager, f"{address}/sign", version="1")
    assert page.status == 403 and written(app) == before
    page = forge(manager, f"{address}/register", version="1")
    assert page.status == 403 and written(app) == before, "what is not signed is not registered"
    assert head.press(head.get(address), "/sign").status == 200
    before = written(app)
    assert forge(head, f"{address}/register").status == 403 and written(app) == before


def test_a_manager_who_is_head_as_well_does_not_sign_the_own_draft(app: Flask, clock: ManualClock) -> None:
    from portal.accounts.models import Office

    with app.app_context():
        manager = actor("manager")
        with transaction(clock=clock) as tx:
            body_id = text().body_id
            tx.session.add(
                Office(county_id=manager.county_id, account_id=manager.account_id, kind="head_of_agency", body_id=body_id, from_on=TODAY)
            )
            record(tx, machine(manager.county_id), "hold_office", "office:test")
        instrument_id = services.draft(text(), actor=manager, clock=clock)
        with pytest.raises(NotAllowed) as refusal:
            services.sign(instrument_id, version=1, actor=manager, clock=clock)
        assert (refusal.value.decision.rule, refusal.value.decision.reason) == ("G-6", Reason.DRAFTER_SIGNS)


def test_the_machine_grants_nothing(app: Flask, clock: ManualClock) -> None:
    with app.app_context(), pytest.raises(NotAllowed):
        services.draft(text(), actor=machine(the_county().id), clock=clock)


# --- what a draft may not say ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "words", "rule"),
    [
        ({"from_on": "2026-11-22"}, "2026-11-22", "G-1"),
        ({"from_on": "2026-11-24", "until_on": "2026-11-23"}, "2026-11-23", "G-1"),
        ({"basis": ""}, "", "G-12"),
        ({"powers": []}, "", "G-1"),
        ({"items": []}, "", "G-1"),
        ({"windows": []}, "", "G-1"),
        ({"receiving": "TOWN-611026101000"}, TOWN, "G-12"),
    ],
)
def test_faults_are_said_beside_the_field_and_the_typing_is_kept(
    sqlite_app: Flask, browse_sqlite: Browse, typed: dict[str, object], words: str, rule: str
) -> None:
    before = written(sqlite_app)
    manager = browse_sqlite("manager")
    page = manager.press(manager.get(f"{NEW}?body=MR&mandate=entrustment"), NEW, id="draft", **{**FORM, "title": "保留的标题", **typed})
    assert page.status == 422 and words in page.words and f"规则{rule}" in page.words.replace(" ", "")
    assert page.form(NEW, id="draft")["fields"]["title"] == "保留的标题"
    assert written(sqlite_app) == before


@pytest.mark.parametrize(
    "typed",
    [
        {"powers": ["joint"]},
        {"items": ["S-06"]},
        {"windows": ["611026102002-G"]},
        {"windows": ["nix"]},
        {"post": "king"},
        {"from_on": "soon"},
    ],
)
def test_what_the_form_never_offered_is_refused(sqlite_app: Flask, browse_sqlite: Browse, typed: dict[str, object]) -> None:
    before = written(sqlite_app)
    manager = browse_sqlite("manager")
    page = manager.press(manager.get(f"{NEW}?body=MR&mandate=entrustment"), NEW, id="draft", **{**FORM, **typed})
    assert page.status == 422 and written(sqlite_app) == before


def test_the_rules_stand_behind_the_form(app: Flask, clock: ManualClock) -> None:
    """What no form offers is refused by the service as well, with the rule's id; nothing is written."""
    with app.app_context():
        manager = actor("manager")
        in_force(clock, items=("S-03",))
        cases = [
            (text(windows=("611026102002-G",)), Reason.NOT_ITS_CENTER, "G-12"),
            (text(powers=(Power.JOINT,)), Reason.ABOVE_CEILING, "G-3"),
            (text(items=("S-06",)), Reason.NOT_RESPONSIBLE, "G-1"),
            (text(mandate=Mandate.RECEIVE_FORWARD, receiving=None, powers=(Power.DECIDE,)), Reason.CARRIES_NO_POWER, "G-12"),
            (text(mandate=Mandate.INTERNAL, windows=(HALL,)), Reason.MANDATES_MIXED, "G-12"),
            (text(body=TOWN_BODY, mandate=Mandate.INTERNAL, receiving=None), Reason.ENTRUSTED_NOT_PASSED_ON, "G-4"),
            (text(windows=("611026000000-MR",)), Reason.NOT_ITS_CENTER, "G-12"),
        ]
        before = db.session.scalar(sa.select(sa.func.count()).select_from(Instrument))
        for said, reason, rule in cases:
            with pytest.raises(services.DraftRefused) as refusal:
                services.draft(said, actor=manager, clock=clock)
            assert (reason, rule) in {(fault.reason, fault.rule) for fault in refusal.value.faults}
        with pytest.raises(NotFound):
            services.draft(services.InstrumentText(999_999, Mandate.INTERNAL, "x", text().clauses), actor=manager, clock=clock)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Instrument)) == before


def test_nobody_grants_to_the_own_window(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county, manager, head = the_county(), actor("manager"), actor("dept-mr")

        def post(account_id: int | None) -> None:
            with transaction(clock=clock) as tx:
                window_id = window_by_code(county.id, TOWN).id
                tx.session.add(Posting(county_id=county.id, account_id=account_id, window_id=window_id, post="clerk", from_on=TODAY))
                record(tx, machine(county.id), "post_to_window", "posting:test")

        instrument_id = services.draft(text(), actor=manager, clock=clock)
        post(head.account_id)
        with pytest.raises(NotAllowed) as refusal:
            services.sign(instrument_id, version=1, actor=head, clock=clock)
        assert refusal.value.decision.reason is Reason.OWN_WINDOW
        post(manager.account_id)
        with pytest.raises(services.DraftRefused) as faults:
            services.draft(text(), actor=manager, clock=clock)
        assert Reason.OWN_WINDOW in {fault.reason for fault in faults.value.faults}


def test_a_ceiling_that_the_county_lowers_stops_what_was_drafted_before(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        instrument_id = services.draft(text(), actor=actor("manager"), clock=clock)
        with transaction(clock=clock) as tx:
            tx.session.add(
                Ceiling(county_id=county_id, level="town", power="decide", mandate="entrustment", from_on=TODAY, is_allowed=False)
            )
            record(tx, machine(county_id), "set_ceilings", "ceiling:test")
        with pytest.raises(NotAllowed) as refusal:
            services.sign(instrument_id, version=1, actor=actor("dept-mr"), clock=clock)
        assert (refusal.value.decision.rule, refusal.value.decision.reason) == ("G-3", Reason.ABOVE_CEILING)
        assert queries.ceilings(county_id, TODAY - DAY).allows(*_cell()) and not queries.ceilings(county_id, TODAY).allows(*_cell())


def _cell() -> tuple[object, ...]:
    from portal.rules.clauses import Level

    return Level.TOWN, Power.DECIDE, Mandate.ENTRUSTMENT


def test_what_was_drafted_for_yesterday_is_not_signed(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        instrument_id = services.draft(text(), actor=actor("manager"), clock=clock)
        clock.advance(days=1)
        with pytest.raises(NotAllowed) as refusal:
            services.sign(instrument_id, version=1, actor=actor("dept-mr"), clock=clock)
        assert (refusal.value.decision.rule, refusal.value.decision.reason) == ("G-1", Reason.BACKDATED)


# --- changing a draft -----------------------------------------------------------------------------------------------------------


def test_a_draft_changes_and_its_version_counts(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        instrument_id = services.draft(text(), actor=actor("manager"), clock=clock)
    manager, address = browse("manager"), f"/manage/instruments/{instrument_id}"
    page = manager.get(f"{address}/change")
    stale = dict(page.form("/change", id="draft")["fields"])
    assert manager.press(page, "/change", id="draft", **{**FORM, "powers": ["review"]}).path == address
    with app.app_context():
        (clause,) = queries.clauses(the_county().id, instrument_id=instrument_id, also_drafts=True)
        assert clause.powers == {Power.REVIEW}
    before = written(app)
    answer = manager.post(f"{address}/change", {**stale, **FORM, "title": "typed in vain", "key": "another-key"})
    assert answer.status == 409 and "typed in vain" in answer.text and written(app) == before
    answer = forge(browse("dept-mr"), f"{address}/sign", version="1")
    assert answer.status == 409 and written(app) == before, "what the head read is what is signed"
    with app.app_context(), pytest.raises(Stale):
        services.sign(instrument_id, version=1, actor=actor("dept-mr"), clock=clock)


def test_what_is_signed_changes_no_more(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        instrument_id = in_force(clock)
        with pytest.raises(NotAllowed) as refusal:
            services.change_draft(instrument_id, text(), version=1, actor=actor("manager"), clock=clock)
        assert refusal.value.decision.reason is Reason.ALREADY_SIGNED
        for verb in (services.register,):
            with pytest.raises(NotAllowed):
                verb(instrument_id, actor=actor("manager"), clock=clock)
        with pytest.raises(NotAllowed):
            services.sign(instrument_id, version=1, actor=actor("dept-mr"), clock=clock)
        db.session.rollback()
        for statement in (
            "UPDATE instrument SET title = 'x' WHERE id = :id",
            "DELETE FROM instrument WHERE id = :id",
            "UPDATE clause SET from_on = '2020-01-01' WHERE instrument_id = :id",
            "DELETE FROM clause_power WHERE clause_id IN (SELECT id FROM clause WHERE instrument_id = :id)",
            "UPDATE clause_item SET item_id = item_id WHERE clause_id IN (SELECT id FROM clause WHERE instrument_id = :id)",
            "UPDATE instrument_signature SET number = 'x' WHERE instrument_id = :id",
            "DELETE FROM instrument_registration WHERE instrument_id = :id",
        ):
            with pytest.raises(sa.exc.DBAPIError), db.engine.begin() as connection:
                connection.execute(sa.text(statement), {"id": instrument_id})


# --- ending ---------------------------------------------------------------------------------------------------------------------


def test_suspension_works_at_once_and_not_before(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        instrument_id = in_force(clock)
        clock.advance(hours=1)
        assert may_decide("chief-xialiang", clock)
    head, address = browse("dept-mr"), f"/manage/instruments/{instrument_id}"
    page = head.press(head.get(address), "/suspend", id="suspend", ground="")
    assert page.status == 422, "a suspension has a ground"
    page = head.press(head.get(address), "/suspend", id="suspend", ground="现场核查发现问题（示例）")
    assert page.status == 200
    with app.app_context():
        (clause,) = queries.clauses(the_county().id, instrument_id=instrument_id)
        assert [(end.why, end.moment) for end in clause.ends] == [(EndWhy.SUSPENDED, clock.now())]
        answer = queries.explain_at(the_county().id, Power.DECIDE, "S-03", TOWN, clock.now(), "chief-xialiang")
        assert not answer.allowed and next(step for step in answer.steps if not step.ok).reason is Reason.CLAUSE_SUSPENDED
        clock.advance(microseconds=-1)
        assert may_decide("chief-xialiang", clock), "before the suspension it was in force, for ever"
    before = written(app)
    clock.advance(hours=1)
    assert forge(head, f"{address}/suspend", ground="again").status in (403, 422) and written(app) == before


def test_revoking_names_a_later_day_and_an_instrument(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        instrument_id = in_force(clock)
    manager, address, before = browse("manager"), f"/manage/instruments/{instrument_id}", written(app)
    typed = {"by": "柞政办〔2026〕9号", "ground": "机构调整（示例）"}
    for wrong in ({"from_on": "2026-11-23"}, {"from_on": "2026-11-22"}, {"from_on": ""}, {"by": "", "from_on": "2026-12-01"}):
        page = manager.press(manager.get(address), "/revoke", id="revoke", **{**typed, **wrong})
        assert page.status == 422 and "机构调整（示例）" in page.text and written(app) == before
    page = manager.press(manager.get(address), "/revoke", id="revoke", from_on="2026-12-01", **typed)
    assert page.status == 200
    with app.app_context():
        clock.go_to(TODAY.replace(day=30), 23)
        assert may_decide("chief-xialiang", clock)
        clock.go_to(TODAY.replace(month=12, day=1), 0)
        assert not may_decide("chief-xialiang", clock)


def test_one_window_of_an_instrument_can_be_ended_alone(app: Flask, browse: Browse, clock: ManualClock) -> None:
    rooms = ("611026102002-G", "611026102208-G")
    with app.app_context():
        county_id = the_county().id
        instrument_id = in_force(
            clock,
            head="dept-xialiang",
            body=TOWN_BODY,
            mandate=Mandate.RECEIVE_FORWARD,
            receiving=None,
            windows=rooms,
            powers=(Power.COLLECT,),
        )
        first, second = (clause.id for clause in queries.clauses(county_id, instrument_id=instrument_id))
        (foreign,) = queries.clause_ids_of(county_id, in_force(clock))
        before = written(app)
        with pytest.raises(NotFound):
            services.suspend(instrument_id, ground="x", clause_ids=[first, foreign], actor=actor("dept-xialiang"), clock=clock)
        assert written(app) == before
    head, address = browse("dept-xialiang"), f"/manage/instruments/{instrument_id}"
    assert forge(head, f"{address}/suspend", clauses=[str(foreign)], ground="x").status == 422 and written(app) == before
    assert head.press(head.get(address), "/suspend", id="suspend", clauses=[str(first)], ground="示例").status == 200
    with app.app_context():
        ended = {clause.id: bool(clause.ends) for clause in queries.clauses(county_id, instrument_id=instrument_id)}
        assert ended == {first: True, second: False}


@pytest.mark.parametrize("username", ["center", "supervisor", "leader-mr", "chief-mr"])
def test_others_end_nothing(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock, username: str) -> None:
    with sqlite_app.app_context():
        instrument_id = in_force(clock)
    person, before = browse_sqlite(username), written(sqlite_app)
    for verb in ("suspend", "revoke", "sign", "register"):
        assert forge(person, f"/manage/instruments/{instrument_id}/{verb}", ground="x", by="y", from_on="2026-12-01").status == 403
    assert written(sqlite_app) == before


def test_a_new_instrument_takes_the_place_of_the_old_without_a_gap(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        old = in_force(clock)
        new = services.draft(text(supersedes_id=old, from_on=TODAY + 3 * DAY), actor=actor("manager"), clock=clock)
        services.sign(new, version=1, actor=actor("dept-mr"), clock=clock)
        (clause,) = queries.clauses(county_id, instrument_id=old)
        assert clause.ends == (), "it ends when the new one is registered"
        services.register(new, actor=actor("manager"), clock=clock)
        (was,), (now_holds,) = queries.clauses(county_id, instrument_id=old), queries.clauses(county_id, instrument_id=new)
        assert was.ends_at == now_holds.begins_at and was.end_in_effect is not None
        assert (was.end_in_effect.why, was.end_in_effect.instrument_id) == (EndWhy.SUPERSEDED, new)


# --- looking ----------------------------------------------------------------------------------------------------------------------


def test_a_look_changes_nothing(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        instrument_id = in_force(clock)
    manager = browse("manager")
    manager.get("/manage/instruments")
    before = written(app)
    for address in (
        "/manage/instruments", "/manage/instruments?state=in_force", f"/manage/instruments/{instrument_id}", NEW, f"{NEW}?body=MR&mandate=internal",
        "/manage/matrix", "/manage/matrix?item=S-03", f"/manage/matrix?window={TOWN}", "/manage/matrix?point=611026000000", "/powers", "/powers?item=S-03",
        "/authority/explain?power=decide&item=S-03&window=611026102000-G", "/items/S-03/at/611026102002",
    ):  # fmt: skip
        assert manager.get(address).status == 200, address
    assert written(app) == before
    for verb in ("sign", "register", "suspend", "revoke"):
        assert manager.client.get(f"/manage/instruments/{instrument_id}/{verb}").status_code == 405
