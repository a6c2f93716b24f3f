"""A backup is whole, of one moment, checked; a restore brings all of it back or changes nothing."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import backups
from portal.accounts.models import Person
from portal.accounts.sealed import PersonField, cipher
from portal.audit import AuditRecord, machine, read_anchors, record, write_anchors
from portal.backups import Refused
from portal.config import KEY_FILES
from portal.crypto import FieldCipher
from portal.database import db, transaction
from portal.network.models import County, Division
from portal.network.queries import the_county
from portal.operations import audit_verify, check
from tests import conftest as ours
from tests.foundations.conftest import Ground
from tests.foundations.rows import ordered
from tests.foundations.test_transaction import at_once, county_id, numbers, records, take
from tests.people import ManualClock

# what a restore writes itself
NOT_COMPARED = {"audit_record", "chain_head"}


@pytest.fixture
def here(app: Flask) -> Iterator[Flask]:
    """The demonstration county with a sealed person, an anchor and two attachments."""
    with app.app_context():
        with transaction(clock=ours.new_clock()) as tx:
            county = the_county().id
            sealed = cipher().seal("999999199001011234", PersonField.NUMBER.value)
            tx.session.add(Person(county_id=county, kind="natural", masked_name="示**", number_sealed=sealed, created_at=tx.now))
            record(tx, machine(county), "test", "test")
        write_anchors(db.session(), ours.new_clock().today())
        db.session.rollback()
        attachments = Path(app.config["DATA_DIR"]) / "attachments"
        (attachments / "ab").mkdir(parents=True)
        (attachments / "ab" / "abcdef").write_bytes(b"sealed bytes" * 5000)
        (attachments / "empty").write_bytes(b"")
        yield app


@pytest.fixture
def elsewhere(here: Flask, grounds: Callable[[str], Ground]) -> Callable[..., Any]:
    """Do something in the context of a new, empty deployment of the same engine."""

    def of(**environ: str) -> Flask:
        return grounds("sqlite" if db.engine.dialect.name == "sqlite" else "postgresql").app(**environ)

    return of


def rows() -> dict[str, list[tuple[Any, ...]]]:
    db.session.rollback()
    with db.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns))] for table in ordered()
        }


def leave() -> None:
    db.session.remove()
    db.engine.dispose()


def test_what_was_backed_up_comes_back_elsewhere(here: Flask, elsewhere: Callable[..., Flask], tmp_path: Path, clock: ManualClock) -> None:
    before = rows()
    told = backups.backup(tmp_path / "b.tar", clock=clock)
    assert (told["keys"], told["attachments"]) == (False, 2)
    assert told["records"] == len(before["audit_record"])
    assert (tmp_path / "b.tar").stat().st_mode & 0o777 == 0o600
    other = elsewhere()
    with other.app_context():
        answer = backups.restore(tmp_path / "b.tar", clock=clock)
        assert (answer["broken"], answer["kept"], answer["attachments"]) == ([], None, 2)
        after = rows()
        assert {name: each for name, each in after.items() if name not in NOT_COMPARED} == {
            name: each for name, each in before.items() if name not in NOT_COMPARED
        }
        assert set(after["audit_record"]) > set(before["audit_record"])
        assert records("restore") == 1
        assert read_anchors()
        assert audit_verify()[1] == []
        assert check(clock).faults == []
        sealed = db.session.scalars(sa.select(Person.number_sealed).where(Person.masked_name == "示**")).one()
        assert cipher().open(sealed or b"", PersonField.NUMBER.value) == "999999199001011234"
        kept = Path(other.config["DATA_DIR"]) / "attachments"
        assert (kept / "ab" / "abcdef").read_bytes() == b"sealed bytes" * 5000
        assert (kept / "empty").read_bytes() == b""
        assert list(Path(other.config["DATA_DIR"]).glob(".working-*")) == []
        county = county_id()
        assert take(county, clock) == 1
        leave()


def test_a_backup_while_others_write_is_of_one_moment(
    here: Flask, elsewhere: Callable[..., Flask], tmp_path: Path, clock: ManualClock
) -> None:
    county, stop = county_id(), threading.Event()
    made: list[dict[str, Any]] = []

    def work(index: int) -> int:
        if index == 0:
            try:
                while numbers() < 3:
                    pass
                made.append(backups.backup(tmp_path / "b.tar", clock=clock))
            finally:
                stop.set()
            return 0
        while not stop.is_set():
            take(county, clock)
        return 1

    assert at_once(here, work, 3) == [0, 1, 1]
    with elsewhere().app_context():
        assert backups.restore(tmp_path / "b.tar", clock=clock)["broken"] == []
        assert numbers() == records("test.take") >= 3
        assert records("restore") == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) == made[0]["records"] + 1
        leave()


# --- what is refused ------------------------------------------------------------------------------------------------------------


def test_data_is_not_overwritten_unless_asked_and_then_kept(here: Flask, tmp_path: Path, clock: ManualClock) -> None:
    county = county_id()
    backups.backup(tmp_path / "b.tar", clock=clock)
    take(county, clock)
    with pytest.raises(Refused, match="there is data") as caught:
        backups.restore(tmp_path / "b.tar", clock=clock)
    assert caught.value.code == "not_empty"
    assert numbers() == 1
    answer = backups.restore(tmp_path / "b.tar", replace=True, clock=clock)
    assert answer["broken"] == []
    assert numbers() == 0
    kept = Path(answer["kept"])
    assert kept.stat().st_mode & 0o777 == 0o600
    assert backups.restore(kept, replace=True, clock=clock)["broken"] == []
    assert numbers() == 1


@pytest.mark.property
def test_a_file_with_a_changed_byte_is_refused_and_nothing_changes(
    here: Flask, elsewhere: Callable[..., Flask], tmp_path: Path, clock: ManualClock
) -> None:
    backups.backup(tmp_path / "b.tar", clock=clock)
    whole = (tmp_path / "b.tar").read_bytes()
    with tarfile.open(tmp_path / "b.tar") as tar:
        parts = [(each.offset_data, each.size) for each in tar if each.size]
    other = elsewhere()
    data_dir = Path(other.config["DATA_DIR"])

    @settings(max_examples=ours.count(200, 10))
    @given(st.sampled_from(parts), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
    def tried(part: tuple[int, int], where: float, change: int) -> None:
        torn = bytearray(whole)
        torn[part[0] + int(where * part[1])] ^= change
        (tmp_path / "torn.tar").write_bytes(torn)
        with pytest.raises(Refused) as caught:
            backups.restore(tmp_path / "torn.tar", clock=clock)
        assert caught.value.code in ("broken_backup", "other_key", "newer", "other_engine"), caught.value

    with other.app_context():
        before = sorted(path.name for path in data_dir.iterdir())
        tried()
        assert sorted({path.name for path in data_dir.iterdir()} - {"backup.lock", "tongban.sqlite3"}) == before
        assert sa.inspect(db.engine).get_table_names() == []
        leave()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_breaks_off_is_refused(here: Flask, tmp_path: Path, clock: ManualClock, share: float) -> None:
    backups.backup(tmp_path / "b.tar", clock=clock)
    whole = (tmp_path / "b.tar").read_bytes()
    end = whole.rindex(b'"files"')
    (tmp_path / "torn.tar").write_bytes(whole[: int(end * share)])
    with pytest.raises(Refused):
        backups.restore(tmp_path / "torn.tar", replace=True, clock=clock)
    assert audit_verify()[1] == []


def with_part(source: Path, target: Path, name: str, *, link: bool = False) -> None:
    """The backup with one more part, named in its manifest as if it belonged there."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for entry in old:
            part = old.extractfile(entry)
            assert part is not None
            data = part.read()
            if entry.name == backups.MANIFEST:
                extra = tarfile.TarInfo(name)
                if link:
                    extra.type, extra.linkname = tarfile.SYMTYPE, "/etc/passwd"
                    new.addfile(extra)
                else:
                    extra.size = 1
                    new.addfile(extra, io.BytesIO(b"x"))
                manifest = json.loads(data)
                manifest["files"][name] = {"sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", "size": 1}
                manifest["sha256"] = backups._sum_of(manifest)
                data = backups._written(manifest)
                entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/outside", "attachments/../../outside", "attachments/.hidden", "keys/secret-key", "tongban.sqlite3", "attachments/a b"]
)
def test_a_part_that_points_elsewhere_is_refused(sqlite_app: Flask, tmp_path: Path, clock: ManualClock, name: str) -> None:
    with sqlite_app.app_context():
        backups.backup(tmp_path / "b.tar", clock=clock)
        with_part(tmp_path / "b.tar", tmp_path / "evil.tar", name)
        with pytest.raises(Refused, match="does not belong there"):
            backups.restore(tmp_path / "evil.tar", replace=True, clock=clock)
        with_part(tmp_path / "b.tar", tmp_path / "link.tar", "attachments/link", link=True)
        with pytest.raises(Refused, match="does not belong there"):
            backups.restore(tmp_path / "link.tar", replace=True, clock=clock)
        with_part(tmp_path / "b.tar", tmp_path / "good.tar", "attachments/good")
        assert backups.restore(tmp_path / "good.tar", replace=True, clock=clock)["attachments"] == 1
    assert not (tmp_path / "outside").exists()


