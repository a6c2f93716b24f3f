"""Facts for the tests of authority, made without arguments, and a naive model of the rules to hold the real ones against.

The model shares no code with `portal.rules`: it keeps its own tables, counts time in Shanghai wall clock, and looks at every clause.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from itertools import count
from typing import Any, TypeAlias

from portal.rules.authority import (
    DEFAULT_CEILINGS,
    Authority,
    Ceilings,
    ClauseTerms,
    ItemTerms,
    Level,
    Mandate,
    Matter,
    PointTerms,
    Post,
    Power,
    WindowTerms,
)

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
Closed: TypeAlias = Collection[tuple[str, str, str, str]]
"""What a county took out of its ceilings: level, power, mandate, and the type of item or "" for all."""


def wall(when: datetime) -> datetime:
    """What the clock on the wall in Zhashui showed."""
    return when.astimezone(SHANGHAI).replace(tzinfo=None)


def model_in_force(one: ClauseTerms, at: datetime) -> bool:
    """G-17, read off the sentence, in wall clock."""
    if one.registered_at is None or wall(at) < wall(one.registered_at):
        return False
    if wall(at).date() < one.from_on or (one.until_on is not None and wall(at).date() > one.until_on):
        return False
    return all(wall(at) < wall(end.moment) for end in one.ends)


def model_ceiling(level: str, power: str, mandate: str, item_type: str = "", closed: Closed = ()) -> bool:
    """G-3, read off the sentence."""
    if (level, power, mandate, "") in closed or (item_type != "" and (level, power, mandate, item_type) in closed):
        return False
    if level in ("county", "sub_center"):
        return power in OFFICE_POWERS and mandate in ("statutory", "concentrated", "internal")
    if level == "town":
        return power in OFFICE_POWERS - {"joint", "litigate"} and mandate in ("statutory", "internal", "entrustment")
    return (mandate == "receive_forward" and power in ("collect", "deliver")) or (mandate == "statutory" and power == "finish")


def fourteen_months_after(day: date) -> date:
    """The same day number of the month after next of the next year, or that month's last."""
    year, month = (day.year + 1, day.month + 2) if day.month <= 10 else (day.year + 2, day.month - 10)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def model_confirmed(one: ClauseTerms, begun_at: datetime | None, at: datetime) -> bool:
    """G-14: fourteen months after the last confirmation (at first: the registration) it covers no new case; those before go on."""
    if one.registered_at is None or one.registered_at > at:
        return False
    last = one.registered_at
    for confirmed in one.confirmations:
        if last <= confirmed <= at:
            last = confirmed
    begun = at if begun_at is None or begun_at > at else begun_at
    return wall(begun).date() <= fourteen_months_after(wall(last).date())


def model_condition(one: ClauseTerms, of: ItemTerms) -> bool:
    """G-1: the kind of handling always binds; an amount where a case is asked about; a territory where it is known from where they come."""
    bound, matter = one.condition, of.matter
    if (bound.handling == "instant" and not of.is_instant) or (bound.handling == "promised" and of.is_instant):
        return False
    if matter is None:
        return True
    if bound.most_fen is not None and matter.is_case and (matter.amount_fen is None or matter.amount_fen > bound.most_fen):
        return False
    return bound.territory_id is None or bound.territory_id in matter.point_ids


def model_seen_from(of: ItemTerms, start: int, known: Mapping[int, PointTerms]) -> ItemTerms:
    """The item as who comes in at a point asks about it."""
    if of.matter is not None:
        return of
    above, at = {start}, known[start].parent_id
    while at is not None and at not in above:
        above.add(at)
        at = known[at].parent_id
    return replace(of, matter=Matter(point_ids=frozenset(above), is_case=False))


def model_holds(one: ClauseTerms, at_window: WindowTerms, of: ItemTerms, power: str, at: datetime, closed: Closed = ()) -> bool:
    """Does the clause give the window the power on the item? (the person apart)"""
    if one.window_id != at_window.id or power not in {str(known) for known in one.powers} or not model_in_force(one, at):
        return False
    owner = of.concentrated_to or of.body_id
    if (owner != one.body_id) if one.item_ids is None else (of.id not in one.item_ids):
        return False
    if one.mandate != "receive_forward" and of.concentrated_to not in (None, of.body_id) and one.body_id == of.body_id:
        return False
    if not model_ceiling(str(at_window.level), power, str(one.mandate), of.type_code, closed) or (power == "finish" and not of.on_village_list):
        return False
    if not model_condition(one, of) or not model_confirmed(one, None if of.matter is None else of.matter.begun_at, at):
        return False
    user = one.receiving_body_id if one.mandate == "entrustment" and one.receiving_body_id else one.body_id
    return user in at_window.body_ids or at_window.level in ("village", "community") or one.mandate == "receive_forward"


def model_could_hold(windows: Collection[WindowTerms], near: list[PointTerms], of: ItemTerms, power: str, closed: Closed = ()) -> str | None:
    """G-3, G-12: the code of the nearest window of the chain that could be given the power, a general one after the others."""
    owner = of.concentrated_to or of.body_id
    for point in near:
        could = []
        for one in windows:
            mandates = ("statutory", "internal") if owner in one.body_ids else ("entrustment", "receive_forward")
            if one.point_id == point.id and any(model_ceiling(str(one.level), power, it, of.type_code, closed) for it in mandates):
                could.append((one.is_general, one.code))
        if could and point.is_open:
            return min(could)[1]
    return None


def of_closed(closed: Closed) -> Ceilings:
    """The same county's ceilings as the rules take them."""
    cells = {(Level(level), Power(power), Mandate(mandate)) for level, power, mandate, item_type in closed if not item_type}
    typed = {((Level(level), Power(power), Mandate(mandate)), item_type) for level, power, mandate, item_type in closed if item_type}
    return DEFAULT_CEILINGS.narrowed_to(DEFAULT_CEILINGS.cells - cells).closed_for(typed)


def model_carrying(person: Authority, of: ItemTerms, power: str, closed: Closed = ()) -> set[int]:
    """The ids of all clauses under which this person may use this power."""
    if person.window is None or not person.posts or (power == "review" and of.needs_certificate_holder and not person.has_certificate):
        return set()
    found = set()
    for one in person.clauses:
        if not model_holds(one, person.window, of, power, person.at, closed):
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
