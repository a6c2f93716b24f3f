"""Messages on their way: sent once each by mail and as text, tried again when that failed, in the language of who gets them."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal import jobs, messages
from portal.accounts.models import Account, Person
from portal.accounts.sealed import PersonField, cipher
from portal.audit import machine, record
from portal.database import db, transaction
from portal.messages import Channel, Channels, Fault, NotSent
from portal.network import message_services as services
from portal.network.models import Outbox
from portal.operations import check
from tests.people import ManualClock, Page

Browse = Callable[..., Any]
PHONE = "13900000000"
RECERTIFICATION = {"instrument": "示例〔2025〕1号", "due_on": "2026-12-24", "days": 30, "href": "/manage/confirmations"}


# --- a mail server and a gateway on this machine ----------------------------------------------------------------------------------


class Post(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is given, and answers as it is told."""

    daemon_threads = allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _PostTalk)
        self.letters: list[EmailMessage] = []
        self.answers: dict[str, str] = {}  # command → another answer; "cut" ends the line after the letter was taken
        self.url = f"smtp://127.0.0.1:{self.server_address[1]}"


class _PostTalk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Any = self.server
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            verb = line[:4].strip().upper().decode()
            if verb == "DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (text := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(text)
                server.letters.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
                if server.answers.get("DATA") == "cut":
                    return
            self.wfile.write(server.answers.get(verb, "221 bye" if verb == "QUIT" else "250 good").encode() + b"\r\n")
            if verb == "QUIT":
                return


