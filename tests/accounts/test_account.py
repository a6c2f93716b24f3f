"""One's own account: sessions, password, and accounts from the command line."""

from __future__ import annotations

import json
from contextvars import Context
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from portal.accounts import queries, services
from portal.accounts.models import Account, Office, Posting, SignInSession
from portal.accounts.passwords import PasswordFault, fault_of, hash_password
from portal.audit import AuditRecord, machine
from portal.database import NotFound, db
from tests.accounts.conftest import PASSWORD, TODAY, Site

NEW = "another good sentence"


def change(current: str = PASSWORD, new: str = NEW, again: str | None = None) -> dict[str, str]:
    return {"current_password": current, "new_password": new, "again_password": new if again is None else again}


def test_the_page_says_who_i_am(site: Site) -> None:
    for username in ("window-mr", "chief-mr", "dept-mr", "enterprise-1"):
        browser = site.browser()
        browser.sign_in(username)
        for language in ("zh-Hans", "zh-Hant", "en"):
            answer = browser.get(f"/account?lang={language}")
            assert answer.status_code == 200
            assert username in answer.text
            assert answer.headers["Cache-Control"] == "no-store"


def test_signing_out_everywhere_ends_every_session(site: Site) -> None:
    here, there, other = site.browser(), site.browser(), site.browser()
    here.sign_in()
    there.sign_in()
    other.sign_in("chief-mr")
    answer = here.post("/account/sign-out-everywhere", page="/account")
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert [here.is_in(), there.is_in(), other.is_in()] == [False, False, True]


def test_one_cannot_end_a_strangers_session(site: Site) -> None:
    browser = site.browser()
    browser.sign_in("chief-mr")
    other = db.session.scalars(sa.select(SignInSession.id)).one()
    actor = services.Actor(site.accounts["window-mr"], site.county_id, "window-mr")
    services.sign_out(other, actor=actor, clock=site.clock)
    assert browser.is_in()


def test_a_new_password_signs_out_elsewhere_and_changes_the_token(site: Site) -> None:
    here, there = site.browser(), site.browser()
    here.sign_in()
    there.sign_in()
    token = here.cookie("sid")
    answer = here.post("/account/password", change(), page="/account")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert here.cookie("sid") != token
    assert [here.is_in(), there.is_in()] == [True, False]
    assert site.browser().sign_in().status_code == 422
    assert site.browser().sign_in(password=NEW).status_code == 303


