"""Pages of instruments: the paper (public), their life, ceilings, gaps, the yearly round (management). Who may what is in `powers_routes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, make_response, redirect, render_template, request
from flask_login import current_user

from portal.authority import life_queries, life_services, queries, services, terms
from portal.authority.forms import (
    FIELD_OF,
    ActForm,
    CeilingForm,
    EndDayForm,
    FootingForm,
    InstrumentForm,
    RevokeForm,
    ScanForm,
    SuspendForm,
)
from portal.authority.queries import Ending, Footing, InstrumentState
from portal.files import MOST_BYTES, SUFFIXES, NotTaken
from portal.files import read as read_file
from portal.i18n import _, _l, _lp, _p, named
from portal.network import queries as network
from portal.rules import recertification
from portal.rules.clauses import DEFAULT_CEILINGS, Condition, EndWhy, Handling, Level, Mandate, Post, Power
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.grants import FiledWith, may_attach, may_end, may_file, may_register
from portal.rules.moments import civil_date, start_of
from portal.rules.recertification import InstrumentYear, Recertified, may_confirm
from portal.web import page
from portal.web.access import public, roles
from portal.web.errors import LARGER_KB
from portal.web.filters import long_day
from portal.web.htmx import done
from portal.web.once import once_key
from portal.web.pictures import qr_code
from portal.web.reasons import words

bp = Blueprint("authority", __name__)
for _name, _filter in terms.FILTERS.items():
    bp.add_app_template_filter(_filter, _name)

STATES: dict[InstrumentState, Any] = {
    InstrumentState.TO_SIGN: _lp("instrument state", "To sign"),
    InstrumentState.TO_REGISTER: _lp("instrument state", "To register"),
    InstrumentState.TO_BEGIN: _lp("instrument state", "To begin"),
    InstrumentState.IN_FORCE: _lp("instrument state", "In force"),
    InstrumentState.ENDED: _lp("instrument state", "Ended"),
}
ENDED: dict[EndWhy, Any] = {
    EndWhy.SUPERSEDED: _lp("instrument state", "Replaced"),
    EndWhy.REVOKED: _lp("instrument state", "Revoked"),
    EndWhy.SUSPENDED: _lp("instrument state", "Suspended"),
}
TONES = {"to_sign": "warn", "to_register": "warn", "to_begin": "", "in_force": "ok", "ended": "off"}
MANAGERS = ("manager", "dept_head")
YEAR: dict[Recertified, Any] = {
    Recertified.CONFIRMED: _lp("year", "Confirmed; an item changed"),
    Recertified.DUE_60: _lp("year", "Due within 60 days"),
    Recertified.DUE_30: _lp("year", "Due within 30 days"),
    Recertified.DUE_7: _lp("year", "Due within 7 days"),
    Recertified.STALE: _lp("year", "Stale: not confirmed in time"),
    Recertified.COVERS_NO_NEW_CASE: _lp("year", "Covers no new case any more"),
}
YEAR_TONES = {"confirmed": "", "due_60": "", "due_30": "warn", "due_7": "warn", "stale": "bad", "covers_no_new_case": "bad"}
LARGER_KB["authority.attach_scan"] = MOST_BYTES // 1024 + 64
READERS = ("manager", "dept_head", "leader", "center", "supervisor", "auditor")


def _navigation() -> list[tuple[str, Any, page.Badge]]:
    if current_user.role not in MANAGERS:
        return []
    state = InstrumentState.TO_SIGN if current_user.role == "dept_head" else InstrumentState.TO_REGISTER
    waiting = queries.instruments_waiting(current_user.county_id, current_user.offices, state, page.clock().now())
    return [("/manage/instruments", _p("nav", "Instruments"), waiting), ("/manage/matrix", _p("nav", "Matrix of authority"), None)]


def _management() -> list[tuple[str, Any, Any]]:
    return [
        ("/manage/instruments", _p("nav", "Instruments"), _("Draft, sign, register, end; what each gives to whom.")),
        ("/manage/matrix", _p("nav", "Matrix of authority"), _("Every window against every power; a selection becomes a draft.")),
        ("/manage/gaps", _p("nav", "Gaps"), _("Powers that nobody in reach holds, each with a way to mend it.")),
        ("/manage/confirmations", _p("nav", "Yearly round"), _("What has to be confirmed for another year, and what changed.")),
        ("/manage/ceilings", _p("nav", "Ceilings"), _("What each level can hold at most, and on which mandate.")),
    ]


page.navigation.append(_navigation)
page.management.append(_management)
page.navigation.append(lambda: [("/manage", _p("nav", "Management"), None)] if current_user.role in READERS else [])


# --- what several pages need ----------------------------------------------------------------------------------------------------


def _url(path: str) -> str:
    return str(current_app.config["PUBLIC_URL"]).rstrip("/") + path


# --- public: the paper --------------------------------------------------------------------------------------------------------


@bp.get("/powers/<slug>")
@public
def instrument_paper(slug: str) -> Response:
    """An instrument's public paper: who gives, which powers, on which items, at which windows, by which law, until when (G-4)."""
    county, now = page.county(), page.clock().now()
    found = queries.get_instrument(county.id, queries.instrument_of_slug(county.id, slug), now)
    address = _url(f"/powers/{found.slug}")
    return make_response(
        render_template(
            "authority/paper.html", one=found, state=STATES[found.state], tone=TONES[found.state], qr=qr_code(address), **_paper_words(found)
        )
    )


