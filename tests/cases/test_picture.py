"""The picture of the life of a case is drawn from the table, and the file in the docs is that drawing."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_babel import force_locale

from portal.cases import pages
from portal.cases.picture import PLACES, arrows, lifecycle_svg
from portal.rules.lifecycle import TRANSITIONS, State

FILE = Path(__file__).parents[2] / "docs" / "images" / "lifecycle.svg"


def test_the_picture_in_the_docs_is_drawn_from_the_table() -> None:
    assert FILE.read_text(encoding="utf-8") == lifecycle_svg(), "python -m portal.cases.picture > docs/images/lifecycle.svg"
    assert set(PLACES) == set(State)
    drawn = {id(row) for rows in arrows().values() for row in rows}
    assert drawn == {id(row) for row in TRANSITIONS if row.to is not None and row.sources - {row.to}}


def test_the_picture_calls_a_state_what_the_pages_call_it(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh_Hans_CN"):
        assert {state: name for state, (_x, _y, name) in PLACES.items()} == {state: str(pages.STATES[state]) for state in State}
