"""Putting on the published lists of inspections: rights, matters, benchmarks, inspectors (Q-5, Q-8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.accounts.queries import account_by_name
from portal.audit import Actor, record
from portal.clock import Clock
from portal.database import NotFound, transaction
from portal.inspections import queries
from portal.inspections.plan_models import DiscretionBenchmark, InspectingBody, InspectionMatter, Inspector, InspectorConflict
from portal.network import queries as network
from portal.rules.inspection_plans import RightBy
from portal.rules.texts import Text


def give_right(
    county_id: int, body_code: str, *, right_by: RightBy, basis: str, from_on: date, until_on: date | None = None, special_most: int = 2,
    is_sample: bool = False, actor: Actor, clock: Clock,
) -> InspectingBody:  # fmt: skip
    """Put a body on the list of those that may inspect, with what its right rests on."""
    with transaction(clock=clock) as tx:
        row = InspectingBody(
            county_id=county_id, body_id=network.body_by_code(county_id, body_code).id, right_by=right_by.value, basis=basis, from_on=from_on,
            until_on=until_on, special_most=special_most, is_sample=is_sample,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        record(tx, actor, "give_right", f"inspecting_body:{body_code}", right_by=right_by.value, from_on=from_on)
        return row


def publish_matter(
    county_id: int, *, code: str, body_code: str, line: str, names: Text, basis: str, standard: str, more: Mapping[str, Any], from_on: date,
    until_on: date | None = None, is_sample: bool = False, actor: Actor, clock: Clock,
) -> InspectionMatter:  # fmt: skip
    """Put a matter on the published list from a day on; what is not on it cannot be planned (Q-5)."""
    with transaction(clock=clock) as tx:
        row = InspectionMatter(
            county_id=county_id, code=code, body_id=network.body_by_code(county_id, body_code).id, line=line, basis=basis, standard=standard,
            more=dict(more), from_on=from_on, until_on=until_on, is_sample=is_sample, **names.named(),
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        record(tx, actor, "publish_matter", f"inspection_matter:{code}", body=body_code, from_on=from_on)
        return row


def publish_benchmark(
    county_id: int, *, code: str, body_code: str, matter_code: str, grade: str, names: Text, lower_fen: int, upper_fen: int,
    is_first_free: bool, basis: str, more: Mapping[str, Any], from_on: date, until_on: date | None = None, is_sample: bool = False,
    actor: Actor, clock: Clock,
) -> DiscretionBenchmark:  # fmt: skip
    """Publish what a breach of one grade is fined; NotFound where its matter is not on the list (Q-8)."""
    with transaction(clock=clock) as tx:
        known = select(InspectionMatter.id).where(InspectionMatter.county_id == county_id, InspectionMatter.code == matter_code).limit(1)
        if tx.session.scalar(known) is None:
            raise NotFound(matter_code)
        row = DiscretionBenchmark(
            county_id=county_id, code=code, body_id=network.body_by_code(county_id, body_code).id, matter_code=matter_code, grade=grade,
            lower_fen=lower_fen, upper_fen=upper_fen, is_first_free=is_first_free, basis=basis, more=dict(more), from_on=from_on,
            until_on=until_on, is_sample=is_sample, **names.named(),
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        record(tx, actor, "publish_benchmark", f"benchmark:{code}", lower_fen=lower_fen, upper_fen=upper_fen, from_on=from_on)
        return row


def enter_inspector(
    county_id: int, *, certificate: str, body_code: str, username: str = "", name: str = "", from_on: date, valid_until_on: date,
    conflicts: Mapping[str, str] | None = None, is_sample: bool = False, actor: Actor, clock: Clock,
) -> Inspector:  # fmt: skip
    """Enter an inspector with the certificate, and the enterprises (credit code → reason) to which this one does not go (Q-5, Q-13)."""
    with transaction(clock=clock) as tx:
        account_id = account_by_name(county_id, username).id if username else None
        row = Inspector(
            county_id=county_id, body_id=network.body_by_code(county_id, body_code).id, account_id=account_id, name=name,
            certificate=certificate, from_on=from_on, valid_until_on=valid_until_on, is_sample=is_sample,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        for code, reason in (conflicts or {}).items():
            enterprise = queries.enterprise_by_code(county_id, code)
            tx.session.add(
                InspectorConflict(county_id=county_id, inspector_id=row.id, enterprise_id=enterprise.id, reason=reason, from_on=from_on)
            )
        tx.session.flush()
        record(tx, actor, "enter_inspector", f"inspector:{row.id}", body=body_code, valid_until=valid_until_on)
        return row
