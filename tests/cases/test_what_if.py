"""What if on the demonstration county: past cases read from their events, replayed under a stored draft, shown, and nothing written (G-10)."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.authority import queries as authority
from portal.authority.models import Instrument, InstrumentSignature
from portal.cases import queries, replays, services
from portal.cases.models import Case
from portal.database import Base, db
from portal.network.queries import body_by_code, calendar_of, the_county
from portal.rules.lifecycle import EventKind
from portal.rules.replay import day_numbers, past_path
from portal.seeding import SEEDS
from portal.web.pictures import compared
from tests.cases import story
from tests.cases.story import Browse
from tests.people import ManualClock, Page, signed_in

FIRST, TODAY = date(2026, 10, 24), date(2026, 11, 23)


def draft(browse: Browse) -> int:
    """The entrustment of review, decide and certify of S-03 to 下梁镇, drafted and no more; its id."""
    manager = browse("manager")
    page = manager.get("/manage/instruments/new?body=MR&mandate=entrustment")
    page = manager.press(page, "/manage/instruments/new", id="draft", **story.ENTRUSTED)
    return int(page.path.rsplit("/", 1)[1])


def rows_of_everything() -> dict[str, list[str]]:
    found = {table.name: sorted(str(tuple(row)) for row in db.session.execute(select(table))) for table in Base.metadata.sorted_tables}
    db.session.rollback()
    return found


def figures(page: Page) -> dict[str, tuple[int, int, int]]:
    """The table of the page: name of the row → before, after, gained."""
    rows = re.findall(r'<th scope="row">([^<]+)</th>' + r'<td class="num r" data-th="[^"]+">(−?\d+)</td>' * 3, page.text)
    return {name: (int(a), int(b), int(c.replace("−", "-"))) for name, a, b, c in rows}


def test_the_seed_holds_past_cases_done_by_the_services(app: Flask) -> None:
    rows = list(csv.DictReader((SEEDS / "zhashui" / "past_cases.csv").open(encoding="utf-8")))
    with app.app_context():
        cases = list(db.session.scalars(select(Case).order_by(Case.collected_at)))
        assert len(cases) == len(rows) >= 24
        assert all(case.is_sample and not case.is_open and "示例" in case.title for case in cases)
        assert {case.collected_at.astimezone().date() >= FIRST for case in cases} == {True}
        assert max(case.closed_at for case in cases) < app.extensions["clock"].now()
        town = {point.id for point in authority.points(the_county().id).values() if "611026102" in point.code}
        named = authority.item_terms_by_code(the_county().id, "S-03", TODAY)
        assert sum(case.item_id == named.id and case.point_id in town for case in cases) >= 12
        assert [(services.rebuild(case), services.untrue_events(case)) for case in cases[:5]] == [([], [])] * 5


def test_a_past_case_reads_as_its_events_say(app: Flask, browse: Browse, clock: ManualClock) -> None:
    """The one query gives what `past_path` makes of each event of each case, also of one that was taken back and sent on again."""
    agent = browse("village-xialiang")
    number = story.collect(agent)
    story.send(agent, number)
    story.do(agent, number, "recall")
    clock.advance(days=2)
    story.send(agent, number)
    for who, verb in (("town-xialiang", "receive"), ("town-xialiang", "accept")):
        story.do(browse(who), number, verb)
    story.send(browse("town-xialiang"), number)
    clock.advance(days=1)
    for who, verb in (("window-mr", "receive"), ("window-mr", "review"), ("chief-mr", "decide"), ("chief-mr", "certify")):
        story.do(browse(who), number, verb)
    with app.app_context():
        clerk = signed_in(app, "window-mr", clock)  # the page proposes the way back; they came to fetch it
        version = db.session.scalars(select(Case.version).where(Case.number == number)).one()
        services.deliver(number, "applicant", "", version=version, actor=clerk, clock=clock, once=None)
        county = the_county().id
        number_of = day_numbers(calendar_of(county), FIRST, clock.today())
        items = list(db.session.scalars(select(Case.item_id).distinct()))
        found = {case.id: case for _at, case in replays.past_cases(county, FIRST, clock.today(), items, number_of)}
        assert len(found) == db.session.scalar(select(func.count()).select_from(Case))
        for case in db.session.scalars(select(Case)):
            events = [(EventKind(row.kind), row.window_id or 0, row.occurred_at) for row in queries.events_of(case.id)]
            assert (found[case.id].path, found[case.id].days) == past_path(events, number_of), case.number
            assert found[case.id].visits[0] == events[0][1]
        mine = db.session.scalars(select(Case).where(Case.number == number)).one()
        assert [len(used) for _window, used in found[mine.id].path] == [1, 1, 4]
        assert len(found[mine.id].visits) == 2, "papers handed in at the room, the result fetched at the county"


def test_the_page_says_what_would_have_been_saved_and_writes_nothing(app: Flask, browse: Browse) -> None:
    one = draft(browse)
    manager = browse("manager")
    address = f"/manage/instruments/{one}/what-if"
    with app.app_context():
        before = rows_of_everything()
    page = manager.get(address)
    other = manager.get(f"{address}?from=2025-01-01&until=2025-01-31")
    with app.app_context():
        after = rows_of_everything()
        saved = authority.savings[0](the_county().id, one, app.extensions["clock"].now())
    assert {name for name in before if before[name] != after[name]} <= {"sign_in_session"}, "a look is no act"
    assert page.status == 200
    assert "14 件里会有 12 件在镇村办完，原来是 0 件" in page.words
    said = figures(page)
    below, handoffs, days, trips = said["在镇村办完"], said["交接次数"], said["路上的工作日"], said["群众跑动次数"]
    assert below == (0, 12, 12)
    assert handoffs == (25, 9, 16)
    assert days[0] - days[1] == days[2] > 0
    assert trips == (27, 23, 4), "fetched in town, where they had come anyway; from a room it is another way, and no trip is claimed"
    assert page.text.count('href="/cases/611026-') == 12
    assert saved is not None
    assert (saved.cases, saved.below_before, saved.below_after, saved.handoffs, saved.days, saved.trips) == (14, 0, 12, 16, days[2], 4)
    assert saved.href == address
    assert other.status == 200 and "没有收件并已办结的相关办件" in other.words
    assert re.search(r'href="[^"]*what-if\?from=2026-11-\d\d&amp;until=2026-11-\d\d"', other.text), "another period is offered"


def test_only_what_the_person_may_see_is_listed(app: Flask, browse: Browse) -> None:
    """The town head sees the entrustment to the town and its figures; the cases are the bureau's (C-30)."""
    one = draft(browse)
    page = browse("dept-xialiang").get(f"/manage/instruments/{one}/what-if")
    assert page.status == 200 and figures(page)["交接次数"] == (25, 9, 16)
    assert 'href="/cases/611026-' not in page.text and "只告诉数量" in page.words
    assert 'href="/cases/611026-' in browse("dept-mr").get(f"/manage/instruments/{one}/what-if").text
    assert browse("dept-tax").get(f"/manage/instruments/{one}/what-if").status == 404
    assert browse("town-xialiang").get(f"/manage/instruments/{one}/what-if").status == 403


