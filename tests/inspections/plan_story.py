"""A plan of a visit on its way: who drafts, decides, files."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from portal.audit import machine
from portal.authority.import_words import gate
from portal.imports import Outcome, read
from portal.inspections import yearly_services
from portal.network.queries import the_county
from tests.people import Browser

MILL = "91999999MA9X00011A"
PLANS = "/inspections/plans"


def boxes(page: Any, *certificates: str) -> dict[str, str]:
    """The boxes of the inspectors with these certificates; of all that are ticked already where none is named."""
    found = {}
    for name, certificate in re.findall(r'name="(inspector-\d+)"[^>]*>.*?<span[^>]*>(示例执法证\d+)', page.text):
        if certificate.endswith(certificates):
            found[name.replace("-", "__")] = "1"
    return found


def typed(page: Any, *certificates: str, **more: str) -> dict[str, str]:
    """What an inspector of market regulation fills in for a visit on an open day."""
    said = {"enterprise": MILL, "matter": "MR-01", "kind": "routine", "first_on": "2026-11-27", "announced": "1"}
    return {**said, **boxes(page, *(certificates or ("0007", "0052"))), **more}


def draft(inspector: Browser, *certificates: str, **more: str) -> Any:
    """Fill in a plan; the page that comes."""
    page = inspector.get(f"{PLANS}/new")
    return inspector.press(page, "/draft", **typed(page, *certificates, **more))


def number_of(page: Any) -> str:
    """The number of the plan whose page this is."""
    assert page.status == 200, page.words[:600]
    found = re.fullmatch(PLANS + r"/(JC\d{4}-[0-9A-Z]{8})", page.path)
    assert found, f"{page.path}: {page.words[:600]}"
    return found[1]


def step(person: Browser, number: str, verb: str, **said: str) -> Any:
    """Press a button of the plan's page."""
    address = f"{PLANS}/{number}"
    return person.press(person.get(address), f"{address}/{verb}", **said)


def approved(inspector: Browser, head: Browser, *certificates: str, **more: str) -> str:
    """A plan that was submitted and approved."""
    number = number_of(draft(inspector, *certificates, **more))
    assert step(inspector, number, "submit").status == 200
    assert step(head, number, "approve").status == 200
    return number


YEARLY = """年度,检查主体,事项编码,检查类别,抽查比例,检查户次,检查月份
2027,MR,MR-01,日常检查,5%,12,"3,6,11"
2027,MR,MR-02,专项,2.5%,3,5月-6月
"""


def yearly(app: Flask, text: str = YEARLY, *, is_trial: bool = False) -> Outcome:
    """A yearly plan taken in from a file."""
    with app.app_context():
        county = the_county()
        table = read(text.encode(), yearly_services.COLUMNS, gate=gate)
        return yearly_services.import_yearly(table, is_trial=is_trial, actor=machine(county.id, "import"), clock=app.extensions["clock"])
