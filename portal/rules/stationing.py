"""Every item is stationed at points, or stands on the negative list with an instrument; how one is withdrawn (S-12, 应进必进)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.rules.authority import Office, OfficeHeld, Register
from portal.rules.clauses import BodyId, ItemId, ItemTerms, PointId, PointTerms, Power
from portal.rules.decision import Basis, Decision, Reason, Sort


@dataclass(frozen=True, slots=True)
class NegativeEntry:
    """An item on the negative list, by an instrument, from a day on."""

    item_id: ItemId
    instrument: str
    from_on: date
    until_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """An entry without an instrument is none."""
        return bool(self.instrument.strip()) and self.from_on <= day and (self.until_on is None or day <= self.until_on)


class Standing(StrEnum):
    """Where an item stands."""

    STATIONED = "stationed"
    NEGATIVE_LIST = "negative_list"
    MISSING = "missing"
    """Neither: a breach of the rule."""


@dataclass(frozen=True, slots=True)
class Stationing:
    """Where an item stands: its points by level and code, or the instrument of the negative list. Both at once stands out in the list."""

    item: ItemTerms
    standing: Standing
    points: tuple[PointTerms, ...] = ()
    entry: NegativeEntry | None = None

    @property
    def is_contradicted(self) -> bool:
        """Stationed although the negative list names it."""
        return self.standing is Standing.STATIONED and self.entry is not None


def stationed(item: ItemTerms, points: Mapping[PointId, PointTerms], negative_list: Iterable[NegativeEntry], on: date) -> Stationing:
    """Where the item stands on that day (S-12). A point that cannot hold cases stations nothing (N-2); what is offered goes first."""
    here = sorted((points[one] for one in item.offered_at if one in points and points[one].is_open), key=_point_order)
    entry = next((one for one in negative_list if one.item_id == item.id and one.holds_on(on)), None)
    standing = Standing.STATIONED if here else Standing.MISSING if entry is None else Standing.NEGATIVE_LIST
    return Stationing(item, standing, tuple(here), entry)


def _point_order(point: PointTerms) -> tuple[int, str]:
    return point.level.rank, point.code


# --- shares --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shares:
    """How many items are stationed, and stationed with decide; the item ids behind each figure, in order.

    `stationed_share` is stationed ÷ all that should be (`stationed` and `missing`: the negative list is left out). `decide_share` is
    `with_decide` ÷ those of them that somebody in the county decides (`decidable`): what law forwards up is left out. None without any.
    """

    stationed: tuple[ItemId, ...]
    negative: tuple[ItemId, ...]
    missing: tuple[ItemId, ...]
    decidable: tuple[ItemId, ...]
    with_decide: tuple[ItemId, ...]

    @property
    def n(self) -> int:
        return len(self.stationed) + len(self.missing)

    @property
    def stationed_share(self) -> float | None:
        return len(self.stationed) / self.n if self.n else None

    @property
    def decide_share(self) -> float | None:
        return len(self.with_decide) / len(self.decidable) if self.decidable else None


def shares(
    items: Iterable[ItemTerms], register: Register, negative_list: Iterable[NegativeEntry], on: date, body_id: BodyId | None = None
) -> Shares:
    """The shares of a day, of all items or of one responsible body (S-12). With decide: a point where the item is stationed holds it."""
    entries = tuple(negative_list)
    found: dict[Standing, list[ItemId]] = {standing: [] for standing in Standing}
    decidable: list[ItemId] = []
    with_decide: list[ItemId] = []
    for item in items:
        if body_id is not None and item.responsible_body != body_id:
            continue
        place = stationed(item, register.points, entries, on)
        found[place.standing].append(item.id)
        if place.standing is Standing.NEGATIVE_LIST or item.is_forwarded or Power.DECIDE not in item.required:
            continue
        decidable.append(item.id)
        held = register.at_points(Power.DECIDE, item)
        if any(point.id in held for point in place.points):
            with_decide.append(item.id)
    kept = (found[Standing.STATIONED], found[Standing.NEGATIVE_LIST], found[Standing.MISSING], decidable, with_decide)
    return Shares(*(tuple(sorted(ids)) for ids in kept))


# --- withdrawal ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper by number and day."""

    number: str
    dated_on: date


