"""What the catalogue says: lists, search, the guide of one item, what a point offers (S-1, S-2, S-4, S-6, S-7).

Only versions that hold on the day asked about are found; a case keeps its own (S-5).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select

from portal.accounts.models import Account, Posting
from portal.catalogue.models import Item, ItemAlias, ItemLimit, ItemMaterial, ItemOffer, ItemVersion, ItemWithdrawal
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, PointHours, PointName, ServicePoint, Window

IN_FORCE = "in_force"
MOST_WORDS = 5


# --- lists ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One item in a list: what it is called, whose it is, how long it is promised to take."""

    item_id: int
    version_id: int
    code: str
    name: str
    name_hant: str
    name_en: str
    theme: str
    kind: str
    body_id: int
    body_code: str
    body: str
    body_hant: str
    body_en: str
    number: int | None = None  # of the promise
    unit: str | None = None


def list_items(
    county_id: int,
    on: date | None = None,
    *,
    item_ids: Collection[int] | None = None,
    point_id: int | None = None,
    theme: str = "",
    body_code: str = "",
) -> list[Entry]:
    """The items in force by code, each as it stands on a day (none: as its newest version says); all, or of a point, theme or body."""
    query = (
        select(
            Item.id, ItemVersion.id, Item.code, ItemVersion.name, ItemVersion.name_hant, ItemVersion.name_en, ItemVersion.theme,
            ItemVersion.kind, Body.id, Body.code, Body.name, Body.name_hant, Body.name_en, ItemLimit.number, ItemLimit.unit,
        )
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(Body, Body.id == ItemVersion.body_id)
        .outerjoin(ItemLimit, and_(ItemLimit.version_id == ItemVersion.id, ItemLimit.clock == "promised", ItemLimit.stage == ""))
        .where(Item.county_id == county_id, Item.status == IN_FORCE, *_holds(on))
        .order_by(ItemVersion.version)
    )  # fmt: skip
    if item_ids is not None:
        query = query.where(Item.id.in_(list(item_ids)))
    if point_id is not None:
        here = select(ItemOffer.version_id).where(ItemOffer.point_id == point_id, ItemOffer.version_id == ItemVersion.id, stands(on))
        query = query.where(here.correlate(ItemVersion).exists())
    if theme:
        query = query.where(ItemVersion.theme == theme)
    if body_code:
        query = query.where(Body.code == body_code)
    newest = {row[0]: Entry(*tuple(row)) for row in db.session.execute(query)}
    return sorted(newest.values(), key=lambda entry: entry.code)


def _holds(on: date | None) -> tuple[Any, ...]:
    if on is None:
        return ()
    return ItemVersion.from_on <= on, or_(ItemVersion.until_on.is_(None), ItemVersion.until_on >= on)


def stands(on: date | None) -> ColumnElement[bool]:
    """That an offer, in a query with its item version, was not withdrawn by a day (none: at all). Every reader of offers asks it (S-12).

    A withdrawal speaks of the versions that there were when it was entered; it is never backdated, so what is said of a past day stays.
    """
    withdrawn = exists().where(
        ItemWithdrawal.item_id == ItemVersion.item_id,
        ItemWithdrawal.up_to_version >= ItemVersion.version,
        or_(ItemWithdrawal.point_id.is_(None), ItemWithdrawal.point_id == ItemOffer.point_id),
        *(() if on is None else (ItemWithdrawal.from_on <= on,)),
    )
    return ~withdrawn.correlate(ItemVersion, ItemOffer)


def offered_at(county_id: int, point_id: int, on: date | None = None) -> list[Entry]:
    """What a point offers, by code (S-7, G-18)."""
    return list_items(county_id, on, point_id=point_id)


def themes(county_id: int, on: date) -> dict[str, Any]:
    """The county's themes in its own order: code → its name in three languages."""
    return dict(network.setting(county_id, "themes", on, default={}) or {})


# --- search -----------------------------------------------------------------------------------------------------------------------

_FULL_WIDTH = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")


def search_text(text: str) -> str:
    """How a query is compared with the stored words, which are in small letters: full-width letters and digits become half-width."""
    half = _FULL_WIDTH.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)
    return " ".join(half.casefold().split())


