"""One file that holds a whole deployment, and how it comes back: made while serving, read back and checked, restored all or nothing.

The file is a tar with the anchors of the record, the database as of one moment, the attachments, on request the keys, and at its end a
manifest with the digest of each part. Keys are left out by default, since the file would then be the data in clear.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timezone
from pathlib import Path
from typing import IO, Any

import flask_migrate
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from psycopg.conninfo import make_conninfo

from portal.audit import DEPLOYMENT, AuditRecord, ChainHead, anchor_path, machine, record
from portal.clock import Clock
from portal.config import KEY_FILES, Config, Keys, keys
from portal.crypto import FieldCipher
from portal.database import db, is_sqlite, sqlite_module, transaction
from portal.network.models import County
from portal.operations import audit_verify, migration


class Refused(Exception):
    """A backup or restore that cannot or must not be done; the message says why and what to do."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


def _config() -> Config:
    config: Config = current_app.config["PORTAL"]
    return config


# --- backup ---------------------------------------------------------------------------------------------------------------------

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE_PART, POSTGRES_PART, ANCHORS_PART = "database.sqlite3", "database.dump", "anchors.csv"
ATTACHMENTS = "attachments"
_FILE = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_PART = re.compile(rf"database\.sqlite3|database\.dump|anchors\.csv|keys/(?:field|record)-key|attachments(?:/{_FILE})+")
_LOCKED_UP = ("FIELD_KEY", "RECORD_KEY")  # SECRET_KEY only signs: a new one signs everybody out and loses nothing


def backup(file: Path, *, with_keys: bool = False, clock: Clock) -> dict[str, Any]:
    """Write the whole deployment into one tar file, as of one moment, while it serves; it is read back and checked before it counts.

    Without `with_keys` the file alone opens no personal field and extends no chain. `Refused`, and no file left, where it cannot be made.
    """
    if file.exists():
        raise Refused(f"{file} is there already; name another", "exists")
    if not file.parent.is_dir():
        raise Refused(f"{file.parent} is no folder", "no_folder")
    partial = file.with_name(f".{file.name}.partial")
    with _one_at_a_time(), _working_folder() as folder:
        partial.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as out:
                manifest = _write_parts(out, folder, with_keys, clock)
                out.flush()
                os.fsync(out.fileno())
            with _Archive(partial):  # reads it all back
                pass
            partial.rename(file)
        except OSError as error:
            raise Refused(f"{file} cannot be written: {error.strerror or error}", "not_written") from error
        finally:
            partial.unlink(missing_ok=True)
    with file.open("rb") as whole:
        digest = hashlib.file_digest(whole, "sha256").hexdigest()
    with transaction(clock=clock) as tx:
        record(tx, machine(DEPLOYMENT, "backup"), "backup", "deployment", sha256=digest, keys=with_keys, migration=manifest["migration"])
    return {
        "file": str(file),
        "size": file.stat().st_size,
        "sha256": digest,
        "engine": manifest["engine"],
        "migration": manifest["migration"],
        "records": sum(manifest["records"].values()),
        "attachments": sum(name.startswith(f"{ATTACHMENTS}/") for name in manifest["files"]),
        "keys": with_keys,
    }


