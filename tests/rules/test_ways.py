"""The stretches of a way: parts in order, waits apart, lateness to who caused it, the missing power (C-6, C-20, G-8)."""

from __future__ import annotations

from itertools import pairwise

from portal.rules.authority import Power
from portal.rules.mailroom import TransferWhy
from portal.rules.ways import stretches
from tests.rules.test_lifecycle import CALENDAR, MR, ROOM, TOWN, collected, on


def test_a_stay_has_its_waits_apart_and_time_under_way_is_the_senders() -> None:
    case = collected().sent(ROOM, TOWN, on("11-18", "14:00"), power="accept")
    (room,) = stretches(case.known, on("11-20"), CALENDAR, {})
    assert [(part.waits, part.days) for part in room.parts] == [(False, 0), (True, 2)]
    assert (room.held, room.waited, room.late, room.is_here, room.missing) == (0, 2, 0, True, Power.ACCEPT)
    case = collected().moved(ROOM, TOWN, on("11-20", "14:00")).sent(TOWN, MR, on("11-23"), power="review")
    room, town = stretches(case.known, on("11-30"), CALENDAR, {case.known.legs[1].seq: TransferWhy.MISSING})
    assert (room.held, room.late, room.late_to_receive) == (2, 2, 0)
    assert (town.missing, town.despite, town.late_to_receive) == (Power.REVIEW, None, 5)
    (_room, town) = stretches(case.known, on("11-24"), CALENDAR, {case.known.legs[1].seq: TransferWhy.DESPITE})
    assert (town.missing, town.despite, town.late_to_receive) == (None, Power.REVIEW, 0)
    assert town.parts[0].from_at == on("11-20", "15:00") and town.parts[-1].to_at == on("11-24")


def test_parts_follow_each_other_without_a_gap_over_the_whole_course() -> None:
    case = collected().moved(ROOM, TOWN, on("11-18", "14:00")).moved(TOWN, MR, on("11-20"))
    found = stretches(case.known, on("11-25"), CALENDAR, {})
    moments = [(part.from_at, part.to_at) for stretch in found for part in stretch.parts]
    assert all(end == start for (_, end), (start, _) in pairwise(moments))
    assert moments[-1][1] == on("11-25") and found[-1].is_here and not found[0].is_here