def _paper_words(one: queries.InstrumentShown) -> dict[str, Any]:
    """What the paper says in sentences, and its clauses gathered: windows that get the same stand in one paragraph."""
    groups: dict[tuple[Any, ...], list[queries.ClauseShown]] = {}
    for clause in one.clauses:
        said = clause.terms
        groups.setdefault((said.powers, said.item_ids, said.from_on, said.until_on, said.post, said.condition), []).append(clause)
    ends: dict[int, Any] = {}
    for end in one.ends:
        if end.clause_id not in ends or end.ends_at < ends[end.clause_id].ends_at:
            ends[end.clause_id] = end
    at = {place for clause in one.clauses if (place := clause.terms.condition.territory_id) is not None}
    territories = network.points_by_id(at) if at else {}
    year = None
    if one.clauses and one.state is not InstrumentState.ENDED:
        said = one.clauses[0].terms
        year = recertification.state(InstrumentYear(said.registered_at, said.confirmations), page.clock().now())
    return {
        "groups": list(groups.values()), "ends": ends, "mandate_long": terms.MANDATES_LONG[one.mandate], "territories": territories,
        "stale": YEAR[year] if year in (Recertified.STALE, Recertified.COVERS_NO_NEW_CASE) else None,
    }  # fmt: skip


# --- management: where everything is ---------------------------------------------------------------------------------------------


@bp.get("/manage")
@roles(*READERS)
def management() -> Response:
    """What there is to manage, as far as the person may: one line a page, with what it is for."""
    return make_response(render_template("authority/management.html", rows=[row for ask in page.management for row in ask()]))


# --- management: instruments ----------------------------------------------------------------------------------------------------


@bp.get("/manage/instruments")
@roles(*READERS)
def instruments() -> Response:
    """Instruments by where they stand: to sign, to register, to begin, in force, ended."""
    now = page.clock().now()
    county_id, offices = current_user.county_id, current_user.offices
    counts = queries.count_instruments_for(county_id, offices, now)
    asked = request.args.get("state", "")
    if asked and asked not in list(InstrumentState):
        abort(404)
    waiting = (one for one in InstrumentState if counts[one])
    state = InstrumentState(asked) if asked else next(waiting, InstrumentState.IN_FORCE)
    rows, more = queries.list_instruments_for(county_id, offices, state, now, before=page.cursor("before"))
    return make_response(
        render_template(
            "authority/instruments.html", rows=rows, more=more, state=state, states=STATES, tones=TONES, counts=counts,
            may_draft=current_user.role == "manager", first=page.cursor("before") is None,
        )
    )  # fmt: skip