def test_a_password_that_cannot_be_taken_changes_nothing(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    for data in (
        change(current="not mine at all"), change(new="short"), change(new=PASSWORD), change(new="my window-mr pass"),
        change(new="aaaaaaaaaaaa"),
        change(again="another one, not the same"), change(new=""), change(new="b\x00" * 10),
    ):  # fmt: skip
        answer = browser.post("/account/password", data, page="/account")
        assert answer.status_code == 422, data
        assert 'class="msg"' in answer.text
        assert all(text not in answer.text for text in data.values() if len(text) > 5)
    assert site.browser().sign_in().status_code == 303


def test_the_current_password_cannot_be_guessed_in_an_open_session(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    answers = [browser.post("/account/password", change(current=f"wrong guess {n}"), page="/account").status_code for n in range(6)]
    assert answers == [422] * 5 + [429]
    assert site.browser().sign_in().status_code == 303, "only the change waits"


def test_what_a_new_password_must_not_be() -> None:
    assert fault_of("correct horse", "window-mr") is None
    assert fault_of("一二三四五六七八九十", "window-mr") is None
    assert fault_of("x" * 9 + "y", "w") is PasswordFault.COMMON
    assert fault_of("ab" * 65, "w") is PasswordFault.LONG


def test_a_password_that_was_given_out_must_be_changed_first(site: Site) -> None:
    services.reset_password(
        site.accounts["window-mr"], password_hash=hash_password("given-out-once"), actor=machine(site.county_id), clock=site.clock
    )
    browser = site.browser()
    assert browser.sign_in(password="given-out-once").location == "/account"

    def hall() -> str:
        return "the hall"

    hall.knock = frozenset({"*"})  # type: ignore[attr-defined]
    site.app._got_first_request = False  # a page of another feature
    site.app.add_url_rule("/hall", view_func=hall)
    assert browser.get("/hall").location == "/account"
    browser.post("/account/password", change(current="given-out-once"), page="/account")
    assert browser.get("/hall").text == "the hall"


def test_a_reset_ends_every_session(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    assert (
        services.reset_password(
            site.accounts["window-mr"], password_hash=hash_password(NEW), actor=machine(site.county_id), clock=site.clock
        )
        == 1
    )
    assert not browser.is_in()


# --- postings and offices: both days included, read for the day --------------------------------------------------------------------------


def who(site: Site, username: str, on: date) -> queries.SignedIn:
    browser = site.browser()
    browser.sign_in(username)
    digest = services.token_hash(browser.cookie("sid"))
    person = queries.signed_in_by(digest, county_id=site.county_id, wall=site.clock.wall(), on=on)
    assert person is not None
    return person


def test_a_posting_holds_from_its_first_to_its_last_day(site: Site) -> None:
    account, actor = site.accounts["window-mr"], machine(site.county_id)
    first, last = TODAY + timedelta(days=2), TODAY + timedelta(days=4)
    made = services.post_to_window(account, site.windows[1], "clerk", from_on=first, until_on=last, actor=actor, clock=site.clock)
    assert services.post_to_window(account, site.windows[1], "clerk", from_on=first, until_on=last, actor=actor, clock=site.clock) == made
    held = [site.windows[1] in who(site, "window-mr", TODAY + timedelta(days=day)).window_ids for day in range(1, 6)]
    assert held == [False, True, True, True, False]
    with pytest.raises(services.BadAccount):
        services.post_to_window(account, site.windows[1], "clerk", from_on=last, actor=actor, clock=site.clock)
    with pytest.raises(NotFound):
        services.post_to_window(account, 999_999, "clerk", from_on=first, actor=actor, clock=site.clock)


def test_an_office_is_of_a_body_or_of_the_county(site: Site) -> None:
    account, actor = site.accounts["dept-mr"], machine(site.county_id)
    person = who(site, "dept-mr", TODAY)
    assert [(held.office.value, held.body_id) for held in person.offices] == [("head_of_agency", site.body_id)]
    with pytest.raises(services.BadAccount):
        services.hold_office(account, "head_of_agency", from_on=TODAY, actor=actor, clock=site.clock)
    with pytest.raises(services.BadAccount):
        services.hold_office(account, "supervisor", body_id=site.body_id, from_on=TODAY, actor=actor, clock=site.clock)


# --- from the command line ---------------------------------------------------------------------------------------------------------------


def run(site: Site, *arguments: str, typed: str = "") -> tuple[int, dict[str, object]]:
    db.session.rollback()
    answer = Context().run(site.app.test_cli_runner().invoke, args=["users", *arguments, "--json"], input=typed)
    return answer.exit_code, json.loads(answer.stdout)


def test_an_account_is_made_disabled_and_reset_from_the_command_line(site: Site) -> None:
    code, answer = run(site, "create", "town-new", "--role", "clerk", "--at", "611026000000-MR", "--name", "新人")
    assert code == 0
    account = db.session.scalars(sa.select(Account).where(Account.username == "town-new")).one()
    assert (account.window_id, account.point_id, account.body_id, account.is_one_time) == (
        site.windows[0],
        site.point_id,
        site.body_id,
        True,
    )
    assert db.session.scalars(sa.select(Posting.post).where(Posting.account_id == account.id)).all() == ["clerk"]
    assert site.browser().sign_in("town-new", str(answer["password"])).location == "/account"
    code, again = run(site, "reset-password", "town-new")
    assert (code, again["sessions_ended"]) == (0, 1)
    assert again["password"] != answer["password"]
    assert run(site, "disable", "town-new")[0] == 0
    assert site.browser().sign_in("town-new", str(again["password"])).status_code == 422


def test_a_password_can_be_given_on_standard_input(site: Site) -> None:
    code, answer = run(site, "create", "boss", "--role", "dept_head", "--at", "MR", "--password-stdin", typed=NEW + "\n")
    assert code == 0
    assert "password" not in answer
    assert site.browser().sign_in("boss", NEW).location == "/work"
    account = db.session.scalars(sa.select(Account.id).where(Account.username == "boss")).one()
    assert db.session.scalars(sa.select(Office.kind).where(Office.account_id == account)).all() == ["head_of_agency"]


def test_what_cannot_be_made_leaves_nothing(site: Site) -> None:
    before = db.session.scalar(sa.select(sa.func.count()).select_from(AuditRecord))
    for code, *arguments in (
        ("bad_account", "create", "window-mr", "--role", "clerk", "--at", "611026000000-MR"),
        ("bad_account", "create", "x y", "--role", "clerk", "--at", "611026000000-MR"),
        ("bad_account", "create", "somebody", "--role", "king", "--at", "MR"),
        ("bad_account", "create", "somebody", "--role", "clerk", "--at", "MR"),
        ("bad_account", "create", "somebody", "--role", "enterprise", "--at", "MR"),
        ("not_found", "create", "somebody", "--role", "clerk", "--at", "NOWHERE"),
        ("weak_password", "create", "somebody", "--role", "admin", "--at", "611026000000", "--password-stdin"),
        ("not_found", "disable", "nobody"),
        ("not_found", "reset-password", "nobody"),
    ):
        exit_code, answer = run(site, *arguments)
        assert exit_code == 1
        assert answer["error"]["code"] == code, arguments  # type: ignore[index]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Account)) == 4
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) == before
