"""Is the site ready to serve: does the database answer, are the migrations at their head, does the calendar cover this year?"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal.database import db
from portal.network.models import CalendarYear, County

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


@lru_cache(maxsize=1)
def _heads() -> frozenset[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return frozenset(ScriptDirectory.from_config(config).get_heads())


def readiness(today: date) -> dict[str, bool]:
    """Each thing that must be so, by name; all true means ready. What cannot be asked counts as not so."""
    answers = {"database": False, "migrations": False, "calendar": False}
    try:
        answers["migrations"] = frozenset(MigrationContext.configure(db.session.connection()).get_current_heads()) == _heads()
        answers["database"] = True
        counties = set(db.session.scalars(select(County.id)))
        covered = set(db.session.scalars(select(CalendarYear.county_id).where(CalendarYear.year == today.year)))
        answers["calendar"] = bool(counties) and counties <= covered
    except SQLAlchemyError:
        db.session.rollback()
    return answers
