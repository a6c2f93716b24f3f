"""An engine without anything in it, for tests that build databases themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from portal.database import db
from tests import conftest as ours
from tests import postgres
from tests.people import new_clock


@dataclass(frozen=True)
class Ground:
    """An empty database and a DATA_DIR of its own."""

    engine: str
    data_dir: Path
    url: str

    def app(self, **environ: str) -> Flask:
        """The site on it, not migrated."""
        from app import create_app
        from portal.config import load_config

        settings = {"DATA_DIR": str(self.data_dir), "DATABASE_URL": self.url, **ours.KEYS, **environ}
        return create_app(load_config({name: value for name, value in settings.items() if value}), clock=new_clock())


@pytest.fixture
def grounds(tmp_path: Path) -> Iterator[Callable[[str], Ground]]:
    """engine → an empty database, as many as are asked for; they go with the test."""
    made: list[str] = []

    def new(engine: str) -> Ground:
        data_dir = tmp_path / f"ground-{uuid4().hex[:6]}"
        data_dir.mkdir(mode=0o700)
        if engine == "sqlite":
            return Ground(engine, data_dir, f"sqlite:///{data_dir / 'tongban.sqlite3'}")
        name = f"tongban_g_{uuid4().hex[:10]}"
        postgres.admin(f'CREATE DATABASE "{name}"')
        made.append(name)
        return Ground(engine, data_dir, postgres.url_of(name))

    yield new
    for name in made:
        postgres.admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(params=ours.engines())
def ground(request: pytest.FixtureRequest, grounds: Callable[[str], Ground]) -> Ground:
    """An empty database, on each engine."""
    return grounds(request.param)


@pytest.fixture
def migrated(ground: Ground) -> Iterator[Flask]:
    """The site on a database with every table and no row."""
    import flask_migrate

    app = ground.app()
    with app.app_context():
        flask_migrate.upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()
