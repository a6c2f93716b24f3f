"""Signing in and out, one's own account, and who is signed in."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Request, Response, current_app, flash, g, make_response, render_template, request, url_for
from flask_login import current_user

from portal.accounts import browsers, contact_queries, contact_services, queries, services
from portal.accounts.forms import ContactForm, PasswordForm, SignInForm, password_words
from portal.accounts.passwords import SHORTEST
from portal.i18n import _, _lp, current_language
from portal.rules.moments import SHANGHAI
from portal.web import access, errors, page, seen
from portal.web.access import public, signed_in
from portal.web.csrf import session_cookie
from portal.web.htmx import done
from portal.web.once import once_key

bp = Blueprint("accounts", __name__)
log = logging.getLogger("portal")
# what an error page never shows again
errors.SECRET_FIELDS.update({"current_password", "new_password", "again_password"})

HOME = "/work"
homes: dict[str, str] = {}  # role → where it comes after the door, if not to the work of the windows; `app.py` fills it
# demonstration accounts that the sign-in page names: the road of the one matter through the levels
SHOWN_IN_DEMO = ("village-xialiang", "town-xialiang", "window-mr", "chief-mr", "manager")
ROLES: dict[str, Any] = {
    "clerk": _lp("role", "Window clerk"),
    "agent": _lp("role", "Village agent"),
    "chief": _lp("role", "Chief representative"),
    "dept_head": _lp("role", "Head of a department"),
    "leader": _lp("role", "Leader in charge"),
    "center": _lp("role", "Center management"),
    "manager": _lp("role", "County manager"),
    "supervisor": _lp("role", "Supervisor"),
    "cashier": _lp("role", "Cashier"),
    "inspector": _lp("role", "Inspector"),
    "enterprise": _lp("role", "Enterprise"),
    "auditor": _lp("role", "Auditor"),
    "admin": _lp("role", "Administrator"),
}
OFFICES: dict[str, Any] = {
    "head_of_agency": _lp("office", "Head of the agency"),
    "leader_in_charge": _lp("office", "Leader in charge"),
    "head_of_government": _lp("office", "Head of government"),
    "center_management": _lp("office", "Management of the center"),
    "county_manager": _lp("office", "County manager of authority"),
    "supervisor": _lp("office", "Supervisor"),
    "auditor": _lp("office", "Auditor"),
}
POSTS: dict[str, Any] = {
    "clerk": _lp("post", "Clerk"),
    "chief": _lp("post", "Chief representative"),
    "agent": _lp("post", "Village agent"),
}


def _navigation() -> list[tuple[str, Any, int | None]]:
    return [("/account", _lp("nav", "My account"), None)]


page.navigation.append(_navigation)


# --- who is here --------------------------------------------------------------------------------------------------------------------


def _address() -> str:
    return (request.remote_addr or "")[:64]


def load_signed_in(request: Request) -> queries.SignedIn | None:
    """The account of the request's session, or None. Called by Flask-Login the first time that `current_user` is asked for."""
    g.signed_in = False
    token, county = request.cookies.get(session_cookie(), ""), g.get("county")
    if county is None or len(token) != 43:
        return None
    clock = page.clock()
    wall = clock.wall()
    person = queries.signed_in_by(services.token_hash(token), county_id=county.id, wall=wall, on=clock.today(), address=_address())
    if person is None:
        return None
    g.signed_in = True
    if wall - person.seen_at >= queries.SEEN_EVERY:
        seen.later(partial(_see, person.session_id))
    return person


def _see(session_id: int) -> None:
    """Keep when the session was last seen. A page is never lost because this could not be written."""
    try:
        services.see_session(session_id, clock=page.clock())
    except Exception:
        log.exception("session %s: could not write that it was seen", session_id)


@bp.before_app_request
def own_password_first() -> Response | None:
    """Who signed in with a password that was given out chooses one of their own before anything else."""
    if request.endpoint is None or (request.blueprint == bp.name) or access.who_may_knock(request.endpoint) is None:
        return None
    if current_user.is_authenticated and current_user.is_one_time:
        flash(_("Please choose a password of your own first."))
        return done(url_for("accounts.account"))
    return None


# --- signing in and out ---------------------------------------------------------------------------------------------------------------


def local_path(address: str) -> str:
    """An address to go on to, if it lies on this site; else an empty text. Never the doors themselves."""
    if not address.startswith("/") or address.startswith("//") or len(address) > 300 or "\\" in address:
        return ""
    if not address.isprintable() or " " in address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme or parts.netloc or parts.path in {"/sign-in", "/sign-out"}:
        return ""
    return address