def test_what_is_no_backup_is_refused_in_words(sqlite_app: Flask, tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="ascii")
    with sqlite_app.app_context():
        for name, code in (("letter.txt", "no_backup"), ("nothing.tar", "no_backup")):
            with pytest.raises(Refused) as caught:
                backups.restore(tmp_path / name, replace=True, clock=clock)
            assert caught.value.code == code


def test_a_backup_of_the_other_engine_is_refused(
    here: Flask, grounds: Callable[[str], Ground], tmp_path: Path, clock: ManualClock
) -> None:
    if ours.legs.postgres_url() is None:
        pytest.skip("left out: no PostgreSQL")
    backups.backup(tmp_path / "b.tar", clock=clock)
    other = grounds("postgresql" if db.engine.dialect.name == "sqlite" else "sqlite").app()
    with other.app_context():
        with pytest.raises(Refused, match="this deployment is on"):
            backups.restore(tmp_path / "b.tar", clock=clock)
        leave()


def test_an_older_backup_is_migrated_and_a_newer_one_refused(
    here: Flask, elsewhere: Callable[..., Flask], tmp_path: Path, clock: ManualClock
) -> None:
    flask_migrate.downgrade(revision="0007")
    db.session.remove()
    assert backups.backup(tmp_path / "old.tar", clock=clock)["migration"] == "0007"
    with elsewhere().app_context():
        assert backups.restore(tmp_path / "old.tar", clock=clock)["migration"] == {"from": "0007", "to": backups.migration()[1]}
        # going back to 0007 forgot who drafted the letters of appointment, and the check rightly says so of each
        assert {fault["code"] for fault in check(clock).faults} <= {"letters"}
        leave()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    backups.backup(tmp_path / "new.tar", clock=clock)
    with elsewhere().app_context():
        with pytest.raises(Refused, match="newer program"):
            backups.restore(tmp_path / "new.tar", clock=clock)
        leave()


