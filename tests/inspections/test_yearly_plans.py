"""The yearly plan of a body: from a file, published by its head, named without enterprise and day (Q-10)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.imports import BadFile
from tests.inspections.plan_story import YEARLY, yearly
from tests.people import Browser

Browse = Callable[..., Browser]


def test_a_file_becomes_an_edition_that_the_head_publishes(app: Flask, browse: Browse) -> None:
    assert yearly(app, is_trial=True).new == ("MR 2027",)
    assert yearly(app).is_kept
    assert yearly(app).unchanged == ("MR 2027",), "the same lines are no further edition"
    head, address = browse("dept-mr"), "/inspections/yearly/MR/2027"
    assert "MR-01" not in browse().get("/inspections/yearly?year=2027").words and "食品生产" not in browse().get("/inspections/yearly?year=2027").words
    assert browse("inspector-fire").get(address).status == 404
    assert browse("inspector-mr").get(address).status == 200 and not browse("inspector-mr").get(address).has_form("/publish")
    page = head.get(address)
    yearly(app, YEARLY.replace("12,", "14,"))
    assert head.press(page, "/publish").status == 409, "a later edition came in"
    assert head.press(head.get(address), "/publish").status == 200
    words = browse().get("/inspections/yearly?year=2027").words
    assert "食品生产企业日常监督检查" in words and "2.5%" in words and "14" in words
    assert not head.get(address).has_form("/publish")


@pytest.mark.parametrize(
    "was, now, column",
    [
        ("MR-01", "FIRE-01", "matter"),  # of another body
        ("日常检查", "随便", "inspection_kind"),
        ("5%", "500%", "share"),
        ("12,", "-1,", "number"),
        ("3,6,11", "13", "months"),
        ("2027,MR,MR-02,专项", "2027,MR,MR-01,日常", "matter"),  # twice
    ],
)
def test_every_bad_row_is_named_and_nothing_is_kept(sqlite_app: Flask, was: str, now: str, column: str) -> None:
    found = yearly(sqlite_app, YEARLY.replace(was, now))
    assert not found.is_kept and column in {fault.column for fault in found.faults}


def test_enterprise_and_day_have_no_column(sqlite_app: Flask) -> None:
    lines = YEARLY.splitlines()
    with_enterprise = "\n".join([lines[0] + ",检查对象", *(line + ",某公司" for line in lines[1:])])
    try:
        found: Any = yearly(sqlite_app, with_enterprise).faults
    except BadFile as bad:
        found = bad.faults
    assert found


def test_the_command(sqlite_app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "plans.csv"
    file.write_text(YEARLY, encoding="gb18030")
    runner = sqlite_app.test_cli_runner()
    assert "MR 2027" in runner.invoke(args=["import", "plans", str(file), "--dry-run"]).output
    assert runner.invoke(args=["import", "plans", str(file)]).exit_code == 0