def search(county_id: int, text: str, limit: int | None = None, *, on: date | None = None, **filters: Any) -> list[Entry]:
    """Items found by name, everyday word, pinyin, initials or code: whole, from the start, within; several words must all be found.
    Where nothing is, those with an everyday word that stands in what was typed (我要开小饭馆). By code among equals. Filters are those
    of `list_items`.

    LIKE with what it treats as signs escaped; no index of trigrams, which would not find words of two characters (低保).
    """
    whole = search_text(text)
    if not whole:
        return []
    ranks = _ranks(county_id, whole)
    words = whole.split()[:MOST_WORDS]
    if len(words) > 1:
        each = [_ranks(county_id, word) for word in words]
        for item_id in set.intersection(*(set(found) for found in each)):
            ranks.setdefault(item_id, 3 + max(found[item_id] for found in each))
    ranks = ranks or _held(county_id, whole)
    entries = list_items(county_id, on, item_ids=ranks, **filters) if ranks else []
    entries.sort(key=lambda entry: (ranks[entry.item_id], entry.code))
    return entries if limit is None else entries[:limit]


def _ranks(county_id: int, key: str) -> dict[int, int]:
    """item id → 0 whole, 1 from the start, 2 within."""
    found: dict[int, int] = {}

    def rank(item_id: int, text: str) -> None:
        value = 0 if text == key else 1 if text.startswith(key) else 2
        found[item_id] = min(found.get(item_id, value), value)

    is_within = ItemAlias.text.contains(key, autoescape=True)
    for item_id, text in db.session.execute(select(ItemAlias.item_id, ItemAlias.text).where(ItemAlias.county_id == county_id, is_within)):
        rank(item_id, text)
    codes = select(Item.id, Item.code, Item.national_code).where(Item.county_id == county_id)
    starts = (func.lower(column).startswith(key, autoescape=True) for column in (Item.code, Item.national_code))
    for item_id, code, national in db.session.execute(codes.where(or_(*starts))):
        for text in (code.lower(), national.lower()):
            if text.startswith(key):
                rank(item_id, text)
    return found


def _held(county_id: int, key: str) -> dict[int, int]:
    """Items one of whose everyday words, of two letters or more, stands in what was typed: the longer the word, the earlier."""
    # replace() knows no wildcards, and is one on both engines
    stands = and_(ItemAlias.kind == "alias", func.length(ItemAlias.text) >= 2, func.replace(literal(key), ItemAlias.text, "") != key)
    found: dict[int, int] = {}
    for item_id, text in db.session.execute(select(ItemAlias.item_id, ItemAlias.text).where(ItemAlias.county_id == county_id, stands)):
        found[item_id] = min(found.get(item_id, 0), -len(text))
    return found


# --- the guide --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guide:
    """Everything that one item says on a day (S-2, S-7). Texts are {"hans", "hant", "en"}; names are on `version`."""

    item: Item
    version: ItemVersion
    body: Body
    materials: tuple[ItemMaterial, ...]
    limits: tuple[ItemLimit, ...]
    offered: dict[str, int] = field(default_factory=dict)  # level → number of points

    @property
    def code(self) -> str:
        return self.item.code

    @property
    def promised(self) -> ItemLimit | None:
        """The promise as a whole."""
        return self.limit("promised")

    @property
    def statutory(self) -> ItemLimit | None:
        """The statutory limit as a whole; None where the law sets none, which is a value (S-2)."""
        return self.limit("statutory")

    def limit(self, clock: str, stage: str = "") -> ItemLimit | None:
        return next((limit for limit in self.limits if limit.clock == clock and limit.stage == stage), None)

    @property
    def stages(self) -> list[dict[str, Any]]:
        """Who has how much of the promise; what does not count, such as a public notice, is among them."""
        return list((self.version.more or {}).get("stages") or ())


