"""Facts for the tests of authority, made without arguments, and a naive model of the rules to hold the real ones against.

The model shares no code with `portal.rules`: it keeps its own tables, counts time in Shanghai wall clock, and looks at every clause.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from itertools import count
from typing import Any

from portal.rules.authority import Authority, ClauseTerms, ItemTerms, Level, Mandate, PointTerms, Post, Power, WindowTerms

MR, TAX, BUREAU, TOWN = 1, 2, 3, 9
COUNTY_POINT, TAX_POINT, TOWN_POINT, ROOM_POINT = 1, 2, 3, 4
TODAY = date(2026, 11, 23)
SHANGHAI = timezone(timedelta(hours=8))
_ids = count(1000)


def moment(day: date = TODAY, hour: int = 10, minute: int = 0) -> datetime:
    """Wall clock in Zhashui, as an aware UTC moment."""
    return datetime.combine(day, time(hour, minute), SHANGHAI).astimezone(timezone.utc)


NOW = moment()
LONG_AGO = moment(date(2026, 1, 1), 0)


def item(**changes: Any) -> ItemTerms:
    return replace(ItemTerms(id=1, code="S-03", body_id=MR), **changes)


def window(level: Level = Level.COUNTY, **changes: Any) -> WindowTerms:
    point = {Level.COUNTY: COUNTY_POINT, Level.SUB_CENTER: TAX_POINT, Level.TOWN: TOWN_POINT}.get(level, ROOM_POINT)
    bodies = frozenset({MR}) if level.rank == 0 else frozenset({TOWN})
    made = WindowTerms(id=point * 10, code=f"W{point}", point_id=point, level=level, body_ids=bodies, is_general=level.rank > 0)
    return replace(made, **changes)


def clause(place: WindowTerms | None = None, /, *powers: Power, **changes: Any) -> ClauseTerms:
    """A clause for the window, long in force, on the mandate that is usual at its level."""
    place = place or window()
    mandate = {0: Mandate.INTERNAL, 1: Mandate.ENTRUSTMENT, 2: Mandate.RECEIVE_FORWARD}[place.level.rank]
    made = ClauseTerms(
        id=next(_ids), instrument_id=1, instrument_number="柞市监授〔2026〕1号", window_id=place.id, body_id=MR, mandate=mandate,
        receiving_body_id=TOWN if mandate is Mandate.ENTRUSTMENT else None, powers=frozenset(powers or {Power.ACCEPT}),
        item_ids=frozenset({1}), from_on=date(2026, 1, 1), registered_at=LONG_AGO,
    )  # fmt: skip
    return replace(made, **changes)


def held(place: WindowTerms | None = None, /, *clauses: ClauseTerms, **changes: Any) -> Authority:
    """A clerk (at a room: the agent) posted at the window, with its clauses."""
    place = place or window()
    post = Post.AGENT if place.level.is_room else Post.CLERK
    return replace(Authority(person_id=7, at=NOW, window=place, posts=frozenset({post}), clauses=clauses), **changes)


def chief(place: WindowTerms | None = None, /, *clauses: ClauseTerms, **changes: Any) -> Authority:
    """A chief representative of market regulation (at a town: of its government), posted at the window."""
    place = place or window()
    body = TOWN if place.level is Level.TOWN else MR
    return held(place, *clauses, **({"posts": frozenset({Post.CHIEF}), "chief_of": frozenset({body})} | changes))


def points() -> dict[int, PointTerms]:
    made = (
        PointTerms(COUNTY_POINT, "C", Level.COUNTY),
        PointTerms(TAX_POINT, "C-TAX", Level.SUB_CENTER, COUNTY_POINT, TAX),
        PointTerms(TOWN_POINT, "T1", Level.TOWN, COUNTY_POINT),
        PointTerms(ROOM_POINT, "V1", Level.VILLAGE, TOWN_POINT),
        PointTerms(5, "V2", Level.COMMUNITY, TOWN_POINT),
        PointTerms(6, "T2", Level.TOWN, COUNTY_POINT),
        PointTerms(7, "C-MR", Level.SUB_CENTER, COUNTY_POINT, MR),
    )
    return {point.id: point for point in made}


# --- the model -------------------------------------------------------------------------------------------------------------

OFFICE_POWERS = {"accept", "review", "coordinate", "joint", "decide", "certify", "deliver", "litigate"}
BY_CHIEF = {"coordinate", "joint", "decide", "certify", "litigate"}


def model_in_force(one: ClauseTerms, at: datetime) -> bool:
    """G-17, read off the sentence, in wall clock."""

    def wall(when: datetime) -> datetime:
        return when.astimezone(SHANGHAI).replace(tzinfo=None)

    if one.registered_at is None or wall(at) < wall(one.registered_at):
        return False
    if wall(at).date() < one.from_on or (one.until_on is not None and wall(at).date() > one.until_on):
        return False
    return all(wall(at) < wall(end.moment) for end in one.ends)


def model_ceiling(level: str, power: str, mandate: str) -> bool:
    """G-3, read off the sentence."""
    if level in ("county", "sub_center"):
        return power in OFFICE_POWERS and mandate in ("statutory", "concentrated", "internal")
    if level == "town":
        return power in OFFICE_POWERS - {"joint", "litigate"} and mandate in ("statutory", "internal", "entrustment")
    return (mandate == "receive_forward" and power in ("collect", "deliver")) or (mandate == "statutory" and power == "finish")


def model_holds(one: ClauseTerms, at_window: WindowTerms, of: ItemTerms, power: str, at: datetime) -> bool:
    """Does the clause give the window the power on the item? (the person apart)"""
    if one.window_id != at_window.id or power not in {str(known) for known in one.powers} or not model_in_force(one, at):
        return False
    owner = of.concentrated_to or of.body_id
    if (owner != one.body_id) if one.item_ids is None else (of.id not in one.item_ids):
        return False
    if one.mandate != "receive_forward" and of.concentrated_to not in (None, of.body_id) and one.body_id == of.body_id:
        return False
    if not model_ceiling(str(at_window.level), power, str(one.mandate)) or (power == "finish" and not of.on_village_list):
        return False
    user = one.receiving_body_id if one.mandate == "entrustment" and one.receiving_body_id else one.body_id
    return user in at_window.body_ids or at_window.level in ("village", "community") or one.mandate == "receive_forward"


def model_carrying(person: Authority, of: ItemTerms, power: str) -> set[int]:
    """The ids of all clauses under which this person may use this power."""
    if person.window is None or not person.posts or (power == "review" and of.needs_certificate_holder and not person.has_certificate):
        return set()
    found = set()
    for one in person.clauses:
        if not model_holds(one, person.window, of, power, person.at):
            continue
        user = one.receiving_body_id if one.mandate == "entrustment" and one.receiving_body_id else one.body_id
        letter = user in person.chief_of or (person.standing_in_for is not None and user in person.stand_in_bodies)
        posts = {str(post) for post in person.posts}
        if one.post == "chief" or (one.post is None and power in BY_CHIEF):
            fits = letter and bool(posts & {"clerk", "chief"})
        elif one.post is not None:
            fits = str(one.post) in posts
        elif power in ("collect", "finish"):
            fits = "agent" in posts
        elif power == "deliver" and person.window.level in ("village", "community"):
            fits = True
        else:
            fits = bool(posts & {"clerk", "chief"})
        if fits:
            found.add(one.id)
    return found
