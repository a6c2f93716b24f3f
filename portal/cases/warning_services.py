"""The daily digest of cases whose day comes near: written once per person and day, however often and by however many it is run (C-5)."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.audit import machine, record
from portal.cases import warning_queries as queries
from portal.clock import Clock
from portal.database import db, transaction
from portal.i18n import DEFAULT
from portal.network import message_services as messages
from portal.network.message_queries import known_keys
from portal.rules.moments import civil_date
from portal.rules.warnings import Digest, digest_key, digests, told

AT_ONCE = 50  # persons whose digests are written in one transaction


def warn(county_id: int, clock: Clock) -> str:
    """Write today's digests that are not written yet; says how many.

    Killed halfway, the next start writes the rest; two at once write each one once, since the day and the person make its key.
    """
    now = clock.now()
    today = civil_date(now)
    people = queries.people_of(county_id, now)
    found = digests((case, told(case.warn, around)) for case, around in queries.due_cases(county_id, today, people))
    db.session.rollback()
    written = 0
    order = sorted(found)
    for batch in (order[start : start + AT_ONCE] for start in range(0, len(order), AT_ONCE)):
        keys = {account_id: digest_key(today, people.names[account_id][0]) for account_id in batch}
        with transaction(clock=clock) as tx:
            known = known_keys(county_id, keys.values())
            left = [each for each in batch if keys[each] not in known]
            new = [each for each in left if _write(tx, county_id, keys[each], people.names[each], found[each], today)]
            if left:
                record(tx, machine(county_id, "jobs"), "warn", f"county:{county_id}", on=today, accounts=new)
        written += len(new)
    return f"{written} digests"


def _write(tx: Any, county_id: int, key: str, name: tuple[str, str | None], digest: Digest, today: date) -> bool:
    username, language = name
    facts = {
        "on": today.isoformat(),
        "counts": {warn.value: number for warn, number in digest.counts.items()},
        "cases": [[case.number, case.warn.value, case.due_on.isoformat()] for case in digest.worst],
    }
    return messages.put(tx, county_id=county_id, key=key, template="warnings", facts=facts, receiver=username, language=language or DEFAULT)
