"""Pictures as geometry: pure functions that turn values into numbers for SVG and tables. No words are made here, no request is read.

A route is drawn in per cent across and in pixels down, without a viewBox: the picture takes the width it is given and no letter in it
ever shrinks. Where the labels would not fit the narrowest width at which the picture is shown, it is not drawn and the list stands alone.
"""

from __future__ import annotations

import calendar
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import segno
from markupsafe import Markup

LegState = Literal["done", "here", "todo"]
DayKind = Literal["quiet", "open", "off"]

# --- the route of a case --------------------------------------------------------------------------------------------------------

ROW_Y = {"county": 40, "town": 100, "village": 160}
ROW_OF_LEVEL = {"county": "county", "sub_center": "county", "town": "town", "village": "village", "community": "village"}
HEIGHT = 196
NARROWEST = 500.0  # px: the card beside an aside at 60 rem, the narrowest place where the picture is shown
LETTER = 13.0  # px: the size of its letters
LEFT = 64.0  # px: the names of the levels
CLIMB = 34.0  # px: the way between two levels
GAP = 14.0  # px: between two labels
SHORTEST = 28.0  # px: a leg of no time is still seen


@dataclass(frozen=True, slots=True)
class Leg:
    """One stay of a case in one pair of hands. Words come ready for reading; `days` (working days, may be a fraction) sets the length."""

    level: str
    place: str
    acts: str = ""
    state: LegState = "done"
    days: float | None = None
    spent: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    level: str
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: int
    x2: float
    y2: int
    ahead: bool


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: int
    here: bool


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    y: int
    text: str
    here: bool = False
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """What the template draws; `drawn` is false where there is no leg or the labels would not fit. `legs` serve list and table."""

    legs: tuple[Leg, ...]
    summary: str
    height: int = HEIGHT
    rows: tuple[Row, ...] = ()
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    labels: tuple[Label, ...] = field(default=())

    @property
    def drawn(self) -> bool:
        return bool(self.lines)


def text_width(text: str, size: float = LETTER) -> float:
    """About how wide a text is, in the unit of `size`: a Chinese character is one em, any other a safe 0.6."""
    return size * sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.6 for char in text)


def _label_width(leg: Leg) -> float:
    return max(text_width(leg.acts), text_width(leg.spent))


def route(legs: Iterable[Leg], summary: str = "") -> Route:
    """The road of a case over village, town and county: how long each leg took is its length, where it is now is the one full dot.

    Every leg is at least as long as its label, what is left of the width is shared by days, so no two labels of a level touch.
    Where even the shortest form does not fit, only the legs come back.
    """
    stays = tuple(legs)
    summary = summary or " · ".join(f"{leg.place} {leg.acts}".strip() for leg in stays)
    room = NARROWEST - LEFT - CLIMB * max(len(stays) - 1, 0) - GAP
    # the climb after a leg is room for the end of its label; after the last one there is none
    after = [CLIMB - GAP] * (len(stays) - 1) + [0.0]
    least = [max(_label_width(leg) - free, SHORTEST) for leg, free in zip(stays, after, strict=False)]
    spare = room - sum(least)
    if not stays or spare < 0:
        return Route(stays, summary)
    weights = [max(leg.days or 0.0, 0.0) for leg in stays]
    whole = sum(weights)
    lengths = [low + (spare * weight / whole if whole else spare / len(stays)) for low, weight in zip(least, weights, strict=True)]

    lines: list[Line] = []
    dots: list[Dot] = []
    labels: list[Label] = []
    x = LEFT
    for index, (leg, length) in enumerate(zip(stays, lengths, strict=True)):
        y = ROW_Y[ROW_OF_LEVEL[leg.level]]
        end = x + length
        lines.append(Line(_percent(x), y, _percent(end), y, leg.state == "todo"))
        dots.append(Dot(_percent(end if leg.state == "here" else x), y, leg.state == "here"))
        # a leg's words hang below its line, so that the climb that leaves it upward stays clear of them
        labels.append(Label(_percent(x), y + 22, leg.acts, leg.state == "here", leg.state == "todo"))
        if leg.spent:
            labels.append(Label(_percent(x), y - 12, leg.spent, leg.state == "here", leg.state != "here"))
        if index + 1 < len(stays):
            next_leg = stays[index + 1]
            lines.append(Line(_percent(end), y, _percent(end + CLIMB), ROW_Y[ROW_OF_LEVEL[next_leg.level]], next_leg.state == "todo"))
        x = end + CLIMB
    rows = tuple(Row(level, y) for level, y in ROW_Y.items())
    return Route(stays, summary, HEIGHT, rows, tuple(lines), tuple(dots), tuple(label for label in labels if label.text))


def _percent(x: float) -> float:
    return round(x / NARROWEST * 100, 1)


# --- the whole way of a case over time -------------------------------------------------------------------------------------------

WAY_Y = {"county": 44, "town": 94, "village": 144}
WAY_HEIGHT = 196
FIRST = 17.0  # per cent: the names of the levels on the left
UP = 1.2  # per cent: from one level to another
LEAST_HELD, LEAST_WAITED = 3.2, 1.6  # per cent: a part of no time is still seen
TICK = 17.0  # per cent: from one date to the next that is written


@dataclass(frozen=True, slots=True)
class Held:
    """One stay: its level, its parts (working days, and whether they are a wait), the day on which it began, and whether it was late."""

    level: str
    parts: tuple[tuple[float, bool], ...]
    on: str = ""
    late: bool = False
    here: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """Levels as rows, time from left to right; each stay has the number of its row in the table beneath. Empty where it would be too long."""

    rows: tuple[Row, ...] = ()
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    labels: tuple[Label, ...] = ()
    ticks: tuple[Label, ...] = ()
    height: int = WAY_HEIGHT


