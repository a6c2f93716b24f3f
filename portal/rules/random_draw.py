"""The random draw (双随机): which enterprises are inspected, and by whom, so that anybody can draw again and find the same (Q-13).

A draw is a number from SHA-256 and nothing else, in whole numbers:

- An enterprise has as many tickets as its weight, numbered from 1. The number of a ticket is the SHA-256 of the text
  `SEED|CODE|TICKET` in UTF-8, read as a number (for example `printf '%s' 'SEED|CODE|1' | sha256sum`). An enterprise stands where its
  smallest ticket stands; the first so many are drawn. Of the first place the chance is exactly its weight in the sum of all weights,
  then the same among those that are left.
- Who goes to an enterprise is ordered by the SHA-256 of `SEED|CODE|CERTIFICATE`; the first two go, of the body's inspectors whose
  certificate holds on every day of the period and who have no conflict of interest there.
- The day is the first allowed one in the order of the SHA-256 of `SEED|CODE|YYYY-MM-DD`.

So what one enterprise draws depends on no other, and a list in any order gives the same. Who is excluded is excluded before, with a reason that is kept
with the list; of fewer than two who may go the enterprise is excluded too. Seed, list, exclusions and inspectors are kept, and never changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.working_days import Calendar

WEIGHTS: Mapping[str, int] = MappingProxyType({"A": 1, "B": 2, "C": 3, "D": 4})
"""Tickets by risk grade: the worse, the more (county data `draw_weights`)."""
UNGRADED = 2
"""Tickets of an enterprise without a grade: as the middle one."""
MOST_WEIGHT = 20
PAIR = 2
MOST_DRAWN = 60
"""Enterprises of one draw at most: each gets its plan at once."""
PUBLISHED_WITHIN = 20
"""Working days after the last visit within which the result is published."""


class Excluded(StrEnum):
    """Why an enterprise of the list took no part."""

    BY_HAND = "by_hand"
    NO_DAY = "no_day"
    NO_PAIR = "no_pair"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enterprise of the list. `excluded`: it takes no part."""

    code: str
    weight: int
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Drawer:
    """An inspector of the body by certificate, the days on which it holds, and the enterprises to which this one does not go (回避)."""

    certificate: str
    from_on: date
    valid_until_on: date
    conflicts: frozenset[str] = frozenset()

    def may_go(self, code: str, first: date, last: date) -> bool:
        return self.from_on <= first and last <= self.valid_until_on and code not in self.conflicts


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came out: enterprises in the order in which they were drawn, each with the certificates of the two who go."""

    code: str
    certificates: tuple[str, ...]


def number_of(*parts: object) -> int:
    """The number of a text: the SHA-256 of its parts joined by `|`."""
    return int.from_bytes(sha256("|".join(str(part) for part in parts).encode()).digest(), "big")


def weight_of(grade: str, weights: Mapping[str, int] = WEIGHTS) -> int:
    """The tickets of an enterprise with this risk grade (Q-13)."""
    return weights.get(grade.strip().upper(), weights.get("", UNGRADED))


def pair_for(seed: str, code: str, inspectors: Iterable[Drawer], first: date, last: date) -> tuple[str, ...]:
    """The two who go to an enterprise; fewer where fewer may (Q-13)."""
    able = sorted({each.certificate for each in inspectors if each.may_go(code, first, last)})
    return tuple(sorted(able, key=lambda certificate: (number_of(seed, code, certificate), certificate))[:PAIR])


def days_for(seed: str, code: str, days: Iterable[date]) -> list[date]:
    """Days in the order in which they are tried for an enterprise."""
    return sorted(days, key=lambda day: (number_of(seed, code, day.isoformat()), day))


def draw(
    seed: str, candidates: Iterable[Candidate], inspectors: Sequence[Drawer], *, number: int, first: date, last: date
) -> tuple[Drawn, ...]:
    """Draw: the same arguments give the same answer, for ever and for everybody (Q-13). ValueError for an enterprise that is there twice."""
    listed = list(candidates)
    if len({each.code for each in listed}) != len(listed):
        raise ValueError("an enterprise is on the list twice")
    taking_part = [each for each in listed if not each.excluded and each.weight > 0]
    best = {each.code: min(number_of(seed, each.code, ticket) for ticket in range(1, each.weight + 1)) for each in taking_part}
    found: list[Drawn] = []
    for code in sorted(best, key=lambda each: (best[each], each)):
        if len(found) == number:
            break
        pair = pair_for(seed, code, inspectors, first, last)
        if len(pair) == PAIR:
            found.append(Drawn(code, pair))
    return tuple(found)


def publish_by(last_visit: date, calendar: Calendar) -> date:
    """The last day on which the result of a draw is published in time: 20 working days after its last visit (Q-13)."""
    return calendar.add_working_days(last_visit, PUBLISHED_WITHIN)


def may_publish(
    body: int, offices: Iterable[OfficeHeld], *, is_published: bool, open_visits: int, visits: int
) -> Decision:
    """May the result be published? By the head of the body, once, after the last visit: before, who was drawn is told to nobody (Q-7, Q-13)."""
    held = next((each for each in offices if each.office is Office.HEAD_OF_AGENCY and each.body_id == body), None)
    if held is None:
        return Decision.no(Reason.PLAN_NEEDS_HEAD, rule="Q-13")
    if is_published or not visits:
        return Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-13")
    if open_visits:
        return Decision.no(Reason.DRAW_VISITS_OPEN, rule="Q-13", number=open_visits)
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


def checked_weights(value: Mapping[str, object]) -> dict[str, int]:
    """Weights of county data; ValueError for what is no whole number from 1 to 20."""
    found: dict[str, int] = {}
    for grade, weight in value.items():
        if not isinstance(weight, int) or isinstance(weight, bool) or not 1 <= weight <= MOST_WEIGHT:
            raise ValueError(f"no weight for grade {grade!r}: {weight!r}")
        found[str(grade).strip().upper()] = weight
    return found


def differences(stored: Collection[Drawn], again: Collection[Drawn]) -> list[str]:
    """The enterprises whose place or inspectors are not what was stored, by code; none where the draw is repeated exactly (Q-13)."""
    before = {each.code: (place, each.certificates) for place, each in enumerate(stored)}
    after = {each.code: (place, each.certificates) for place, each in enumerate(again)}
    return sorted(code for code in before.keys() | after.keys() if before.get(code) != after.get(code))