def test_what_it_replaces_falls_away_and_its_own_clauses_do_not_count_before(app: Flask, browse: Browse) -> None:
    manager = browse("manager")
    with app.app_context():
        town, mr = (one.id for one in (body_by_code(the_county().id, code) for code in ("TOWN-611026102000", "MR")))
        standing = select(InstrumentSignature.number).join(Instrument, Instrument.id == InstrumentSignature.instrument_id)
        number = db.session.scalars(standing.where(Instrument.receiving_body_id == town, Instrument.body_id == mr)).first()
    said = {}
    for replaced in ("", number):
        form = manager.get("/manage/instruments/new?body=MR&mandate=entrustment")
        typed = {**story.ENTRUSTED, "powers": ["review"], "supersedes": replaced}
        page = manager.press(form, "/manage/instruments/new", id="draft", **typed)
        assert page.status == 200, page.words[:600]
        said[replaced] = manager.get(f"{page.path}/what-if").words
    assert "照原样走" in said[""], "review alone spares no hop"
    assert "走法会不同的" in said[number], "without accept in the town, the case goes by it"
    entrusted = manager.get(f"{story.entrust(browse)}/what-if")
    assert figures(entrusted)["在镇村办完"] == (0, 12, 12), "in force since today, and for none of them"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("from=2025-13-01&until=2025-02-01", "from"),
        ("from=2025-02-02&until=2025-02-01", "until"),
        (f"from=2025-02-02&until={TODAY + timedelta(days=1)}", "until"),
        ("from=0001-01-01&until=x", "from"),
    ],
)
def test_a_bad_day_is_told_beside_its_field(browse_sqlite: Browse, asked: str, field: str) -> None:
    page = browse_sqlite("manager").get(f"/manage/instruments/1/what-if?{asked}")
    assert page.status == 422
    assert re.search(rf'<p class="msg" id="{field}-e">[^<]+</p><input aria-describedby="{field}-e"', page.text), page.text
    assert browse_sqlite("manager").get("/manage/instruments/1/what-if?before=x").status == 404


def test_bars_are_in_proportion_to_the_longer_of_the_two() -> None:
    picture = compared([("a", 10, 5), ("b", 0, 0)])
    lengths = [round(bar.x2 - bar.x1, 1) for bar in picture.bars]
    assert lengths[0] == 2 * lengths[1] > 0 and lengths[2:] == [0, 0]
    assert [bar.number for bar in picture.bars] == [10, 5, 0, 0] and {bar.y < picture.height for bar in picture.bars} == {True}
