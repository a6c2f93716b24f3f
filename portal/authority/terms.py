"""The words of authority's codes on pages: powers, levels, mandates, posts, ends. One text a code; templates use them as filters."""

from __future__ import annotations

from typing import Any

from portal.catalogue.pages import TYPES as ITEM_TYPES
from portal.i18n import _lp
from portal.rules.clauses import EndWhy, Handling, Level, Mandate, Post, Power

POWERS: dict[Power, Any] = {
    Power.ACCEPT: _lp("power", "Accept"),
    Power.REVIEW: _lp("power", "Review"),
    Power.COORDINATE: _lp("power", "Coordinate"),
    Power.JOINT: _lp("power", "Joint approval"),
    Power.DECIDE: _lp("power", "Decide"),
    Power.CERTIFY: _lp("power", "Certify"),
    Power.DELIVER: _lp("power", "Deliver"),
    Power.LITIGATE: _lp("power", "Litigate"),
    Power.COLLECT: _lp("power", "Collect and forward"),
    Power.FINISH: _lp("power", "Finish on the spot"),
}
LEVELS: dict[Level, Any] = {
    Level.COUNTY: _lp("level", "County"),
    Level.SUB_CENTER: _lp("level", "Sub-center"),
    Level.TOWN: _lp("level", "Town"),
    Level.VILLAGE: _lp("level", "Village"),
    Level.COMMUNITY: _lp("level", "Community"),
}
MANDATES: dict[Mandate, Any] = {
    Mandate.STATUTORY: _lp("mandate", "by law"),
    Mandate.CONCENTRATED: _lp("mandate", "concentrated"),
    Mandate.INTERNAL: _lp("mandate", "authorised"),
    Mandate.ENTRUSTMENT: _lp("mandate", "entrusted"),
    Mandate.RECEIVE_FORWARD: _lp("mandate", "receive and forward"),
}
MANDATES_LONG: dict[Mandate, Any] = {
    Mandate.STATUTORY: _lp("mandate", "By law or provincial list, in its own name"),
    Mandate.CONCENTRATED: _lp("mandate", "Concentrated: an approval bureau, in its own name"),
    Mandate.INTERNAL: _lp("mandate", "Authorised: a department empowers its own window"),
    Mandate.ENTRUSTMENT: _lp("mandate", "Entrusted to a town government, in the department's name"),
    Mandate.RECEIVE_FORWARD: _lp("mandate", "Receive and forward: carries no power"),
}
POSTS: dict[Post, Any] = {
    Post.CLERK: _lp("post", "Clerk"),
    Post.CHIEF: _lp("post", "Chief representative"),
    Post.AGENT: _lp("post", "Village agent"),
}
HANDLINGS: dict[Handling, Any] = {
    Handling.INSTANT: _lp("handling", "Done at once (instant items)"),
    Handling.PROMISED: _lp("handling", "Within a promised time (promised items)"),
}
CELL_CHOICES: dict[str, list[tuple[str, Any]]] = {
    "level": [(code.value, text) for code, text in LEVELS.items()],
    "power": [(code.value, text) for code, text in POWERS.items()],
    "mandate": [(code.value, text) for code, text in MANDATES_LONG.items()],
    "item_type": [("", _lp("item type", "Items of every type")), *ITEM_TYPES.items()],
}
ENDS: dict[EndWhy, Any] = {
    EndWhy.SUPERSEDED: _lp("end", "replaced"),
    EndWhy.REVOKED: _lp("end", "revoked"),
    EndWhy.SUSPENDED: _lp("end", "suspended"),
}
# How a power reads to the resident who wants something done.
FOR_RESIDENTS: dict[Power, Any] = {
    Power.COLLECT: _lp("guide", "Papers taken in and sent on for you"),
    Power.ACCEPT: _lp("guide", "Application accepted"),
    Power.REVIEW: _lp("guide", "Examination"),
    Power.DECIDE: _lp("guide", "Decision"),
    Power.CERTIFY: _lp("guide", "Certificate made"),
    Power.DELIVER: _lp("guide", "Result handed out"),
    Power.FINISH: _lp("guide", "The whole matter at once"),
}


def power_word(code: str) -> str:
    """受理, Accept."""
    return str(POWERS[Power(code)])


def level_word(code: str) -> str:
    """县级, County."""
    return str(LEVELS[Level(code)])


def mandate_word(code: str) -> str:
    """委托, entrusted."""
    return str(MANDATES[Mandate(code)])


def post_word(code: str) -> str:
    """首席代表, Chief representative."""
    return str(POSTS[Post(code)])


def end_word(code: str) -> str:
    """撤销, revoked."""
    return str(ENDS[EndWhy(code)])


def handling_word(handling: str) -> str:
    return str(HANDLINGS[Handling(handling)])


FILTERS = {"handling_word": handling_word, "power_word": power_word, "level_word": level_word, "mandate_word": mandate_word, "post_word": post_word, "end_word": end_word}