# --- keys -----------------------------------------------------------------------------------------------------------------------

OTHER_KEYS = {"FIELD_KEY": "44" * 32, "RECORD_KEY": "55" * 32}
NO_KEYS = {"FIELD_KEY": "", "RECORD_KEY": ""}


def test_keys_are_left_out_unless_asked_for(here: Flask, tmp_path: Path, clock: ManualClock) -> None:
    backups.backup(tmp_path / "without.tar", clock=clock)
    backups.backup(tmp_path / "with.tar", with_keys=True, clock=clock)
    whole = (tmp_path / "without.tar").read_bytes()
    assert b"\x22" * 32 not in whole and b"22" * 32 not in whole
    with tarfile.open(tmp_path / "without.tar") as tar:
        assert not [name for name in tar.getnames() if name.startswith("keys/")]
    with tarfile.open(tmp_path / "with.tar") as tar:
        assert {"keys/field-key", "keys/record-key"} <= set(tar.getnames())
        assert "keys/secret-key" not in tar.getnames()


@pytest.mark.parametrize("name", ["FIELD_KEY", "RECORD_KEY"])
def test_without_the_right_key_nothing_is_restored(
    here: Flask, elsewhere: Callable[..., Flask], tmp_path: Path, clock: ManualClock, name: str
) -> None:
    backups.backup(tmp_path / "b.tar", clock=clock)
    for environ in ({name: OTHER_KEYS[name]}, {name: ""}):
        with elsewhere(**environ).app_context():
            with pytest.raises(Refused, match=f"another {name}") as caught:
                backups.restore(tmp_path / "b.tar", clock=clock)
            assert caught.value.code == "other_key"
            assert sa.inspect(db.engine).get_table_names() == []
            leave()


