"""Geometry of pictures: labels that never touch, one full dot, weeks that begin on Monday."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from portal.web import pictures
from portal.web.pictures import Leg

LEVELS = ["county", "sub_center", "town", "village", "community"]
legs = st.lists(
    st.builds(
        Leg,
        level=st.sampled_from(LEVELS),
        place=st.just("某地"),
        acts=st.text("受理审核送达 0123456789-", max_size=12),
        spent=st.text("半天 0123456789.", max_size=6),
        state=st.sampled_from(["done", "here", "todo"]),
        days=st.none() | st.floats(0, 400),
    ),
    max_size=12,
)


@given(legs)
def test_labels_of_a_level_never_touch_and_nothing_leaves_the_picture(stays: list[Leg]) -> None:
    road = pictures.route(stays)
    assert road.legs == tuple(stays)
    spans: dict[int, list[tuple[float, float]]] = {}
    for label in road.labels:
        start = label.x / 100 * pictures.NARROWEST
        spans.setdefault(label.y, []).append((start, start + pictures.text_width(label.text)))
    for row in spans.values():
        for (_, end), (start, _) in pairwise(row):
            assert end <= start
        assert row[-1][1] <= pictures.NARROWEST
    for line in road.lines:
        assert 0 <= line.x1 <= line.x2 <= 100
        assert 0 < line.y1 < road.height


def test_an_empty_or_overlong_road_is_a_list_only() -> None:
    assert not pictures.route([]).drawn
    assert not pictures.route([Leg("town", "下梁镇", acts="受理 11-18")] * 12).drawn
    assert pictures.route([Leg("town", "下梁镇", acts="受理 11-18")] * 3).drawn


def test_longer_stays_are_longer_and_the_present_place_is_the_one_full_dot() -> None:
    stays = [Leg("village", "村", days=0.5), Leg("town", "镇", days=5, state="here"), Leg("county", "县", days=2, state="todo")]
    road = pictures.route(stays)
    level = [line.x2 - line.x1 for line in road.lines if line.y1 == line.y2]
    assert level[0] < level[2] < level[1]
    assert [dot.here for dot in road.dots] == [False, True, False]
    assert [line.ahead for line in road.lines] == [False, False, False, True, True]
    assert road.dots[0].y > road.dots[1].y > road.dots[2].y  # upward on paper is upward in the county


held = st.lists(
    st.builds(
        pictures.Held, level=st.sampled_from(LEVELS), parts=st.lists(st.tuples(st.floats(0, 300), st.booleans()), min_size=1, max_size=4).map(tuple),
        on=st.just("11月18日"), late=st.booleans(), here=st.booleans(),
    ),
    max_size=24,
)  # fmt: skip


@given(held)
def test_the_whole_way_goes_from_left_to_right_inside_the_picture(stays: list[pictures.Held]) -> None:
    drawn = pictures.way(stays)
    if not drawn.lines:
        assert not stays or sum(len(stay.parts) for stay in stays) > 12, "what is short is drawn"
        return
    flat = [line for line in drawn.lines if line.y1 == line.y2]
    assert all(before.x2 <= after.x1 + 0.11 for before, after in pairwise(flat))
    assert all(0 <= line.x1 <= line.x2 <= 100 for line in drawn.lines)
    assert len(drawn.labels) == len(stays)
    assert all(after.x - before.x >= pictures.TICK - 0.11 for before, after in pairwise(drawn.ticks)), "dates do not touch, also on a phone"


def test_a_month_has_whole_weeks_from_monday() -> None:
    month = pictures.weeks(2026, 11, lambda on: "quiet" if on.day < 26 else "open", today=date(2026, 11, 23))
    assert [len(week) for week in month] == [7] * 6
    days = [day for week in month for day in week if day]
    assert [day.on.day for day in days] == list(range(1, 31))
    assert month[0][6] == pictures.Day(date(2026, 11, 1), "quiet")
    assert [day.on.day for day in days if day.today] == [23]