@dataclass(frozen=True, slots=True)
class WithdrawalPapers:
    """The three papers without which nothing is withdrawn, in the order in which they come about (S-12)."""

    legal_review: Paper | None = None
    government_approval: Paper | None = None
    filing: Paper | None = None


def may_tend(offices: Iterable[OfficeHeld]) -> Decision:
    """May a person with these offices put items on the negative list and withdraw them? A county manager or center management (S-12)."""
    held = next((one for one in offices if one.office in (Office.COUNTY_MANAGER, Office.CENTER_MANAGEMENT)), None)
    if held is None:
        return Decision.no(Reason.NOT_TO_WITHDRAW, rule="S-12")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


def check_withdrawal(papers: WithdrawalPapers, *, from_on: date, today: date) -> tuple[Decision, ...]:
    """Every reason why the item cannot be withdrawn from that day; empty if there is none (S-12)."""
    return tuple(_missing(papers, from_on, today))


def _missing(papers: WithdrawalPapers, from_on: date, today: date) -> Iterator[Decision]:
    wanted = (
        (papers.legal_review, Reason.WITHDRAWAL_NEEDS_REVIEW),
        (papers.government_approval, Reason.WITHDRAWAL_NEEDS_APPROVAL),
        (papers.filing, Reason.WITHDRAWAL_NEEDS_FILING),
    )
    days: list[date] = []
    for paper, reason in wanted:
        if paper is None or not paper.number.strip():
            yield Decision.no(reason, rule="S-12")
        else:
            days.append(paper.dated_on)
    if days != sorted(days) or any(day > today for day in days):
        yield Decision.no(Reason.WITHDRAWAL_OUT_OF_ORDER, rule="S-12")
    if from_on <= today:  # where a matter could be done this morning is not changed any more (G-17)
        yield Decision.no(Reason.CHANGES_FROM_TOMORROW, rule="S-12", earliest=today + timedelta(days=1))


def may_withdraw(place: Stationing, papers: WithdrawalPapers, *, offices: Iterable[OfficeHeld], from_on: date, today: date) -> Decision:
    """May a person with these offices withdraw the item from the network from that day? (S-12)

    A county manager or center management, with a legal review, then the county government's approval, then the filing.
    """
    permission = may_tend(offices)
    if not permission:
        return permission
    if place.standing is not Standing.STATIONED:
        return Decision.no(Reason.NOT_STATIONED, rule="S-12", item=place.item.code)
    fault = next(iter(check_withdrawal(papers, from_on=from_on, today=today)), None)
    return permission if fault is None else fault


def may_list(
    instrument: str,
    *,
    offices: Iterable[OfficeHeld],
    from_on: date,
    today: date,
    until_on: date | None = None,
    entry: NegativeEntry | None = None,
) -> Decision:
    """May a person with these offices put an item on the negative list from that day? It needs the instrument's number (S-12).

    `entry` is the one that holds on that day already, if there is one.
    """
    permission = may_tend(offices)
    if not permission:
        return permission
    if not instrument.strip():
        return Decision.no(Reason.NEGATIVE_LIST_NEEDS_INSTRUMENT, rule="S-12")
    if from_on < today:
        return Decision.no(Reason.BACKDATED, rule="S-12", from_on=from_on, today=today)
    if until_on is not None and until_on < from_on:
        return Decision.no(Reason.PERIOD_REVERSED, rule="S-12", from_on=from_on, until_on=until_on)
    if entry is not None:
        return Decision.no(Reason.LISTED_ALREADY, rule="S-12", instrument=entry.instrument)
    return permission