def _instrument_page(instrument_id: int, *, status: int = 200, **typed: Any) -> Response:
    now = page.clock().now()
    one = queries.get_instrument_for(current_user.county_id, current_user.offices, instrument_id, now)
    suspending, revoking = typed.get("suspending") or SuspendForm(formdata=None), typed.get("revoking") or RevokeForm(formdata=None)
    asking = EndDayForm(request.args if request.method == "GET" else None)
    asking.from_on.id = "ask-day"
    day = None
    if not asking.validate():
        status = 422
    elif asking.from_on.data is not None:
        day = revoking.from_on.data = asking.from_on.data
    _offer_clauses(one, suspending, revoking)
    scanning = typed.get("scanning") or ScanForm(formdata=None)
    offices = current_user.offices
    context: dict[str, Any] = {"may_register": None, "may_sign": None, "may_end": None}
    if one.state is InstrumentState.TO_SIGN:
        context["may_sign"] = services.may_sign_now(one.row, account_id=current_user.account_id, offices=offices, now=now)
    elif one.state is InstrumentState.TO_REGISTER:
        context["may_register"] = may_register(offices, is_signed=True, overlap=services.overlap_of(one.row, now))
    elif one.state in (InstrumentState.TO_BEGIN, InstrumentState.IN_FORCE):
        lasting = [clause.terms for clause in one.clauses if clause.terms.ends_at is None or clause.terms.ends_at > now]
        if lasting:
            context["may_end"] = may_end(lasting[0], EndWhy.SUSPENDED, now=now, offices=offices, ground="?")
    saved = [found for ask in queries.savings if (found := ask(current_user.county_id, instrument_id, now)) is not None] if one.registration is None else []
    life = life_queries.life_of(instrument_id)
    ids = life_queries.changed_items(current_user.county_id, [clause.terms for clause in one.clauses], now).get(instrument_id, ())
    changed = queries.items_shown(current_user.county_id, civil_date(now), item_ids=ids).values() if ids else []
    filed = {FiledWith(filing.place) for filing in life.filings}
    may_be_filed = {
        place: may_file(place, offices, body_id=one.body.id, is_registered=one.registration is not None, filed=filed) for place in FiledWith
    }
    body = render_template(
        "authority/instrument.html", one=one, state=_state_word(one), tone=TONES[one.state], words=words, life=life, may_file=may_be_filed,
        act=ActForm(formdata=None), suspending=suspending, revoking=revoking, relying=_relying(one, day, now), asking=asking, scanning=scanning,
        is_manager=current_user.role == "manager", qr=qr_code(_url(f"/powers/{one.slug}")), saved=saved, places=FiledWith,
        may_attach=may_attach(offices, body_id=one.body.id, is_signed=one.signature is not None), may_confirm=_may_confirm(one, life, now, bool(changed)), changed=changed,
        is_asked=bool(typed), is_preview=day is not None, **context, **_paper_words(one),
    )  # fmt: skip
    return make_response(body, status)


def _state_word(one: queries.InstrumentShown) -> Any:
    """An ended one says how: replaced, revoked, suspended, or simply over."""
    if one.state is not InstrumentState.ENDED:
        return STATES[one.state]
    whys = {EndWhy(end.why) for end in one.ends if end.clause_id in {c.terms.id for c in one.clauses if c.terms.end_in_effect is not None}}
    why = next((why for why in EndWhy if why in whys), None)
    return _lp("instrument state", "Lapsed") if why is None else ENDED[why]


def _offer_clauses(one: queries.InstrumentShown, suspending: SuspendForm, revoking: RevokeForm) -> None:
    choices = [(str(clause.terms.id), f"{named(clause.point)} · {named(clause.window)}") for clause in one.clauses]
    for name, form in (("suspend", suspending), ("revoke", revoking)):
        form.clauses.choices = choices
        for field in form:
            field.id = f"{name}-{field.short_name}"  # both ask for a ground


