"""Rating: five levels, once, by whoever was served; what the center does about a bad one (V-6, C-19, S-9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.cases.models import Case
from portal.cases.rating_models import Rating, RatingStep
from portal.database import db
from portal.network.queries import calendar_of, the_county
from portal.rules import rating
from portal.rules.decision import Reason
from portal.rules.rating import Satisfaction, Step
from tests.cases import story
from tests.cases.story import Browse
from tests.people import Browser, Page

# --- the rules ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "code", "stars"), [
    (Satisfaction.VERY_SATISFIED, 1, 5), (Satisfaction.SATISFIED, 2, 4), (Satisfaction.ROUGHLY_SATISFIED, 3, 3),
    (Satisfaction.DISSATISFIED, 4, 2), (Satisfaction.VERY_DISSATISFIED, 5, 1),
])  # fmt: skip
def test_one_is_the_best_and_stars_run_the_other_way(level: Satisfaction, code: int, stars: int) -> None:
    assert (int(level), level.stars) == (code, stars)
    assert Satisfaction.of_stars(stars) is level and level.is_bad is (code >= 4)


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_other_stars_there_are_not(stars: int) -> None:
    with pytest.raises(ValueError):
        Satisfaction.of_stars(stars)


@pytest.mark.parametrize(("facts", "reason"), [
    ({"is_closed": True}, None), ({"is_refused": True}, None), ({}, Reason.RATED_AFTERWARDS),
    ({"is_closed": True, "is_rated": True}, Reason.RATED_ALREADY), ({"is_closed": True, "by_staff": True}, Reason.STAFF_RATES_NOTHING),
])  # fmt: skip
def test_who_rates_when(facts: dict[str, bool], reason: Reason | None) -> None:
    asked = {"is_closed": False, "is_refused": False, "is_rated": False, "by_staff": False, **facts}
    assert rating.may_rate(**asked).reason is reason


BAD, GOOD = Satisfaction.DISSATISFIED, Satisfaction.SATISFIED


@pytest.mark.parametrize(("step", "level", "done", "note", "reason"), [
    (Step.CALLED_BACK, BAD, (), "", None),
    (Step.CALLED_BACK, GOOD, (), "", Reason.NOT_A_BAD_RATING),
    (Step.CALLED_BACK, BAD, (Step.CALLED_BACK,), "", Reason.STEP_IS_DONE),
    (Step.CALLED_BACK, BAD, (Step.SET_ASIDE,), "", Reason.NOT_A_BAD_RATING),
    (Step.SET_RIGHT, BAD, (), "说明", Reason.CALL_BACK_FIRST),
    (Step.SET_RIGHT, BAD, (Step.CALLED_BACK,), "  ", Reason.SET_RIGHT_NEEDS_WORDS),
    (Step.SET_RIGHT, BAD, (Step.CALLED_BACK,), "说明", None),
    (Step.SET_ASIDE, BAD, (), " ", Reason.SET_ASIDE_NEEDS_EVIDENCE),
    (Step.SET_ASIDE, GOOD, (), "证据", None),
])  # fmt: skip
def test_what_the_center_records(step: Step, level: Satisfaction, done: tuple[Step, ...], note: str, reason: Reason | None) -> None:
    assert rating.may_answer(step, level, done, note).reason is reason


def test_who_did_not_rate_is_in_no_number() -> None:
    counted = rating.tally([(GOOD, False), (BAD, True), (BAD, False)])
    assert counted.number == 2 and counted.set_aside == 1
    assert rating.tally([]).number == 0 and not any(rating.tally([]).by_level.values())


def test_a_bad_rating_has_its_days(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        calendar = calendar_of(the_county().id)
    friday = date(2026, 11, 27)
    first = rating.waits_for(BAD, friday, (), calendar)
    assert (
        first is not None
        and (first.step, first.due_on) == (Step.CALLED_BACK, date(2026, 11, 30))
        and first.is_late(date(2026, 12, 1))
        and not first.is_late(first.due_on)
    )
    second = rating.waits_for(BAD, friday, (Step.CALLED_BACK,), calendar)
    assert second is not None and (second.step, second.due_on) == (Step.SET_RIGHT, date(2026, 12, 18))
    for level, done in ((GOOD, ()), (BAD, (Step.CALLED_BACK, Step.SET_RIGHT)), (BAD, (Step.SET_ASIDE,))):
        assert rating.waits_for(level, friday, done, calendar) is None


# --- the pages ------------------------------------------------------------------------------------------------------------------


def closed(app: Flask, browse: Browse) -> str:
    """A matter that was done at the village; its tracking code."""
    agent = browse("village-xialiang")
    number = story.collect(agent, "S-20")
    story.do(agent, number, "finish")
    return code_of(app, number)


def code_of(app: Flask, number: str) -> str:
    with app.app_context():
        code = db.session.scalar(select(Case.tracking_code).where(Case.number == number))
        assert code is not None
        return code


def rate(browser: Browser, code: str, level: int, words: str = "", **kwargs: bool) -> Page:
    return browser.press(browser.get(f"/track/{code}/rate"), "/rate", satisfaction=str(level), words=words, **kwargs)


def test_it_is_rated_once_and_kept_as_the_standard_says(app: Flask, browse: Browse) -> None:
    code, resident = closed(app, browse), browse()
    page = resident.get(f"/track/{code}/rate")
    assert page.words.index("非常满意") < page.words.index("非常不满意")
    assert resident.press(page, "/rate", words="好").status == 422, "a level has to be chosen"
    fields = {**page.form("/rate")["fields"], "satisfaction": "1", "words": "很快（示例）"}
    first = resident.post(page.form("/rate")["action"], fields)
    assert first.status == 200 and "非常满意" in first.words
    assert resident.post(page.form("/rate")["action"], fields).status == 200, "the same again is the same"
    assert resident.post(page.form("/rate")["action"], {**fields, "key": "another", "satisfaction": "5"}).status == 403
    assert not resident.get(f"/track/{code}/rate").has_form("/rate")
    with app.app_context():
        row = db.session.scalars(select(Rating)).one()
        assert (row.satisfaction, row.words, row.service) == (1, "很快（示例）", "on_site")


def test_staff_cannot_rate_and_nothing_is_rated_early(app: Flask, browse: Browse) -> None:
    code, agent, resident = closed(app, browse), browse("village-xialiang"), browse()
    assert not agent.get(f"/track/{code}/rate").has_form("/rate")
    token = agent.get("/cases/new").form("/sign-out")["fields"]
    assert agent.post(f"/track/{code}/rate", {**token, "satisfaction": "1"}).status == 403
    open_one = code_of(app, story.collect(agent, "S-20"))
    assert not resident.get(f"/track/{open_one}/rate").has_form("/rate")
    form = resident.get(f"/track/{code}/rate").form("/rate")
    assert resident.post(f"/track/{open_one}/rate", {**form["fields"], "satisfaction": "1"}).status == 403
    with app.app_context():
        assert db.session.scalar(select(func.count(Rating.id))) == 0


def test_the_center_answers_a_bad_rating(app: Flask, browse: Browse) -> None:
    code, center = closed(app, browse), browse("center")
    rate(browse(), code, 5, "等了三天（示例）")
    page = center.get("/manage/ratings")
    assert "等了三天" in page.words and "已回访" in page.words and "陈" not in page.words
    with app.app_context():
        number = db.session.scalars(select(Rating.id)).one()
    form = page.form(f"/manage/ratings/{number}")

    def answer(step: str, note: str = "") -> int:
        return center.post(form["action"], {**form["fields"], "step": step, "note": note, "key": f"{step}-{len(note)}"}).status

    assert answer("set_right", "已道歉（示例）") == 403, "call back first"
    assert answer("called_back") == 200 and answer("set_right") == 403, "in words"
    assert answer("set_right", "已道歉（示例）") == 200
    assert not center.get("/manage/ratings").has_form(f"/{number}") and "等了三天" in center.get("/manage/ratings?box=bad").words
    assert answer("set_aside") == 403 and answer("set_aside", "同一人为他人代评（示例）") == 200
    page = center.get("/manage/ratings?box=all")
    assert "等了三天" in page.words, "what is set aside is still readable"
    with app.app_context():
        assert sorted(db.session.scalars(select(RatingStep.step))) == ["called_back", "set_aside", "set_right"]
    for other in ("window-mr", "manager", "supervisor", "dept-mr"):
        assert browse(other).get("/manage/ratings").status == 403


def test_a_refused_matter_is_rated_too(app: Flask, browse: Browse) -> None:
    clerk = browse("window-mr")
    number = story.collect(clerk)
    page = clerk.get(f"/cases/{number}/act/turn_away")
    assert clerk.press(page, "/act/turn_away", why="not_ours", ground="不属于本部门（示例）", whose="税务局（示例）").status == 200
    resident = browse()
    assert rate(resident, code_of(app, number), 4).status == 200


def test_the_words_of_a_rating_come_back(browse_sqlite: Callable[..., Browser], sqlite_app: Flask) -> None:
    code = closed(sqlite_app, browse_sqlite)
    resident = browse_sqlite()
    page = resident.press(resident.get(f"/track/{code}/rate"), "/rate", satisfaction="9", words="写了很多（示例）")
    assert page.status == 422 and "写了很多" in page.text
