"""Why, or why not: a table of situations, told alike by page and command; who could do it near a point; the past stays as it was told (G-2, G-9)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Posting
from portal.authority import services
from portal.database import db
from portal.network.queries import window_by_code
from portal.rules.clauses import Mandate, Power
from tests.authority.instruments import HALL, TODAY, TOWN, actor, in_force
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]
ROOM = "611026102002"
LAST = TODAY + timedelta(days=9)
XHTML = "{http://www.w3.org/1999/xhtml}"


def asker(app: Flask, browse: Browse) -> Callable[..., tuple[bool, list[tuple[str, bool, str]]]]:
    """Asks for the answer and its steps as the command tells them, after holding the page to the same."""
    clerk = browse("town-xialiang")
    for name, value in (("css", "1"), ("lang", "zh-Hans")):
        clerk.client.set_cookie(name, value)

    def ask(power: str, item: str, window: str, *, person: str = "", at: str = "") -> tuple[bool, list[tuple[str, bool, str]]]:
        answer = run(app, power, item, window, *(["--person", person] if person else []), *(["--at", at] if at else []))
        told = [(step["rule"], step["ok"], step["text"]) for step in answer["steps"]]
        page = clerk.get("/authority/explain?" + urlencode({"power": power, "item": item, "window": window, "person": person, "at": at}))
        assert page.status == 200 and page.tree is not None
        shown = []
        for line in page.tree.iter(f"{XHTML}li"):
            text = "".join(line.itertext()).strip()
            if text[:1] in "✓✗" and text:
                shown.append((text[2:].split(" ", 1)[0], text[0] == "✓", text[2:].split(" ", 1)[1].strip().removesuffix("不满足").strip()))
        assert [one[:2] for one in shown] == [one[:2] for one in told]
        for (_rule, _ok, on_page), (_, _, by_command) in zip(shown, told, strict=True):
            assert on_page.startswith(by_command), "page and command say the same"
        assert ("可以" in page.words) and (("不可以" in page.words) != answer["allowed"])
        return answer["allowed"], told

    return ask


def run(app: Flask, *arguments: str) -> Any:
    result = app.test_cli_runner().invoke(args=["authority", "explain", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def first_no(told: list[tuple[str, bool, str]]) -> tuple[str, str]:
    return next((rule, text) for rule, ok, text in told if not ok)


def test_a_table_of_situations(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock) -> None:
    steps = asker(sqlite_app, browse_sqlite)
    with sqlite_app.app_context():
        clock.advance(minutes=30)
        in_force(clock, until_on=LAST)  # 柞市监授〔2026〕12号: review, decide, certify S-03 at the town
        in_force(clock, powers=(Power.DECIDE,), items=("S-04",), from_on=TODAY + timedelta(days=3))
        suspended = in_force(clock, powers=(Power.DECIDE,), items=("S-05",))
        clock.advance(minutes=5)
        services.suspend(suspended, ground="示例", actor=actor("dept-mr"), clock=clock)
        db.session.remove()
    clock.advance(minutes=5)
    # the window alone: paper, clause, what it says, mandate and level, whose it is, when signed and registered, until when
    allowed, told = steps("decide", "S-03", TOWN)
    words = {(rule, number): text for number, (rule, _ok, text) in enumerate(told)}
    assert allowed and [rule for rule, _ok, _text in told] == ["G-2", "G-2", "G-3", "G-12", "G-17", "G-17", "G-17", "G-14", "G-18"]
    assert "柞市监授〔2026〕12号第 1 条：审核、审批、制证。" in words["G-2", 0] and "写明了该事项" in words["G-2", 1]
    assert "镇 · 委托 · 审批。" in words["G-3", 2] and "柞水县下梁镇人民政府" in words["G-12", 3]
    assert "2026年11月23日签署。登记时间：2026-11-23 09:30。" in words["G-17", 4] and "最后一天：2026年12月2日。" in words["G-17", 5]
    # a person: the posting with its period, and the letter by which the power is used
    allowed, told = steps("decide", "S-03", TOWN, person="chief-xialiang")
    assert allowed and told[0][0] == "N-4" and "吴少华（示例）：首席代表" in told[0][2] and "起" in told[0][2]
    assert any(rule == "G-13" and "柞下政任〔2025〕1号" in text for rule, _ok, text in told)
    for power, item, window, person, at, rule, text in (
        ("decide", "S-03", TOWN, "town-xialiang", "", "G-13", "吴少华（示例）（任命书柞下政任〔2025〕1号"),  # who would
        ("decide", "S-03", TOWN, "window-mr", "", "N-4", "当天派驻在：611026000000-MR。"),
        ("decide", "S-03", TOWN, "", "2026-11-23 09:29", "G-17", "柞市监授〔2026〕12号"),  # not begun yet
        ("decide", "S-03", TOWN, "", "2026-12-03", "G-17", "2026-12-02"),  # lapsed
        ("decide", "S-04", TOWN, "", "", "G-17", "2026-11-26"),  # begins later
        ("decide", "S-05", TOWN, "", "", "G-17", "09:35"),  # suspended
        ("certify", "S-01", TOWN, "", "", "G-2", "该窗口在这个事项上持有：受理、送达。"),
        ("decide", "S-03", f"{ROOM}-G", "", "", "G-2", "代收"),
        ("collect", "S-03", f"{ROOM}-G", "town-yingpan", "", "N-4", "611026101000-G"),
    ):
        allowed, told = steps(power, item, window, person=person, at=at)
        assert not allowed, (power, item, window, person, at)
        why = first_no(told)
        assert why[0] == rule and text in why[1], (why, text)


def test_a_ceiling_says_what_would_be_lawful(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock) -> None:
    steps = asker(sqlite_app, browse_sqlite)
    from portal.authority.models import Ceiling
    from portal.network.queries import the_county

    with sqlite_app.app_context():
        in_force(clock)
        with services.transaction(clock=clock) as tx:
            tx.session.add(Ceiling(county_id=the_county().id, level="town", power="decide", mandate="entrustment", from_on=TODAY + timedelta(days=1), is_allowed=False))
            services.record(tx, actor("manager"), "close_ceiling", "ceiling:1")
        db.session.remove()
    assert steps("decide", "S-03", TOWN)[0], "the ceiling of tomorrow does not close today"
    allowed, told = steps("decide", "S-03", TOWN, at="2026-11-24")
    assert not allowed and first_no(told) == ("G-3", first_no(told)[1]) and "可以这样持有该权力：法定、授权。" in first_no(told)[1]


def test_a_stand_in_is_told_with_the_absent_one_and_the_period(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock) -> None:
    steps = asker(sqlite_app, browse_sqlite)
    from portal.accounts.models import Account, Office, StandIn

    with sqlite_app.app_context():
        in_force(clock)
        with services.transaction(clock=clock) as tx:
            people = {one.username: one for one in tx.session.scalars(select(Account))}
            office = tx.session.scalar(select(Office).where(Office.account_id == people["center"].id))
            tx.session.add(
                StandIn(
                    county_id=people["center"].county_id, absent_id=people["chief-xialiang"].id, account_id=people["town-xialiang"].id,
                    window_id=window_by_code(people["center"].county_id, TOWN).id, from_on=TODAY, until_on=LAST, reason="示例",
                    appointed_by_id=people["center"].id, office_id=office.id, appointed_at=tx.now,
                )
            )  # fmt: skip
            services.record(tx, actor("center"), "appoint_stand_in", "stand_in:1")
        db.session.remove()
    allowed, told = steps("decide", "S-03", TOWN, person="town-xialiang")
    assert allowed and any(
        rule == "G-13" and "2026年11月23日至2026年12月2日代理吴少华（示例）" in text and "柞下政任〔2025〕1号" in text for rule, _ok, text in told
    )
    assert first_no(steps("decide", "S-03", TOWN, person="town-xialiang", at="2026-12-03")[1])[0] == "G-13"
    assert not steps("decide", "S-03", TOWN, person="town-xialiang", at="2026-11-23 08:59")[0]


def test_what_was_told_of_the_past_stays(app: Flask, browse: Browse, clock: ManualClock) -> None:
    """G-9, G-17: ends, successors and moves that come later change no word of an answer about an earlier moment."""
    steps = asker(app, browse)
    with app.app_context():
        first = in_force(clock, until_on=LAST)
        db.session.remove()
    clock.advance(hours=1)
    moment = clock.now().isoformat()
    asked = [("decide", "S-03", TOWN, "chief-xialiang"), ("decide", "S-03", HALL, ""), ("review", "S-03", TOWN, "town-xialiang")]
    before = [steps(power, item, window, person=person, at=moment) for power, item, window, person in asked]
    near = run(app, "decide", "S-03", ROOM, "--at", moment)
    clock.advance(hours=1)
    with app.app_context():
        from portal.accounts.models import PostingEnd

        number = "柞市监授〔2026〕12号"
        services.revoke(first, from_on=TODAY + timedelta(days=1), by=number, ground="示例", actor=actor("manager"), clock=clock)
        in_force(clock, mandate=Mandate.INTERNAL, receiving=None, windows=(HALL,), powers=(Power.LITIGATE,))
        with services.transaction(clock=clock) as tx:
            posting = tx.session.scalar(select(Posting).where(Posting.account_id == actor("chief-xialiang").account_id))
            tx.session.add(
                PostingEnd(
                    county_id=posting.county_id, posting_id=posting.id, last_on=TODAY + timedelta(days=30), told_on=TODAY, reason="示例",
                    ended_by_id=actor("center").account_id, recorded_at=tx.now,
                )
            )  # fmt: skip
            services.record(tx, actor("center"), "end_posting", f"posting:{posting.id}")
        db.session.remove()
    assert [steps(power, item, window, person=person, at=moment) for power, item, window, person in asked] == before
    assert run(app, "decide", "S-03", ROOM, "--at", moment) == near
    assert "2026年12月23日" in steps("decide", "S-03", TOWN, person="chief-xialiang")[1][0][2], "from now on the end is known"


def test_who_could_do_it_for_someone_in_a_village(app: Flask, browse: Browse, clock: ManualClock) -> None:
    before = clock.now()
    clock.advance(minutes=30)
    with app.app_context():
        in_force(clock)
        db.session.remove()
    answer = run(app, "decide", "S-03", ROOM)
    assert answer["allowed"] and [one["window"] for one in answer["windows"]] == [TOWN, HALL]
    assert answer["clause"] == answer["windows"][0]["clause"] and all(one["allowed"] for one in answer["windows"])
    earlier = run(app, "decide", "S-03", ROOM, "--at", before.isoformat())
    assert [one["window"] for one in earlier["windows"]] == [HALL]
    nobody = run(app, "certify", "S-06", ROOM)
    assert (nobody["allowed"] is False is bool(nobody["clause"]) and nobody["windows"][0]["point"] == "611026102000") or nobody["windows"]
    assert all(not one["allowed"] and any(not step["ok"] for step in one["steps"]) for one in nobody["windows"])
    clerk = browse("town-xialiang")
    page = clerk.get("/authority/explain?power=decide&item=S-03&window=" + ROOM)
    rows = page.words.replace(" ", "")
    assert rows.index("下梁镇便民服务中心综合窗口柞市监授〔2026〕12号") < rows.index("柞水县政务服务中心市场监管")
    page = clerk.get("/authority/explain?power=certify&item=S-06&window=" + ROOM)
    assert page.status == 200 and "没有窗口" in page.words and "不满足" in page.words


def test_what_is_typed_may_mean_several(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    clerk = browse_sqlite("town-xialiang")
    for asked, status, text in (
        ({"item": "开小饭馆", "window": TOWN}, 200, "小餐饮经营许可证（新办）"),
        ({"item": "低保", "window": "金盆"}, 422, "可能指好几个"),
        ({"item": "S-03", "window": "金盆"}, 200, "金盆"),
        ({"item": "火星", "window": TOWN}, 422, "没有"),
        ({"item": "S-03", "window": ROOM, "person": "town-xialiang"}, 422, "窗口编号"),
        ({"item": "S-03", "window": TOWN, "at": "1066-01-01"}, 422, "2026-11-23"),
        ({"item": "S-03", "window": TOWN, "at": "2001-01-01"}, 422, "没有"),
        ({"item": "S-03", "window": "镇"}, 422, "window=611026"),
    ):
        page = clerk.get("/authority/explain?" + urlencode({"power": "decide", **asked}))
        assert page.status == status and (text in page.words or text in page.text), page.words