def _relying(one: queries.InstrumentShown, day: date | None, now: datetime) -> list[queries.Relying]:
    """The open cases whose steps to come rest on what would end: this instrument (on that day, or else now), or before it is registered the one that
    it replaces (G-5).
    """
    if one.state in (InstrumentState.TO_SIGN, InstrumentState.TO_REGISTER):
        if one.row.supersedes_id is None:
            return []
        first = min((clause.terms.from_on for clause in one.clauses), default=civil_date(now))
        at = start_of(max(first, civil_date(now) + timedelta(days=1)))
        ending = Ending(queries.clause_ids_of(one.row.county_id, one.row.supersedes_id), at, replaced_by=one.row.id)
    else:
        lasting = {clause.terms.id for clause in one.clauses if clause.terms.ends_at is None or clause.terms.ends_at > now}
        ending = Ending(frozenset(lasting), start_of(day) if day is not None and day > civil_date(now) else now)
    if not ending.clause_ids:
        return []
    return [found for ask in queries.in_flight for found in ask(current_user, ending)]


def _may_confirm(one: queries.InstrumentShown, life: life_queries.Life, now: datetime, changed: bool) -> Decision | None:
    """The yearly confirmation, where it is due or an item changed (G-14); None where there is nothing to confirm yet."""
    if one.registration is None or one.state is InstrumentState.ENDED:
        return None
    year = InstrumentYear(one.registration.registered_at, tuple(row.confirmed_at for row in life.confirmations))
    where = recertification.state(year, now)
    if where is None or not (where.is_due or changed):
        return None
    return may_confirm(year, body_id=one.body.id, number=one.number, offices=current_user.offices, at=now)


@bp.get("/manage/instruments/<int:instrument_id>")
@roles(*READERS)
def instrument(instrument_id: int) -> Response:
    """An instrument as it will read on paper, where it stands, and its next step."""
    return _instrument_page(page.whole_id(instrument_id))


def _seen(instrument_id: int) -> None:
    """The second gate: an instrument of another body does not exist for the person (404), whatever they ask to do with it."""
    queries.get_instrument_for(current_user.county_id, current_user.offices, page.whole_id(instrument_id), page.clock().now())


@bp.post("/manage/instruments/<int:instrument_id>/file/<place>")
@roles("manager", "center", "dept_head")
def file(instrument_id: int, place: str) -> Response:
    _seen(instrument_id)
    if place not in list(FiledWith):
        abort(404)
    version = ActForm().drawn_from
    life_services.file(instrument_id, FiledWith(place), version=version, once=once_key(), clock=page.clock(), actor=current_user.actor)
    flash(_("Filed."), "ok")
    return done(f"/manage/instruments/{instrument_id}")


@bp.post("/manage/instruments/<int:instrument_id>/confirm")
@roles("dept_head", "manager")
def confirm(instrument_id: int) -> Response:
    _seen(instrument_id)
    life_services.confirm(instrument_id, version=ActForm().drawn_from, once=once_key(), clock=page.clock(), actor=current_user.actor)
    flash(_("Confirmed for another year."), "ok")
    return done(f"/manage/instruments/{instrument_id}")


SCAN_FAULTS: dict[str, Any] = {
    "empty": _l("Please choose a file."),
    "too_large": _l("A scan is at most 2 MB. Scan it in grey, or with fewer dots."),
    "unknown_kind": _l("Only a PDF, JPEG or PNG file is taken."),
}


@bp.post("/manage/instruments/<int:instrument_id>/scan")
@roles("manager", "dept_head")
def attach_scan(instrument_id: int) -> Response:
    _seen(instrument_id)
    form = ScanForm()
    sent = request.files.get("scan")
    try:
        life_services.attach_scan(
            instrument_id, sent.stream.read(MOST_BYTES + 1) if sent else b"", once=once_key(), clock=page.clock(), actor=current_user.actor
        )
    except NotTaken as fault:
        form.scan.errors = [SCAN_FAULTS[str(fault)]]
        return _instrument_page(instrument_id, status=422, scanning=form)
    flash(_("The scan is kept with the instrument."), "ok")
    return done(f"/manage/instruments/{instrument_id}")