def test_keys_of_the_backup_are_taken_over_where_none_are_set(
    here: Flask, elsewhere: Callable[..., Flask], tmp_path: Path, clock: ManualClock
) -> None:
    backups.backup(tmp_path / "b.tar", with_keys=True, clock=clock)
    with elsewhere(**OTHER_KEYS).app_context():
        with pytest.raises(Refused, match="set to another key"):
            backups.restore(tmp_path / "b.tar", clock=clock)
        leave()
    other = elsewhere(**NO_KEYS)
    with other.app_context():
        answer = backups.restore(tmp_path / "b.tar", clock=clock)
        assert (answer["keys"], answer["broken"]) == (["FIELD_KEY", "RECORD_KEY"], [])
        assert check(clock).faults == []
        for name in answer["keys"]:
            assert (Path(other.config["DATA_DIR"]) / KEY_FILES[name]).stat().st_mode & 0o777 == 0o600
        leave()
    from app import create_app

    again = create_app(other.config["PORTAL"])  # another process reads them from the files
    with again.app_context():
        assert audit_verify()[1] == []
        assert check(clock).faults == []
        leave()


# --- where it cannot be written, where it was damaged ---------------------------------------------------------------------------


def test_a_backup_overwrites_nothing_and_leaves_no_half_of_one(sqlite_app: Flask, tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "there.tar").write_text("mine", encoding="ascii")
    (tmp_path / "folder").mkdir()
    with sqlite_app.app_context():
        for file, code in ((tmp_path / "there.tar", "exists"), (tmp_path / "nowhere" / "b.tar", "no_folder")):
            with pytest.raises(Refused) as caught:
                backups.backup(file, clock=clock)
            assert caught.value.code == code
        assert (tmp_path / "there.tar").read_text(encoding="ascii") == "mine"
        damage(sqlite_app)
        with pytest.raises(Refused):
            backups.backup(tmp_path / "folder" / "b.tar", clock=clock)
    assert list((tmp_path / "folder").iterdir()) == []


