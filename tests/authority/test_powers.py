"""Who may what, for everybody: four ways in, what a window and a department may do, what ends soon, what a point does itself (G-4, S-7)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from portal.authority import powers_queries, queries, services
from portal.catalogue.queries import list_items
from portal.catalogue.questions import Done
from portal.database import db
from portal.network.queries import body_by_code, list_points, the_county, window_by_code
from portal.rules.clauses import Condition, EndWhy, Handling, Power
from tests.authority.instruments import HALL, TODAY, TOWN, TOWN_BODY, actor, in_force, text
from tests.people import Browser, ManualClock, Page

Browse = Callable[..., Browser]
ROOM = "611026102002"
SOON = TODAY + timedelta(days=20)


def links(page: Page, rel: str = "") -> list[str]:
    assert page.tree is not None
    return [str(link.get("href")) for link in page.tree.iter("{http://www.w3.org/1999/xhtml}a") if not rel or link.get("rel") == rel]


def test_four_ways_lead_in(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    guest = browse_sqlite()
    found = links(guest.get("/powers"))
    for way in ("/powers?by=item", "/powers?by=instrument", "/powers?by=ending", "/powers?point=611026102000", "/powers?body=MR", f"/powers?body={TOWN_BODY}"):
        assert way in found and guest.get(way).status == 200, way
    places = [one for one in found if one.startswith("/powers?point=")]
    assert places[0] == "/powers?point=611026000000" and len(places) == 13
    page = guest.get("/powers?by=item&q=开小饭馆")
    assert "/powers?item=S-03" in links(page)
    assert f"/powers?window={TOWN}" in links(guest.get("/powers?item=S-03"))
    assert f"/powers?window={HALL}" in links(guest.get("/powers?point=611026000000"))


@pytest.mark.parametrize(
    ("address", "status"),
    [("window=x", 404), ("body=x", 404), ("by=ending&body=x", 404), ("by=ending&after=x", 404), ("by=ending&after=2026-13-40.1", 404),
     ("by=ending&after=2026-12-01.٣", 404), ("by=ending&after=9999-12-31.999999999", 200), ("item=S-03&after=x", 404), ("by=item&after=zz", 200), ("by=item&q=%00", 400),
     ("by=item&q=" + "饭" * 61, 422), ("q=" + "x" * 500, 422), (f"window={TOWN}&after=S-99", 200)],
)  # fmt: skip
def test_addresses_that_nobody_gave(sqlite_app: Flask, browse_sqlite: Browse, address: str, status: int) -> None:
    assert browse_sqlite().get(f"/powers?{address}").status == status


def test_a_window_says_what_it_may_do_by_which_clause_until_when(app: Flask, browse: Browse, clock: ManualClock) -> None:
    guest = browse()
    page = guest.get(f"/powers?window={TOWN}")
    assert "柞下政授〔2026〕1号第1条" in page.words.replace(" ", "") and "柞下政任〔2025〕1号" in page.words
    assert "小餐饮经营许可证（新办）S-03受理、送达柞市监授" in page.words.replace(" ", "")
    with app.app_context():
        in_force(clock, until_on=SOON)
        db.session.remove()
    page = guest.get(f"/powers?window={TOWN}")
    said = page.words.replace(" ", "")
    assert "审核、审批、制证柞市监授〔2026〕12号第1条委托·至2026年12月13日" in said
    assert page.text.count("/powers/MR-2026-12") == 1, "one item only"
    assert guest.get("/powers?point=611026102000").words == page.words, "a point with one window is that window"


def test_a_department_says_what_it_entrusted(app: Flask, browse: Browse, clock: ManualClock) -> None:
    """G-4: an entrustment to a town is public: delegate, items, period."""
    with app.app_context():
        in_force(clock, until_on=SOON)
        county_id, now = the_county().id, clock.now()
        given = powers_queries.entrustments_of(county_id, body_by_code(county_id, "MR"), now)
        newest = given[0]
        assert (newest.delegate.code, newest.powers) == (TOWN_BODY, (Power.REVIEW, Power.DECIDE, Power.CERTIFY))
        assert newest.items is not None and [item.code for item in newest.items] == ["S-03"]
        assert (newest.from_on, newest.until) == (TODAY, SOON)
        received = powers_queries.entrustments_of(county_id, body_by_code(county_id, TOWN_BODY), now)
        assert {"MR", "CA", "FORESTRY"} <= {one.giver.code for one in received} and all(one.delegate.code == TOWN_BODY for one in received)
        later = clock.now() + timedelta(days=21)
        assert newest.number not in [one.number for one in powers_queries.entrustments_of(county_id, body_by_code(county_id, "MR"), later)]
        db.session.remove()
    page = browse().get("/powers?body=MR")
    said = page.words.replace(" ", "")
    assert "柞市监授〔2026〕12号柞水县下梁镇人民政府审核、审批、制证小餐饮经营许可证（新办）2026年11月23日起至2026年12月13日" in said
    assert "60天内到期的权力" in said and "受理、送达小餐饮延续许可" in said


def test_what_ends_soon_comes_by_its_last_day(app: Flask, browse: Browse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        county_id = the_county().id
        assert powers_queries.ends_soon(county_id, clock.now()) == ([], None)
        lapses = in_force(clock, until_on=SOON)
        in_force(clock, powers=(Power.COORDINATE,), until_on=TODAY + timedelta(days=61))
        in_force(clock, powers=(Power.COORDINATE,), items=("S-05",), from_on=TODAY + timedelta(days=2), until_on=SOON)  # not begun: nothing ends yet
        revoked = in_force(clock, powers=(Power.REVIEW,), items=("S-04",))
        last = in_force(clock, powers=(Power.REVIEW,), items=("S-07",), until_on=TODAY + timedelta(days=60))
        suspended = in_force(clock, powers=(Power.REVIEW,), items=("S-05",), until_on=SOON)
        number = queries.get_instrument(county_id, lapses, clock.now()).number
        clock.advance(minutes=5)
        services.revoke(revoked, from_on=TODAY + timedelta(days=11), by=number, ground="示例", actor=actor("manager"), clock=clock)
        services.suspend(suspended, ground="示例", actor=actor("manager"), clock=clock)
        rows, more = powers_queries.ends_soon(county_id, clock.now())
        assert more is None
        assert [(one.last_day - TODAY, one.clause.instrument_id, one.why, one.by) for one in rows] == [
            (timedelta(days=10), revoked, EndWhy.REVOKED, number),
            (timedelta(days=20), lapses, None, ""),
            (timedelta(days=60), last, None, ""),
        ]
        # it says nothing else than the rule: G-17
        for clause in queries.clauses(county_id):
            last_day = clause.last_day
            is_soon = clause.in_force_at(clock.now()) and last_day is not None and last_day <= TODAY + timedelta(days=60)
            assert is_soon == (clause.id in {one.clause.id for one in rows}), clause
        assert powers_queries.ends_soon(county_id, clock.now(), body_id=body_by_code(county_id, "CA").id) == ([], None)
        db.session.remove()
    monkeypatch.setattr(powers_queries, "A_PAGE", 2)
    monkeypatch.setattr(powers_queries.ends_soon, "__kwdefaults__", {**powers_queries.ends_soon.__kwdefaults__, "most": 2})
    guest, seen = browse(), []
    address = "/powers?by=ending"
    for _page in range(2):
        page = guest.get(address)
        seen += [one for one in links(page) if one.startswith("/powers/MR")]
        address = next(iter(links(page, "next")), "")
    assert len(seen) == len(set(seen)) == 3 and not address


def test_lists_page_without_losing_a_row(sqlite_app: Flask, browse_sqlite: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.authority import powers_routes
    from portal.catalogue import routes as catalogue_routes

    guest = browse_sqlite()
    lists = {
        f"/powers?window={TOWN}": "/items/", "/powers?body=MR": "/powers?item=", "/powers?by=item": "/powers?item=", "/powers?item=S-03": "/powers?window=",
        "/powers?point=611026000000": "/powers?window=", "/network/611026102000": "/items/",
    }  # fmt: skip
    whole = {address: [one for one in links(guest.get(address)) if one.startswith(what)] for address, what in lists.items()}
    monkeypatch.setattr(powers_queries, "A_PAGE", 3)
    monkeypatch.setattr(powers_routes, "A_PAGE", 3)
    monkeypatch.setattr(catalogue_routes, "OFFERS_A_PAGE", 3)
    for address, what in lists.items():
        seen: list[str] = []
        following, pages = address, 0
        while following and pages < 20:
            pages += 1
            page = guest.get(following)
            seen += [one for one in links(page) if one.startswith(what)]
            following = next(iter(links(page, "next")), "")
        assert set(whole[address]) <= set(seen) and pages > 1 and not following, address


def test_a_point_says_of_each_matter_what_it_does_itself(app: Flask, browse: Browse) -> None:
    """The short form agrees with the guide of each item at each point; and with who may accept and decide."""
    with app.app_context():
        county_id = the_county().id
        at = app.extensions["clock"].now()
        items = {entry.item_id: entry.code for entry in list_items(county_id, TODAY)}
        points = {point.code: point for point in list_points(county_id)}
        words = set()
        for code in ("611026000000", "611026102000", ROOM, "611026-HRSS"):
            found = powers_queries.done_at(county_id, points[code].id, items, at)
            assert set(found) == set(items)
            for item_id, one in found.items():
                guide = powers_queries.get_point_guide(county_id, items[item_id], code, at)
                is_whole = Power.FINISH in guide.here or (Power.ACCEPT in guide.here and guide.finish is not None and guide.finish.point.code == code)
                assert (one.word is Done.FINISHED) == (is_whole and not guide.terms.is_forwarded), (code, items[item_id])
                assert (one.word is Done.ACCEPTED) == (Power.ACCEPT in guide.here and one.word is not Done.FINISHED)
                if guide.finish is not None and one.word is not Done.FINISHED and not one.is_forwarded:
                    assert one.decided_at is not None and one.decided_at.id == guide.finish.point.id
                words.add(one.word)
        assert words == set(Done)
        db.session.remove()
    guest = browse()
    town, room = guest.get("/network/611026102000").words.replace(" ", ""), guest.get(f"/network/{ROOM}").words.replace(" ", "")
    assert "小餐饮经营许可证（新办）10个工作日本处受理由柞水县政务服务中心决定" in town and "农村居民宅基地的审批20个工作日本处办结" in town
    assert "小餐饮经营许可证（新办）10个工作日本处代收由柞水县政务服务中心决定" in room


def test_open_data_names_level_clause_and_body(app: Flask, clock: ManualClock) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(app.test_client().get(f"/open-data/{name}.csv").get_data().decode("utf-8-sig"), newline="")))

    with app.app_context():
        in_force(clock, until_on=SOON, powers=(Power.DECIDE,))
        county_id = the_county().id
        clause = queries.clauses(county_id, window_id=window_by_code(county_id, TOWN).id)[-1]
        db.session.remove()
    powers = rows("powers")
    assert list(powers[0])[-4:] == ["level", "clause", "body", "named"]
    (mine,) = (row for row in powers if (row["window"], row["item"], row["power"]) == (TOWN, "S-03", "decide"))
    assert (mine["level"], mine["clause"], mine["body"], mine["named"], mine["until"]) == ("town", str(clause.id), "MR", "S-03", SOON.isoformat())
    (hall,) = (row for row in powers if (row["window"], row["item"], row["power"]) == (HALL, "S-03", "decide"))
    assert (hall["level"], hall["named"], hall["until"]) == ("county", "*", "")
    (window,) = (row for row in rows("windows") if row["code"] == TOWN)
    assert (window["level"], window["status"], window["bodies"], window["is_general"]) == ("town", "operating", TOWN_BODY, "1")
    clock.go_to(date(2026, 12, 14))
    assert not [row for row in rows("powers") if row["clause"] == str(clause.id)], "in force now only"


def test_what_a_clause_is_bound_to_stands_beside_it(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock) -> None:
    """G-1: a power that is bound to something is not shown as if it held for all."""
    with sqlite_app.app_context():
        said = text()
        said = replace(said, clauses=tuple(replace(one, condition=Condition(handling=Handling.PROMISED)) for one in said.clauses))
        instrument_id = services.draft(said, actor=actor("manager"), clock=clock)
        services.sign(instrument_id, version=1, actor=actor("dept-mr"), clock=clock)
        services.register(instrument_id, actor=actor("manager"), clock=clock)
        db.session.remove()
    guest = browse_sqlite()
    for address in (f"/powers?window={TOWN}", "/powers?item=S-03"):
        assert "承诺件" in guest.get(address).words, address