@bp.post("/manage/instruments/<int:instrument_id>/scan/<int:file_id>")
@roles(*READERS)
def scan(instrument_id: int, file_id: int) -> Response:
    """The scan itself, as a download under a policy of its own; each look is recorded (R-1)."""
    _seen(instrument_id)
    kept = life_queries.get_scan(current_user.county_id, instrument_id, page.whole_id(file_id))
    content = read_file(kept.digest)
    life_services.record_scan_look(instrument_id, file_id, actor=current_user.actor, clock=page.clock())
    answer = make_response(content)
    answer.headers["Content-Type"] = kept.media_type
    answer.headers["Content-Disposition"] = f'attachment; filename="instrument-{instrument_id}-{file_id}.{SUFFIXES[kept.media_type]}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@bp.post("/manage/instruments/<int:instrument_id>/sign")
@roles("dept_head", "manager")
def sign(instrument_id: int) -> Response:
    _seen(instrument_id)
    form = ActForm()
    number = services.sign(instrument_id, version=form.drawn_from, once=once_key(), clock=page.clock(), actor=current_user.actor)
    flash(_("Signed as %(number)s. It is in force once the county manager has registered it.", number=number), "ok")
    return done(f"/manage/instruments/{instrument_id}")


@bp.post("/manage/instruments/<int:instrument_id>/register")
@roles("manager", "dept_head")
def register(instrument_id: int) -> Response:
    _seen(instrument_id)
    services.register(instrument_id, once=once_key(), clock=page.clock(), actor=current_user.actor)
    flash(_("Registered. From this moment it can be in force."), "ok")
    return done(f"/manage/instruments/{instrument_id}")


def _ticked(form: SuspendForm | RevokeForm, instrument_id: int) -> None:
    ids = sorted(queries.clause_ids_of(current_user.county_id, instrument_id))
    form.clauses.choices = [(str(clause_id), "") for clause_id in ids]


def _clause_ids(form: SuspendForm | RevokeForm) -> list[int] | None:
    return [int(clause_id) for clause_id in form.clauses.data] if form.clauses.data else None


def _end_faults(form: SuspendForm | RevokeForm, refusal: NotAllowed) -> int:
    """Say a refusal beside its field; returns the status of the answer."""
    decision = refusal.decision
    place = {"no_ground": "ground", "ends_too_early": "from_on", "no_instrument_named": "by", "ends_anyhow": "clauses"}.get(
        decision.reason or ""
    )
    if place is None or not hasattr(form, place):
        raise refusal
    getattr(form, place).errors = [_with_rule(decision)]
    return 422


@bp.post("/manage/instruments/<int:instrument_id>/suspend")
@roles("manager", "dept_head")
def suspend(instrument_id: int) -> Response:
    _seen(instrument_id)
    form = SuspendForm()
    _ticked(form, instrument_id)
    if not form.validate_on_submit():
        return _instrument_page(instrument_id, status=422, suspending=form)
    try:
        services.suspend(
            instrument_id,
            ground=form.ground.data,
            clause_ids=_clause_ids(form),
            once=once_key(),
            clock=page.clock(),
            actor=current_user.actor,
        )
    except NotAllowed as refusal:
        return _instrument_page(instrument_id, status=_end_faults(form, refusal), suspending=form)
    flash(_("Suspended at once. Nothing can be done under it any more."), "ok")
    flash(_("Cases that have nowhere to go now stand on the first page of work, each with a way out."), "ok")
    return done(f"/manage/instruments/{instrument_id}")


@bp.post("/manage/instruments/<int:instrument_id>/revoke")
@roles("manager", "dept_head")
def revoke(instrument_id: int) -> Response:
    _seen(instrument_id)
    form = RevokeForm()
    _ticked(form, instrument_id)
    if not form.validate_on_submit():
        return _instrument_page(instrument_id, status=422, revoking=form)
    try:
        services.revoke(
            instrument_id, from_on=form.from_on.data, by=form.by.data, ground=form.ground.data, clause_ids=_clause_ids(form),
            once=once_key(), clock=page.clock(), actor=current_user.actor,
        )  # fmt: skip
    except NotAllowed as refusal:
        return _instrument_page(instrument_id, status=_end_faults(form, refusal), revoking=form)
    flash(_("Revoked. It ends at the beginning of %(day)s.", day=long_day(form.from_on.data)), "ok")
    return done(f"/manage/instruments/{instrument_id}")


