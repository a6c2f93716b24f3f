"""Persons: sealed in the database, found again, opened one at a time and on the record (R-1, R-2, C-18)."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from portal.accounts import queries, services
from portal.accounts.models import Person, PersonName
from portal.accounts.sealed import RevealReason
from portal.audit import Actor, AuditRecord
from portal.database import Base, NotFound, db, transaction
from tests.accounts.conftest import Site
from tests.flush_guard import unguarded

NAME, NUMBER, PHONE = "陈桂兰", "99999919790415103X", "13900000001"


def register(site: Site, name: str = NAME, number: str = NUMBER, phone: str = PHONE, kind: str = "natural") -> int:
    actor = Actor(site.accounts["window-mr"], site.county_id, "window-mr")
    with transaction(clock=site.clock) as tx:
        return services.register_person(tx, site.county_id, kind, name, number, phone, actor=actor).id


def everything() -> str:
    """Every value of every row of every table, as text, with bytes in hex and as they are."""
    found = []
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)):
            found += [value.hex() + value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
    return "\n".join(found)


def test_number_and_phone_are_unreadable_in_the_database(site: Site) -> None:
    register(site)
    text = everything()
    for secret in (NUMBER, PHONE):
        assert secret not in text
        assert secret.encode().hex() not in text
    assert NAME in text, "the name stands in its own table"
    assert NAME not in "\n".join(db.session.scalars(sa.select(AuditRecord.body)))
    assert db.session.scalars(sa.select(Person.masked_name)).all() == ["陈**"]


def test_the_same_number_is_sealed_differently_and_found_by_its_index(site: Site) -> None:
    first, second = register(site), register(site, phone="13900000002")
    sealed = db.session.scalars(sa.select(Person.number_sealed)).all()
    assert len(set(sealed)) == 2
    assert queries.persons_with_number(site.county_id, "999999 19790415 103x") == [first, second]
    assert queries.persons_with_phone(site.county_id, "139-0000-0002") == [second]
    assert queries.persons_named(site.county_id, "陈 桂兰") == [first, second]
    assert queries.persons_with_number(site.county_id + 1, NUMBER) == []


def test_the_very_same_person_is_one_row(site: Site) -> None:
    assert register(site) == register(site)
    assert register(site) != register(site, name="陈桂芳")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PersonName)) == 2


def test_a_sealed_value_cannot_be_moved_to_another_field(site: Site) -> None:
    person_id = register(site)
    with unguarded(db):
        db.session.execute(sa.update(Person).values(phone_sealed=Person.number_sealed))
        db.session.commit()
    actor = Actor(site.accounts["window-mr"], site.county_id, "window-mr")
    with pytest.raises(InvalidTag):
        services.reveal(person_id, "phone", "contact", actor=actor, clock=site.clock)


def test_everybody_sees_a_mask(site: Site) -> None:
    shown = queries.masked_person(site.county_id, register(site))
    assert (shown.name, shown.number, shown.phone) == ("陈**", "999" + "*" * 13 + "3X", "139******01")
    assert queries.masked_names(site.county_id, [shown.person_id]) == {shown.person_id: "陈**"}


def test_an_organisation_has_no_masked_name(site: Site) -> None:
    assert (
        queries.masked_person(site.county_id, register(site, "下梁建材有限公司", "91999999MA9X000382", kind="organisation")).name
        == "下梁建材有限公司"
    )


def test_a_reveal_is_recorded_with_who_what_why_and_without_the_number(site: Site) -> None:
    person_id = register(site)
    actor = Actor(site.accounts["window-mr"], site.county_id, "window-mr", "198.51.100.7", 12)
    assert services.reveal(person_id, "number", RevealReason.VERIFY, actor=actor, clock=site.clock, about="case:7") == NUMBER
    assert services.reveal(person_id, "phone", "contact", actor=actor, clock=site.clock) == PHONE
    rows = db.session.scalars(sa.select(AuditRecord).where(AuditRecord.verb == "reveal").order_by(AuditRecord.seq)).all()
    body = json.loads(rows[0].body)
    assert (body["actor"], body["from"], body["session"], body["subject"]) == (actor.key, "198.51.100.7", 12, f"person:{person_id}")
    assert body["facts"] == {"field": "number", "reason": "verify", "about": "case:7"}
    assert len(rows) == 2
    assert NUMBER not in rows[0].body + rows[1].body


def test_nothing_is_opened_without_a_reason_or_for_another_county(site: Site) -> None:
    person_id = register(site, phone="")
    actor = Actor(site.accounts["window-mr"], site.county_id, "window-mr")
    for field, reason in (("number", ""), ("number", "because"), ("name", "contact")):
        with pytest.raises(ValueError):
            services.reveal(person_id, field, reason, actor=actor, clock=site.clock)
    with pytest.raises(NotFound):
        services.reveal(person_id, "phone", "contact", actor=actor, clock=site.clock)
    with pytest.raises(NotFound):
        services.reveal(person_id, "number", "contact", actor=Actor(1, site.county_id + 1), clock=site.clock)
    assert db.session.scalars(sa.select(AuditRecord.seq).where(AuditRecord.verb == "reveal")).all() == []
