"""What the environment says: every variable of docs/operations.md, read once, checked, in words a person can act on.

Standard library only, so that the boot and the commands can read it before anything is imported that is slow.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

from portal.rules.moments import SHANGHAI

ROOT = Path(__file__).resolve().parent.parent
KEY_BYTES = 32
# A password that is read out over the phone: no letter or digit that looks like another.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
KEY_FILES = {"SECRET_KEY": "secret-key", "FIELD_KEY": "field-key", "RECORD_KEY": "record-key"}
SQLITE_FILE = "tongban.sqlite3"


class ConfigError(Exception):
    """The environment cannot be used; the message names the variable and says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The three keys of a deployment, 32 bytes each: signing, personal fields, the record's chain."""

    secret_key: bytes = field(repr=False)
    field_key: bytes = field(repr=False)
    record_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Config:
    """A checked environment. Paths are absolute, moments aware UTC, absent things None; secrets stay out of `repr`."""

    host: str
    port: int
    public_url: str
    allowed_hosts: tuple[str, ...]
    trusted_proxies: int
    data_dir: Path
    database_url: str = field(repr=False)
    demo: bool
    demo_public: bool
    web_concurrency: int
    now: datetime | None = None
    now_started_at: datetime | None = None
    secret_key: str | None = field(default=None, repr=False)
    field_key: str | None = field(default=None, repr=False)
    record_key: str | None = field(default=None, repr=False)
    demo_password: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    sms_webhook: str | None = field(default=None, repr=False)

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_secure(self) -> bool:
        """Whether people reach the site over TLS; decides the name of the session cookie and its Secure flag."""
        return self.public_url.startswith("https://")

    @property
    def clock_offset(self) -> timedelta:
        """How far the business hand is ahead of the wall: NOW less the wall time of the master's start, so alike in every worker."""
        if self.now is None or self.now_started_at is None:
            return timedelta()
        return self.now - self.now_started_at


def load_config(environ: Mapping[str, str], *, started_at: datetime | None = None) -> Config:
    """Read and check the environment; `ConfigError` names the first thing that is wrong.

    `started_at` is the wall time taken for NOW where NOW_STARTED_AT is not set (default: now). Creates nothing: see `keys`.
    """
    host = _text(environ, "HOST") or "127.0.0.1"
    if not _is_host_name(host):
        raise ConfigError(f"HOST={host!r} is not an address to listen on. Example: HOST=127.0.0.1")
    port = _whole(environ, "PORT", 8000, least=1, most=65535)
    demo, demo_public = _flag(environ, "DEMO"), _flag(environ, "DEMO_PUBLIC")
    if demo and not demo_public and not is_loopback(host):
        raise ConfigError(
            f"DEMO=1 with HOST={host} would put accounts with one known password on the network. "
            "Listen on 127.0.0.1, or say that you mean it: DEMO_PUBLIC=1."
        )
    public_url = _public_url(environ, host, port)
    if demo and not demo_public and not is_loopback(urlsplit(public_url).hostname or ""):
        raise ConfigError(
            f"DEMO=1 with PUBLIC_URL={public_url} would put accounts with one known password on the network. "
            "Say that you mean it: DEMO_PUBLIC=1."
        )
    data_dir = Path(_text(environ, "DATA_DIR") or ROOT / "instance").expanduser().absolute()
    now, now_started_at = _business_start(environ, demo, started_at)
    return Config(
        host=host,
        port=port,
        public_url=public_url,
        allowed_hosts=_allowed_hosts(environ, host, public_url),
        trusted_proxies=_whole(environ, "TRUSTED_PROXIES", 0, least=0, most=10),
        data_dir=data_dir,
        database_url=_database_url(_secret(environ, "DATABASE_URL"), data_dir),
        demo=demo,
        demo_public=demo_public,
        web_concurrency=_whole(environ, "WEB_CONCURRENCY", cores(), least=1, most=256),
        now=now,
        now_started_at=now_started_at,
        secret_key=_secret(environ, "SECRET_KEY"),
        field_key=_secret(environ, "FIELD_KEY"),
        record_key=_secret(environ, "RECORD_KEY"),
        demo_password=_secret(environ, "DEMO_PASSWORD"),
        smtp_url=_channel(environ, "SMTP_URL", ("smtp", "smtps"), "smtps://name:password@mail.example.gov.cn?from=tongban@example.gov.cn"),
        sms_webhook=_channel(environ, "SMS_WEBHOOK", ("https", "http"), "https://sms.example.gov.cn/send?token=…"),
    )


