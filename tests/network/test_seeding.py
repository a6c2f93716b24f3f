"""Loading the demonstration county: everything is there, once, by the rules, on both engines (N-3, G-6, G-18)."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal import audit
from portal.accounts import passwords
from portal.accounts.models import Account, Office
from portal.authority import queries as authority
from portal.authority.models import Clause, Instrument, InstrumentRegistration, InstrumentSignature, Letter
from portal.catalogue.models import Item, ItemOffer, ItemVersion
from portal.clock import StoppedClock
from portal.config import ConfigError
from portal.database import Base, db
from portal.fees.models import PublishedFee
from portal.inspections.models import Enterprise, QuietRuleRow
from portal.network import queries as network
from portal.network.models import Body, CalendarDay, CalendarYear, RetentionClass, ServicePoint, Window
from portal.rules.authority import Power
from portal.rules.moments import SHANGHAI
from portal.rules.quiet_days import QuietRule
from portal.seeding import SEEDS, STANDING, SeedError, seed_county, seed_demo
from tests.conftest import PASSWORD, copy_of, engines, make_app
from tests.people import new_clock

TODAY = date(2026, 11, 23)


def _rows_of_everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in a fixed order."""
    found = {}
    for table in Base.metadata.sorted_tables:
        found[table.name] = sorted(tuple(map(str, row)) for row in db.session.execute(sa.select(table)))
    db.session.rollback()
    return found