def _time(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%H:%M:%S")


def _sign_in_page(form: SignInForm, *, status: int = 200, free_at: datetime | None = None, asked: bool = False) -> Response:
    where = local_path(request.values.get("next", "")) or (local_path(_here()) if asked else "")
    shown = queries.accounts_with_usernames(g.county.id, SHOWN_IN_DEMO) if current_app.config["DEMO"] else []
    wait = max(1, ceil((free_at - page.clock().wall()).total_seconds())) if free_at else 0
    until = _time(free_at) if free_at else ""
    body = render_template("accounts/sign_in.html", form=form, next=where, free_at=until, wait=wait, shown=shown, asked=asked, roles=ROLES)
    response = make_response(body, status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _here() -> str:
    return request.full_path if request.query_string else request.path


@bp.app_errorhandler(401)
def sign_in_first(_error: Any) -> Response:
    """Not signed in, or no longer: a page that was asked for leads through the door and on; what was sent is kept (401)."""
    if request.method in {"GET", "HEAD"} and g.get("county") is not None:
        return _sign_in_page(SignInForm(formdata=None), status=401, asked=True)
    back = local_path(page.came_from())
    return errors.error_page(401, actions=[(url_for("accounts.sign_in_form", next=back or None), _("Sign in"))])


@bp.get("/sign-in")
@public
def sign_in_form() -> Response:
    if current_user.is_authenticated:
        return done(local_path(request.args.get("next", "")) or homes.get(current_user.role, HOME))
    return _sign_in_page(SignInForm())


@bp.post("/sign-in")
@public
def sign_in() -> Response:
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form, status=422)
    county_id, key, kept = g.county.id, current_app.config["SECRET_KEY"], request.cookies.get(browsers.COOKIE, "")
    username = services.plain_username(form.username.data)
    try:
        entry = services.sign_in(
            username,
            form.password.data,
            county_id=county_id,
            address=_address(),
            clock=page.clock(),
            browser=browsers.known_browser(kept, key, county_id, username),
            replaces=request.cookies.get(session_cookie(), ""),
        )
    except services.WrongPassword:
        form.password.errors = [_("User name or password is not right. Please try again.")]
        return _sign_in_page(form, status=422)
    except services.TooMany as refusal:
        return _sign_in_page(form, status=429, free_at=refusal.free_at)
    response = done(url_for("accounts.account") if entry.is_one_time else local_path(request.form.get("next", "")) or homes.get(entry.role, HOME))
    if entry.is_one_time:
        flash(_("Please choose a password of your own first."))
    _keep_token(response, entry.token)
    response.set_cookie(
        browsers.COOKIE,
        browsers.with_name(kept, key, county_id, username),
        max_age=31_536_000,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path="/sign-in",
    )
    return response


def _keep_token(response: Response, token: str) -> None:
    response.set_cookie(session_cookie(), token, httponly=True, samesite="Lax", secure=request.is_secure, path="/")


def _drop_token(response: Response) -> Response:
    response.delete_cookie(session_cookie(), httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return response


@bp.post("/sign-out")
@public
def sign_out() -> Response:
    if current_user.is_authenticated:
        services.sign_out(current_user.session_id, actor=current_user.actor, clock=page.clock())
    flash(_("You are signed out."))
    return _drop_token(done("/"))


# --- one's own account ----------------------------------------------------------------------------------------------------------------


def _account_page(form: PasswordForm, *, contact: ContactForm | None = None, status: int = 200) -> Response:
    body = render_template(
        "accounts/account.html",
        form=form,
        contact=contact or _contact_form(),
        shortest=SHORTEST,
        belonging=queries.belonging_of(current_user),
        postings=queries.list_postings_for(current_user),
        offices=queries.list_offices_for(current_user),
        sessions=queries.list_sessions_for(current_user, page.clock().wall()),
        idle_hours=int(queries.IDLE_LIMIT.total_seconds() // 3600),
        most_hours=int(queries.ABSOLUTE_LIMIT.total_seconds() // 3600),
        role=ROLES[current_user.role],
        office_words=OFFICES,
        post_words=POSTS,
    )
    return make_response(body, status)


@bp.get("/account")
@signed_in
def account() -> Response:
    return _account_page(PasswordForm(formdata=None))


def _contact_form() -> ContactForm:
    known = contact_queries.contacts_of(current_user.county_id, [current_user.username])[current_user.username]
    return ContactForm(formdata=None, email=known.email or "", language=known.language or current_language())


@bp.post("/account/contact")
@signed_in
def contact() -> Response:
    """Where copies of one's messages go, and in which language."""
    form = ContactForm()
    if not form.validate_on_submit():
        return _account_page(PasswordForm(formdata=None), contact=form, status=422)
    contact_services.set_contact(
        form.email.data or "", form.language.data, actor=current_user.actor, clock=page.clock(), once=once_key()
    )  # fmt: skip
    flash(_("Kept. Your messages come this way from now on."), "ok")
    return done(url_for("accounts.account"))


@bp.post("/account/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> Response:
    services.sign_out_everywhere(current_user.account_id, actor=current_user.actor, clock=page.clock())
    flash(_("You are signed out on every device."))
    return _drop_token(done(url_for("accounts.sign_in_form")))


@bp.post("/account/password")
@signed_in
def password() -> Response:
    form = PasswordForm()
    if not form.validate_on_submit():
        return _account_page(form, status=422)
    try:
        entry = services.change_password(form.current_password.data, form.new_password.data, actor=current_user.actor, clock=page.clock())
    except services.WeakPassword as refusal:
        form.new_password.errors = [password_words(refusal.fault)]
        return _account_page(form, status=422)
    except services.WrongPassword:
        form.current_password.errors = [_("This is not your password now.")]
        return _account_page(form, status=422)
    except services.TooMany as refusal:
        form.current_password.errors = [_("Too many tries. Please try again at %(time)s.", time=_time(refusal.free_at))]
        return _account_page(form, status=429)
    flash(_("Your password is changed. Every other device is signed out."))
    response = done(url_for("accounts.account"))
    _keep_token(response, entry.token)
    return response
