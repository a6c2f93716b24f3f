"""Pages of postings: who is posted where by department, what is an exception, what ends soon, how often people change (N-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.authority import posting_queries, posting_services
from portal.authority.posting_forms import END_FIELD_OF, FIELD_OF, FOOTINGS, EndForm, PostingForm
from portal.i18n import _, _lp, _p, named
from portal.network import queries as network
from portal.rules.clauses import Post
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.postings import EndDraft, Staff, usual_days
from portal.web import page
from portal.web.access import roles
from portal.web.filters import long_day
from portal.web.htmx import done
from portal.web.once import once_key
from portal.web.reasons import words

bp = Blueprint("postings", __name__)

READERS = ("manager", "dept_head", "leader", "center", "supervisor", "auditor")
POSTERS = ("manager", "dept_head", "leader", "center")
LINES_A_PAGE = 40
STATES: dict[str, Any] = {
    "to_come": _lp("posting", "To begin"),
    "standing": _lp("posting", "Posted"),
    "over": _lp("posting", "Over"),
    "void": _lp("posting", "Never began"),
}
TONES = {"to_come": "", "standing": "ok", "over": "off", "void": "off"}
EXCUSED: dict[str, Any] = {
    Reason.STAFF_IS_TEMPORARY.value: _lp("exception", "temporary staff"),
    Reason.POSTING_NEEDS_CERTIFICATE.value: _lp("exception", "without the certificate"),
    Reason.POSTING_TOO_SHORT.value: _lp("exception", "shorter than two years"),
    Reason.POSTING_TOLD_TOO_LATE.value: _lp("exception", "told too late"),
}
FIGURES: dict[str, Any] = {
    "stood": _lp("turnover", "At windows in twelve months"),
    "left": _lp("turnover", "Left"),
    "early": _lp("turnover", "Left before two years"),
    "excepted": _lp("turnover", "Came as an exception"),
    "changes": _lp("turnover", "Counted as turnover"),
}


def _management() -> list[tuple[str, Any, Any]]:
    return [("/manage/postings", _p("nav", "Postings"), _("Who works at which window; exceptions and turnover."))] if current_user.role in POSTERS else []


page.management.append(_management)


@bp.app_template_filter("excused_word")
def excused_word(code: str) -> str:
    """未满两年, shorter than two years."""
    return str(EXCUSED.get(code, code))


@bp.app_template_filter("footing_word")
def footing_word(code: str) -> str:
    """在编人员, member of staff."""
    return str(FOOTINGS[Staff(code)])


# --- lists ----------------------------------------------------------------------------------------------------------------------


@bp.get("/manage/postings")
@roles(*READERS)
def postings() -> Response:
    """Departments with their people and turnover; of one of them who is posted, who was, and what is behind a figure."""
    county_id, today = current_user.county_id, page.clock().today()
    may_post = bool(posting_queries.bodies_to_post(county_id, current_user.offices, current_user.account_id, today))
    if request.args.get("body"):
        return _postings_of(request.args["body"], may_post)
    every = posting_queries.list_postings(county_id, since=posting_queries.a_year_before(today))
    ending = sorted((one for one in every if one.ends_soon(today)), key=lambda one: (one.terms.until_on, one.id))
    return make_response(
        render_template(
            "authority/postings.html", departments=posting_queries.departments(county_id, every, today), ending=ending[:LINES_A_PAGE],
            more_ending=len(ending) - LINES_A_PAGE, first=posting_queries.a_year_before(today), may_post=may_post,
            soon=posting_queries.SOON.days,
        )
    )  # fmt: skip


def _postings_of(code: str, may_post: bool) -> Response:
    county_id, today = current_user.county_id, page.clock().today()
    body = network.body_by_code(county_id, code)
    figure, is_past = request.args.get("of", ""), bool(request.args.get("past"))
    if figure:
        since = posting_queries.a_year_before(today)
        rows = posting_queries.of_figure(posting_queries.list_postings(county_id, since=since), body.id, figure, today)
    else:
        every = posting_queries.list_postings(county_id, since=None if is_past else today)
        wanted = {"over", "void"} if is_past else {"standing", "to_come"}
        rows = [one for one in every if one.terms.body_id == body.id and one.state(today) in wanted]
    rows, more = _page_of(rows)
    here = f"/manage/postings?body={body.code}" + (f"&of={figure}" if figure else "&past=1" if is_past else "")
    return make_response(
        render_template(
            "authority/postings_body.html", body=body, rows=rows, more=more, base=here, figure=figure, figures=FIGURES, is_past=is_past,
            is_first=not request.args.get("before"), states=STATES, tones=TONES, may_post=may_post, soon=posting_queries.SOON.days,
        )
    )  # fmt: skip


def _page_of(rows: list[posting_queries.PostingShown]) -> tuple[list[posting_queries.PostingShown], int | None]:
    """What comes after the posting that the address names, and the one to go on from; one that is not in the list is no such page."""
    before = request.args.get("before", "")
    if before:
        at = next((index for index, one in enumerate(rows) if str(one.id) == before), None)
        if at is None:
            abort(404)
        rows = rows[at + 1 :]
    return rows[:LINES_A_PAGE], rows[LINES_A_PAGE - 1].id if len(rows) > LINES_A_PAGE else None


# --- to post --------------------------------------------------------------------------------------------------------------------


def _with_rule(decision: Decision) -> str:
    return _("%(text)s (rule %(rule)s)", text=words(decision), rule=decision.rule)


def _say_faults(form: PostingForm | EndForm, faults: Sequence[Decision], places: Mapping[Reason, str]) -> list[str]:
    """Each fault beside the field that mends it; returns what belongs to no field."""
    on_top = []
    for fault in faults:
        place = places.get(fault.reason) if fault.reason else None
        if place is None:
            on_top.append(_with_rule(fault))
        else:
            field = getattr(form, place)
            field.errors = [*field.errors, _with_rule(fault)]
    return on_top


def _post_page(form: PostingForm | None, body: Any, *, status: int = 200, on_top: Sequence[str] = ()) -> Response:
    county_id, today = current_user.county_id, page.clock().today()
    bodies = posting_queries.bodies_to_post(county_id, current_user.offices, current_user.account_id, today)
    people = posting_queries.people_of(county_id, body.id) if body is not None else []
    return make_response(
        render_template("authority/postings_new.html", form=form, body=body, bodies=bodies, people=people, on_top=on_top), status
    )


def _offer_windows(form: PostingForm, body: Any) -> dict[str, int]:
    """Fill in the windows of the body at which the person posts people; returns code → id."""
    places = posting_queries.places_of(
        current_user.county_id, body.id, current_user.offices, current_user.account_id, page.clock().today()
    )
    form.window.choices = [(place.terms.code, f"{named(place.point)} · {named(place.window)}") for place in places]
    return {place.terms.code: place.terms.id for place in places}


@bp.get("/manage/postings/new")
@roles(*POSTERS)
def post_form() -> Response:
    """The form of a posting at a body's windows, with the days filled in that the rule would like."""
    county_id, today = current_user.county_id, page.clock().today()
    code = request.args.get("body", "")
    if not code:
        bodies = posting_queries.bodies_to_post(county_id, current_user.offices, current_user.account_id, today)
        if len(bodies) != 1:
            return _post_page(None, None)
        code = bodies[0].code
    body = network.body_by_code(county_id, code)
    form = PostingForm(formdata=None)
    windows = _offer_windows(form, body)
    if request.args.get("window", "") in windows:
        form.window.data = request.args["window"]
    form.told_on.data = today
    form.from_on.data, form.until_on.data = usual_days(today, network.calendar_of(county_id))
    return _post_page(form, body)