def _count(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@pytest.fixture(scope="module", params=engines())
def seeded(request: pytest.FixtureRequest, templates: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demonstration county for the tests of this file that only look."""
    folder = tmp_path_factory.mktemp("seeded") / "data"
    with copy_of(request.param, templates, folder) as url:
        app = make_app(folder, url, new_clock())
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def inside(seeded: Flask) -> Iterator[int]:
    """In the application's context: the id of the county."""
    with seeded.app_context():
        yield network.the_county().id


# --- what is there --------------------------------------------------------------------------------------------------------------


def test_the_whole_county_is_there(inside: int) -> None:
    assert network.count_points(inside) == {"county": 1, "sub_center": 3, "town": 9, "village": 65, "community": 17}
    assert _count(Body) >= 12
    assert (_count(Item), _count(ItemVersion), _count(PublishedFee)) == (30, 30, 3)
    assert (_count(Window), _count(Account), _count(Letter), _count(Enterprise)) == (106, 111, 24, 12)
    assert (_count(Instrument), _count(Clause)) == (95, 754)


def test_a_level_is_expanded_to_every_point_of_it(inside: int) -> None:
    def offered(code: str) -> set[str]:
        query = (
            sa.select(ServicePoint.code)
            .join(ItemOffer, ItemOffer.point_id == ServicePoint.id)
            .join(ItemVersion, ItemVersion.id == ItemOffer.version_id)
            .join(Item, Item.id == ItemVersion.item_id)
            .where(Item.code == code)
        )
        return set(db.session.scalars(query))

    assert len(offered("S-03")) == 1 + 9 + 82
    assert offered("S-02") == {"611026000000"}
    assert "611026-HRSS" in offered("S-21")
    assert len(offered("S-21")) == 1 + 9 + 82


def test_hours_are_those_of_the_point_and_of_its_level(inside: int) -> None:
    room = network.point_by_code(inside, "611026102002")
    spans = [(row.weekday, row.opens, row.closes) for row in network.hours_of(room.id)]
    assert (1, "09:00", "12:00") in spans
    assert (2, "17:00", "20:00") in spans  # its own Tuesday evening
    assert (7, "09:00", "11:30") in spans
    hall = network.hours_of(network.point_by_code(inside, "611026000000").id)
    lunch = next(row for row in hall if row.opens == "12:00")
    assert lunch.more["kind"] == "lunch"
    assert lunch.more["note"]["en"]


def test_settings_are_dated_county_data(inside: int) -> None:
    assert network.setting(inside, "leg_limits", TODAY) == {"village": 0, "community": 0, "town": 5, "sub_center": 5, "county": 5}
    assert network.setting(inside, "leg_limits", date(2018, 12, 31)) is None
    assert network.setting(inside, "village_finish", TODAY) == ["S-20"]
    assert network.setting(inside, "themes", TODAY)["catering"]["hant"] == "開餐飲店"


def test_every_retention_class_that_a_table_names_is_known(inside: int) -> None:
    named = {table.info["retention"] for table in Base.metadata.sorted_tables}
    assert named - set(db.session.scalars(sa.select(RetentionClass.code))) == set()


def test_the_calendar_and_the_quiet_rule_are_read_by_their_rules(inside: int) -> None:
    assert set(db.session.scalars(sa.select(CalendarYear.year))) == set(range(2019, 2027))
    assert _count(CalendarDay) == 290
    calendar = network.calendar_of(inside)
    assert calendar.is_working(date(2026, 2, 28))
    assert not calendar.is_working(date(2026, 10, 1))
    rules = [QuietRule.of(row.id, row.holds_from_on, row.terms["windows"]) for row in db.session.scalars(sa.select(QuietRuleRow))]
    assert [rule.is_quiet(date(2026, 11, 25)) for rule in rules] == [True, True]
    assert [rule.is_quiet(date(2026, 11, 26)) for rule in rules] == [False, False]


def test_people_hold_offices_and_the_one_password(inside: int) -> None:
    rows = list(db.session.scalars(sa.select(Account)))
    assert len({row.password_hash for row in rows}) == 1
    assert passwords.matches(rows[0].password_hash, PASSWORD)
    assert not passwords.matches(rows[0].password_hash, PASSWORD + "x")
    heads = set(db.session.scalars(sa.select(Office.body_id).where(Office.kind == "head_of_agency")))
    assert heads >= set(db.session.scalars(sa.select(Instrument.body_id)))


# --- by the rules ---------------------------------------------------------------------------------------------------------------


def test_the_gaps_are_the_planted_ones(inside: int) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
    planted = tomllib.loads((SEEDS / "zhashui" / "instruments.toml").read_text(encoding="utf-8"))["planted_gaps"]
    found = authority.register_for(inside, now).gaps(authority.item_terms(inside, on=TODAY).values())
    wanted = {(row["item"], row["power"], row["point"]) for row in planted}
    assert {(gap.item.code, gap.power.value, gap.point.code) for gap in found} == wanted
    assert len(found) == 3


def test_each_instrument_was_signed_by_its_head_and_registered_by_the_manager(inside: int, clock: Any) -> None:
    manager = db.session.scalar(sa.select(Account.id).where(Account.username == "manager"))
    query = (
        sa.select(Instrument, InstrumentSignature, InstrumentRegistration)
        .join(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
        .join(InstrumentRegistration, InstrumentRegistration.instrument_id == Instrument.id)
    )
    rows = db.session.execute(query).all()
    of_agencies = sa.select(Office.body_id, Office.account_id).where(Office.kind == "head_of_agency")
    heads = dict(db.session.execute(of_agencies).all())
    assert len(rows) == 95
    for instrument, signature, registration in rows:
        assert instrument.drafted_by_id == registration.registered_by_id == manager
        assert signature.signed_by_id == heads[instrument.body_id] != manager
        assert registration.registered_at == clock.now() - timedelta(days=30)
    begins = set(db.session.scalars(sa.select(Clause.from_on)))
    assert begins == {TODAY - timedelta(days=30)}


def test_numbers_run_by_body_without_a_hole(inside: int) -> None:
    numbers = set(db.session.scalars(sa.select(InstrumentSignature.number)))
    assert "柞市监授〔2026〕1号" in numbers
    of_market_regulation = {number for number in numbers if number.startswith("柞市监授〔2026〕")}
    assert of_market_regulation == {f"柞市监授〔2026〕{number}号" for number in range(1, len(of_market_regulation) + 1)}


def test_a_small_restaurant_below_xialiang(inside: int) -> None:
    """The room collects, the town accepts, only the county's market regulation decides (G-3, G-12)."""
    now = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
    item = authority.item_terms_by_code(inside, "S-03", TODAY)
    register = authority.register_for(inside, now, [item])
    room = authority.points(inside)[network.point_by_code(inside, "611026102002").id]

    def nearest(power: Power) -> str | None:
        holding = register.nearest(power, item, room)
        return None if holding is None else holding.window.code

    assert nearest(Power.COLLECT) == "611026102002-G"
    assert nearest(Power.ACCEPT) == "611026102000-G"
    assert nearest(Power.DECIDE) == "611026000000-MR"


def test_the_record_is_whole(inside: int) -> None:
    records, faults = audit.verify(db.session, audit.record_key())
    assert faults == []
    assert records > 900
    verbs = set(db.session.scalars(sa.select(audit.AuditRecord.verb)))
    made = {"create_county", "add_point", "add_body", "add_window", "publish_item_version", "publish_fee", "put_setting", "create_account"}
    assert verbs >= made | {"draft_instrument", "sign_instrument", "register_instrument", "sign_letter", "register_letter"}


# --- once ---------------------------------------------------------------------------------------------------------------------


def test_a_second_start_changes_nothing_even_a_year_later(app: Flask, clock: Any) -> None:
    with app.app_context():
        before = _rows_of_everything()
        clock.advance(days=400)
        assert seed_demo(app).total == 0
        assert _rows_of_everything() == before


# --- folders that will not do ---------------------------------------------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Path, clock: Any) -> Iterator[Flask]:
    """A migrated database without a county."""
    import flask_migrate

    app = make_app(tmp_path / "empty", f"sqlite:///{tmp_path / 'empty' / 'tongban.sqlite3'}", clock)
    with app.app_context():
        flask_migrate.upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEEDS / "zhashui", tmp_path / "zhashui"))


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_load_that_was_broken_off_is_finished_by_the_next(empty: Flask, folder: Path, clock: Any) -> None:
    standing = StoppedClock(at=clock.now() - STANDING)
    _replace(folder / "instruments.toml", 'key = "DPF-internal"\nbody = "DPF"', 'key = "DPF-internal"\nbody = "NOBODY"')
    with pytest.raises(SeedError, match=r"instruments\.toml, DPF-internal"):
        seed_county(folder, clock=clock, password=PASSWORD, registered=standing)
    assert (_count(ServicePoint), _count(Account), _count(Instrument), _count(PublishedFee)) == (95, 111, 0, 0)

    _replace(folder / "instruments.toml", 'body = "NOBODY"', 'body = "DPF"')
    added = seed_county(folder, clock=clock, password=PASSWORD, registered=standing)
    assert (added.points, added.accounts, added.instruments, added.fees) == (0, 0, 95, 3)
    assert seed_county(folder, clock=clock, password=PASSWORD, registered=standing).total == 0


def test_a_row_that_a_rule_refuses_is_named_and_nothing_of_its_step_stays(empty: Flask, folder: Path, clock: Any) -> None:
    _replace(folder / "points.csv", "611026102002,community,611026102000", "611026102002,community,611026000000")
    with pytest.raises(SeedError, match=r"points.csv, 611026102002: .*\(N-1\)"):
        seed_county(folder, clock=clock, password=PASSWORD)
    assert (_count(ServicePoint), _count(Body)) == (0, 0)


def test_an_instrument_above_the_ceiling_cannot_be_loaded(empty: Flask, folder: Path, clock: Any) -> None:
    _replace(folder / "instruments.toml", 'windows = ["own:room-G"]\npowers = ["finish"]', 'windows = ["own:room-G"]\npowers = ["decide"]')
    with pytest.raises(SeedError, match=r"instruments.toml, .*\(G-3\)"):
        seed_county(folder, clock=clock, password=PASSWORD, registered=StoppedClock(at=clock.now() - STANDING))
    assert _count(Clause) == 0


def test_an_item_that_leaves_its_list_open_cannot_be_loaded(empty: Flask, folder: Path, clock: Any) -> None:
    _replace(folder / "items.toml", 'name = "布局示意图"', 'name = "布局示意图等"')
    with pytest.raises(SeedError, match=r"items.toml, S-03: .*\(S-4\)"):
        seed_county(folder, clock=clock, password=PASSWORD)


def test_the_demonstration_does_not_start_before_its_people_are_in_office(empty: Flask, clock: Any) -> None:
    clock.go_to(date(2025, 7, 20))
    with pytest.raises(ConfigError, match="2025-07-31"):
        seed_demo(empty)
    assert _count(ServicePoint) == 0


# --- commands -------------------------------------------------------------------------------------------------------------------


def test_demo_codes(seeded: Flask) -> None:
    answer = seeded.test_cli_runner().invoke(args=["demo", "codes", "--json"])
    assert answer.exit_code == 0, answer.output
    codes = json.loads(answer.output)
    assert set(codes) == {"points", "bodies", "windows", "items", "enterprises", "accounts"}
    assert {kind: len(rows) for kind, rows in codes.items()} == {
        "points": 95, "bodies": 25, "windows": 106, "items": 30, "enterprises": 12, "accounts": 111,
    }  # fmt: skip
    assert all(row["code"] and row["name"] for rows in codes.values() for row in rows)
    at = {row["code"]: (row["role"], row["at"]) for row in codes["accounts"]}
    assert at["manager"] == ("manager", "611026000000")
    assert at["dept-mr"] == ("dept_head", "MR")
    assert at["chief-xialiang"] == ("chief", "611026102000-G")
    assert at["enterprise-1"] == ("enterprise", "91999999MA9X00011A")


def test_seed_again_and_seed_nothing(seeded: Flask) -> None:
    runner = seeded.test_cli_runner()
    again = runner.invoke(args=["seed", "--county", str(SEEDS / "zhashui"), "--json"])
    assert again.exit_code == 0
    assert set(json.loads(again.output)["added"].values()) == {0}
    nowhere = runner.invoke(args=["seed", "--county", "/nowhere", "--json"])
    assert nowhere.exit_code == 1
    assert json.loads(nowhere.output)["error"]["code"] == "not_loaded"
