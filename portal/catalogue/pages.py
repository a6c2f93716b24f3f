"""The words of the catalogue's pages: kinds, types, limits, themes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.catalogue.queries import Entry
from portal.i18n import _, _lp

KINDS: dict[str, Any] = {"instant": _lp("item kind", "Done on the spot"), "promised": _lp("item kind", "Within a promised limit")}
TYPES: dict[str, Any] = {
    "01": _lp("item type", "Administrative licence"),
    "05": _lp("item type", "Administrative payment"),
    "06": _lp("item type", "Administrative inspection"),
    "07": _lp("item type", "Administrative confirmation"),
    "08": _lp("item type", "Administrative reward"),
    "09": _lp("item type", "Administrative ruling"),
    "10": _lp("item type", "Other administrative power"),
    "20": _lp("item type", "Public service"),
}
FLAGS: dict[str, Any] = {
    "forwarded": _lp("item flag", "Decided above the county"),
    "joint": _lp("item flag", "Joint approval"),
    "commitment": _lp("item flag", "By written commitment"),
    "amount": _lp("item flag", "About an amount"),
    "online": _lp("item flag", "Also online"),
    "site_check": _lp("item flag", "With a site check"),
    "urgent": _lp("item flag", "Urgent track possible"),
}
STATUSES: dict[str, Any] = {
    "suspended": _lp("item status", "Suspended"),
    "cancelled": _lp("item status", "Cancelled"),
    "moved_down": _lp("item status", "Moved down"),
    "merged": _lp("item status", "Merged into another"),
    "taken_over": _lp("item status", "Taken over"),
}
POSTS: dict[str, Any] = {
    "chief": _lp("post", "Chief representative"),
    "clerk": _lp("post", "Clerk"),
    "agent": _lp("post", "Village agent"),
}


def limit_words(number: int | None, unit: str | None) -> str:
    """A limit in words: 10 working days, 1 month; 0 is on the spot (S-6)."""
    if number is None:
        return ""
    if number == 0:
        return _("on the spot")
    if unit == "working":
        return _("1 working day") if number == 1 else _("%(number)s working days", number=number)
    if unit == "calendar":
        return _("1 calendar day") if number == 1 else _("%(number)s calendar days", number=number)
    return _("1 month") if number == 1 else _("%(number)s months", number=number)


@dataclass(frozen=True, slots=True)
class Group:
    """A theme with its items; `name` in three languages, empty for what stands under no theme of the county's list."""

    code: str
    name: Any
    entries: list[Entry]


def by_theme(entries: Iterable[Entry], themes: Mapping[str, Any]) -> list[Group]:
    """Items under their themes in the county's order; what has no theme of the list comes last."""
    groups = {code: Group(code, name, []) for code, name in themes.items()}
    rest = Group("", "", [])
    for entry in entries:
        groups.get(entry.theme, rest).entries.append(entry)
    return [group for group in (*groups.values(), rest) if group.entries]


def cut(groups: list[Group], after: str, most: int) -> tuple[list[Group], str | None]:
    """The groups from after an item's code on, `most` items in all, and the code after which the next page begins; an unknown code is the start."""
    order = [entry.code for group in groups for entry in group.entries]
    start = order.index(after) + 1 if after in order else 0
    wanted = set(order[start : start + most])
    shown = [Group(group.code, group.name, [entry for entry in group.entries if entry.code in wanted]) for group in groups]
    return [group for group in shown if group.entries], order[start + most - 1] if len(order) > start + most else None
