"""How values are written on pages: days, moments, money."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask
from markupsafe import Markup, escape

from portal.i18n import current_language
from portal.rules.moments import SHANGHAI
from portal.web.reasons import words

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day(value: date | None, *, year: bool = False) -> str:
    """11月23日, 2026年11月23日; 23 Nov, 23 Nov 2026."""
    if value is None:
        return ""
    if current_language() == "en":
        return f"{value.day} {MONTHS[value.month - 1]}" + (f" {value.year}" if year else "")
    return (f"{value.year}年" if year else "") + f"{value.month}月{value.day}日"


def weekday(value: date | None) -> str:
    """周一; Mon."""
    if value is None:
        return ""
    if current_language() == "en":
        return WEEKDAYS[value.weekday()]
    return ("週" if current_language() == "zh-Hant" else "周") + "一二三四五六日"[value.weekday()]


def long_day(value: date | None) -> str:
    return day(value, year=True)


def moment(value: datetime | None) -> str:
    """11-23 09:12, Asia/Shanghai."""
    return value.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if value else ""


def long_moment(value: datetime | None) -> str:
    """2026-11-23 09:12, Asia/Shanghai."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else ""


def yuan(fen: int) -> str:
    """Whole fen as yuan: 2000 → 20, 1050 → 10.50."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def typed(text: str) -> Markup:
    """What somebody typed, in Chinese, on a page of any language: it says which it is, to a screen reader and to the choice of letters."""
    return escape(text) if current_language() == "zh-Hans" else Markup('<span lang="zh-Hans">%s</span>') % text


def init_app(app: Flask) -> None:
    app.jinja_env.filters["why"] = words
    app.jinja_env.filters.update(day=day, weekday=weekday, long_day=long_day, moment=moment, long_moment=long_moment, yuan=yuan, typed=typed)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
