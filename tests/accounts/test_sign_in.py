"""Signing in and out, its limits, and that a stranger's failures delay the stranger alone."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts import passwords, queries, services
from portal.accounts.models import Account, LoginThrottle, SignInSession
from portal.accounts.routes import local_path
from portal.audit import AuditRecord, machine, record_key, verify
from portal.database import db
from tests.accounts.conftest import OWNER, PASSWORD, STRANGER, Browser, Site
from tests.flush_guard import unguarded


def fail(browser: Browser, times: int, username: str = "window-mr") -> list[int]:
    return [browser.sign_in(username, "not the password").status_code for _ in range(times)]


def count_failures(site: Site, times: int, username: str, address: str) -> None:
    """The same failures as at the door, without the work of computing hashes."""
    for _ in range(times):
        budgets = services._budgets_of(site.county_id, username, -1, address=address, browser="", wall=site.clock.wall())
        services._take_try(budgets, clock=site.clock, actor=machine(site.county_id), verb="try_sign_in", subject="account:unknown")


def verbs() -> list[str]:
    return list(db.session.scalars(sa.select(AuditRecord.verb).order_by(AuditRecord.seq)))


def test_signs_in_and_out(site: Site) -> None:
    browser = site.browser()
    assert not browser.is_in()
    answer = browser.sign_in()
    assert (answer.status_code, answer.location) == (303, "/work")
    assert browser.is_in()
    out = browser.post("/sign-out", page="/account")
    assert (out.status_code, out.location) == (303, "/")
    assert not browser.is_in()
    assert verbs()[-3:] == ["try_sign_in", "sign_in", "sign_out"]
    assert verify(db.session(), record_key())[1] == []


def test_a_name_may_be_typed_in_capitals_and_full_width(site: Site) -> None:
    assert site.browser().sign_in(" WINDOW－MR ").status_code == 303


def test_a_signed_out_token_opens_nothing_again(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    token = browser.cookie("sid")
    browser.post("/sign-out", page="/account")
    browser.keep("sid", token)
    assert not browser.is_in()


def test_the_database_never_holds_the_token(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    token = browser.cookie("sid")
    assert db.session.scalars(sa.select(SignInSession.token_hash)).all() == [services.token_hash(token)]
    assert token not in services.token_hash(token)


@pytest.mark.parametrize(("username", "password"), [("window-mr", "wrong password"), ("nobody", PASSWORD)])
def test_a_wrong_name_or_password_is_one_answer_and_the_name_is_kept(site: Site, username: str, password: str) -> None:
    answer = site.browser().sign_in(username, password)
    assert answer.status_code == 422
    assert f'value="{username}"' in answer.text
    assert 'class="msg"' in answer.text
    assert password not in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignInSession)) == 0


def test_an_unknown_name_costs_the_same_work() -> None:
    stored = passwords.hash_password(PASSWORD)
    assert passwords._NOBODY.split("$")[:4] == stored.split("$")[:4], "the hash that stands for nobody has today's parameters"
    assert passwords.matches(stored, PASSWORD)
    assert not passwords.matches(None, PASSWORD)


def test_the_parameters_are_argon2id_with_19_mib_and_two_passes() -> None:
    assert passwords.hash_password("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_old_hash_is_renewed_at_sign_in(site: Site) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with unguarded(db):
        db.session.execute(sa.update(Account).where(Account.username == "window-mr").values(password_hash=old))
        db.session.commit()
    assert site.browser().sign_in().status_code == 303
    kept = db.session.scalar(sa.select(Account.password_hash).where(Account.username == "window-mr"))
    assert kept != old
    assert not passwords.needs_rehash(kept or "")


def test_a_new_sign_in_has_a_new_token_and_ends_the_old_session(site: Site) -> None:
    browser = site.browser()
    browser.keep("sid", "x" * 43)  # one that a stranger planted
    browser.sign_in()
    first = browser.cookie("sid")
    assert first != "x" * 43
    token = browser.token("/account")
    browser.post("/sign-in", {"username": "chief-mr", "password": PASSWORD}, token=token)
    second = browser.cookie("sid")
    assert second != first
    browser.keep("sid", first)
    assert not browser.is_in()


# --- limits, by a clock that is passed in ---------------------------------------------------------------------------------------------


def test_an_idle_session_ends_and_a_used_one_goes_on(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    for _ in range(4):
        site.clock.forward(minutes=110)
        assert browser.is_in()
    site.clock.forward(hours=2)
    assert not browser.is_in()


def test_no_session_outlives_the_absolute_limit(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    for _ in range(11):
        site.clock.forward(hours=1)
        assert browser.is_in()
    site.clock.forward(minutes=59)
    assert browser.is_in()
    site.clock.forward(minutes=1)
    assert not browser.is_in()


def test_a_session_is_seen_at_most_every_five_minutes(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    begun = site.clock.wall()
    site.clock.forward(minutes=4)
    browser.get("/account")
    assert db.session.scalar(sa.select(SignInSession.seen_at)) == begun
    site.clock.forward(minutes=1)
    browser.get("/account")
    db.session.rollback()
    assert db.session.scalar(sa.select(SignInSession.seen_at)) == begun + timedelta(minutes=5)


def test_a_page_comes_even_when_seen_cannot_be_written(site: Site) -> None:
    if db.engine.dialect.name == "sqlite":
        stop = "CREATE TRIGGER stop BEFORE UPDATE ON sign_in_session BEGIN SELECT RAISE(ABORT, 'no'); END"
    else:
        stop = "CREATE RULE stop AS ON UPDATE TO sign_in_session DO INSTEAD SELECT 1/0"
    browser = site.browser()
    browser.sign_in()
    db.session.execute(sa.text(stop))
    db.session.commit()
    site.clock.forward(minutes=10)
    assert browser.is_in()


def test_who_is_here_is_asked_in_three_queries(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    digest = services.token_hash(browser.cookie("sid"))
    asked: list[str] = []
    engine = db.engine

    def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(engine, "before_cursor_execute", count)
    person = queries.signed_in_by(digest, county_id=site.county_id, wall=site.clock.wall(), on=site.clock.today())
    sa.event.remove(engine, "before_cursor_execute", count)
    assert person is not None
    assert len(asked) <= 4
    assert person.window_ids == {site.windows[0]}
    assert person.body_id == site.body_id
    assert person.actor.account_id == site.accounts["window-mr"]


def test_another_countys_host_does_not_know_the_session(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    digest = services.token_hash(browser.cookie("sid"))
    assert queries.signed_in_by(digest, county_id=site.county_id + 1, wall=site.clock.wall(), on=site.clock.today()) is None


# --- the throttle ---------------------------------------------------------------------------------------------------------------------


def test_delays_grow_and_the_page_says_when(site: Site) -> None:
    browser = site.browser(STRANGER)
    assert fail(browser, 6) == [422] * 5 + [429]
    answer = browser.sign_in("window-mr", "not the password")
    assert answer.headers["Retry-After"] == "15"
    assert "09:00:15" in answer.text
    assert 'value="window-mr"' in answer.text
    site.clock.forward(seconds=15)
    assert fail(browser, 2) == [422, 429]
    site.clock.forward(seconds=29)
    assert fail(browser, 1) == [429], "the second wait is twice the first"
    site.clock.forward(seconds=1)
    assert fail(browser, 1) == [422]


def test_the_longest_wait_is_an_hour(site: Site) -> None:
    assert services.PAIR.wait(4) == timedelta()
    assert services.PAIR.wait(5) == timedelta(seconds=15)
    assert services.PAIR.wait(10**6) == timedelta(hours=1)


def test_while_locked_the_right_password_is_refused_too_and_waiting_helps(site: Site) -> None:
    browser = site.browser(STRANGER)
    fail(browser, 5)
    assert browser.sign_in().status_code == 429
    site.clock.forward(seconds=15)
    assert browser.sign_in().status_code == 303


def test_a_stranger_cannot_lock_out_a_victim_elsewhere(site: Site) -> None:
    stranger = site.browser(STRANGER)
    for _ in range(12):
        fail(stranger, 6)
        site.clock.forward(minutes=5)
    assert fail(stranger, 1) == [429]
    assert site.browser(OWNER).sign_in().status_code == 303


def test_many_strangers_cannot_lock_out_the_owner_at_a_known_address_or_in_a_known_browser(site: Site) -> None:
    owner = site.browser(OWNER)
    owner.sign_in()
    owner.post("/sign-out", page="/account")
    for number in range(25):
        count_failures(site, 4, "window-mr", f"203.0.113.{number}")
    assert fail(site.browser("203.0.113.99"), 1) == [429], "a name that many strangers guess at is slowed down for strangers"
    assert site.browser(OWNER).sign_in().status_code == 303, "from the owner's address, in a new browser"
    moved = site.browser("192.0.2.5")
    moved.client = owner.client
    assert moved.sign_in().status_code == 303, "in the owner's browser, from a new address"


def test_a_stranger_at_the_owners_own_address_does_not_lock_the_owners_browser(site: Site) -> None:
    owner, stranger = site.browser(OWNER), site.browser(OWNER)
    owner.sign_in()
    owner.post("/sign-out", page="/account")
    assert fail(stranger, 6)[-1] == 429
    assert owner.sign_in().status_code == 303


def test_a_known_browser_is_no_way_round_the_delay_and_counts_for_its_own_names_only(site: Site) -> None:
    owner = site.browser(OWNER)
    owner.sign_in()
    owner.post("/sign-out", page="/account")
    assert fail(owner, 6)[-1] == 429
    assert fail(owner, 6, "chief-mr")[-1] == 429


def test_guessing_one_password_at_many_names_is_slowed_by_address(site: Site) -> None:
    stranger = site.browser(STRANGER)
    for number in range(49):
        count_failures(site, 1, f"name-{number}", STRANGER)
    assert stranger.sign_in("name-50", "password").status_code == 422
    assert stranger.sign_in("name-51", "password").status_code == 429


def test_neighbours_in_an_ipv6_network_are_one_stranger() -> None:
    assert services._place("2001:db8:1:2::5") == services._place("2001:db8:1:2:ffff::9") != services._place("2001:db8:1:3::5")
    assert services._place("::ffff:203.0.113.9") == services._place("203.0.113.9")


def test_many_at_once_get_no_more_tries(site: Site) -> None:
    seen: list[str] = []

    def guess() -> None:
        with site.app.app_context():
            try:
                services.sign_in("window-mr", "wrong", county_id=site.county_id, address=STRANGER, clock=site.clock)
            except (services.WrongPassword, services.TooMany) as refusal:
                seen.append(type(refusal).__name__)

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == ["TooMany"] * 11 + ["WrongPassword"] * 5


def test_success_clears_ones_own_count_and_old_counts_are_dropped(site: Site) -> None:
    browser = site.browser(OWNER)
    fail(browser, 4)
    browser.sign_in()
    left = {row.failures for row in db.session.scalars(sa.select(LoginThrottle))}
    assert left == {4}, "address and name keep the four failures; the pair is forgotten"
    assert services.forget_throttles(clock=site.clock) == 0
    site.clock.forward(hours=25)
    assert services.forget_throttles(clock=site.clock) == 2


# --- cookies, cross-site requests, where to go on ----------------------------------------------------------------------------------------


def test_cookie_flags(site: Site) -> None:
    plain = next(line for line in site.browser().sign_in().headers.getlist("Set-Cookie") if line.startswith("sid="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in plain.split(";")}
    assert "Domain" not in plain
    assert "Secure" not in plain
    tls = site.browser(secure=True).sign_in()
    line = next(line for line in tls.headers.getlist("Set-Cookie") if line.startswith("__Host-sid="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"} <= {part.strip() for part in line.split(";")}
    assert "Domain" not in line


def test_a_post_without_a_token_or_from_elsewhere_is_refused(site: Site) -> None:
    data = {"username": "window-mr", "password": PASSWORD}
    assert site.browser().post("/sign-in", data, token="").status_code == 400
    assert site.browser().post("/sign-in", data, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    browser = site.browser()
    browser.sign_in()
    foreign = site.browser().token()
    assert browser.post("/sign-out", token=foreign).status_code == 400
    assert browser.is_in()


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "\\\\evil",
    "/sign-out",
    "/sign-in",
    "work",
    "/ evil",
    "/" + "a" * 400,
    "/\u2028evil",
]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_only_an_address_of_this_site_is_gone_on_to(elsewhere: str) -> None:
    assert local_path(elsewhere) == ""


def test_next_leads_nowhere_else(site: Site) -> None:
    for elsewhere in ELSEWHERE[:4]:
        answer = site.browser().sign_in(next=elsewhere)
        assert (answer.status_code, answer.location) == (303, "/work")


def test_next_leads_on(site: Site) -> None:
    assert site.browser().sign_in(next="/cases/1?tab=2").location == "/cases/1?tab=2"


def test_a_page_that_needs_an_account_is_the_door_and_leads_on(site: Site) -> None:
    browser = site.browser()
    answer = browser.get("/account?x=1")
    assert answer.status_code == 401
    assert 'name="next" value="/account?x=1"' in answer.text
    assert browser.post("/sign-in", {"username": "window-mr", "password": PASSWORD, "next": "/account?x=1"}).location == "/account?x=1"


def test_what_was_sent_after_the_session_ended_meets_401(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    token = browser.token("/account")
    site.clock.forward(hours=3)
    answer = browser.post(
        "/account/password", {"current_password": PASSWORD, "new_password": "secret-new-one", "again_password": "x"}, token=token
    )
    assert answer.status_code == 401
    assert "secret-new-one" not in answer.text
    assert PASSWORD not in answer.text


def test_strange_input_is_refused_in_words(site: Site) -> None:
    browser = site.browser()
    right = {"username": "window-mr", "password": "wrong"}
    for text in ("", "\x00", "a" * 5000, "\U0001f600", "\u202e", "a\ufffdb"):
        for field in ("username", "password"):
            answer = browser.post("/sign-in", right | {field: text})
            assert answer.status_code == 422, (field, text)
            assert 'class="msg"' in answer.text
        site.clock.forward(minutes=10)
    token = browser.token()
    body = f"csrf_token={token}&username=window-mr&password=%ED%A0%80"
    assert browser._send("POST", "/sign-in", data=body, content_type="application/x-www-form-urlencoded").status_code == 422


def test_the_door_names_demonstration_accounts_and_never_the_password(site: Site) -> None:
    text = site.browser().get("/sign-in").text
    assert "window-mr" in text
    assert PASSWORD not in text


def test_the_door_is_light(site: Site) -> None:
    browser = site.browser()
    browser.keep("css", "1")
    for language in ("zh-Hans", "zh-Hant", "en"):
        answer = browser.get(f"/sign-in?lang={language}", headers={"Accept-Encoding": "br"})
        assert answer.headers["Content-Encoding"] == "br"
        assert len(answer.data) <= 2048


def test_a_disabled_account_is_out_at_once_and_cannot_come_in(site: Site) -> None:
    browser = site.browser()
    browser.sign_in()
    assert services.disable_account(site.accounts["window-mr"], actor=machine(site.county_id), clock=site.clock) == 1
    assert not browser.is_in()
    assert site.browser().sign_in().status_code == 422