def guide(county_id: int, code: str, on: date) -> Guide:
    """The guide of an item as it stands on a day; NotFound where none of its versions holds then."""
    row = db.session.execute(
        select(Item, ItemVersion, Body)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(Body, Body.id == ItemVersion.body_id)
        .where(Item.county_id == county_id, Item.code == code, *_holds(on))
        .order_by(ItemVersion.version.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound(code)
    item, version, body = row
    materials = db.session.scalars(select(ItemMaterial).where(ItemMaterial.version_id == version.id).order_by(ItemMaterial.seq))
    limits = db.session.scalars(select(ItemLimit).where(ItemLimit.version_id == version.id).order_by(ItemLimit.id))
    offers = (
        select(ServicePoint.level, func.count())
        .join(ItemOffer, ItemOffer.point_id == ServicePoint.id)
        .join(ItemVersion, ItemVersion.id == ItemOffer.version_id)
        .where(ItemOffer.version_id == version.id, stands(on))
        .group_by(ServicePoint.level)
    )
    offered: dict[str, int] = {level: number for level, number in db.session.execute(offers)}  # noqa: C416 - rows are no pairs to mypy
    return Guide(item, version, body, tuple(materials), tuple(limits), offered)


def points_offering(version_id: int, on: date) -> list[ServicePoint]:
    """Where an item version is offered on a day, by code (G-18)."""
    query = (
        select(ServicePoint)
        .join(ItemOffer, ItemOffer.point_id == ServicePoint.id)
        .join(ItemVersion, ItemVersion.id == ItemOffer.version_id)
        .where(ItemOffer.version_id == version_id, stands(on))
    )
    return sorted(db.session.scalars(query), key=lambda point: point.code)


# --- a point with its people and services (N-5, O-4) ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Colleague:
    """Someone posted at a window: name, post and certificate number are public (O-4)."""

    post: str
    certificate: str
    name: str
    name_hant: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Counter:
    """A window with the bodies that it serves and the people posted there on a day."""

    window: Window
    bodies: tuple[Body, ...]
    people: tuple[Colleague, ...]


@dataclass(frozen=True, slots=True)
class PointPage:
    """A service point as its page shows it (N-5)."""

    point: ServicePoint
    above: tuple[ServicePoint, ...]
    below: tuple[ServicePoint, ...]
    names: tuple[PointName, ...]
    hours: tuple[PointHours, ...]
    counters: tuple[Counter, ...]
    offers: tuple[Entry, ...]
    body: Body | None


_POSTS = ("chief", "clerk", "agent")


def counters_at(county_id: int, point_id: int, on: date) -> tuple[Counter, ...]:
    """The windows of a point on a day, with bodies and people; chief representatives first."""
    windows = network.windows_at(point_id, on)
    ids = [window.id for window in windows]
    bodies = network.bodies_by_id(county_id)
    served = network.bodies_served(ids, on)
    posted = (
        select(Posting.window_id, Posting.post, Posting.certificate, Account.name, Account.name_hant, Account.name_en)
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.window_id.in_(ids), Posting.from_on <= on, or_(Posting.until_on.is_(None), Posting.until_on >= on))
    )
    people: dict[int, list[Colleague]] = {}
    for window_id, *colleague in db.session.execute(posted):
        people.setdefault(window_id, []).append(Colleague(*colleague))
    return tuple(
        Counter(
            window,
            tuple(bodies[body_id] for body_id in sorted(served[window.id], key=lambda one: bodies[one].code)),
            tuple(sorted(people.get(window.id, ()), key=lambda one: (_POSTS.index(one.post), one.certificate, one.name))),
        )
        for window in windows
    )


def point_page(county_id: int, code: str, on: date) -> PointPage:
    """A point with what is public of it; NotFound for a code that is not there."""
    point = network.point_by_code(county_id, code)
    bodies: Sequence[Body] = [] if point.body_id is None else [network.bodies_by_id(county_id)[point.body_id]]
    return PointPage(
        point=point,
        above=tuple(network.ancestors_of(point)),
        below=tuple(network.children_of(point.id)),
        names=tuple(network.names_of(county_id, point.id).get(point.id, ())),
        hours=tuple(network.hours_of(point.id)),
        counters=counters_at(county_id, point.id, on),
        offers=tuple(offered_at(county_id, point.id, on)),
        body=next(iter(bodies), None),
    )