# --- management: drafting -------------------------------------------------------------------------------------------------------


def _asked_footing(asked: Mapping[str, str]) -> Footing:
    """Who gives and on what mandate, as the address or the form says; an unknown one is no such page."""
    body_code, mandate_code = asked.get("body", "")[:40], asked.get("mandate", "")[:40]
    return queries.footing_of(current_user.county_id, body_code, mandate_code or Mandate.INTERNAL.value, page.clock().today())


def _fill(form: InstrumentForm, footing: Footing) -> None:
    form.offer_posts()
    form.basis.flags.optional = footing.mandate is not Mandate.ENTRUSTMENT
    form.windows.choices = [(window.code, f"{named(place)} · {named(window)}") for window, place, _served in footing.windows]
    form.powers.choices = [(power.value, terms.POWERS[power]) for power in footing.powers]
    form.items.choices = [(item.code, f"{item.code} {named(item)}") for item in footing.items]
    form.territory.choices = [("", _("The whole county")), *((point.code, named(point)) for point in footing.territories)]
    form.receiving.choices = [("", _("The one whose center has the window")), *((town.code, named(town)) for town in footing.towns)]


def _text(form: InstrumentForm, footing: Footing) -> services.InstrumentText:
    """What the form says, as the service wants it; an entrustment's receiver is the government that the chosen window serves."""
    county_id = current_user.county_id
    chosen = [one for one in footing.windows if one[0].code in set(form.windows.data or ())]
    by_code = {body.code: body.id for body in footing.bodies.values()}
    receiving_id = by_code.get(form.receiving.data or "")
    if footing.mandate is Mandate.ENTRUSTMENT and receiving_id is None:
        town_ids = {town.id for town in footing.towns}
        served = {body_id for _window, _place, bodies in chosen for body_id in bodies} & town_ids
        receiving_id = served.pop() if len(served) == 1 else None
    picked = set(form.items.data or ())
    item_ids = None if form.all_items.data else frozenset(item.terms.id for item in footing.items if item.code in picked)
    supersedes_id = None
    if form.supersedes.data:
        supersedes_id = queries.instrument_numbered(county_id, form.supersedes.data)
        if supersedes_id is None:
            form.supersedes.errors = [_("There is no instrument of this number.")]
    territory = next((point.id for point in footing.territories if point.code == form.territory.data), None)
    handling = Handling(form.handling.data) if form.handling.data else None
    condition = Condition(handling, None if form.most.data is None else form.most.data * 100, territory)
    return services.InstrumentText(
        body_id=footing.body.id,
        mandate=footing.mandate,
        title=form.title.data,
        clauses=tuple(
            services.ClauseText(
                window_id=window.id,
                powers=frozenset(Power(code) for code in form.powers.data or ()),
                item_ids=item_ids,
                from_on=form.from_on.data,
                until_on=form.until_on.data,
                post=Post(form.post.data) if form.post.data else None,
                condition=condition,
            )
            for window, _place, _served in chosen
        ),
        basis=form.basis.data or "",
        receiving_body_id=receiving_id,
        supersedes_id=supersedes_id,
    )


def _with_rule(decision: Decision) -> str:
    return _("%(text)s (rule %(rule)s)", text=words(decision), rule=decision.rule)


def _say_faults(form: InstrumentForm, faults: Sequence[Decision]) -> list[str]:
    """Each fault beside the field that mends it, once; returns what belongs to no field."""
    on_top: list[str] = []
    said: dict[str, list[str]] = {}
    for fault in faults:
        place = FIELD_OF.get(fault.reason) if fault.reason else None
        said.setdefault(place or "", []).append(_with_rule(fault))
    for place, texts in said.items():
        texts = list(dict.fromkeys(texts))
        if place:
            getattr(form, place).errors = texts
        else:
            on_top = texts
    return on_top


def _draft_page(
    form: InstrumentForm | None,
    footing: Footing | None,
    *,
    one: queries.InstrumentShown | None = None,
    status: int = 200,
    on_top: Sequence[str] = (),
) -> Response:
    choose = FootingForm(formdata=None)
    choose.body.choices = [(body.code, named(body)) for body in queries.list_issuers(current_user.county_id)]
    if footing is not None:
        choose.body.data, choose.mandate.data = footing.body.code, footing.mandate.value
    body = render_template("authority/draft.html", form=form, choose=choose, footing=footing, one=one, on_top=on_top, Mandate=Mandate)
    return make_response(body, status)