# --- what is made once, in DATA_DIR ---------------------------------------------------------------------------------------------


def make_data_dir(config: Config) -> Path:
    """DATA_DIR, made if it is not there, for its owner's eyes only (mode 700)."""
    try:
        config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if config.data_dir.stat().st_mode & 0o077:
            config.data_dir.chmod(0o700)
    except OSError as error:
        raise ConfigError(f"DATA_DIR={config.data_dir} cannot be used: {error.strerror}.") from error
    return config.data_dir


def keys(config: Config) -> Keys:
    """The three keys: from the environment, else from DATA_DIR, made there once (mode 600).

    Safe to call from several processes at once: all get the same keys. Refuses to make a new FIELD_KEY or RECORD_KEY beside a
    database, because what the lost one sealed could never be read or verified again.
    """
    given = {"SECRET_KEY": config.secret_key, "FIELD_KEY": config.field_key, "RECORD_KEY": config.record_key}
    found: dict[str, bytes] = {}
    for name, value in given.items():
        path = config.data_dir / KEY_FILES[name]
        if value is None:
            if name != "SECRET_KEY" and not path.exists() and _has_database(config):
                raise ConfigError(
                    f"{path} is missing, but there is a database that was written with it. Restore the file from the backup or set {name}; "
                    "a new key could not read what the old one sealed."
                )
            value = read_or_make(path, lambda: secrets.token_urlsafe(KEY_BYTES))
        found[name] = _key_bytes(name, value)
    return Keys(found["SECRET_KEY"], found["FIELD_KEY"], found["RECORD_KEY"])