def way(stays: Iterable[Held]) -> Way:
    """The way of a case. Every part is as long as its days, and never so short that it is not seen; a wait is dotted, what was late has a mark."""
    found = [stay for stay in stays if stay.parts]
    least = sum(LEAST_WAITED if waits else LEAST_HELD for stay in found for _days, waits in stay.parts)
    spare = 100.0 - FIRST - UP * max(len(found) - 1, 0) - least - 1.0
    if not found or spare < 0:
        return Way()
    whole = sum(days for stay in found for days, _waits in stay.parts)
    lines: list[Line] = []
    dots: list[Dot] = []
    labels: list[Label] = []
    ticks: list[Label] = []
    x = FIRST
    for index, stay in enumerate(found):
        y = WAY_Y[ROW_OF_LEVEL[stay.level]]
        from_above = index > 0 and WAY_Y[ROW_OF_LEVEL[found[index - 1].level]] < y  # the line that comes down would cross the number
        labels.append(Label(round(x, 1), y + 20 if from_above else y - 10, f"{index + 1}!" if stay.late else str(index + 1), stay.here or stay.late))
        if stay.on and (not ticks or x - ticks[-1].x >= TICK) and x <= 100 - TICK / 1.4:
            ticks.append(Label(round(x, 1), WAY_HEIGHT - 8, stay.on, muted=True))
        for number, (days, waits) in enumerate(stay.parts):
            end = x + (LEAST_WAITED if waits else LEAST_HELD) + (spare * days / whole if whole else spare / sum(len(each.parts) for each in found))
            lines.append(Line(round(x, 1), y, round(end, 1), y, waits))
            if number == 0:
                dots.append(Dot(round(x, 1), y, False))
            x = end
        if stay.here:
            dots.append(Dot(round(x, 1), y, True))
        elif index + 1 < len(found):
            lines.append(Line(round(x, 1), y, round(x + UP, 1), WAY_Y[ROW_OF_LEVEL[found[index + 1].level]], False))
        x += UP
    return Way(tuple(Row(level, y) for level, y in WAY_Y.items()), tuple(lines), tuple(dots), tuple(labels), tuple(ticks))


# --- the month of quiet days ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month as the page shows it; `note` is a short word beneath, such as a count."""

    on: date
    kind: DayKind
    today: bool = False
    note: str = ""


def weeks(
    year: int, month: int, kind_of: Callable[[date], DayKind], today: date | None = None, note_of: Callable[[date], str] | None = None
) -> Sequence[Sequence[Day | None]]:
    """The month in weeks from Monday to Sunday; days of other months are None."""
    return [
        [Day(on, kind_of(on), on == today, note_of(on) if note_of else "") if on.month == month else None for on in week]
        for week in calendar.Calendar().monthdatescalendar(year, month)
    ]


# --- before and after -----------------------------------------------------------------------------------------------------------

NAMES, FIGURES = 34.0, 8.0  # per cent: the names of the rows on the left, the figures behind the longest bar
ROW, BAR = 58, 20  # px: between two rows, between the two bars of one


@dataclass(frozen=True, slots=True)
class Bar:
    x1: float
    x2: float
    y: int
    text_x: float
    number: int
    before: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """Two bars a row, before and after, each row on a scale of its own: what is compared are the two, never one row with another."""

    height: int
    names: tuple[Label, ...]
    bars: tuple[Bar, ...]


def compared(rows: Iterable[tuple[str, int, int]]) -> Compared:
    """Name, before, after. In per cent across and in pixels down; nothing is drawn for nought but its figure."""
    names: list[Label] = []
    bars: list[Bar] = []
    y = 24
    for name, before, after in rows:
        names.append(Label(0.0, y + BAR // 2 + 5, name))
        most = max(before, after, 1)
        for number, is_before in ((before, True), (after, False)):
            end = round(NAMES + (100 - NAMES - FIGURES) * max(number, 0) / most, 1)
            bars.append(Bar(NAMES, end, y if is_before else y + BAR, round(end + 1.5, 1), number, is_before))
        y += ROW
    return Compared(y - 10, tuple(names), tuple(bars))


# --- codes that a phone reads ---------------------------------------------------------------------------------------------------


def qr_code(address: str) -> Markup:
    """A QR code as inline SVG without styles of its own; the sheet gives its size."""
    return Markup(segno.make(address, error="m", micro=False).svg_inline(omitsize=True, border=2))  # noqa: S704 - made from our own address


# --- why this date --------------------------------------------------------------------------------------------------------------

SQUARE = 14  # px from one day to the next
MOST_WEEKS = 60  # a longer limit has its table alone


@dataclass(frozen=True, slots=True)
class Square:
    """One day of a limit: where it stands, and its class (a start, c counted, m moved workday, h holiday, s stopped, x other, d due)."""

    x: int
    y: int
    kind: str


@dataclass(frozen=True, slots=True)
class Weeks:
    """The days of a limit, a week a column, Monday on top; empty where they would be too many to read."""

    width: int
    height: int
    squares: tuple[Square, ...]


def day_weeks(days: Iterable[tuple[date, str]]) -> Weeks:
    """Squares for days in order, each with its class."""
    found = list(days)
    if not found or (found[-1][0] - found[0][0]).days > MOST_WEEKS * 7:
        return Weeks(0, 0, ())
    monday = found[0][0].toordinal() - found[0][0].weekday()
    squares = tuple(Square((day.toordinal() - monday) // 7 * SQUARE, day.weekday() * SQUARE, kind) for day, kind in found)
    return Weeks(squares[-1].x + SQUARE, 7 * SQUARE, squares)
