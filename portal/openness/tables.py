"""Rows of open data written as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheets in China read the file as GBK
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _cell(value: Any) -> Any:
    """A cell as text; what a spreadsheet would run as a formula is quoted with an apostrophe. Numbers are no text and stay as they are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    value = _plain(value)
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """UTF-8 with a byte order mark, comma, CRLF; an empty cell is none, 1 and 0 are yes and no."""
    out = io.StringIO()
    out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def as_json(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, updated_at: datetime, license: str) -> str:
    """{"updated_at", "license", "rows"}: each row an object with the columns as keys; none is null."""
    body = {
        "updated_at": updated_at.isoformat(timespec="seconds"),
        "license": license,
        "rows": [{column: _plain(value) for column, value in zip(columns, row, strict=True)} for row in rows],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