@bp.get("/manage/instruments/new")
@roles("manager")
def draft_form() -> Response:
    """The form of a new instrument: first who gives on what footing, then the rest with usual answers filled in."""
    if not request.args.get("body"):
        return _draft_page(None, None)
    footing = _asked_footing(request.args)
    form = InstrumentForm(formdata=None)
    _fill(form, footing)
    form.from_on.data = page.clock().today()
    form.title.data = _usual_title(footing)
    form.basis.data = life_queries.usual_basis(current_user.county_id, footing.body.id, footing.mandate)
    form.windows.data = [footing.windows[0][0].code] if len(footing.windows) == 1 else []
    for field in (form.windows, form.items, form.powers):  # what was selected in the matrix, or lacks on the page of gaps
        offered = {value for value, _label in field.choices}
        asked = [value for value in request.args.getlist(field.short_name)[:MOST_ASKED] if value in offered]
        field.data = asked or field.data
    return _draft_page(form, footing)


MOST_ASKED = 400
"""So many ticks of a selection are carried over into a draft."""


def _usual_title(footing: Footing) -> str:
    # the paper is a Chinese document, whatever the language of the page
    return f"{footing.body.name}委托书" if footing.mandate is Mandate.ENTRUSTMENT else f"{footing.body.name}窗口授权书"


@bp.post("/manage/instruments/new")
@roles("manager")
def draft() -> Response:
    footing = _asked_footing(request.form)
    form = InstrumentForm()
    _fill(form, footing)
    if not form.validate_on_submit():
        return _draft_page(form, footing, status=422)
    text = _text(form, footing)
    if form.errors:
        return _draft_page(form, footing, status=422)
    try:
        instrument_id = services.draft(text, once=once_key(), clock=page.clock(), actor=current_user.actor)
    except services.DraftRefused as refusal:
        return _draft_page(form, footing, status=422, on_top=_say_faults(form, refusal.faults))
    flash(_("Drafted. The head of the issuing body signs it next."), "ok")
    return done(f"/manage/instruments/{instrument_id}")


@bp.get("/manage/instruments/<int:instrument_id>/change")
@roles("manager")
def change_form(instrument_id: int) -> Response:
    """The form of a draft, filled with what it says; only a draft whose clauses say the same of each window fits it."""
    one = queries.get_instrument_for(current_user.county_id, current_user.offices, page.whole_id(instrument_id), page.clock().now())
    if one.signature is not None or not one.is_uniform():
        return make_response(redirect(f"/manage/instruments/{instrument_id}"))
    footing = queries.footing_of(current_user.county_id, one.body.code, one.row.mandate, page.clock().today())
    said = one.clauses[0].terms
    form = InstrumentForm(formdata=None)
    _fill(form, footing)
    form.version.data = str(one.row.version)
    form.title.data, form.basis.data, form.supersedes.data = one.row.title, one.row.basis, one.supersedes
    form.receiving.data = one.receiving.code if one.receiving else ""
    form.windows.data = [clause.window.code for clause in one.clauses]
    form.powers.data = [power.value for power in one.clauses[0].powers]
    form.all_items.data = said.item_ids is None
    form.items.data = [item.code for item in one.clauses[0].items or ()]
    form.from_on.data, form.until_on.data, form.post.data = said.from_on, said.until_on, said.post.value if said.post else ""
    bound = said.condition
    form.handling.data = bound.handling.value if bound.handling else ""
    form.most.data = None if bound.most_fen is None else bound.most_fen // 100
    form.territory.data = next((point.code for point in footing.territories if point.id == bound.territory_id), "")
    return _draft_page(form, footing, one=one)


