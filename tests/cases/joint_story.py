"""The joint matter of opening a small restaurant, as steps that several tests take (C-10, C-26)."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.cases.story import APPLICANT
from tests.people import Browser, Page

PACKAGE = "restaurant"
LEAD = "chief-mr"
Browse = Callable[..., Browser]


def form_page(browser: Browser, *yes: str) -> Page:
    """The one form, after the questions."""
    return browser.get("/joint/new?package=" + PACKAGE + "&asked=1" + "".join(f"&yes={each}" for each in yes))


def opened(browser: Browser, *yes: str, **typed: str) -> str:
    """Take the package in, every paper of the one list ticked; its number."""
    page = form_page(browser, *yes)
    ticked = dict.fromkeys(re.findall(r'name="(got-[^"]+)"', page.text), "1")
    form = page.form("/joint/open")
    fields = {**form["fields"], **APPLICANT, **ticked, **typed}
    page = browser.post(form["action"], {**fields, "yes": list(yes)})
    assert page.status == 200, page.words[:600]
    found = re.search(r"/joint/(\d{6}-\d{8}-J\d{3})/receipt", page.path)
    assert found, page.path
    return found[1]


def branches(app: object, number: str) -> dict[str, str]:
    """item → number of the branch's case."""
    from sqlalchemy import select

    from portal.cases.joint_models import JointBranch, JointCase
    from portal.cases.models import Case
    from portal.catalogue.models import Item
    from portal.database import db

    with app.app_context():  # type: ignore[attr-defined]
        query = (
            select(Item.code, Case.number)
            .join(Case, Case.item_id == Item.id)
            .join(JointBranch, JointBranch.case_id == Case.id)
            .join(JointCase, JointCase.id == JointBranch.joint_id)
            .where(JointCase.number == number)
            .order_by(JointBranch.seq)
        )
        found = {row.code: row.number for row in db.session.execute(query)}
        db.session.remove()
    return found


def act(browser: Browser, number: str, verb: str, *, follow: bool = True, **typed: str) -> Page:
    """An act that the board offers."""
    return browser.press(browser.get(f"/joint/{number}"), f"/{verb}", follow=follow, **typed)