class Gateway(ThreadingHTTPServer):
    """A gateway of text messages that sends each key once, as it is asked to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _GatewayTalk)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        self.url = f"http://127.0.0.1:{self.server_address[1]}/send"


class _GatewayTalk(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.asked.append((self.headers["Idempotency-Key"], body))
        if not server.status:
            return  # the line breaks before the answer
        self.send_response(server.status)
        if server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


@contextmanager
def running(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def post() -> Iterator[Post]:
    with running(Post()) as server:
        yield server


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running(Gateway()) as server:
        yield server


@pytest.fixture
def here(app: Flask, clock: ManualClock) -> Iterator[Flask]:
    """The county with nothing waiting: what its past cases left is too old to be sent."""
    with app.app_context():
        services.send_waiting(county(), clock, Channels(None, None, "http://localhost"))
        yield app


def county() -> int:
    return db.session.scalars(sa.select(Account.county_id).limit(1)).one()


def wants(username: str, address: str | None, language: str) -> None:
    with transaction(clock=ManualClock(datetime.now(timezone.utc))) as tx:
        tx.session.execute(sa.update(Account).where(Account.username == username).values(email=address, language=language))
        record(tx, machine(county(), "test"), "account.set_contact", f"account:{username}")


def put(clock: ManualClock, key: str, **values: Any) -> int:
    """Write a message; its id."""
    usual: dict[str, Any] = {"template": "recertification", "facts": RECERTIFICATION, "receiver": "dept-mr", "language": "zh-Hans"}
    with transaction(clock=clock) as tx:
        services.put(tx, county_id=county(), key=key, **{**usual, **values})
        record(tx, machine(county(), "test"), "message.put", "message:test")
    return row(key).id


def row(key: str) -> Outbox:
    db.session.rollback()
    return db.session.scalars(sa.select(Outbox).where(Outbox.dedupe_key == key).execution_options(populate_existing=True)).one()


def text(clock: ManualClock, key: str) -> int:
    """A text message to somebody who has a phone."""
    sealed = cipher().seal(PHONE, PersonField.PHONE)
    with transaction(clock=clock) as tx:
        person = Person(county_id=county(), kind="natural", masked_name="示*", phone_sealed=sealed, created_at=tx.now)
        tx.session.add(person)
        tx.session.flush()
        record(tx, machine(county(), "test"), "person", "person:test")
    facts = {"code": "ABCDEFGHJKLM", "event": "accepted"}
    return put(clock, key, template="case_applicant", facts=facts, receiver=f"person:{person.id}", channel=Channel.SMS)


def send(clock: ManualClock, post: Post | None = None, gateway: Gateway | None = None) -> str:
    channels = Channels(post and post.url, gateway and gateway.url, "https://tongban.example.cn", is_demo=True)
    return services.send_waiting(county(), clock, channels)


# --- mail -------------------------------------------------------------------------------------------------------------------------


def test_a_message_is_in_the_app_at_once_and_its_copy_goes_once_in_the_language_asked_for(
    here: Flask, clock: ManualClock, post: Post
) -> None:
    wants("dept-mr", "head@example.cn", "zh-Hant")
    put(clock, "one")
    put(clock, "unwanted", receiver="leader-mr")
    for _ in range(3):
        send(clock, post)
    (letter,) = post.letters
    assert letter["To"] == "head@example.cn"
    assert letter["Message-ID"] == f"<mail.{row('one').id}@tongban.example.cn>"
    assert "授權文書 示例〔2025〕1号" in letter["Subject"]
    assert "https://tongban.example.cn/manage/confirmations" in letter.get_content()
    assert row(f"mail:{row('one').id}").receiver == "account:dept-mr", "the address is looked up when it is sent, never kept"


def test_a_key_is_written_once(here: Flask, clock: ManualClock) -> None:
    with transaction(clock=clock) as tx:
        values = {"county_id": county(), "key": "k", "template": "warnings", "facts": {}, "receiver": "center", "language": "en"}
        assert [services.put(tx, **values) for _ in range(3)] == [True, False, False]
        record(tx, machine(county(), "test"), "message.put", "message:test")


def test_what_failed_is_tried_again_after_growing_waits_and_given_up_at_last(here: Flask, clock: ManualClock, post: Post) -> None:
    wants("dept-mr", "head@example.cn", "en")
    key = f"mail:{put(clock, 'one')}"
    post.answers["RCPT"] = "451 later"
    waits = []
    for attempt in range(1, len(services.PAUSES) + 2):
        send(clock, post)
        send(clock, post)  # a start too early tries nothing
        found = row(key)
        assert (found.attempts, found.failure, found.claim) == (attempt, "smtp 451", None)
        if found.next_at is not None:
            waits.append(round((found.next_at - clock.wall()).total_seconds() / 60))
            clock.wall_offset += found.next_at - clock.wall()
    assert waits == [1, 5, 15, 60, 240, 720, 1440]
    assert found.given_up_at is not None
    post.answers.clear()
    clock.wall_offset += timedelta(days=9)
    send(clock, post)
    assert post.letters == []


def test_what_succeeds_at_the_second_try_went_once(here: Flask, clock: ManualClock, post: Post) -> None:
    wants("dept-mr", "head@example.cn", "en")
    put(clock, "one")
    post.answers["RCPT"] = "451 later"
    send(clock, post)
    post.answers.clear()
    clock.wall_offset += timedelta(minutes=2)
    send(clock, post)
    send(clock, post)
    assert len(post.letters) == 1
    assert row(f"mail:{row('one').id}").failure == ""


def test_a_mail_that_may_have_gone_is_not_sent_again(here: Flask, clock: ManualClock, post: Post) -> None:
    wants("dept-mr", "head@example.cn", "en")
    put(clock, "one")
    post.answers["DATA"] = "cut"
    send(clock, post)
    post.answers.clear()
    clock.wall_offset += timedelta(days=2)
    send(clock, post)
    assert len(post.letters) == 1
    assert row(f"mail:{row('one').id}").given_up_at is not None


def test_the_check_tells_of_what_could_not_be_delivered(here: Flask, clock: ManualClock, post: Post) -> None:
    wants("dept-mr", "head@example.cn", "en")
    put(clock, "one")
    assert "messages" not in {each["code"] for each in check(clock).warnings}
    post.answers["RCPT"] = "550 nobody"
    send(clock, post)
    told = [each["text"] for each in check(clock).warnings if each["code"] == "messages"]
    assert len(told) == 1 and "1 messages could not be delivered" in told[0]


def test_an_address_that_is_refused_is_given_up_at_once(here: Flask, clock: ManualClock, post: Post) -> None:
    wants("dept-mr", "head@example.cn", "en")
    put(clock, "one")
    post.answers["RCPT"] = "550 nobody"
    send(clock, post)
    found = row(f"mail:{row('one').id}")
    assert (found.attempts, found.failure) == (1, "smtp 550")
    assert found.given_up_at is not None


def test_a_server_that_is_down_is_asked_once_a_run(here: Flask, clock: ManualClock, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    wants("dept-mr", "head@example.cn", "en")
    for number in range(4):
        put(clock, f"one-{number}")
    asked: list[str] = []

    def nobody(self: Channels, channel: Channel, address: str, said: Any, **_values: Any) -> None:
        asked.append(address)
        raise NotSent(Fault.DOWN, "smtp ConnectionRefusedError")

    with monkeypatch.context() as patched:
        patched.setattr(Channels, "send", nobody)
        send(clock, post)
    assert len(asked) == 1
    clock.wall_offset += timedelta(minutes=2)
    send(clock, post)
    assert len(post.letters) == 4


# --- text messages ----------------------------------------------------------------------------------------------------------------


def test_a_text_goes_once_under_its_key_and_the_phone_is_opened_only_then(here: Flask, clock: ManualClock, gateway: Gateway) -> None:
    text(clock, "case:1:2:applicant")
    for _ in range(3):
        send(clock, gateway=gateway)
    ((key, body),) = gateway.asked
    assert key == "case:1:2:applicant"
    assert body["to"] == PHONE
    assert body["text"].startswith("您的办件（查询码 ABCD-EFGH-JKLM）：已受理。")
    kept = row(key)
    assert PHONE not in f"{kept.receiver} {kept.facts} {kept.failure}"
    assert kept.sent_at is not None


@pytest.mark.parametrize(("status", "is_tried_again"), [(500, True), (503, True), (429, True), (0, True), (400, False), (302, False)])
def test_what_a_gateway_says_decides_whether_it_is_tried_again(
    here: Flask, clock: ManualClock, gateway: Gateway, status: int, is_tried_again: bool
) -> None:
    text(clock, "one")
    gateway.status = status
    send(clock, gateway=gateway)
    gateway.status = 200
    clock.wall_offset += timedelta(minutes=2)
    send(clock, gateway=gateway)
    assert [key for key, _ in gateway.asked] == ["one", "one"] if is_tried_again else ["one"]  # the same key: the gateway knows it
    assert (row("one").sent_at is not None) is is_tried_again


def test_many_at_once_send_each_once(here: Flask, clock: ManualClock, gateway: Gateway) -> None:
    keys = [f"one-{number}" for number in range(8)]
    for key in keys:
        text(clock, key)

    def one(_index: int) -> str:
        with here.app_context():
            return send(clock, gateway=gateway)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    assert sorted(key for key, _ in gateway.asked) == keys


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_killed_while_sending_a_text_is_tried_again_under_its_key_and_a_mail_is_not(
    here: Flask, clock: ManualClock, gateway: Gateway, post: Post, monkeypatch: pytest.MonkeyPatch, channel: Channel
) -> None:
    if channel is Channel.SMS:
        text(clock, "one")
    else:
        wants("dept-mr", "head@example.cn", "en")
        put(clock, "one", channel=channel, receiver="account:dept-mr")
    settle = Channels.send

    def dies(self: Channels, *args: Any, **values: Any) -> None:
        settle(self, *args, **values)
        raise KeyboardInterrupt  # handed over, and nobody could write that it was

    with monkeypatch.context() as patched:
        patched.setattr(Channels, "send", dies)
        with pytest.raises(KeyboardInterrupt):
            send(clock, post, gateway)
    send(clock, post, gateway)
    assert len(gateway.asked) + len(post.letters) == 1, "while the claim is fresh, it is the other's"
    clock.wall_offset += services.LEASE + timedelta(minutes=1)
    send(clock, post, gateway)
    send(clock, post, gateway)
    if channel is Channel.SMS:
        assert [key for key, _ in gateway.asked] == ["one", "one"]
        assert row("one").sent_at is not None
    else:
        assert len(post.letters) == 1
        assert row("one").failure == services.CUT_OFF


def test_what_is_no_news_any_more_is_not_sent(here: Flask, clock: ManualClock, gateway: Gateway) -> None:
    text(clock, "one")
    send(clock)  # no channel is set up: it waits
    assert row("one").attempts == 0
    clock.advance(days=4)
    send(clock, gateway=gateway)
    assert gateway.asked == []
    assert row("one").failure == "too old"


def test_a_demonstration_speaks_to_nobody_outside_its_own_machine() -> None:
    far = Channels("smtps://mail.example.cn", "https://sms.example.cn/send", "http://localhost", is_demo=True)
    assert not far.has(Channel.SMS) and not far.has(Channel.EMAIL)
    assert Channels("smtps://mail.example.cn", None, "http://localhost").has(Channel.EMAIL)


def test_a_password_goes_over_no_open_line(monkeypatch: pytest.MonkeyPatch, post: Post) -> None:
    monkeypatch.setattr(messages, "is_loopback", lambda _host: False)
    channels = Channels(post.url.replace("//", "//name:secret@"), None, "http://localhost")
    with pytest.raises(NotSent, match="no TLS"):
        channels.send(Channel.EMAIL, "a@example.cn", messages.Words("x"), key="k", language="en", at=datetime.now(timezone.utc))
    assert post.letters == []


def test_each_template_speaks_three_languages(here: Flask) -> None:
    sealed = cipher().seal("123456", "apply_code.code").hex()
    facts: dict[str, dict[str, Any]] = {
        "recertification": RECERTIFICATION,
        "warnings": {"on": "2026-11-23", "counts": {"red": 1, "yellow": 20}, "cases": [["611026-20261123-0001", "red", "2026-11-24"]]},
        "case_staff": {"number": "611026-20261123-0001", "event": "handed_off"},
        "case_applicant": {"code": "ABCDEFGHJKLM", "event": "noticed", "until": date(2026, 12, 1).isoformat()},
        "apply_code": {"code_sealed": sealed, "minutes": 10},
        **{name: {"id": 1, "due_on": "2026-11-24"} for name in ("inquiry", "inquiry_due", "unfinished_staff", "unfinished_due")},
        "unfinished": {"code": "ABCDEFGHJKLM", "state": "settled"},
        "visit": {"code": "ABCDEFGHJKLM", "on": "2026-11-24", "at": "10:00"},
    }
    for template in messages.templates:
        if template in facts:
            said = [messages.compose(template, facts[template], language) for language in ("zh-Hans", "zh-Hant", "en")]
            assert len({(words.subject, words.lines) for words in said}) == 3, template
    assert "123456" in messages.compose("apply_code", facts["apply_code"], "en").subject


# --- the job, the page, the account -----------------------------------------------------------------------------------------------


def test_the_job_sends_at_each_start(here: Flask, clock: ManualClock, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "JOBS", {"send": jobs.JOBS["send"]})
    monkeypatch.setattr(jobs, "channels", lambda: Channels(post.url, None, "http://localhost"))
    wants("dept-mr", "head@example.cn", "en")
    for number in range(2):
        put(clock, f"one-{number}")
        assert [run.outcome for run in jobs.run_jobs(clock=clock)] == [jobs.Outcome.DONE]
        assert len(post.letters) == number + 1
    assert len(list(db.session.scalars(sa.select(jobs.JobRun).where(jobs.JobRun.job == "send")))) == 1


def test_the_page_shows_ones_own_messages_and_marks_them_read(app: Flask, browse: Browse, clock: ManualClock) -> None:
    with app.app_context():
        ids = [put(clock, f"one-{number}", receiver="auditor") for number in range(23)]
        other = put(clock, "other", receiver="center")
    auditor = browse("auditor")
    page = auditor.get("/messages?lang=en")
    assert page.words.count("has to be confirmed by") == 20 + 20 + 20  # the words, and for who listens the names of link and button
    assert "23" in page.words
    older = auditor.get(f"/messages?before={ids[3]}&lang=en")
    assert older.words.count("Instrument") == 9
    done = auditor.press(page, "/messages/read", only=str(ids[22]))
    assert done.status == 200
    assert unread(app) == 22
    auditor.press(auditor.get("/messages"), "/messages/read")
    assert unread(app) == 0
    with app.app_context():
        assert row("other").read_at is None
    stolen: Page = auditor.press(page, "/messages/read", only=str(other))
    assert stolen.status == 404


def unread(app: Flask) -> int:
    with app.app_context():
        query = sa.select(sa.func.count()).where(Outbox.receiver == "auditor", Outbox.read_at.is_(None))
        return db.session.scalars(query).one()


def test_a_person_says_where_and_in_which_language(app: Flask, browse: Browse) -> None:
    head = browse("dept-mr")
    page = head.press(head.get("/account"), "/account/contact", email="不是地址", language="en")
    assert page.status == 422
    assert "不是地址" in page.text
    page = head.press(head.get("/account"), "/account/contact", email="head@example.cn", language="zh-Hant")
    assert page.status == 200
    with app.app_context():
        found = messages.contacts[0](county(), ["dept-mr"])["dept-mr"]
        assert (found.email, found.language) == ("head@example.cn", "zh-Hant")
    head.press(head.get("/account"), "/account/contact", email="", language="en")
    with app.app_context():
        assert messages.contacts[0](county(), ["dept-mr"])["dept-mr"].email is None
