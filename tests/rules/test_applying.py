"""The rules of applying online as tables: codes, sessions, where an application goes, drafts, supplements (C-1, C-3, C-16, C-18)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from portal.rules import applying
from portal.rules.applying import Means, Taking
from portal.rules.authority import Holding, Register
from portal.rules.clauses import ItemTerms, Level, PointTerms, Power
from portal.rules.decision import Reason
from portal.rules.lifecycle import State

WALL = datetime(2026, 11, 23, 1, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("left", "tries", "is_used", "reason"), [
    (MINUTE, 0, False, None), (MINUTE, 4, False, None), (MINUTE, 5, False, Reason.CODE_TRIED_TOO_OFTEN), (timedelta(), 0, False, Reason.CODE_OVER),
    (MINUTE, 0, True, Reason.CODE_OVER), (-MINUTE, 5, False, Reason.CODE_OVER),
])  # fmt: skip
def test_a_code(left: timedelta, tries: int, is_used: bool, reason: Reason | None) -> None:
    assert applying.may_use_code(good_until=WALL + left, tries=tries, is_used=is_used, wall=WALL).reason is reason


def test_six_digits_ten_minutes_five_tries_two_hours() -> None:
    assert (applying.CODE_DIGITS, applying.CODE_HOLDS, applying.CODE_TRIES) == (6, 10 * MINUTE, 5)
    assert timedelta(hours=2) == applying.SESSION_HOLDS and timedelta(days=90) == applying.DRAFT_KEPT


@pytest.mark.parametrize(("left", "is_ended", "known"), [(MINUTE, False, True), (timedelta(), False, False), (MINUTE, True, False)])
def test_a_known_phone(left: timedelta, is_ended: bool, known: bool) -> None:
    assert applying.is_known(good_until=WALL + left, is_ended=is_ended, wall=WALL) is known


ITEM = ItemTerms(1, "S-03", 1, offered_at=frozenset({1}))
HERE, THERE, SHUT = PointTerms(1, "A", Level.TOWN), PointTerms(2, "B", Level.TOWN), PointTerms(1, "A", Level.TOWN, is_open=False)
TAKING = Taking(Holding(Power.ACCEPT, None, HERE, None), True)  # type: ignore[arg-type]


@pytest.mark.parametrize(("point", "taking", "is_online", "reason"), [
    (HERE, TAKING, True, None), (HERE, TAKING, False, Reason.NOT_ONLINE), (SHUT, TAKING, True, Reason.POINT_TAKES_NOTHING),
    (THERE, TAKING, True, Reason.NOT_OFFERED_THERE), (HERE, None, True, Reason.NOBODY_TAKES_IT_THERE),
])  # fmt: skip
def test_where_it_can_be_sent(point: PointTerms, taking: Taking | None, is_online: bool, reason: Reason | None) -> None:
    assert applying.may_send(ITEM, point, taking, is_online=is_online).reason is reason


class Held(Register):
    """A register that says who may, without clauses."""

    def __init__(self, held: dict[Power, list[int]]) -> None:
        self.held = held

    def who_may(self, power: Power, item: ItemTerms, point: PointTerms) -> tuple[Holding, ...]:
        points = {1: HERE, 2: THERE}
        return tuple(Holding(power, None, points[each], None) for each in self.held.get(power, ()))  # type: ignore[arg-type]


@pytest.mark.parametrize(("held", "power", "is_receipt"), [
    ({Power.ACCEPT: [1], Power.COLLECT: [1]}, Power.ACCEPT, True), ({Power.ACCEPT: [2], Power.COLLECT: [1]}, Power.COLLECT, False),
    ({Power.REVIEW: [1], Power.DELIVER: [1]}, Power.REVIEW, False),
])  # fmt: skip
def test_the_window_of_this_very_point_takes_it(held: dict[Power, list[int]], power: Power, is_receipt: bool) -> None:
    taking = applying.taken_by(Held(held), ITEM, HERE)
    assert taking is not None and (taking.holding.power, taking.is_receipt, taking.holding.point) == (power, is_receipt, HERE)


def test_a_power_elsewhere_takes_nothing_here() -> None:
    assert applying.taken_by(Held({Power.ACCEPT: [2]}), ITEM, HERE) is None


@pytest.mark.parametrize(("is_sent", "lacking", "reason"), [
    (False, [], None), (True, [], Reason.DRAFT_IS_SENT), (False, ["name"], Reason.DRAFT_LACKS), (True, ["name"], Reason.DRAFT_IS_SENT),
])  # fmt: skip
def test_when_a_draft_is_whole(is_sent: bool, lacking: list[str], reason: Reason | None) -> None:
    assert applying.may_submit(is_sent=is_sent, lacking=lacking).reason is reason


@pytest.mark.parametrize(("number", "reason"), [(0, None), (19, None), (20, Reason.TOO_MANY_DRAFTS), (21, Reason.TOO_MANY_DRAFTS)])
def test_so_many_drafts(number: int, reason: Reason | None) -> None:
    assert applying.may_keep_draft(number).reason is reason


@pytest.mark.parametrize(("wanted", "state", "is_allowed"), [
    (("1",), State.NOTICED, True), ((), State.NOTICED, False), (("1",), State.ACCEPTED, True), (("1",), State.UNDER_REVIEW, True),
    (("1",), State.RECEIVED, False), (("1",), State.CLOSED, False),
])  # fmt: skip
def test_when_something_can_be_sent_in(wanted: tuple[str, ...], state: State, is_allowed: bool) -> None:
    decision = applying.may_supplement(wanted, state)
    assert bool(decision) is is_allowed and (is_allowed or decision.reason is Reason.NOTHING_TO_SUPPLEMENT)


@pytest.mark.parametrize(("photos", "on_paper", "means"), [(1, True, Means.PHOTO), (0, True, Means.PAPER), (0, False, Means.LATER)])
def test_how_a_material_comes(photos: int, on_paper: bool, means: Means) -> None:
    assert applying.means_of(photos=photos, on_paper=on_paper) is means
