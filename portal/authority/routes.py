"""Pages of authority: the papers (public), instruments and the matrix (management). Who may what is in `powers_routes`, why in `explain_routes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, make_response, redirect, render_template, request
from flask_login import current_user

from portal.authority import queries, services, terms
from portal.authority.forms import FIELD_OF, ActForm, FootingForm, InstrumentForm, RevokeForm, SuspendForm
from portal.authority.queries import Footing, InstrumentState
from portal.i18n import _, _lp, _p, named
from portal.rules.clauses import EndWhy, Mandate, Post, Power
from portal.rules.decision import Decision, NotAllowed
from portal.rules.grants import may_end, may_register
from portal.web import page
from portal.web.access import public, roles
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
TONES = {"to_sign": "warn", "to_register": "warn", "to_begin": "", "in_force": "ok", "ended": "off"}
MANAGERS = ("manager", "dept_head")
READERS = ("manager", "dept_head", "leader", "center", "supervisor", "auditor")


def _navigation() -> list[tuple[str, Any, int | None]]:
    if current_user.role not in MANAGERS:
        return []
    now = page.clock().now()
    counts = queries.count_instruments_for(current_user.county_id, current_user.offices, now)
    waiting = counts[InstrumentState.TO_SIGN if current_user.role == "dept_head" else InstrumentState.TO_REGISTER]
    return [("/manage/instruments", _p("nav", "Instruments"), waiting or None), ("/manage/matrix", _p("nav", "Matrix of authority"), None)]


page.navigation.append(_navigation)


# --- what several pages need ----------------------------------------------------------------------------------------------------


def _url(path: str) -> str:
    return str(current_app.config["PUBLIC_URL"]).rstrip("/") + path


def _number(name: str) -> int | None:
    """A cursor of the address; anything that is none is no such page."""
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        abort(404)
    return int(text)


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
        groups.setdefault((said.powers, said.item_ids, said.from_on, said.until_on, said.post), []).append(clause)
    ends: dict[int, Any] = {}
    for end in one.ends:
        if end.clause_id not in ends or end.ends_at < ends[end.clause_id].ends_at:
            ends[end.clause_id] = end
    return {"groups": list(groups.values()), "ends": ends, "mandate_long": terms.MANDATES_LONG[one.mandate]}


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
    rows, more = queries.list_instruments_for(county_id, offices, state, now, before=_number("before"))
    return make_response(
        render_template(
            "authority/instruments.html", rows=rows, more=more, state=state, states=STATES, tones=TONES, counts=counts,
            may_draft=current_user.role == "manager", first=_number("before") is None,
        )
    )  # fmt: skip


def _instrument_page(instrument_id: int, *, status: int = 200, **typed: Any) -> Response:
    now = page.clock().now()
    one = queries.get_instrument_for(current_user.county_id, current_user.offices, instrument_id, now)
    choices = [(str(clause.terms.id), f"{named(clause.point)} · {named(clause.window)}") for clause in one.clauses]
    suspending, revoking = typed.get("suspending") or SuspendForm(formdata=None), typed.get("revoking") or RevokeForm(formdata=None)
    for name, form in (("suspend", suspending), ("revoke", revoking)):
        form.clauses.choices = choices
        for field in form:
            field.id = f"{name}-{field.short_name}"  # both ask for a ground
    context: dict[str, Any] = {"may_register": None, "may_sign": None, "may_end": None}
    if one.state is InstrumentState.TO_SIGN:
        context["may_sign"] = services.may_sign_now(one.row, account_id=current_user.account_id, offices=current_user.offices, now=now)
    elif one.state is InstrumentState.TO_REGISTER:
        context["may_register"] = may_register(current_user.offices, is_signed=True)
    elif one.state in (InstrumentState.TO_BEGIN, InstrumentState.IN_FORCE):
        lasting = [clause.terms for clause in one.clauses if clause.terms.ends_at is None or clause.terms.ends_at > now]
        if lasting:
            context["may_end"] = may_end(lasting[0], EndWhy.SUSPENDED, now=now, offices=current_user.offices, ground="?")
    relying = [found for ask in queries.in_flight for found in ask([clause.terms.id for clause in one.clauses])]
    body = render_template(
        "authority/instrument.html", one=one, state=STATES[one.state], tone=TONES[one.state], words=words,
        act=ActForm(formdata=None), suspending=suspending, revoking=revoking, relying=relying,
        is_manager=current_user.role == "manager", qr=qr_code(_url(f"/powers/{one.slug}")),
        is_asked=bool(typed), **context, **_paper_words(one),
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/manage/instruments/<int:instrument_id>")
@roles(*READERS)
def instrument(instrument_id: int) -> Response:
    """An instrument as it will read on paper, where it stands, and its next step."""
    return _instrument_page(_small(instrument_id))


def _small(instrument_id: int) -> int:
    if instrument_id > 2**31 - 1:
        abort(404)
    return instrument_id


def _seen(instrument_id: int) -> None:
    """The second gate: an instrument of another body does not exist for the person (404), whatever they ask to do with it."""
    queries.get_instrument_for(current_user.county_id, current_user.offices, _small(instrument_id), page.clock().now())


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
    form.windows.data = [footing.windows[0][0].code] if len(footing.windows) == 1 else []
    return _draft_page(form, footing)


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
    one = queries.get_instrument_for(current_user.county_id, current_user.offices, _small(instrument_id), page.clock().now())
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
    return _draft_page(form, footing, one=one)


@bp.post("/manage/instruments/<int:instrument_id>/change")
@roles("manager")
def change_draft(instrument_id: int) -> Response:
    one = queries.get_instrument_for(current_user.county_id, current_user.offices, _small(instrument_id), page.clock().now())
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