def _write_parts(out: IO[bytes], folder: Path, with_keys: bool, clock: Clock) -> dict[str, Any]:
    """Anchors, database, attachments, keys, manifest, in this order: no anchor is younger than the database, no attachment older."""
    files: dict[str, dict[str, Any]] = {}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        anchors = anchor_path().read_bytes() if anchor_path().exists() else b""
        _add(tar, files, ANCHORS_PART, io.BytesIO(anchors), len(anchors))
        if is_sqlite():
            copy = folder / SQLITE_PART
            _copy_sqlite(copy)
            summary = _summary_of_sqlite(copy)
        else:
            copy = folder / POSTGRES_PART
            summary = _dump_postgres(copy)
        with copy.open("rb") as source:
            _add(tar, files, copy.name, source, copy.stat().st_size)
        copy.unlink()
        attachments = _config().data_dir / ATTACHMENTS
        for path in sorted(attachments.rglob("*")) if attachments.is_dir() else ():
            name = path.relative_to(_config().data_dir).as_posix()
            if path.is_file() and _PART.fullmatch(name):
                with path.open("rb") as source:
                    _add(tar, files, name, source, os.fstat(source.fileno()).st_size)
        ours = _keys_by_name(keys(_config()))
        for name in _LOCKED_UP if with_keys else ():
            text = base64.urlsafe_b64encode(ours[name]) + b"\n"
            _add(tar, files, f"keys/{KEY_FILES[name]}", io.BytesIO(text), len(text))
        manifest = {
            "application": "tongban",
            "format": FORMAT,
            "made_at": clock.wall().isoformat(),
            "engine": db.engine.dialect.name,
            "keys": {name: _print_of(ours[name]) for name in _LOCKED_UP},
            **summary,
            "files": files,
        }
        manifest["sha256"] = _sum_of(manifest)
        text = _written(manifest)
        _add(tar, {}, MANIFEST, io.BytesIO(text), len(text))
    return manifest


