"""Two managers register what gives the same at the same moment: one wins, the other is told, and never do both stand (G-1, G-5)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from flask import Flask

from portal.audit import machine
from portal.authority import queries, services
from portal.database import db
from portal.network import services as network_services
from portal.network.queries import the_county, window_by_code
from portal.rules.clauses import ClauseTerms, Mandate, Post, Power
from portal.rules.texts import Text
from tests.authority.instruments import actor, text
from tests.conftest import count
from tests.people import Browser, ManualClock, Page

Browse = Callable[..., Browser]
WINDOWS = ("C-A", "C-B")
REVIEW, DECIDE, DELIVER = Power.REVIEW, Power.DECIDE, Power.DELIVER


def stand_together(one: ClauseTerms, other: ClauseTerms, mr_items: set[int]) -> bool:
    """Do both give the same at some moment, read off the rule? Of another window, body, mandate, post, power, item or time is not the same."""
    items = [mr_items if clause.item_ids is None else set(clause.item_ids) for clause in (one, other)]
    same = (one.window_id, one.body_id, one.mandate, one.post) == (other.window_id, other.body_id, other.mandate, other.post)
    if not same or not one.powers & other.powers or not items[0] & items[1]:
        return False
    times = []
    for clause in (one, other):
        assert clause.registered_at is not None
        begins, ends = [clause.registered_at], [end.moment for end in clause.ends]
        shanghai = timedelta(hours=8)
        begins.append(datetime.combine(clause.from_on, datetime.min.time(), begins[0].tzinfo) - shanghai)
        if clause.until_on is not None:
            ends.append(datetime.combine(clause.until_on + timedelta(days=1), datetime.min.time(), begins[0].tzinfo) - shanghai)
        times.append((max(begins), min(ends, default=datetime.max.replace(tzinfo=begins[0].tzinfo))))
    return max(times[0][0], times[1][0]) < min(times[0][1], times[1][1])


@pytest.mark.property
def test_of_two_that_give_the_same_one_is_registered(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        for code in WINDOWS:
            network_services.add_window(
                county_id, code=code, point_code="611026000000", names=Text("示例", "示例", "Sample"), is_general=False, bodies=["MR"],
                from_on=clock.today(), actor=machine(county_id), clock=clock,
            )  # fmt: skip
        db.session.remove()
    managers = [browse("manager"), browse("manager")]
    today = clock.today()
    pairs: list[tuple[dict[str, object], dict[str, object]]] = [
        ({"windows": WINDOWS}, {"windows": WINDOWS[::-1]}),
        ({"powers": (REVIEW, DECIDE), "items": None}, {"powers": (DECIDE, DELIVER)}),
        ({"items": ("S-03", "S-04")}, {"items": ("S-04",), "windows": WINDOWS}),
        ({"until_on": today + timedelta(days=5)}, {"from_on": today + timedelta(days=5)}),
        ({"post": Post.CLERK, "windows": WINDOWS[::-1]}, {"post": Post.CLERK, "windows": WINDOWS}),
    ]
    stood: list[int] = []
    for turn in range(count(50, least=len(pairs))):
        pair = []
        with app.app_context():
            for said in pairs[turn % len(pairs)]:
                made = _signed(clock, **said)
                pair.append(made)
            db.session.remove()
        pages = [manager.get(f"/manage/instruments/{made}") for manager, made in zip(managers, pair, strict=True)]
        answers = _together(
            [
                lambda manager=manager, page=page: manager.press(page, "/register", follow=False)
                for manager, page in zip(managers, pages, strict=True)
            ]
        )
        assert sorted(answer.status for answer in answers) == [303, 403], [answer.words[:300] for answer in answers]
        winner, loser = (pair if answers[0].status == 303 else pair[::-1])
        refused = next(answer for answer in answers if answer.status == 403)
        assert "号" in refused.words and any(code in refused.words for code in WINDOWS), refused.words[:300]
        with app.app_context():
            row = queries.get_instrument(county_id, winner, clock.now())
            assert row.number in refused.words, "the loser is told what stands in the way"
            clauses = [one for one in queries.clauses(county_id, window_ids=_ids()) if one.registered_at is not None]
            assert {one.instrument_id for one in clauses} == {*stood, winner} and loser not in stood
            mr_items = {item.id for item in queries.item_terms(county_id, on=today).values() if item.responsible_body == row.body.id}
            assert not [both for both in combinations(clauses, 2) if stand_together(*both, mr_items)]
            stood.append(winner)
            services.suspend(winner, ground="示例", actor=actor("dept-mr"), clock=clock)  # so that the next two meet each other alone
            clock.advance(minutes=1)
            db.session.remove()


def _ids() -> list[int]:
    return [window_by_code(the_county().id, code).id for code in WINDOWS]


def _signed(clock: ManualClock, **said: object) -> int:
    usual: dict[str, object] = {
        "windows": WINDOWS[:1], "powers": (DECIDE,), "mandate": Mandate.INTERNAL, "receiving": None, "from_on": clock.today(),
    }  # fmt: skip
    made = services.draft(text(**{**usual, **said}), actor=actor("manager"), clock=clock)  # type: ignore[arg-type]
    services.sign(made, version=1, actor=actor("dept-mr"), clock=clock)
    return made


def _together(acts: list[Callable[[], Page]]) -> list[Page]:
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Page]) -> Page:
        barrier.wait(timeout=30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result(timeout=60) for each in [pool.submit(run, act) for act in acts]]