def demo_password(config: Config) -> str:
    """The one password of all demonstration accounts: DEMO_PASSWORD, else made once. Kept in DATA_DIR/demo-password (mode 600), so that
    a later start without DEMO_PASSWORD prints the one that the accounts have.
    """
    path = config.data_dir / "demo-password"
    given = config.demo_password
    if given is None:
        return read_or_make(path, _readable_password)
    if read_or_make(path, lambda: given) != given:
        path.unlink(missing_ok=True)
        read_or_make(path, lambda: given)
    return given


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """The one line in a file; where there is none, `make` it, for all processes the same (mode 600, whole or not at all)."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # mode 600 from birth
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(make() + "\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(temporary, path)  # unlike a rename it never replaces what another process has put there meanwhile
            except FileExistsError:
                pass
        finally:
            os.unlink(temporary)
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error
    if not text:
        raise ConfigError(f"{path} is empty. Restore it from the backup; delete it only if nothing was ever stored with it.")
    return text


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# --- reading one value ----------------------------------------------------------------------------------------------------------


def _text(environ: Mapping[str, str], name: str) -> str | None:
    """A variable without the blanks around it; an empty one counts as not set."""
    return environ.get(name, "").strip() or None


def _secret(environ: Mapping[str, str], name: str) -> str | None:
    """NAME, or the first line of the file that NAME_FILE points at; both at once are an error."""
    value, file = _text(environ, name), _text(environ, f"{name}_FILE")
    if file is None:
        return value
    if value is not None:
        raise ConfigError(f"{name} and {name}_FILE are both set; keep one.")
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_FILE={file} cannot be read: {error}.") from error
    if not text:
        raise ConfigError(f"{name}_FILE={file} is empty.")
    return text


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = _text(environ, name) or "0"
    if value not in ("0", "1"):
        raise ConfigError(f"{name}={value!r}: say 1 for yes or 0 for no.")
    return value == "1"


def _whole(environ: Mapping[str, str], name: str, default: int, *, least: int, most: int) -> int:
    value = _text(environ, name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise ConfigError(f"{name}={value!r}: a whole number from {least} to {most} is needed.")
    return int(value)


def _is_host_name(name: str) -> bool:
    if name.startswith("[") or ":" in name:
        try:
            ipaddress.IPv6Address(name.strip("[]"))
        except ValueError:
            return False
        return True
    return bool(name) and len(name) <= 253 and all(char.isascii() and (char.isalnum() or char in "-._") for char in name)


def _is_every_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False


def _public_url(environ: Mapping[str, str], host: str, port: int) -> str:
    value = _text(environ, "PUBLIC_URL")
    if value is None:
        # nobody can open http://0.0.0.0; this machine's own name is the best guess until PUBLIC_URL says better
        name = "localhost" if _is_every_address(host) else f"[{host.strip('[]')}]" if ":" in host else host
        return f"http://{name}:{port}"
    try:
        parts = urlsplit(value)
        right = parts.scheme in ("http", "https") and parts.hostname and _is_host_name(parts.hostname)
        right = right and parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
        _ = parts.port
    except ValueError:
        right = False
    if not right:
        raise ConfigError(f"PUBLIC_URL={value!r}: scheme and host are needed, without a path. Example: https://tongban.example.gov.cn")
    return value.rstrip("/")


def _allowed_hosts(environ: Mapping[str, str], host: str, public_url: str) -> tuple[str, ...]:
    """Names that the Host header may say, without ports; `.example.cn` allows every name below it."""
    value = _text(environ, "ALLOWED_HOSTS")
    if value is None:
        of_url = urlsplit(public_url).hostname or host
        names = [of_url]
        if not _is_every_address(host):
            names.append(host)
        if is_loopback(host) or is_loopback(of_url):
            names += ["localhost", "127.0.0.1"]
    else:
        names = value.replace(",", " ").split()
        for name in names:
            if not _is_host_name(name.removeprefix(".")):
                raise ConfigError(f"ALLOWED_HOSTS: {name!r} is not the name of a host. Names without scheme or port, parted by commas.")
    return tuple(dict.fromkeys(name.lower() for name in names))


def _channel(environ: Mapping[str, str], name: str, schemes: tuple[str, ...], example: str) -> str | None:
    """The address of a channel of messages. It is a secret, so a wrong one is not said again."""
    value = _secret(environ, name)
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        right = parts.scheme in schemes and bool(parts.hostname) and value.isprintable() and " " not in value
        _ = parts.port
    except ValueError:
        right = False
    if not right:
        raise ConfigError(f"{name} cannot be used: it begins with {' or '.join(f'{scheme}://' for scheme in schemes)}. Example: {name}={example}")
    if schemes[0] == "https" and parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ConfigError(f"{name} goes over an open line: telephone numbers need https://.")
    return value


def _database_url(value: str | None, data_dir: Path) -> str:
    if value is None:
        return f"sqlite:///{data_dir / SQLITE_FILE}"
    scheme, mark, rest = value.partition("://")
    if not mark:
        raise ConfigError("DATABASE_URL is not an address. Example: postgresql+psycopg://tongban@127.0.0.1/tongban")
    # without a driver SQLAlchemy would take its own choice; it is named so that every version takes the one that is locked
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite":
        return value
    raise ConfigError(f"DATABASE_URL: {scheme} is not supported; sqlite and postgresql+psycopg are.")


def _business_start(environ: Mapping[str, str], demo: bool, started_at: datetime | None) -> tuple[datetime | None, datetime | None]:
    value = _text(environ, "NOW")
    if value is None:
        return None, None
    if not demo:
        raise ConfigError("NOW moves the business clock and is refused unless DEMO=1: real cases keep real time.")
    now = _moment("NOW", value)
    started = _text(environ, "NOW_STARTED_AT")
    return now, _moment("NOW_STARTED_AT", started) if started else started_at or datetime.now(timezone.utc)


def _moment(name: str, value: str) -> datetime:
    """An ISO 8601 moment; one without an offset is read in Asia/Shanghai."""
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ConfigError(f"{name}={value!r} is not a moment. Example: {name}=2026-11-25T09:00+08:00") from None


def _key_bytes(name: str, value: str) -> bytes:
    """32 bytes as base64url (43 or 44 characters) or as 64 hexadecimal digits."""
    try:
        raw = bytes.fromhex(value) if len(value) == 2 * KEY_BYTES else base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ConfigError(
            f"{name} must be {KEY_BYTES} random bytes, as 64 hexadecimal digits or as base64url. Make one: openssl rand -hex 32"
        )
    return raw


def _has_database(config: Config) -> bool:
    if not config.is_sqlite:
        return False  # another machine's; `flask check` finds a key that does not fit
    path = Path(config.database_url.removeprefix("sqlite:///"))
    return path.is_file() and path.stat().st_size > 0


def _readable_password() -> str:
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))