def damage(app: Flask) -> None:
    leave()
    path = Path(app.config["DATA_DIR"]) / "tongban.sqlite3"
    raw = bytearray(path.read_bytes())
    for page in range(3, len(raw) // 4096):
        raw[page * 4096 : page * 4096 + 8] = b"\xff" * 8
    path.write_bytes(raw)


@pytest.mark.parametrize("how", ["pages", "header"])
def test_a_damaged_database_is_set_aside_and_the_backup_comes_back(sqlite_app: Flask, tmp_path: Path, clock: ManualClock, how: str) -> None:
    with sqlite_app.app_context():
        backups.backup(tmp_path / "b.tar", clock=clock)
        path = Path(sqlite_app.config["DATA_DIR"]) / "tongban.sqlite3"
        if how == "pages":
            damage(sqlite_app)
        else:
            leave()
            path.write_bytes(b"no database at all" * 500)
        broken = path.read_bytes()
        answer = backups.restore(tmp_path / "b.tar", replace=True, clock=clock)
        assert answer["broken"] == []
        assert (Path(answer["kept"]) / path.name).read_bytes() == broken
        assert check(clock).faults == []


def test_a_leftover_of_a_killed_backup_is_no_hindrance(sqlite_app: Flask, tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / ".b.tar.partial").write_bytes(b"half of one")
    left = Path(sqlite_app.config["DATA_DIR"]) / ".working-abc"
    left.mkdir()
    (left / "database.sqlite3").write_bytes(b"half of one")
    with sqlite_app.app_context():
        assert backups.backup(tmp_path / "b.tar", clock=clock)["records"] > 0
    assert not left.exists()


def test_a_broken_chain_comes_back_as_it_was_and_is_named(
    here: Flask, elsewhere: Callable[..., Flask], tmp_path: Path, clock: ManualClock
) -> None:
    with db.engine.begin() as connection:
        name = "guard_audit_record_update"
        connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if connection.dialect.name == "sqlite" else " ON audit_record"))
        connection.exec_driver_sql("UPDATE audit_record SET verb = 'x' WHERE seq = 12")
    backups.backup(tmp_path / "b.tar", clock=clock)
    with elsewhere().app_context():
        broken = backups.restore(tmp_path / "b.tar", clock=clock)["broken"]
        assert [(each.county, each.record) for each in broken] == [("611026", 12)]
        leave()


# --- the commands ---------------------------------------------------------------------------------------------------------------


def test_the_commands(sqlite_app: Flask, grounds: Callable[[str], Ground], tmp_path: Path) -> None:
    file = str(tmp_path / "b.tar")
    done = sqlite_app.test_cli_runner().invoke(args=["backup", file, "--json"])
    assert (done.exit_code, json.loads(done.stdout)["file"]) == (0, file)
    done = sqlite_app.test_cli_runner().invoke(args=["backup", file, "--json"])
    assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (1, "exists")
    done = sqlite_app.test_cli_runner().invoke(args=["restore", file, "--json"])
    assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (1, "not_empty")
    other = grounds("sqlite").app()
    done = other.test_cli_runner().invoke(args=["restore", file, "--json"])
    said = json.loads(done.stdout)
    assert (done.exit_code, said["ok"], said["broken"]) == (0, True, [])
    with other.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Division)) or 0 > 90
        assert db.session.scalars(sa.select(County.code)).one() == "611026"
        leave()


def test_a_restore_killed_halfway_leaves_the_old_state_or_the_new(sqlite_app: Flask, tmp_path: Path, clock: ManualClock) -> None:
    """The pages go in within one transaction of SQLite: a copy broken off before its end is rolled back by whoever opens next."""
    with sqlite_app.app_context():
        county = county_id()
        backups.backup(tmp_path / "b.tar", clock=clock)
        take(county, clock)
        leave()
        path = Path(sqlite_app.config["DATA_DIR"]) / "tongban.sqlite3"
        with tarfile.open(tmp_path / "b.tar") as tar, (tmp_path / "part.sqlite3").open("wb") as out:
            part = tar.extractfile(backups.SQLITE_PART)
            assert part is not None
            shutil.copyfileobj(part, out)
        module = backups.sqlite_module()
        source, target = module.connect(str(tmp_path / "part.sqlite3")), module.connect(str(path))

        class Killed(Exception):
            pass

        def progress(_status: int, remaining: int, _total: int) -> None:
            if remaining < 100:
                raise Killed

        with pytest.raises(Killed):
            source.backup(target, pages=50, progress=progress)
        target.close()
        source.close()
        assert numbers() == 1
        assert audit_verify()[1] == []


def test_the_field_key_of_a_backup_opens_its_fields(here: Flask) -> None:
    sealed = db.session.scalars(sa.select(Person.number_sealed).where(Person.masked_name == "示**")).one()
    assert sealed is not None
    assert FieldCipher(bytes.fromhex(ours.KEYS["FIELD_KEY"])).open(sealed, PersonField.NUMBER.value) == "999999199001011234"