class _Hashing:
    """Reads from a file and sums up what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.sum = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.sum.update(data)
        return data


def _add(tar: tarfile.TarFile, files: dict[str, dict[str, Any]], name: str, source: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    reader = _Hashing(source)
    tar.addfile(entry, reader)  # type: ignore[arg-type]
    files[name] = {"sha256": reader.sum.hexdigest(), "size": size}


def _keys_by_name(ours: Keys) -> dict[str, bytes]:
    return {"FIELD_KEY": ours.field_key, "RECORD_KEY": ours.record_key}


def _print_of(key: bytes) -> str:
    """Enough to tell whether a key is the same one, nothing to learn it from."""
    return hmac.new(key, b"tongban backup", hashlib.sha256).hexdigest()[:32]


def _sqlite_path() -> Path:
    return Path(sa.make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).database or "")


def _copy_sqlite(target: Path) -> None:
    """One state of the database, while others read and write: all pages in one step, within one read transaction."""
    module = sqlite_module()
    source, copy = module.connect(str(_sqlite_path()), timeout=30), module.connect(str(target))
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # the copy is one file, whole without a log beside it
        problems = [row[0] for row in copy.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
        problems += [f"{row[0]} refers to a row of {row[2]} that is not there" for row in copy.execute("PRAGMA foreign_key_check")][:5]
        if problems:
            raise Refused(f"the database is damaged and was not backed up: {'; '.join(problems)}", "damaged")
    except module.Error as error:
        raise Refused(f"the database cannot be copied: {error}", "database") from error
    finally:
        copy.close()
        source.close()


def _summary_of_sqlite(path: Path) -> dict[str, Any]:
    module = sqlite_module()
    connection = module.connect(str(path))
    try:
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        heads = dict(connection.execute("SELECT chain, seq FROM chain_head").fetchall())
    except module.Error as error:
        raise Refused(f"this is no database of ours: {error}", "database") from error
    finally:
        connection.close()
    return {"migration": revision[0] if revision else None, "records": {str(chain): seq for chain, seq in heads.items()}}


def _dump_postgres(target: Path) -> dict[str, Any]:
    """pg_dump in its custom format, and a summary read from the very snapshot that it dumps."""
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        with connection.begin():
            snapshot = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
            current = MigrationContext.configure(connection).get_current_heads()
            if not current:
                raise Refused("this is no database of ours: it has no migrations", "database")
            heads = connection.execute(sa.select(ChainHead.chain, ChainHead.seq))
            records = {str(chain): seq for chain, seq in heads}
            _client("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}")
    return {"migration": current[0], "records": records}


def _client(program: str, *arguments: str, connect: bool = True) -> None:
    """Run a program of PostgreSQL's client against our database; `Refused` with its own words where it fails."""
    found = shutil.which(program, path=os.environ.get("PATH", os.defpath) + ":/usr/bin:/usr/local/bin")
    if found is None:
        raise Refused(f"{program} is missing: install PostgreSQL's client programs, as new as the server", "no_client")
    url = sa.make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    environ = {**os.environ, "PGPASSWORD": url.password} if url.password else dict(os.environ)
    more: dict[str, Any] = dict(url.query)
    where = make_conninfo("", host=url.host, port=url.port, user=url.username, dbname=url.database, **more)
    command = [found, *arguments, *(["--no-password", f"--dbname={where}"] if connect else [])]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise Refused(f"{program}: {done.stderr.strip()[-800:]}", "client_failed")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    lock = os.open(_config().data_dir / "backup.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Refused("another backup or restore is at work here", "busy") from None
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def _working_folder() -> Iterator[Path]:
    """A folder in DATA_DIR, as closed to others as that is; one that a killed process left behind goes first."""
    for left in _config().data_dir.glob(".working-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".working-", dir=_config().data_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- restore --------------------------------------------------------------------------------------------------------------------


class _Archive:
    """A backup file, read once as a whole: every part is the one that the manifest names, byte for byte."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self.tar = tarfile.open(file, mode="r:")  # noqa: SIM115 - closed by `close`
        except (OSError, tarfile.TarError) as error:
            raise Refused(f"{file} cannot be read as a backup: {error}", "no_backup") from error
        try:
            self.manifest = self._checked()
        except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self.tar.close()
            raise Refused(f"{file} is not whole: {error}", "broken_backup") from error

    def __enter__(self) -> _Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.tar.close()

    def _checked(self) -> dict[str, Any]:
        sums: dict[str, dict[str, Any]] = {}
        manifest: dict[str, Any] | None = None
        for entry in self.tar:
            source = self.tar.extractfile(entry) if entry.isreg() else None
            if source is None or entry.name in sums or manifest is not None:
                raise ValueError(f"{entry.name!r} does not belong there")
            if entry.name == MANIFEST:
                text = source.read()
                manifest = json.loads(text)
                if text != _written(manifest):
                    raise ValueError("its manifest was changed")
                continue
            if not _PART.fullmatch(entry.name):
                raise ValueError(f"{entry.name!r} does not belong there")
            sums[entry.name] = {"sha256": hashlib.file_digest(source, "sha256").hexdigest(), "size": entry.size}  # type: ignore[arg-type]
        if manifest is None or manifest["application"] != "tongban":
            raise ValueError("it has no manifest at its end")
        if manifest.get("sha256") != _sum_of(manifest):
            raise ValueError("its manifest was changed")
        if manifest["format"] != FORMAT:
            raise ValueError(f"its format is {manifest['format']}, this program reads {FORMAT}")
        if manifest["files"] != sums:
            differing = [name for name in {**manifest["files"], **sums} if manifest["files"].get(name) != sums.get(name)]
            raise ValueError(f"{', '.join(sorted(differing)[:5])}: not what the manifest says")
        database = SQLITE_PART if manifest["engine"] == "sqlite" else POSTGRES_PART
        if database not in sums or ANCHORS_PART not in sums or not isinstance(manifest["keys"], dict):
            raise ValueError(f"{database} is missing")
        return manifest

    def bytes_of(self, name: str) -> bytes:
        source = self.tar.extractfile(name)
        assert source is not None
        return source.read()

    def put(self, name: str, target: Path) -> None:
        """Write a part to a file, whole or not at all, for its owner's eyes only."""
        source = self.tar.extractfile(name)
        assert source is not None
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as out:
                shutil.copyfileobj(source, out)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(target)
        finally:
            Path(temporary).unlink(missing_ok=True)


def restore(file: Path, *, replace: bool = False, clock: Clock) -> dict[str, Any]:
    """Bring a backup back into this deployment, which is stopped or new: checked first, then database, keys, attachments, migrations,
    and the record walked at the end. With `replace`, what was there goes into a backup of its own before.

    `Refused`, with nothing changed, for a file that is not whole, another engine's, a newer program's, one of other keys, or where data
    is already. "broken" in the answer is what `audit_verify` found: a chain that was broken when it was backed up comes back as it was.
    """
    config = _config()
    with _Archive(file) as archive, _one_at_a_time(), _working_folder() as folder:
        manifest = archive.manifest
        _refuse_other(manifest)
        theirs = _refuse_other_keys(archive)
        kept = _keep(replace, folder, clock)
        db.session.remove()
        db.engine.dispose()
        for name, key in theirs.items():
            _use_key(archive, name, key)
        if is_sqlite():
            archive.put(SQLITE_PART, folder / SQLITE_PART)
            _restore_sqlite(folder / SQLITE_PART)
        else:
            archive.put(POSTGRES_PART, folder / POSTGRES_PART)
            _restore_postgres(folder)
        archive.put(ANCHORS_PART, anchor_path())
        attachments = [name for name in manifest["files"] if name.startswith(f"{ATTACHMENTS}/")]
        for name in attachments:
            archive.put(name, config.data_dir / name)
        try:
            flask_migrate.upgrade()
        except SystemExit as error:  # it has logged why
            raise Refused("the backup is restored, but its migrations do not run; the log says why", "migrations") from error
        with transaction(clock=clock) as tx:
            facts = {"made_at": manifest["made_at"], "from_migration": manifest["migration"], "records": manifest["records"]}
            record(tx, machine(DEPLOYMENT, "restore"), "restore", "deployment", **facts)
        read, broken = audit_verify()
    return {
        "file": str(file),
        "made_at": manifest["made_at"],
        "migration": {"from": manifest["migration"], "to": migration()[0]},
        "records": read,
        "attachments": len(attachments),
        "keys": sorted(theirs),
        "kept": kept,
        "broken": broken,
    }


def _written(manifest: dict[str, Any]) -> bytes:
    """A manifest as it stands in the file, to the byte."""
    return json.dumps(manifest, indent=1).encode()


def _sum_of(manifest: dict[str, Any]) -> str:
    """The digest of all that a manifest says but this digest itself."""
    said = {name: value for name, value in manifest.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _refuse_other(manifest: dict[str, Any]) -> None:
    if manifest["engine"] != db.engine.dialect.name:
        ours = db.engine.dialect.name
        raise Refused(f"the backup is of {manifest['engine']}, this deployment is on {ours} (DATABASE_URL)", "other_engine")
    script = ScriptDirectory(str(Path(current_app.extensions["migrate"].directory)))
    if manifest["migration"] not in {step.revision for step in script.walk_revisions()}:
        text = f"the backup is at migration {manifest['migration']}, which this program does not know: install the newer program"
        raise Refused(text, "newer")


def _refuse_other_keys(archive: _Archive) -> dict[str, bytes]:
    """The keys of the backup that this deployment must take over; `Refused` where it cannot open what it would get."""
    config, found = _config(), {}
    ours, given = _keys_by_name(keys(config)), {"FIELD_KEY": config.field_key, "RECORD_KEY": config.record_key}
    for name in _LOCKED_UP:
        if hmac.compare_digest(_print_of(ours[name]), str(archive.manifest["keys"].get(name))):
            continue
        part = f"keys/{KEY_FILES[name]}"
        if part not in archive.manifest["files"]:
            where = f"put the right one into {config.data_dir / KEY_FILES[name]}" if given[name] is None else f"set the right {name}"
            raise Refused(f"the backup was written with another {name} and does not hold it: {where}", "other_key")
        if given[name] is not None:
            raise Refused(f"{name} is set to another key than the one in the backup: set the right one, or none", "other_key")
        found[name] = base64.urlsafe_b64decode(archive.bytes_of(part).strip())
    return found


def _use_key(archive: _Archive, name: str, key: bytes) -> None:
    archive.put(f"keys/{KEY_FILES[name]}", _config().data_dir / KEY_FILES[name])
    if name == "RECORD_KEY":
        current_app.config["RECORD_KEY"] = key
    else:
        current_app.extensions["cipher"] = FieldCipher(key)


def _keep(replace: bool, folder: Path, clock: Clock) -> str | None:
    """Refuse to overwrite what is there, or put it into a backup of its own with its keys; returns where."""
    try:
        is_used = _holds_data()
    except sa.exc.DatabaseError as error:
        if not is_sqlite() or not replace:
            text = f"the database that is there cannot be read: {error.orig}. Move it away, or restore with --replace"
            raise Refused(text, "database") from error
        return _move_away(clock)
    if not is_used:
        return None
    if not replace:
        raise Refused("there is data in this deployment. Restore elsewhere, or with --replace: it goes into a backup first", "not_empty")
    file = _config().data_dir / f"before-restore-{_stamp(clock)}.tar"
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as out:
            _write_parts(out, folder, True, clock)
    except Refused as error:
        file.unlink(missing_ok=True)
        if is_sqlite() and error.code in ("damaged", "database"):
            return _move_away(clock)  # what cannot be backed up is the very reason to restore
        raise
    except OSError as error:
        file.unlink(missing_ok=True)
        raise Refused(f"{file} cannot be written: {error.strerror or error}", "not_written") from error
    return str(file)


def _holds_data() -> bool:
    with db.engine.connect() as connection:
        present = set(sa.inspect(connection).get_table_names())
        asked = [model for model in (County, AuditRecord) if model.__tablename__ in present]
        return any(connection.execute(sa.select(sa.literal(1)).select_from(model).limit(1)).first() for model in asked)


def _stamp(clock: Clock) -> str:
    return clock.wall().astimezone(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")


def _move_away(clock: Clock) -> str:
    db.session.remove()
    db.engine.dispose()
    folder = _config().data_dir / f"before-restore-{_stamp(clock)}"
    folder.mkdir(mode=0o700)
    for suffix in ("", "-wal", "-shm"):
        path = _sqlite_path().with_name(_sqlite_path().name + suffix)
        with suppress(FileNotFoundError):
            path.replace(folder / path.name)
    return str(folder)


def _restore_sqlite(part: Path) -> None:
    """Put the pages of the backup into the database in one transaction of its own: killed halfway, the old state stands."""
    module = sqlite_module()
    lock = os.open(_config().data_dir / "write.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    source, target = module.connect(str(part)), module.connect(str(_sqlite_path()), timeout=30)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        problems = [row[0] for row in source.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
        if problems:
            raise Refused(f"the database in the backup is damaged: {'; '.join(problems)}", "broken_backup")
        source.backup(target)
    except module.Error as error:
        raise Refused(f"the database cannot be written: {error}. Is the site stopped?", "database") from error
    finally:
        target.close()
        source.close()
        os.close(lock)


def _restore_postgres(folder: Path) -> None:
    """Drop what is ours and load the dump, in one transaction: broken off anywhere, the old state stands."""
    script, first = folder / "restore.sql", folder / "first.sql"
    _client("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(folder / POSTGRES_PART), connect=False)
    with db.engine.connect() as connection:
        quote = connection.dialect.identifier_preparer.quote_identifier
        tables = [f"DROP TABLE {quote(name)} CASCADE;" for name in sa.inspect(connection).get_table_names()]
        guards = connection.exec_driver_sql(
            "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = current_schema() AND p.proname LIKE 'guard\\_%%'"
        ).scalars()
        functions = [f"DROP FUNCTION {quote(name)}() CASCADE;" for name in guards]
    first.write_text("\n".join(["SET lock_timeout = '15s';", *tables, *functions, ""]), encoding="utf-8")
    db.engine.dispose()
    _client("psql", "-X", "-q", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={first}", f"--file={script}")
