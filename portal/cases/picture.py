"""The life of a case as a picture, drawn from `lifecycle.TRANSITIONS`: `python -m portal.cases.picture > docs/images/lifecycle.svg`.

Only where the states stand is said here; every arrow and every act on it comes from the table. A test compares the file with the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from portal.rules.lifecycle import EXAMINED, TRANSITIONS, Position, State, Transition

WIDE, HIGH = 132, 46
# state → its place (left, top) and its Chinese name, as the pages have it
PLACES: dict[State, tuple[int, int, str]] = {
    State.COLLECTED: (10, 210, "已代收"),
    State.RECEIVED: (230, 210, "已收件"),
    State.NOTICED: (230, 420, "待补正"),
    State.NOT_ACCEPTED: (230, 30, "不予受理"),
    State.ACCEPTED: (480, 210, "已受理"),
    State.STOPPED: (600, 30, "时限中止"),
    State.UNDER_REVIEW: (720, 210, "已审核"),
    State.DECIDED: (960, 210, "已决定"),
    State.CERTIFIED: (1180, 120, "已制证"),
    State.DELIVERED: (1180, 300, "已送达"),
    State.CLOSED: (720, 480, "已办结"),
    State.ARCHIVED: (1180, 480, "已归档"),
}
# arrows that go round what stands between: how far their middle is moved
BENDS = {
    (State.ACCEPTED, State.DECIDED): (20, -110), (State.RECEIVED, State.NOT_ACCEPTED): (-70, 0), (State.NOT_ACCEPTED, State.RECEIVED): (70, 0),
    (State.NOT_ACCEPTED, State.CLOSED): (-60, 130), (State.COLLECTED, State.DELIVERED): (0, 90), (State.COLLECTED, State.CLOSED): (-30, 60),
}  # fmt: skip
WHO = {Position.OFFICE: "office", Position.APPLICANT: "applicant", Position.LAW: "law"}
STYLE = (
    "text{font:13px sans-serif;fill:#1c2b33}.b{fill:#e9f1f2;stroke:#1b495a}.d{stroke-dasharray:5 4}.e{fill:none;stroke:#6d7d85}"
    ".l{font-size:11px}.o{fill:#674200}.p{fill:#1b5039}.w{fill:#962518}"
)


def arrows() -> dict[tuple[State, State], list[Transition]]:
    """(from, to) → the rows that lead there; rows that keep the state are not drawn, but for the clock that stands and runs again."""
    found: dict[tuple[State, State], list[Transition]] = {}
    for row in TRANSITIONS:
        for source in State:
            if source in row.sources and row.to is not None and row.to is not source:
                found.setdefault((source, row.to), []).append(row)
    return found


def _label(row: Transition) -> tuple[str, str]:
    """The word of an arrow, and who does it."""
    return (row.act.value if row.act is not None else row.event.value), WHO.get(row.at, "window")


def _edge(start: State, end: State) -> tuple[float, float, float, float]:
    """From the border of one box to that of the other, straight."""
    (ax, ay, _), (bx, by, _) = PLACES[start], PLACES[end]
    x1, y1, x2, y2 = ax + WIDE / 2, ay + HIGH / 2, bx + WIDE / 2, by + HIGH / 2
    dx, dy = x2 - x1, y2 - y1

    def reach(x: float, y: float, sign: int) -> tuple[float, float]:
        share = min((WIDE / 2) / abs(dx) if dx else 9e9, (HIGH / 2) / abs(dy) if dy else 9e9)
        return x + sign * dx * share, y + sign * dy * share

    return (*reach(x1, y1, 1), *reach(x2, y2, -1))


def _lines(x: float, y: float, words: Iterable[tuple[str, str]]) -> str:
    found = list(dict.fromkeys(words))
    colour = {"office": "o", "applicant": "p", "law": "w"}
    return "".join(
        f'<text class="l {colour.get(who, "")}" x="{x:.0f}" y="{y - 4 - 12 * (len(found) - 1 - n):.0f}" text-anchor="middle">{escape(text)}</text>'
        for n, (text, who) in enumerate(found)
    )


def lifecycle_svg() -> str:
    """The whole picture; the same table always gives the same text."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1330 560" role="img" aria-label="The life of a case">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="a" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M0 0 8 4 0 8z" fill="#6d7d85"/></marker></defs>',
    ]
    labels = []
    for (start, end), rows in arrows().items():
        x1, y1, x2, y2 = _edge(start, end)
        dx, dy = BENDS.get((start, end), (0, 0))
        middle = (x1 + (x2 - x1) / 2 + dx, y1 + (y2 - y1) / 2 + dy)
        parts.append(f'<path class="e" d="M{x1:.0f} {y1:.0f}Q{middle[0]:.0f} {middle[1]:.0f} {x2:.0f} {y2:.0f}" marker-end="url(#a)"/>')
        t = {State.CLOSED: 0.35, State.DELIVERED: 0.7}.get(end, 0.5)
        x, y = ((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c for a, b, c in ((x1, middle[0], x2), (y1, middle[1], y2)))
        labels.append(_lines(x, y, map(_label, rows)))
    for source in sorted(EXAMINED):
        x1, y1, x2, y2 = _edge(source, State.STOPPED)
        parts.append(f'<line class="e d" x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" marker-start="url(#a)" marker-end="url(#a)"/>')
    labels.append(_lines(666, 130, [("stop, end_stop", "window"), ("past the told end", "law")]))
    for state, (left, top, name) in PLACES.items():
        dashed = " d" if state is State.STOPPED else ""
        parts.append(f'<rect class="b{dashed}" x="{left}" y="{top}" width="{WIDE}" height="{HIGH}" rx="6"/>')
        center = left + WIDE / 2
        parts.append(f'<text x="{center:.0f}" y="{top + 20}" text-anchor="middle" font-weight="700">{name}</text>')
        parts.append(f'<text class="l" x="{center:.0f}" y="{top + 36}" text-anchor="middle">{state.value}</text>')
    parts += labels
    parts.append(
        '<text class="l" x="10" y="545">black: window · <tspan class="p">green: applicant</tspan> · <tspan class="o">brown: office</tspan> · '
        '<tspan class="w">red: effect of law</tspan></text></svg>'
    )
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(lifecycle_svg(), end="")
