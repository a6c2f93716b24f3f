"""The first gate: who may knock. Exactly one of these decorators stands on every view; a view without one is refused to everybody.

The second gate is a query (`queries.get_..._for(person, ...)`, 404), the third a rule (`rules.may_...`, 403 with the reason).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request
from flask_login import current_user

View = TypeVar("View", bound=Callable[..., Any])
MARK = "knock"
# who works at windows and around them; enterprises are no staff
STAFF = frozenset(
    {"clerk", "agent", "chief", "dept_head", "leader", "center", "manager", "supervisor", "cashier", "inspector", "auditor", "admin"}
)


def _mark(view: View, who: frozenset[str] | None) -> View:
    if hasattr(view, MARK):
        raise TypeError(f"{view.__name__} has two access decorators; keep one")
    setattr(view, MARK, who)
    return view


def public(view: View) -> View:
    """Anyone may knock."""
    return _mark(view, None)


def signed_in(view: View) -> View:
    """Anyone with an account."""
    return _mark(view, frozenset({"*"}))


def staff(view: View) -> View:
    """Anyone who works for the network."""
    return _mark(view, STAFF)


def roles(*names: str) -> Callable[[View], View]:
    """Only these roles may knock."""

    def decorate(view: View) -> View:
        return _mark(view, frozenset(names))

    return decorate


def who_may_knock(endpoint: str) -> frozenset[str] | None:
    """The roles of an endpoint; None is public, the empty set nobody."""
    view = current_app.view_functions[endpoint]
    found: frozenset[str] | None = getattr(view, MARK, frozenset())
    return found


def may_knock() -> bool:
    """Whether who asks may knock at the address that was asked for."""
    who = who_may_knock(request.endpoint) if request.endpoint else frozenset()
    return who is None or (current_user.is_authenticated and bool(who & {"*", current_user.role}))


def _knock() -> None:
    if request.endpoint is None or request.endpoint == "static":
        return
    who = who_may_knock(request.endpoint)
    if who is None:
        return
    if not who:
        abort(403)
    if not current_user.is_authenticated:
        abort(401)
    if "*" not in who and current_user.role not in who:
        abort(403)


def init_app(app: Flask) -> None:
    app.before_request(_knock)
