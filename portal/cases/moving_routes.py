"""What has to move before a window or point closes or a posting ends; closing it; an emergency and what comes back (N-2, G-13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.authority import queries as authority_queries
from portal.cases import moving_forms as forms
from portal.cases import moving_queries as queries
from portal.cases import moving_services as services
from portal.cases import pages
from portal.cases import queries as case_queries
from portal.database import KeyReused, NotFound
from portal.i18n import _, _lp, _p, named
from portal.network import pages as network_pages
from portal.network import queries as network
from portal.rules import moving as rules
from portal.rules.decision import Decision, NotAllowed
from portal.rules.handoffs import Mark
from portal.rules.moving import EmergencyKind, Leaving, RowResult
from portal.rules.network import PointStatus
from portal.web import page
from portal.web.access import roles
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("moving", __name__)

MOVERS = ("center", "manager")
RESULTS: dict[RowResult, Any] = {
    RowResult.MOVED: _lp("moving", "moved"),
    RowResult.CHANGED: _lp("moving", "changed in the meantime: not moved, look again"),
    RowResult.NOWHERE: _lp("moving", "no window elsewhere can receive it: not moved"),
    RowResult.REFUSED: _lp("moving", "that window cannot receive it, or has it already: not moved"),
    RowResult.GONE: _lp("moving", "is not there any more"),
}
MARKS: dict[Mark, Any] = {
    Mark.CLOSING: _lp("moving", "Moved because of a closing"),
    Mark.EMERGENCY: _lp("moving", "Moved because of the emergency"),
    Mark.RESUMED: _lp("moving", "Taken back"),
}
OFFICES: dict[str, Any] = {
    "head_of_agency": _lp("office", "head of the body"),
    "head_of_government": _lp("office", "head of government"),
    "leader_in_charge": _lp("office", "leader in charge"),
    "county_manager": _lp("office", "county manager"),
    "center_management": _lp("office", "center management"),
    "supervisor": _lp("office", "supervisor"),
    "auditor": _lp("office", "auditor"),
}


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in MOVERS:
        return []
    return [("/manage/moving", _p("nav", "Moves and closings"), _("What hangs on a window, a point or a posting; moving it; emergencies."))]


page.management.append(_management)


@bp.get("/manage/moving")
@roles(*MOVERS)
def overview() -> Response:
    """Where an emergency stands, whose posting ends soon, and a search for a point."""
    county_id = current_user.county_id
    text = request.args.get("q", "").strip()[:60]
    found = network.find_points(county_id, text)[: queries.SHOWN] if text else []
    return make_response(
        render_template(
            "cases/moving.html", q=text, found=found, emergencies=network.emergencies(county_id), kinds=network_pages.EMERGENCIES,
            ending=queries.ending_soon(county_id, page.clock().today()),
        )
    )  # fmt: skip


def _subject(kind: str, code: str) -> queries.Subject:
    if kind not in set(Leaving) or len(code) > 40:
        abort(404)
    return queries.subject_of(current_user.county_id, Leaving(kind), code)


def _page(
    kind: str, code: str, *, sent: Form | None = None, status: int = 200, problem: Decision | None = None, said_at: str = ""
) -> Response:  # fmt: skip
    subject = _subject(kind, code)
    now, today = page.clock().now(), page.clock().today()
    hanging = queries.hanging_on(subject, now, today)
    is_point, point = subject.leaving is Leaving.POINT, subject.point
    emergency = network.emergency_at(point.id) if is_point else None
    last = network.last_emergency_at(point.id) if is_point and emergency is None else None
    kinds: dict[str, type[Form]] = {
        "move": forms.MoveForm, "close": forms.CloseForm, "suspend": forms.SuspendForm, "resume": forms.ResumeForm, "take_back": forms.BackForm,
    }  # fmt: skip
    every: dict[str, Any] = {name: sent if isinstance(sent, form) and type(sent) is form else form(formdata=None) for name, form in kinds.items()}
    for name, form in every.items():
        for field in form:
            field.id = f"{name}-{field.short_name}"
        if status != 200:
            form.key.data = new_key()
    if every["close"].last_on.data is None and not every["close"].last_on.errors:
        every["close"].last_on.data = today
    places = authority_queries.windows(current_user.county_id, today)
    near = network.path_of(point.id)
    able = {window_id: terms for window_id, terms in places.items() if window_id not in subject.window_ids and terms.point_id in near}
    shown = case_queries.places_of(able) if hanging.cases else {}
    order = sorted(able.values(), key=lambda terms: (terms.level.rank, terms.code))
    every["move"].to.choices = [("", _("each where it would go by itself")), *((str(one.id), pages.place_name(shown[one.id])) for one in order if one.id in shown)]
    batch = None
    if request.args.get("batch"):
        batch = queries.batch_of(current_user.county_id, subject, page.cursor("batch") or 0)
    rows = [] if batch is None else batch.results
    went = case_queries.places_of({row[2] for row in rows if row[2]})
    body = render_template(
        "cases/moving_subject.html", subject=subject, hanging=hanging, forms=every, sent=sent, emergency=emergency, problem=problem, said_at=said_at,
        back=queries.to_take_back(subject, last) if last is not None and last.ended_at is not None else [], batch=batch, rows=rows, went=went,
        results=RESULTS, marks=MARKS, kinds=network_pages.EMERGENCIES, statuses=network_pages.STATUSES, offices=OFFICES,
        place_name=pages.place_name, windows=queries.windows_at(point.id, today) if is_point else [], named_subject=_name(subject),
        may_stop=rules.may_suspend_at_once(PointStatus(point.status), point.parent_id is not None) if is_point else None,
        ticked={name for name in request.form if name.startswith("row-")} if request.method == "POST" else None,
        is_over=is_point and PointStatus(point.status).is_final,
    )  # fmt: skip
    return make_response(body, status)


def _name(subject: queries.Subject) -> str:
    if subject.account is not None and subject.window is not None:
        return f"{named(subject.account)} · {named(subject.point)} · {named(subject.window)}"
    return named(subject.point) if subject.window is None else f"{named(subject.point)} · {named(subject.window)}"


@bp.get("/manage/moving/<kind>/<code>")
@roles(*MOVERS)
def subject(kind: str, code: str) -> Response:
    """Everything that hangs on a window, a point or a posting, and what can be done about it."""
    return _page(kind, code)


def _press(kind: str, code: str, form: Any, do: Callable[[], object], said: Any) -> Response:
    """Do what the form says; else the same page with what was typed, and why."""
    one = _subject(kind, code)
    if not form.validate_on_submit():
        return _page(kind, code, sent=form, status=422)
    try:
        answer = do()
    except NotAllowed as refusal:
        return _page(kind, code, sent=form, status=403, problem=refusal.decision)
    except NotFound:
        if "to" not in form:
            raise
        form.to.errors = [_("Please choose one from the list.")]
        return _page(kind, code, sent=form, status=422)
    except KeyReused as reused:
        return _page(kind, code, sent=form, status=422, said_at=reused.result)
    flash(str(said), "ok")
    return done(f"{one.address}?batch={answer}" if isinstance(answer, int) else one.address)


def _versions() -> dict[str, int]:
    """The ticked cases, each with the version that the page showed."""
    found: dict[str, int] = {}
    for name in request.form:
        number = name.removeprefix("row-")
        version = request.form.get(f"v-{number}", "")
        if name != number and len(number) <= 30 and len(found) < queries.SHOWN:
            found[number] = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1
    return found


def _target(form: Any) -> int | None:
    """The chosen window; None for "each where it would go by itself", 0 for what is no window."""
    text = str(form.to.data or "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@bp.post("/manage/moving/<kind>/<code>/move")
@roles(*MOVERS)
def move(kind: str, code: str) -> Response:
    """Move the ticked cases; a result for each."""
    form, person = forms.MoveForm(), current_user._get_current_object()

    def do() -> int:
        return services.move_cases(
            Leaving(kind), code, _versions(), _target(form), form.reason.data or "", actor=person, clock=page.clock(), once=once_key()
        )

    return _press(kind, code, form, do, _p("done", "Done; what came of each case stands below."))


@bp.post("/manage/moving/<kind>/<code>/close")
@roles(*MOVERS)
def close(kind: str, code: str) -> Response:
    """Close the window or point; a posting is ended on its own page."""
    if kind == Leaving.POSTING:
        abort(404)
    form, person = forms.CloseForm(), current_user._get_current_object()

    def do() -> None:
        services.close(Leaving(kind), code, form.last_on.data, form.reason.data or "", actor=person, clock=page.clock(), once=once_key())

    return _press(kind, code, form, do, _p("done", "Closed from that day."))


@bp.post("/manage/moving/point/<code>/suspend")
@roles(*MOVERS)
def suspend(code: str) -> Response:
    """Stop a point at once: its cases pass to the points above, the public is told."""
    form, person = forms.SuspendForm(), current_user._get_current_object()

    def do() -> int:
        return services.suspend(
            code, EmergencyKind(form.kind.data), form.words.data or "", actor=person, clock=page.clock(), once=once_key()
        )  # fmt: skip

    return _press(Leaving.POINT.value, code, form, do, _p("done", "Suspended. The public sees it; what came of each case stands below."))


@bp.post("/manage/moving/point/<code>/resume")
@roles(*MOVERS)
def resume(code: str) -> Response:
    """The point works again."""
    form, person = forms.ResumeForm(), current_user._get_current_object()
    return _press(
        Leaving.POINT.value, code, form, lambda: services.resume(code, actor=person, clock=page.clock(), once=once_key()),
        _p("done", "It works again. What can be taken back stands below."),
    )  # fmt: skip


@bp.post("/manage/moving/point/<code>/take_back")
@roles(*MOVERS)
def take_back(code: str) -> Response:
    """Send the ticked cases back to the window that had them."""
    form, person = forms.BackForm(), current_user._get_current_object()

    def do() -> int:
        return services.take_back(code, _versions(), form.reason.data or "", actor=person, clock=page.clock(), once=once_key())

    return _press(Leaving.POINT.value, code, form, do, _p("done", "Done; what came of each case stands below."))