@bp.post("/manage/postings/new")
@roles(*POSTERS)
def post() -> Response:
    county_id = current_user.county_id
    body = network.body_by_code(county_id, request.form.get("body", "")[:40])
    form = PostingForm()
    windows = _offer_windows(form, body)
    if not form.validate_on_submit():
        return _post_page(form, body, status=422)
    account_id = posting_queries.worker_named(county_id, form.person.data or "")
    if account_id is None:
        form.person.errors = [_("Nobody who works at windows has this user name.")]
        return _post_page(form, body, status=422)
    text = posting_services.PostingText(
        account_id=account_id, window_id=windows[form.window.data], post=Post(form.post.data), staff=Staff(form.staff.data),
        from_on=form.from_on.data, until_on=form.until_on.data, told_on=form.told_on.data, certificate=form.certificate.data or "",
        reason=form.reason.data or "", village_paper=form.village_paper.data or "", town_paper=form.town_paper.data or "",
    )  # fmt: skip
    try:
        posting_id = posting_services.post(text, once=once_key(), clock=page.clock(), actor=current_user.actor)
    except posting_services.PostingRefused as refusal:
        return _post_page(form, body, status=422, on_top=_say_faults(form, refusal.faults, FIELD_OF))
    except NotAllowed as refusal:
        if refusal.decision.reason is not Reason.POSTS_ONESELF:
            raise
        _say_faults(form, [refusal.decision], FIELD_OF)
        return _post_page(form, body, status=422)
    flash(_("Posted from %(day)s.", day=long_day(text.from_on)), "ok")
    return done(f"/manage/postings/{posting_id}")


# --- one posting ----------------------------------------------------------------------------------------------------------------


def _posting_page(posting_id: int, *, status: int = 200, form: EndForm | None = None, on_top: Sequence[str] = ()) -> Response:
    county_id, today = current_user.county_id, page.clock().today()
    one = posting_queries.get_posting(county_id, posting_id)
    shown = one.shown
    state = shown.state(today)
    may_end = posting_queries.may_tend(
        county_id, shown.window, current_user.offices, current_user.account_id, shown.account.id, today
    )
    if form is None:
        form = EndForm(formdata=None)
        form.told_on.data = today
    return make_response(
        render_template(
            "authority/posting.html", one=one, shown=shown, state=state, states=STATES, tones=TONES, may_end=may_end, form=form,
            on_top=on_top, can_end=state in {"standing", "to_come"}, words=words, is_poster=current_user.role in POSTERS,
        ),
        status,
    )  # fmt: skip


@bp.get("/manage/postings/<int:posting_id>")
@roles(*READERS)
def posting(posting_id: int) -> Response:
    """A posting with what it rests on, what was excused, and every end that was entered."""
    return _posting_page(posting_id)


@bp.post("/manage/postings/<int:posting_id>/end")
@roles(*POSTERS)
def end(posting_id: int) -> Response:
    posting_queries.get_posting(current_user.county_id, posting_id)
    form = EndForm()
    if not form.validate_on_submit():
        return _posting_page(posting_id, status=422, form=form)
    draft = EndDraft(form.last_on.data, form.told_on.data, form.reason.data or "")
    try:
        posting_services.end_posting(posting_id, draft, once=once_key(), clock=page.clock(), actor=current_user.actor)
    except posting_services.PostingRefused as refusal:
        return _posting_page(posting_id, status=422, form=form, on_top=_say_faults(form, refusal.faults, END_FIELD_OF))
    flash(_("The last day is %(day)s.", day=long_day(draft.last_on)), "ok")
    return done(f"/manage/postings/{posting_id}")
