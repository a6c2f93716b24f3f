"""Agent service: consent, errands, originals, trips saved, what a day brings (C-14, N-4)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import MappingProxyType

import pytest

from portal.rules import agent_service as rules
from portal.rules.agent_service import Errand, Form, Service, Visit, service_of
from portal.rules.deadlines import Limit, Unit
from portal.rules.decision import Reason, Sort
from portal.rules.hearings import Agent
from portal.rules.lifecycle import Event, EventKind
from portal.rules.moments import SHANGHAI
from tests.rules.calendar_fixture import seed_calendar

ORIGINALS = Limit(3, Unit.WORKING)
MON = date(2026, 11, 23)


def told(*steps: tuple[int, EventKind, dict[str, object]]) -> Service:
    """The service after these events, each on a day of November 2026."""
    events = [
        Event(seq, kind, Sort.ACT_OF_APPLICANT, 7, 1, datetime(2026, 11, day, 10, tzinfo=SHANGHAI), MappingProxyType(payload))
        for seq, (day, kind, payload) in enumerate(steps, 1)
    ]
    return service_of(events, seed_calendar(), ORIGINALS)


def consent(day: int = 23, until: str = "2026-12-31", papers: tuple[str, ...] = ("1", "2"), *, result: bool = True) -> tuple[int, EventKind, dict[str, object]]:
    return day, EventKind.CONSENT_GIVEN, {"papers": list(papers), "result": result, "until": until}


def carried(day: int, errand: Errand, *papers: str, form: str = "original", to: int | None = None) -> tuple[int, EventKind, dict[str, object]]:
    said: dict[str, object] = {"errand": errand.value, "on": f"2026-11-{day}", "papers": [{"code": code, "form": form} for code in papers]}
    return day, EventKind.CARRIED, said | ({"to_window_id": to} if to else {})


ENDED = EventKind.CONSENT_ENDED


@pytest.mark.parametrize(
    ("papers", "result", "signs", "until", "agents", "reason"),
    [
        (["1"], False, "", MON, (), None),
        ([], True, "", MON + timedelta(366), (), None),
        ([], False, "", MON, (), Reason.CONSENT_NAMES_NOTHING),
        (["1"], False, "", None, (), Reason.DAY_IN_PAST),
        (["1"], False, "", MON - timedelta(1), (), Reason.DAY_IN_PAST),
        (["1"], False, "", MON + timedelta(367), (), Reason.CONSENT_TOO_LONG),
        (["1"], False, "签字", MON, (), Reason.SIGNS_WITHOUT_POWER),
        (["1"], False, "签字", MON, (Agent(4, 9, "x", MON - timedelta(1)),), Reason.SIGNS_WITHOUT_POWER),
        (["1"], False, "签字", MON, (Agent(4, 9, "x", MON),), None),
        (["1"], False, "签字", MON + timedelta(1), (Agent(4, 9, "x", MON),), Reason.SIGNS_LONGER_THAN_POWER),
    ],
)  # fmt: skip
def test_what_can_be_consented_to(
    papers: list[str], result: bool, signs: str, until: date | None, agents: tuple[Agent, ...], reason: Reason | None
) -> None:
    answer = rules.may_consent(papers, result, signs, until, MON, agents)
    assert (answer.reason, bool(answer)) == (reason, reason is None)
    if signs and answer:
        assert answer.facts["agent"] == 4


def test_a_consent_holds_until_its_day_or_its_end_and_a_new_one_takes_its_place() -> None:
    service = told(consent(23, "2026-11-25"))
    assert [bool(service.consent_on(MON + timedelta(days))) for days in (-1, 0, 2, 3)] == [False, True, True, False]
    service = told(consent(23), (24, ENDED, {}))
    assert service.consent_on(date(2026, 11, 24)) is None and service.consent_on(MON) is not None
    assert not rules.may_end_consent(service, date(2026, 11, 24))
    service = told(consent(23), (24, ENDED, {}), consent(25, papers=("3",)), consent(25, papers=("4",)))
    assert [service.consent_on(date(2026, 11, day)) and service.consent_on(date(2026, 11, day)).papers for day in (23, 24, 25)] == [("1", "2"), None, ("4",)]  # type: ignore[union-attr]


def test_originals_are_kept_three_working_days_at_most() -> None:
    service = told(consent(), carried(26, Errand.FETCHED, "1", "2"), carried(27, Errand.FETCHED, "2"))
    assert [(each.code, each.due_on) for each in service.kept] == [("1", date(2026, 12, 1)), ("2", date(2026, 12, 1))]
    assert service.keeps_until == date(2026, 12, 1)
    assert [each.is_late(date(2026, 12, 1)) for each in service.kept] == [False, False]
    assert service.kept[0].is_late(date(2026, 12, 2))
    service = told(consent(), carried(23, Errand.FETCHED, "1", "2"), carried(24, Errand.BROUGHT, "1", to=5), carried(27, Errand.GIVEN_BACK, "2"))
    assert service.kept == () and service.keeps_until is None
    assert [each.is_late(date(2026, 12, 31)) for each in service.originals] == [False, True]
    assert told(consent(), carried(23, Errand.FETCHED, "1", form="copy")).kept == ()


def test_a_trip_saved_is_a_way_to_a_window_or_a_result_brought_home() -> None:
    service = told(
        consent(), carried(23, Errand.FETCHED, "1"), carried(24, Errand.BROUGHT, "1", to=5), carried(24, Errand.BROUGHT, "2", form="copy", to=5),
        carried(24, Errand.BROUGHT, "2", form="copy", to=6), carried(25, Errand.BROUGHT, "2", form="copy", to=5), carried(26, Errand.GIVEN_BACK, "1"),
        (30, EventKind.DELIVERED, {"to": "applicant", "at_home": True, "taken_by": None}),
    )  # fmt: skip
    assert (service.trips_saved, service.home_on) == (4, date(2026, 11, 30))
    assert told(consent(), (30, EventKind.DELIVERED, {"to": "applicant"})).trips_saved == 0


ORIGINAL, COPY = Form.ORIGINAL, Form.COPY


@pytest.mark.parametrize(
    ("errand", "papers", "day", "to", "is_open", "reason"),
    [
        (Errand.FETCHED, [("2", ORIGINAL)], 24, None, True, None),
        (Errand.FETCHED, [("3", ORIGINAL)], 24, None, True, Reason.NOT_IN_CONSENT),
        (Errand.FETCHED, [], 24, None, True, Reason.NOTHING_CARRIED),
        (Errand.FETCHED, [("2", COPY)], 26, None, True, Reason.DAY_TO_COME),
        (Errand.FETCHED, [("2", COPY)], None, None, True, Reason.DAY_TO_COME),
        (Errand.FETCHED, [("2", COPY)], 20, None, True, Reason.NO_CONSENT),
        (Errand.FETCHED, [("2", COPY)], 25, None, True, Reason.NO_CONSENT),
        (Errand.FETCHED, [("2", COPY)], 24, None, False, Reason.CASE_CLOSED),
        (Errand.BROUGHT, [("1", ORIGINAL)], 24, 5, True, None),
        (Errand.BROUGHT, [("1", ORIGINAL)], 24, None, True, Reason.CARRIED_NOWHERE),
        (Errand.GIVEN_BACK, [("1", ORIGINAL)], 25, None, True, None),
        (Errand.GIVEN_BACK, [("1", ORIGINAL)], 25, None, False, None),
        (Errand.GIVEN_BACK, [("1", ORIGINAL)], 22, None, True, Reason.NOT_WITH_WORKER),
        (Errand.GIVEN_BACK, [("1", COPY)], 25, None, True, Reason.NOT_WITH_WORKER),
        (Errand.GIVEN_BACK, [("2", ORIGINAL)], 25, None, True, Reason.NOT_WITH_WORKER),
    ],
)  # fmt: skip
def test_what_can_be_carried(errand: Errand, papers: list[tuple[str, Form]], day: int | None, to: int | None, is_open: bool, reason: Reason | None) -> None:
    """A consent from the 23rd, withdrawn on the 25th; the worker has the original of paper 1 since the 23rd; today is the 25th."""
    service = told(consent(), carried(23, Errand.FETCHED, "1"), (25, ENDED, {}))
    on = None if day is None else date(2026, 11, day)
    assert rules.may_carry(service, errand, papers, on, date(2026, 11, 25), to_window=to, is_open=is_open).reason == reason


@pytest.mark.parametrize(
    ("service", "to", "name", "reason"),
    [
        (told(consent()), "applicant", "", None),
        (told(consent()), "household", "陈家人", None),
        (told(consent()), "household", " ", Reason.WHO_TOOK_IT),
        (told(consent(result=False)), "applicant", "", Reason.RESULT_NOT_IN_CONSENT),
        (told(), "applicant", "", Reason.NO_CONSENT),
    ],
)
def test_a_result_is_handed_over_at_home(service: Service, to: str, name: str, reason: Reason | None) -> None:
    assert rules.may_deliver_home(service, to, name, MON).reason == reason


def test_what_a_day_brings() -> None:
    usual = {
        "keeps_until": None, "consents_until": date(2026, 12, 31), "brings_result": True, "is_open": True, "at_room": True,
        "waits_to_be_delivered": False, "is_noticed": False, "today": MON,
    }  # fmt: skip

    def asked(**more: object) -> tuple[Visit, ...]:
        return rules.visits(**{**usual, **more})  # type: ignore[arg-type]

    assert asked() == ()
    assert asked(keeps_until=MON, is_open=False) == (Visit.GIVE_BACK,)
    assert asked(waits_to_be_delivered=True) == (Visit.RESULT,)
    assert asked(waits_to_be_delivered=True, at_room=False) == asked(waits_to_be_delivered=True, brings_result=False) == ()
    assert asked(is_noticed=True) == (Visit.SUPPLEMENT,)
    assert asked(is_noticed=True, consents_until=None) == asked(is_noticed=True, consents_until=MON - timedelta(1)) == ()
    assert asked(consents_until=MON + timedelta(7)) == (Visit.CONSENT_ENDS,)
    assert asked(consents_until=MON + timedelta(8)) == asked(consents_until=MON, is_open=False) == ()
    assert asked(keeps_until=MON, is_noticed=True, consents_until=MON) == (Visit.GIVE_BACK, Visit.SUPPLEMENT, Visit.CONSENT_ENDS)
