"""Which open cases rely on clauses that are about to end, and what will happen to each (G-5). The law stands in `rules.in_flight`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import or_, select

from portal.accounts.queries import SignedIn
from portal.authority import queries as authority
from portal.authority.queries import Ending, Relying
from portal.cases import queries
from portal.cases.models import Case, Leg
from portal.catalogue.models import ItemVersion
from portal.database import db
from portal.network import queries as network
from portal.rules.authority import Register, ancestry
from portal.rules.clauses import ClauseTerms, Matter
from portal.rules.in_flight import OpenCase, in_flight, with_ends
from portal.rules.lifecycle import State, powers_to_come
from portal.rules.moments import civil_date

MOST = 500
"""So many open cases of the items concerned are followed, those due first; of more, the list says that it is not all."""


def relying_on(person: SignedIn, ending: Ending) -> Sequence[Relying]:
    """The open cases that the person may see and that rely on the clauses, the next steps first (G-5). A constant number of queries."""
    every = authority.clauses(person.county_id)
    of_ending = [clause for clause in every if clause.id in ending.clause_ids]
    cases = _cases(person, ending, of_ending)
    if not cases:
        return ()
    on = civil_date(ending.at)
    points, windows = authority.points(person.county_id, on), authority.windows(person.county_id, on)
    bounds = authority.ceilings(person.county_id, on)
    left = (*with_ends(every, ending.clause_ids, ending.at), *_in_their_place(person.county_id, ending))
    before = Register(points, windows.values(), every, ending.at, bounds)
    after = Register(points, windows.values(), left, ending.at, bounds)
    items = authority.item_terms(person.county_id, {case.version_id for case in cases})
    versions = {row.id: row for row in db.session.scalars(select(ItemVersion).where(ItemVersion.id.in_(list(items))))}
    terms = {key: queries.terms_of(person.county_id, versions[key], item, on) for key, item in items.items()}
    ways = _ways(cases)
    found = []
    for case in cases:
        path = frozenset(near.id for near in ancestry(points[case.point_id], points))
        item = replace(items[case.version_id], matter=Matter(case.collected_at, case.amount_fen, path))
        at = case.addressed_id or case.holder_id
        powers = powers_to_come(State(case.state), terms[case.version_id])
        found.append(OpenCase(case.id, item, points[case.point_id], at, powers, (*ways[case.id], at)))
    effects = in_flight(found, ending.clause_ids, before, after)
    numbers = {case.id: case.number for case in cases}
    rows = network.windows_by_id({one.to_window_id for one in effects if one.to_window_id is not None})
    places = network.points_by_id({row.point_id for row in rows.values()})
    told = [
        Relying(
            numbers[one.case_id], one.power, one.is_next, one.fate, rows.get(one.to_window_id) if one.to_window_id else None,
            places[rows[one.to_window_id].point_id] if one.to_window_id in rows else None,
        )
        for one in effects
    ]  # fmt: skip
    return sorted(told, key=lambda one: not one.is_next)


def _cases(person: SignedIn, ending: Ending, clauses: Sequence[ClauseTerms]) -> list[Case]:
    named = {item_id for clause in clauses for item_id in clause.item_ids or ()}
    bodies = {clause.body_id for clause in clauses if clause.item_ids is None}
    of_bodies = select(ItemVersion.item_id).where(ItemVersion.county_id == person.county_id, ItemVersion.body_id.in_(bodies))
    query = select(Case).where(
        Case.is_open.is_(True), queries.sees(person, civil_date(ending.at)), or_(Case.item_id.in_(named), Case.item_id.in_(of_bodies))
    )
    return list(db.session.scalars(query.order_by(Case.sort_on, Case.id).limit(MOST)))


def _in_their_place(county_id: int, ending: Ending) -> list[ClauseTerms]:
    if ending.replaced_by is None:
        return []
    drafted = authority.clauses(county_id, instrument_id=ending.replaced_by, also_drafts=True)
    return [replace(clause, registered_at=min(clause.registered_at or ending.at, ending.at)) for clause in drafted]


def _ways(cases: Sequence[Case]) -> dict[int, list[int]]:
    """case id → the windows by which it came, without the one that has it; a case that went back shortens its way (C-7)."""
    ways = {case.id: [case.collected_window_id] for case in cases}
    query = select(Leg.case_id, Leg.to_window_id).where(Leg.case_id.in_(list(ways)), Leg.received_at.is_not(None))
    for case_id, window_id in db.session.execute(query.order_by(Leg.case_id, Leg.seq)):
        way = ways[case_id]
        if window_id in way:
            del way[way.index(window_id) :]
        way.append(window_id)
    at = {case.id: case.addressed_id or case.holder_id for case in cases}
    return {case_id: [window_id for window_id in way if window_id != at[case_id]] for case_id, way in ways.items()}
