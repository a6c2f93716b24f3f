"""Every address of the site, asked by everybody who may not know of it, before and after an unannounced plan is made: the same answers (Q-7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.web.access import who_may_knock
from tests.inspections import plan_story
from tests.inspections.space_story import REPORT, VERIFY, code_of
from tests.inspections.visits import MILL
from tests.routes import County, rules, samples, token_of, without_secrets
from tests.web.conftest import _lived

TOKEN = re.compile(r'"token":"[^"]*"')
ROLES = {"": "", "enterprise-1": "enterprise", "inspector-fire": "inspector"}
OTHERS = tuple(ROLES)
NO_CODE = "ABCDEFGHJK"
INSPECTIONS = {"inspections", "plans", "space", "quiet_rules", "openness"}


@pytest.fixture(scope="module")
def quiet_county(templates: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county of this test's own: what is made here must not stand in the pages of the others. Its lists fill no page: no plan is in them."""
    yield from _lived("sqlite", templates, tmp_path_factory.mktemp("unannounced") / "data", lines=2)


def addresses(county: County) -> list[str]:
    """Each sample of each GET route of the url map, whoever it is there for; a route without a sample about the case at the county."""
    given = samples(county)
    adapter = county.app.url_map.bind("127.0.0.1")
    found = {address for every in given.values() for address in every}
    for rule in rules(county.app, "GET"):
        if rule.endpoint not in given:
            found.add(adapter.build(rule.endpoint, {name: county.numbers["county"] if name == "number" else 1 for name in rule.arguments}))
    return sorted(found)


def ones(every: list[str]) -> list[str]:
    """One address of those that differ in the query alone: the pages of who is signed in cost more."""
    return list({address.partition("?")[0]: address for address in every}.values())


def told(county: County, who: str, every: list[str]) -> list[str]:
    """The addresses that answer this person at all. Who may not knock is sent away before the view is asked, so that of those one for each
    feature's pages is enough; of the pages of inspections every one."""
    adapter, role = county.app.url_map.bind("127.0.0.1"), ROLES[who]
    found: dict[str, str] = {}
    for address in every if not who else ones(every):
        endpoint, _values = adapter.match(address.partition("?")[0], "GET")
        with county.app.app_context():
            allowed = who_may_knock(endpoint)
        is_open = allowed is None or (bool(who) and bool(allowed & {"*", role}))
        feature = endpoint.partition(".")[0]
        found[address if is_open or feature in INSPECTIONS else feature] = address
    return list(found.values())


def asked(county: County, every: list[str]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(who, address) → the answer as it goes over the wire, without what is made anew for each."""
    found = {}
    for who in OTHERS:
        client = county.at(who).client
        for address in told(county, who, every):
            response = client.get(address)
            is_text = response.mimetype.startswith("text/") or response.mimetype == "application/json"
            body = TOKEN.sub("", without_secrets(response.get_data(as_text=True))) if is_text else response.data
            kept = {name: response.headers.get(name) for name in ("Location", "Content-Type", "Cache-Control", "Content-Disposition")}
            found[who, address] = (response.status_code, body, tuple(kept.items()))
    return found


def checked(county: County) -> list[tuple[int, str]]:
    """The quiet-day check of the same enterprise and body, asked by others: its answer must not rest on what they may not know."""
    answers = []
    for who in ("inspector-fire", "manager", "inspector-mr-2"):
        browser = county.at(who)
        page = browser.press(browser.get("/quiet-days/check"), "/quiet-days/check", enterprise=MILL, body="MR", day="2027-01-27", kind="routine")
        answers.append((page.status, without_secrets(page.text)))
    return answers


def test_an_unannounced_plan_changes_no_answer_to_anybody_else(quiet_county: County) -> None:
    county, clock = quiet_county, quiet_county.app.extensions["clock"]
    every = addresses(county)
    before, said = asked(county, every), checked(county)
    inspector, head = county.at("inspector-mr"), county.at("dept-mr")
    clock.advance(minutes=1)
    number = plan_story.approved(inspector, head, "0007", "0071", announced="0", first_on="2027-01-26")
    assert plan_story.step(inspector, number, "file").status == 200
    clock.advance(minutes=-1)
    after = asked(county, every)
    differ = [key for key in before if before[key] != after[key]]
    assert not differ, differ[:10]
    assert checked(county) == said
    # nor does its code, typed or reported, before it is shown at the door; nor a report about its day and enterprise
    public, code = county.at(), code_of(county.app, number)
    for address in (f"{VERIFY}/{{}}", f"{VERIFY}?code={{}}", f"{REPORT}?code={{}}"):
        answers = [public.client.get(address.format(each)) for each in (code, NO_CODE)]
        assert answers[0].status_code == answers[1].status_code
        assert len({without_secrets(each.get_data(as_text=True), code, NO_CODE) for each in answers}) == 1, address
    looks = [public.press(public.get("/enterprise"), "/enterprise/look", credit=MILL, notice=each) for each in (code, NO_CODE)]
    assert {page.status for page in looks} == {422} and len({without_secrets(page.text, code, NO_CODE) for page in looks}) == 1
    rates = [public.post(f"{VERIFY}/{each}/rate", {"satisfaction": "1", "csrf_token": token_of(public)}) for each in (code, NO_CODE)]
    assert {page.status for page in rates} == {404} and len({without_secrets(page.text, code, NO_CODE) for page in rates}) == 1
    # nor does asking for it by its number
    for who in OTHERS:
        for more in ("", "/edit", "/form", "/visit", "/notice", "/result", "/record", "/paper", "/penalty", "/recheck"):
            got, none = (county.at(who).client.get(f"/inspections/plans/{each}{more}") for each in (number, "JC2026-AAAAAAAA"))
            assert got.status_code == none.status_code != 200, (who, more)
            texts = [without_secrets(each.get_data(as_text=True), number, "JC2026-AAAAAAAA") for each in (got, none)]
            assert texts[0] == texts[1], (who, more)
