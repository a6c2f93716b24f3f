"""Public pages of the catalogue: what can be done, how, and what a service point offers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request

from portal.catalogue import pages, queries, questions
from portal.catalogue.forms import FindItemForm, FindOfferForm
from portal.network import pages as network_pages
from portal.network import queries as network_queries
from portal.web.access import public
from portal.web.htmx import page_or_fragment, wants_fragment
from portal.web.page import clock, county

bp = Blueprint("catalogue", __name__)
SHOWN_WHILE_TYPING = 8
OFFERS_A_PAGE = 40


def _levels() -> dict[str, Any]:
    return network_pages.level_names(county().id, clock().today())


@bp.get("/items")
@public
def items():  # type: ignore[no-untyped-def]
    """All items by theme, or those that were looked for; while one types, the first of them (S-1, S-7)."""
    form, on = FindItemForm(request.args), clock().today()
    is_fine = form.validate()
    text = (form.q.data or "") if is_fine else ""
    filters: dict[str, Any] = {"theme": request.args.get("theme", ""), "body_code": request.args.get("body", "")}
    themes = queries.themes(county().id, on)
    if text:
        found = queries.search(county().id, text, on=on, **filters)
    else:
        found = queries.list_items(county().id, on, **filters)
    is_list = not text and not any(filters.values())
    return page_or_fragment(
        "catalogue/items.html",
        "catalogue/_results.html",
        status=200 if is_fine else 422,
        form=form,
        text=text,
        found=found[:SHOWN_WHILE_TYPING] if wants_fragment() else found,
        number=len(found),
        groups=pages.by_theme(found, themes) if is_list else None,
        theme=themes.get(filters.get("theme", "")),
        body=next((entry for entry in found if entry.body_code == filters.get("body_code")), None),
        limit_words=pages.limit_words,
    )


@bp.get("/items/<code>")
@public
def item(code: str):  # type: ignore[no-untyped-def]
    """The guide of an item: disclosures, materials, procedure, where it is offered (S-2, S-4, S-7)."""
    guide = queries.guide(county().id, code, clock().today())
    return render_template(
        "catalogue/item.html",
        guide=guide,
        limit_words=pages.limit_words,
        kinds=pages.KINDS,
        types=pages.TYPES,
        flags=pages.FLAGS,
        statuses=pages.STATUSES,
        levels=_levels(),
    )


@bp.get("/items/<code>/at")
@public
def item_places(code: str):  # type: ignore[no-untyped-def]
    """Where an item is offered: choose one's own point, whose page says what is done there and where the rest happens (S-7)."""
    on = clock().today()
    guide, form = queries.guide(county().id, code, on), FindOfferForm(request.args)
    is_fine = form.validate()
    offering = queries.points_offering(guide.version.id, on)
    text = (form.q.data or "") if is_fine else ""
    found = None
    if text:
        there = {point.id for point in offering}
        found = [one for one in network_queries.find_points(county().id, text) if one.point.id in there]
    return make_response(
        render_template(
            "catalogue/item_places.html",
            guide=guide,
            form=form,
            text=text,
            found=found,
            network=network_pages.network(offering),
            levels=_levels(),
            statuses=network_pages.STATUSES,
            tones=network_pages.TONES,
        ),
        200 if is_fine else 422,
    )


@bp.get("/network/<code>")
@public
def point(code: str):  # type: ignore[no-untyped-def]
    """A service point: when it is open, who works there, what it offers (N-3, N-5, O-4)."""
    now = clock().now()
    found = queries.point_page(county().id, code, clock().today())
    groups = pages.by_theme(found.offers, queries.themes(county().id, clock().today()))
    groups, more = pages.cut(groups, request.args.get("after", ""), OFFERS_A_PAGE)
    shown = [entry.item_id for group in groups for entry in group.entries]
    return render_template(
        "catalogue/point.html",
        page=found,
        point=found.point,
        open_now=network_pages.open_now(found.point, found.hours, network_queries.calendar_of(county().id), now),
        week=network_pages.week(found.hours, clock().today()),
        groups=groups,
        more=more,
        first=not request.args.get("after"),
        done={item_id: one for ask in questions.done_here for item_id, one in ask(county().id, found.point.id, shown, now).items()},
        emergency=network_queries.emergency_at(found.point.id),
        emergency_words=network_pages.EMERGENCIES,
        former=network_queries.former_names(found.point, found.names),
        limit_words=pages.limit_words,
        levels=_levels(),
        statuses=network_pages.STATUSES,
        tones=network_pages.TONES,
        posts=pages.POSTS,
    )
