"""Open data: every public table as rows of plain values, the same for CSV and JSON (O-3). No person's data is in any of them (O-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from portal.audit import AuditRecord
from portal.authority import queries as authority
from portal.cases import dispute_queries as disputes
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Item, ItemLimit, ItemMaterial, ItemVersion
from portal.database import db
from portal.fees import queries as fees
from portal.inspections import plan_queries as plans
from portal.inspections import queries as inspections
from portal.inspections.models import QuietRuleRow
from portal.network import queries as network
from portal.network.models import Body, ServicePoint, Window
from portal.rules.clauses import Power
from portal.rules.disputes import published
from portal.rules.moments import civil_date, start_of

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of open data: its name in the address, its columns, its rows at a moment. Columns are added at the end, never moved."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[int, datetime], Iterator[Row]]


def _network(county_id: int, at: datetime) -> Iterator[Row]:
    """The root first, every point followed by what stands below it."""
    points = network.list_points(county_id)
    codes = {point.id: point.code for point in points}
    bodies = network.bodies_by_id(county_id)

    def below(branches: list[network.Branch]) -> Iterator[ServicePoint]:
        for branch in branches:
            yield branch.point
            yield from below(branch.below)

    for one in below(network.as_tree(points)):
        body = bodies[one.body_id].code if one.body_id is not None else None
        yield (
            one.code, one.name, one.level, codes.get(one.parent_id or 0), one.status, one.status_from_on, one.name_hant, one.name_en, body,
            one.address, one.phone, one.latitude, one.longitude, one.is_sample,
        )  # fmt: skip


def _versions(county_id: int, on: date) -> list[tuple[Item, ItemVersion, Body]]:
    query = (
        select(Item, ItemVersion, Body)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(Body, Body.id == ItemVersion.body_id)
        .where(Item.county_id == county_id, ItemVersion.from_on <= on, or_(ItemVersion.until_on.is_(None), ItemVersion.until_on >= on))
        .order_by(ItemVersion.version)
    )
    newest = {row[0].id: (row[0], row[1], row[2]) for row in db.session.execute(query)}
    return sorted(newest.values(), key=lambda row: row[0].code)


def _items(county_id: int, at: datetime) -> Iterator[Row]:
    versions = _versions(county_id, civil_date(at))
    limits: dict[tuple[int, str], ItemLimit] = {}
    for limit in db.session.scalars(select(ItemLimit).where(ItemLimit.county_id == county_id, ItemLimit.stage == "")):
        limits[limit.version_id, limit.clock] = limit
    for item, version, body in versions:
        statutory, promised = limits.get((version.id, "statutory")), limits.get((version.id, "promised"))
        yield (
            item.code, item.national_code, item.implementing_code, version.name, version.name_hant, version.name_en, version.type_code,
            version.kind, version.theme, body.code, item.status, promised.number if promised else None, promised.unit if promised else None,
            statutory.number if statutory else None, statutory.unit if statutory else None, _hans(version.fee_standard),
            _hans(version.fee_basis), _hans(version.legal_basis), version.from_on, version.version, version.sample_place, version.source,
            version.is_sample,
        )  # fmt: skip


def _hans(text: Any) -> str:
    return str(text.get("hans", "")) if isinstance(text, dict) else str(text or "")


def _materials(county_id: int, at: datetime) -> Iterator[Row]:
    listed: dict[int, list[ItemMaterial]] = {}
    for row in db.session.scalars(select(ItemMaterial).where(ItemMaterial.county_id == county_id).order_by(ItemMaterial.seq)):
        listed.setdefault(row.version_id, []).append(row)
    for item, version, _body in _versions(county_id, civil_date(at)):
        for one in listed.get(version.id, ()):
            yield (
                item.code, one.seq, one.name, one.name_hant, one.name_en, one.original, one.copies, one.issuer, one.may_be_waived,
                one.may_come_later, bool((one.more or {}).get("check_original")), version.is_sample,
            )  # fmt: skip


def _windows(county_id: int, at: datetime) -> Iterator[Row]:
    on = civil_date(at)
    query = (
        select(Window, ServicePoint.code, ServicePoint.level, ServicePoint.status)
        .join(ServicePoint, ServicePoint.id == Window.point_id)
        .where(Window.county_id == county_id, Window.from_on <= on, or_(Window.until_on.is_(None), Window.until_on >= on))
    )
    found = sorted(db.session.execute(query).all(), key=lambda row: row[0].code)
    served = network.bodies_served([row[0].id for row in found], on)
    codes = {body_id: body.code for body_id, body in network.bodies_by_id(county_id).items()}
    for window, point, level, status in found:
        bodies = ";".join(sorted(codes[body_id] for body_id in served[window.id]))
        yield (
            window.code, point, window.name, window.name_hant, window.name_en, window.is_general, bodies, window.from_on, window.until_on,
            window.is_sample, level, status,
        )  # fmt: skip


def _powers(county_id: int, at: datetime) -> Iterator[Row]:
    """Window by window what may be done now, by which paper; the same register that answers for pages and acts (G-9, G-17).

    `body` is in whose name it is used, `named` how the clause says it: * for all items of its body, else the item's own code.
    """
    items = sorted(authority.item_terms(county_id, on=civil_date(at), with_offers=False).values(), key=lambda item: item.code)
    register = authority.register_for(county_id, at, items)
    found = [
        (held, item.code, power)
        for item in items
        for power in Power
        for holdings in register.at_points(power, item).values()
        for held in holdings
    ]
    order = {power: place for place, power in enumerate(Power)}
    codes = {body_id: body.code for body_id, body in network.bodies_by_id(county_id).items()}
    for held, item_code, power in sorted(found, key=lambda row: (row[0].window.code, row[1], order[row[2]])):
        clause, begins = held.clause, held.clause.begins_at
        yield (
            held.window.code, held.point.code, item_code, power.value, clause.mandate.value, clause.instrument_number,
            civil_date(begins) if begins else None, clause.last_day, held.level.value, clause.id, codes[clause.body_id],
            "*" if clause.item_ids is None else item_code,
        )  # fmt: skip


def _quiet_rules(county_id: int, at: datetime) -> Iterator[Row]:
    for row in db.session.scalars(select(QuietRuleRow).where(QuietRuleRow.county_id == county_id).order_by(QuietRuleRow.holds_from_on)):
        towns = ";".join(f"{town}:{days}" for town, days in sorted(row.terms.get("towns", {}).items()))
        yield row.holds_from_on, row.terms["windows"], row.source, towns, row.terms.get("laid_by", "county")


def _inspections(county_id: int, at: datetime) -> Iterator[Row]:
    """How many inspections each body made up to the end of the month before, by name, never by number; small counts are left empty (Q-12)."""
    until = inspections.counted_until(civil_date(at))
    rows = inspections.counts_by_body(county_id, date(2019, 1, 1), until)
    for row in sorted(rows, key=lambda row: (row.year, row.body.name, row.body.code)):
        made, exempted, share, none = inspections.published_counts(row)
        more = inspections.published_afterwards(row)
        yield row.year, min(until, date(row.year, 12, 31)), row.body.code, row.body.name, made, exempted, share, none, *more


def _fees(county_id: int, at: datetime) -> Iterator[Row]:
    for fee in fees.list_fees(county_id, civil_date(at)):
        row, more = fee.row, fee.row.more or {}
        yield (
            row.code, fee.item_code, row.name, row.name_hant, row.name_en, row.lower_fen, row.upper_fen, _hans(more.get("unit")),
            _hans(more.get("payer")), fee.collector.code, row.basis, _hans(more.get("waiver")), row.published_at, row.from_on, row.until_on,
            row.is_sample,
        )  # fmt: skip


def _fee_versions(county_id: int, at: datetime) -> Iterator[Row]:
    """Every version of every fee, the latest of each first, and from when on it is cancelled (F-1)."""
    for fee in fees.list_versions(county_id):
        row, more = fee.row, fee.row.more or {}
        yield (
            row.code, row.from_on, row.until_on, fee.cancelled_from, row.charge_kind, fee.item_code, row.name, row.lower_fen, row.upper_fen,
            _hans(more.get("unit")), fee.collector.code, row.basis, _hans(more.get("basis_level")), row.published_at, row.is_sample,
        )  # fmt: skip


def _inspection_matters(county_id: int, at: datetime) -> Iterator[Row]:
    """What can be inspected, by whom, on which basis and by which standard (Q-5)."""
    bodies = network.bodies_by_id(county_id)
    for row in plans.list_matters(county_id, civil_date(at)):
        yield (
            row.code, bodies[row.body_id].code, row.line, row.name, row.name_hant, row.name_en, row.basis, row.standard, row.from_on,
            row.until_on, row.is_sample,
        )  # fmt: skip


def _benchmarks(county_id: int, at: datetime) -> Iterator[Row]:
    """What a breach of one grade is fined, in fen (Q-8)."""
    bodies = network.bodies_by_id(county_id)
    for row in plans.list_benchmarks(county_id, civil_date(at)):
        yield (
            row.code, bodies[row.body_id].code, row.matter_code, row.grade, row.name, row.name_hant, row.name_en, row.lower_fen,
            row.upper_fen, row.is_first_free, row.basis, row.from_on, row.until_on, row.is_sample,
        )  # fmt: skip


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _disputes(county_id: int, _at: datetime) -> Iterator[Row]:
    """How often each body sent cases back into a dispute; small counts are left empty (C-24, O-3)."""
    for year, body, count in disputes.counts_by_body(county_id):
        yield year, body.code, published(count)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "network",
            _columns("code,name,level,parent_code,status,status_from,name_hant,name_en,body,address,phone,latitude,longitude,is_sample"),
            _network,
        ),
        Table(
            "items",
            _columns(
                "code,national_code,implementing_code,name,name_hant,name_en,type,kind,theme,body,status,promised,promised_unit,statutory,"
                "statutory_unit,fee_standard,fee_basis,legal_basis,from,version,sample_place,source,is_sample"
            ),
            _items,
        ),
        Table(
            "materials",
            _columns("item,seq,name,name_hant,name_en,original,copies,issuer,may_be_waived,may_come_later,original_shown,is_sample"),
            _materials,
        ),
        Table("windows", _columns("code,point,name,name_hant,name_en,is_general,bodies,from,until,is_sample,level,status"), _windows),
        Table("powers", _columns("window,point,item,power,mandate,instrument,from,until,level,clause,body,named"), _powers),
        Table("quiet-rules", _columns("holds_from,quiet_days,source,towns,laid_by"), _quiet_rules),
        Table("inspections", _columns("year,until,body,name,inspections,exempted,exempted_percent,not_inspections,after_fact,late_codes"), _inspections),
        Table("disputes", _columns("year,body,disputes"), _disputes),
        Table(
            "fees",
            _columns(
                "code,item,name,name_hant,name_en,lower_fen,upper_fen,unit,payer,collector,basis,waiver,published_at,from,until,is_sample"
            ),
            _fees,
        ),
        Table(
            "fee-versions",
            _columns("code,from,until,cancelled_from,kind,item,name,lower_fen,upper_fen,unit,collector,basis,basis_level,published_at,is_sample"),
            _fee_versions,
        ),
        Table(
            "inspection-matters",
            _columns("code,body,line,name,name_hant,name_en,basis,standard,from,until,is_sample"),
            _inspection_matters,
        ),
        Table(
            "benchmarks",
            _columns("code,body,matter,grade,name,name_hant,name_en,lower_fen,upper_fen,first_free,basis,from,until,is_sample"),
            _benchmarks,
        ),
    )
}

LICENSE = "CC BY 4.0"


def license_of(county_id: int, on: date) -> str:
    """Under which terms the county gives its data away (county data, O-3)."""
    return str(network.setting(county_id, "open_data_license", on, default=LICENSE))


def updated_at(county_id: int, now: datetime) -> datetime:
    """When anything public can last have changed: the county's last record, or the beginning of today, with which periods begin and end.

    Records of plans of inspections do not count: the moment would tell that somebody plans an unannounced one (Q-7).
    """
    told = (AuditRecord.chain == county_id, AuditRecord.verb.not_like("inspection_plan.%"))
    query = select(AuditRecord.recorded_at).where(*told).order_by(AuditRecord.seq.desc()).limit(1)
    last = db.session.scalar(query)
    today = start_of(civil_date(now))
    return today if last is None or last > now else max(last, today)


# --- the home page ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Home:
    """What the home page counts."""

    points: dict[str, int]
    themes: dict[str, Any]
    quiet: inspections.QuietCalendar


def home(county_id: int, on: date) -> Home:
    """The figures and the quiet days of today, in a handful of queries."""
    return Home(
        points=network.count_points(county_id),
        themes=catalogue.themes(county_id, on),
        quiet=inspections.quiet_calendar(county_id),
    )


def contact(county_id: int) -> ServicePoint | None:
    """The county center, whose phone everybody may ring."""
    return next((point for point in network.list_points(county_id) if point.parent_id is None), None)