@bp.post("/manage/instruments/<int:instrument_id>/change")
@roles("manager")
def change_draft(instrument_id: int) -> Response:
    one = queries.get_instrument_for(current_user.county_id, current_user.offices, page.whole_id(instrument_id), page.clock().now())
    footing = _asked_footing(request.form)
    form = InstrumentForm()
    _fill(form, footing)
    if not form.validate_on_submit():
        return _draft_page(form, footing, one=one, status=422)
    text = _text(form, footing)
    if form.errors:
        return _draft_page(form, footing, one=one, status=422)
    try:
        services.change_draft(instrument_id, text, version=form.drawn_from, once=once_key(), clock=page.clock(), actor=current_user.actor)
    except services.DraftRefused as refusal:
        return _draft_page(form, footing, one=one, status=422, on_top=_say_faults(form, refusal.faults))
    flash(_("The draft is changed."), "ok")
    return done(f"/manage/instruments/{instrument_id}")


# --- management: ceilings, gaps -------------------------------------------------------------------------------------------------


@bp.get("/manage/ceilings")
@roles(*READERS)
def ceilings() -> Response:
    """The ceilings of the county, and what is changed in them from a later day (G-3)."""
    return _ceilings_page(CeilingForm(formdata=None))


def _ceilings_page(form: CeilingForm, status: int = 200) -> Response:
    now = page.clock().now()
    on = civil_date(now)
    if form.from_on.data is None and not form.errors:
        form.from_on.data = on + timedelta(days=1)
    bounds = queries.ceilings(current_user.county_id, on)
    body = render_template(
        "authority/ceilings.html", form=form, bounds=bounds, usual=DEFAULT_CEILINGS, levels=Level, powers=Power, mandates=Mandate,
        to_come=life_queries.ceilings_to_come(current_user.county_id, on), closed=sorted(bounds.closed_types), types=terms.ITEM_TYPES,
        may_set=current_user.role == "manager",
    )  # fmt: skip
    return make_response(body, status)


@bp.post("/manage/ceilings")
@roles("manager")
def set_ceiling() -> Response:
    form = CeilingForm()
    if not form.validate_on_submit():
        return _ceilings_page(form, 422)
    try:
        life_services.set_ceiling(
            Level(form.level.data), Power(form.power.data), Mandate(form.mandate.data), is_allowed=form.is_allowed.data == "1",
            from_on=form.from_on.data, item_type=form.item_type.data, actor=current_user.actor, clock=page.clock(), once=once_key(),
        )  # fmt: skip
    except life_services.SameDay:
        form.from_on.errors = [_("For this cell something is said from that day already. Choose another day.")]
        return _ceilings_page(form, 422)
    except NotAllowed as refusal:
        place = form.from_on if refusal.decision.reason is Reason.CHANGES_FROM_TOMORROW else form.power
        place.errors = [_with_rule(refusal.decision)]
        return _ceilings_page(form, 422)
    flash(_("Written. It holds from its first day on."), "ok")
    return done("/manage/ceilings")


@bp.get("/manage/confirmations")
@roles(*READERS)
def confirmations() -> Response:
    """The yearly round as a worklist: what is due, stale, or names an item that changed (G-14); of one department where one is chosen."""
    county_id = current_user.county_id
    body = network.body_by_code(county_id, request.args["body"][:40]) if request.args.get("body") else None
    rows = life_queries.list_year_for(county_id, current_user.offices, page.clock().now(), body.id if body else None)
    bodies = sorted({row.body.code: row.body for row in rows}.items())
    after = page.cursor("after") or 0
    shown = rows[after : after + YEAR_PAGE]
    more = after + YEAR_PAGE if len(rows) > after + YEAR_PAGE else None
    return make_response(
        render_template(
            "authority/confirmations.html", rows=shown, total=len(rows), body=body, bodies=[one for _code, one in bodies], years=YEAR,
            tones=YEAR_TONES, more=more,
        )
    )  # fmt: skip


YEAR_PAGE = 40


@bp.get("/manage/gaps")
@roles(*READERS)
def gaps() -> Response:
    """Every item whose required power nobody in reach of a highest offered point holds, each with a way to mend it (G-18)."""
    return make_response(render_template("authority/gaps.html", gaps=life_queries.gaps_shown(current_user.county_id, page.clock().now())))
