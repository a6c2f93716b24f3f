"""The boot: the environment is checked in words, keys are made once, locks are clean, the server is set as promised."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import runpy
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType

import pytest

from portal.bootstrap import ACCOUNTS, Progress, only_one, refuse_taken_port, welcome
from portal.config import Config, ConfigError, demo_password, keys, load_config, make_data_dir

ROOT = Path(__file__).parent.parent
HEX = "0f" * 32


def config_at(folder: Path, **environ: str) -> Config:
    return load_config({"DATA_DIR": str(folder), **environ})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- the environment ------------------------------------------------------------------------------------------------------------


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    config = load_config({})
    assert (config.host, config.port, config.public_url, config.trusted_proxies) == ("127.0.0.1", 8000, "http://127.0.0.1:8000", 0)
    assert config.data_dir == ROOT / "instance"
    assert config.database_url == f"sqlite:///{ROOT}/instance/tongban.sqlite3"
    assert config.demo is False
    assert config.now is None
    assert config.clock_offset == timedelta()
    assert set(config.allowed_hosts) == {"127.0.0.1", "localhost"}
    assert 1 <= config.web_concurrency <= (os.cpu_count() or 1)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_config({"PORT": "", "HOST": " ", "DEMO": "", "DATABASE_URL": ""}) == load_config({})


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"PORT": "http"}, "PORT"),
        ({"PORT": "0"}, "PORT"),
        ({"PORT": "65536"}, "PORT"),
        ({"PORT": "８０"}, "PORT"),
        ({"PORT": "-1"}, "PORT"),
        ({"HOST": "a b"}, "HOST"),
        ({"HOST": "[zz]"}, "HOST"),
        ({"WEB_CONCURRENCY": "0"}, "WEB_CONCURRENCY"),
        ({"TRUSTED_PROXIES": "yes"}, "TRUSTED_PROXIES"),
        ({"DEMO": "yes"}, "DEMO"),
        ({"PUBLIC_URL": "tongban.example"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://tongban.example/portal"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://user@tongban.example"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://tongban.example:99999"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "ftp://tongban.example"}, "PUBLIC_URL"),
        ({"ALLOWED_HOSTS": "https://tongban.example"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": "tongban"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://root@localhost/tongban"}, "mysql is not supported"),
        ({"SECRET_KEY": HEX, "SECRET_KEY_FILE": "/dev/null"}, "both set"),
        ({"SMTP_URL": "mail.example.cn"}, "SMTP_URL cannot be used: it begins with smtp:// or smtps://"),
        ({"SMS_WEBHOOK": "http://sms.example.cn/send"}, "SMS_WEBHOOK goes over an open line"),
        ({"SMTP_URL_FILE": "/nowhere/at/all"}, "SMTP_URL_FILE=/nowhere/at/all cannot be read"),
        ({"DATABASE_URL_FILE": "/dev/null"}, "DATABASE_URL_FILE=/dev/null is empty"),
        ({"NOW": "2026-11-25"}, "refused unless DEMO=1"),
        ({"NOW": "tomorrow", "DEMO": "1"}, "NOW='tomorrow' is not a moment"),
        ({"NOW": "2026-02-30", "DEMO": "1"}, "not a moment"),
        ({"DEMO": "1", "HOST": "0.0.0.0"}, "DEMO_PUBLIC=1"),
        ({"DEMO": "1", "HOST": "::"}, "DEMO_PUBLIC=1"),
        ({"DEMO": "1", "HOST": "192.0.2.7"}, "DEMO_PUBLIC=1"),
        ({"DEMO": "1", "HOST": "tongban.example"}, "DEMO_PUBLIC=1"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        load_config(environ)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_demonstration_data_may_be_served_to_this_machine(host: str) -> None:
    assert load_config({"DEMO": "1", "HOST": host}).demo


def test_demonstration_data_may_be_public_when_it_is_meant() -> None:
    assert load_config({"DEMO": "1", "HOST": "0.0.0.0", "DEMO_PUBLIC": "1"}).demo_public
    assert load_config({"HOST": "0.0.0.0"}).host == "0.0.0.0"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://a:b@db/tongban", "postgresql+psycopg://a:b@db/tongban"),
        ("postgres://db/tongban", "postgresql+psycopg://db/tongban"),
        ("postgresql+psycopg:///tongban?host=/run/pg", "postgresql+psycopg:///tongban?host=/run/pg"),
        ("sqlite:////var/lib/t.sqlite3", "sqlite:////var/lib/t.sqlite3"),
    ],
)
def test_the_database_driver_is_always_named(given: str, used: str) -> None:
    assert load_config({"DATABASE_URL": given}).database_url == used


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://db/tongban\n", encoding="utf-8")
    assert load_config({"DATABASE_URL_FILE": str(tmp_path / "url")}).database_url == "postgresql+psycopg://db/tongban"


def test_hosts_follow_the_public_address() -> None:
    config = load_config({"PUBLIC_URL": "https://Tongban.example.gov.cn/"})
    assert config.public_url == "https://Tongban.example.gov.cn"
    assert config.is_secure
    assert "tongban.example.gov.cn" in config.allowed_hosts
    assert load_config({"ALLOWED_HOSTS": "a.example, .b.example"}).allowed_hosts == ("a.example", ".b.example")
    assert load_config({"HOST": "0.0.0.0"}).public_url == "http://localhost:8000"
    assert load_config({"HOST": "::1"}).public_url == "http://[::1]:8000"


def test_secrets_are_not_in_the_repr() -> None:
    config = load_config({"SECRET_KEY": HEX, "DEMO_PASSWORD": "hunter2", "DATABASE_URL": "postgresql://u:hunter2@db/t"})
    assert HEX not in repr(config)
    assert "hunter2" not in repr(config)


def test_the_business_clock_has_one_start_for_every_process() -> None:
    environ = {"DEMO": "1", "NOW": "2026-11-25T09:00", "NOW_STARTED_AT": "2026-11-23T00:00:00+00:00"}
    config = load_config(environ)
    assert config.now == datetime(2026, 11, 25, 1, tzinfo=timezone.utc)  # without an offset it is Asia/Shanghai
    assert config.clock_offset == load_config(environ).clock_offset == timedelta(days=2, hours=1)
    started = datetime(2026, 11, 25, tzinfo=timezone.utc)
    assert load_config({"DEMO": "1", "NOW": "2026-11-25T09:00Z"}, started_at=started).clock_offset == timedelta(hours=9)


# --- what is made once ----------------------------------------------------------------------------------------------------------


def test_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    config = config_at(tmp_path / "data")
    make_data_dir(config)
    made = keys(config)
    assert keys(config) == made
    assert len({made.secret_key, made.field_key, made.record_key}) == 3
    assert all(len(key) == 32 for key in (made.secret_key, made.field_key, made.record_key))
    assert mode(tmp_path / "data") == 0o700
    assert {path.name: mode(path) for path in config.data_dir.iterdir()} == dict.fromkeys(("secret-key", "field-key", "record-key"), 0o600)


def test_an_open_data_directory_is_closed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    make_data_dir(config_at(tmp_path / "data"))
    assert mode(tmp_path / "data") == 0o700


def test_processes_that_start_together_get_the_same_keys(tmp_path: Path) -> None:
    config = config_at(tmp_path)
    with ThreadPoolExecutor(16) as pool:
        assert len({made.field_key for made in pool.map(lambda _: keys(config), range(64))}) == 1
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".new-")]


def test_keys_of_the_environment_win_and_write_nothing(tmp_path: Path) -> None:
    made = keys(config_at(tmp_path, SECRET_KEY=HEX, FIELD_KEY="A" * 43, RECORD_KEY="A" * 43 + "="))
    assert made.secret_key == bytes.fromhex(HEX)
    assert made.field_key == made.record_key == bytes(32)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", ["short", "g" * 64, HEX + "00", "A" * 42])
def test_a_key_of_the_wrong_size_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(ConfigError, match="RECORD_KEY must be 32 random bytes"):
        keys(config_at(tmp_path, RECORD_KEY=bad))


@pytest.mark.parametrize("lost", ["field-key", "record-key"])
def test_a_lost_key_is_never_made_anew_beside_its_database(tmp_path: Path, lost: str) -> None:
    config = config_at(tmp_path)
    keys(config)
    (tmp_path / "tongban.sqlite3").write_bytes(b"SQLite format 3\0")
    (tmp_path / lost).unlink()
    with pytest.raises(ConfigError, match=f"{lost} is missing"):
        keys(config)
    assert not (tmp_path / lost).exists()


def test_an_empty_key_file_is_not_a_key(tmp_path: Path) -> None:
    (tmp_path / "secret-key").touch()
    with pytest.raises(ConfigError, match="secret-key is empty"):
        keys(config_at(tmp_path))


def test_the_demonstration_password_is_remembered(tmp_path: Path) -> None:
    made = demo_password(config_at(tmp_path))
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", made)
    assert demo_password(config_at(tmp_path)) == made
    assert demo_password(config_at(tmp_path, DEMO_PASSWORD="of my own")) == "of my own"
    assert demo_password(config_at(tmp_path)) == "of my own"  # the accounts have it since
    assert mode(tmp_path / "demo-password") == 0o600


# --- the start ------------------------------------------------------------------------------------------------------------------


def test_a_taken_port_is_said_before_any_work(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        with pytest.raises(ConfigError, match=f"port {port}"):
            refuse_taken_port(config_at(tmp_path, PORT=port))
    refuse_taken_port(config_at(tmp_path, PORT=port))


def test_a_second_start_waits_for_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, order = config_at(tmp_path), []
    with ThreadPoolExecutor(1) as pool:

        def second() -> None:
            with only_one(config, Progress()):
                order.append("second")

        with only_one(config, Progress()):
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            order.append("first")
        waiting.result(timeout=10)
    assert order == ["first", "second"]
    assert "waiting for it" in capsys.readouterr().out


def test_the_welcome_names_the_address_and_every_account_only_in_a_demonstration(tmp_path: Path) -> None:
    shown = welcome(config_at(tmp_path, DEMO="1", DEMO_PASSWORD="of my own", PORT="8005"), Progress())
    assert "http://127.0.0.1:8005/" in shown
    assert "of my own" in shown
    assert all(name in shown for name, _ in ACCOUNTS)
    assert len(ACCOUNTS) == 19
    earnest = welcome(config_at(tmp_path, DEMO_PASSWORD="of my own"), Progress())
    assert "of my own" not in earnest
    assert "village-xialiang" not in earnest


def run_bootstrap(tmp_path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portal.bootstrap", "--demo"],
        cwd=ROOT,
        env={"PATH": os.defpath, "HOME": str(tmp_path), "DATA_DIR": str(tmp_path / "data"), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_refused_start_writes_nothing_and_has_no_traceback(tmp_path: Path) -> None:
    done = run_bootstrap(tmp_path, HOST="0.0.0.0")
    assert done.returncode == 1
    assert done.stderr.startswith("Tongban cannot start. DEMO=1 with HOST=0.0.0.0")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


def gunicorn_settings(monkeypatch: pytest.MonkeyPatch, **environ: str) -> dict[str, object]:
    for name in ("HOST", "PORT", "WEB_CONCURRENCY", "DEMO", "NOW"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))


def test_gunicorn_is_set_as_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    from gunicorn.config import KNOWN_SETTINGS
    from gunicorn.workers.gthread import ThreadWorker

    from portal.worker import PatientWorker

    settings = gunicorn_settings(monkeypatch, WEB_CONCURRENCY="3", PORT="8007")
    assert settings["bind"] == "127.0.0.1:8007"
    assert (settings["workers"], settings["threads"], settings["keepalive"]) == (3, 16, 5)
    assert settings["control_socket_disable"] is True
    assert settings["preload_app"] is False
    assert settings["worker_class"] == f"{PatientWorker.__module__}.{PatientWorker.__qualname__}"
    assert issubclass(PatientWorker, ThreadWorker)
    known = {setting.name for setting in KNOWN_SETTINGS}
    ours = {name for name in settings if name.islower() and not name.startswith("_") and not isinstance(settings[name], ModuleType)}
    assert ours - {"load_config"} <= known, "a setting that gunicorn does not know is silently without effect"


def test_gunicorn_listens_on_ipv6_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gunicorn_settings(monkeypatch, HOST="::1")["bind"] == "[::1]:8000"


# --- locks, environment, make ---------------------------------------------------------------------------------------------------


def pins(lock: str) -> dict[str, tuple[str, frozenset[str]]]:
    """name → (version and condition, hashes)"""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "")
    found = {}
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            name, _, rest = line.partition("==")
            found[name] = (rest.split("--hash")[0].strip(), frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", rest)))
    return found


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_with_hashes_and_names_no_place(lock: str) -> None:
    assert all(version and hashes for version, hashes in pins(lock).values())
    assert len(pins(lock)) > 25
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--find-links|--trusted-host|file:|^-|/(home|root|tmp|work|Users)/", text, re.MULTILINE)


def test_the_lock_of_development_holds_the_lock_of_production() -> None:
    production, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: development.get(name) for name in production} == production


def test_what_pyproject_names_is_locked() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[<>=; ]", requirement)[0] for requirement in requirements}

    assert names(project["dependencies"]) <= pins("requirements.lock").keys()
    assert names(project["optional-dependencies"]["dev"]) <= pins("requirements-dev.lock").keys()


@pytest.fixture
def environment(tmp_path: Path) -> ModuleType:
    """deploy/environment.py, working on a folder of its own."""
    spec = importlib.util.spec_from_file_location("environment", ROOT / "deploy" / "environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    module.PYTHON = module.VENV / "bin" / "python"
    for lock in module.INCLUDES:
        (tmp_path / lock).write_text("# nothing\n", encoding="ascii")
    return module


def test_an_environment_is_installed_once_for_each_state_of_its_lock(environment: ModuleType, tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    assert not environment.is_installed("requirements.lock")
    stamp = environment.stamp("requirements.lock")
    stamp.write_text(f"{environment.checksum('requirements.lock')} {environment.VENV}\n", encoding="ascii")
    assert environment.is_installed("requirements.lock")
    assert environment.main("requirements.lock") == 0  # touches nothing, needs no network
    (tmp_path / "requirements.lock").write_text("# changed\n", encoding="ascii")
    assert not environment.is_installed("requirements.lock")


def test_an_environment_that_was_moved_is_made_anew(environment: ModuleType, tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    environment.stamp("requirements.lock").write_text(f"{environment.checksum('requirements.lock')} /elsewhere/.venv\n", encoding="ascii")
    assert not environment.is_installed("requirements.lock")
    assert not environment.works()


def test_make_alone_says_what_there_is() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    for target in ("run", "test", "test-long", "lint", "bench", "messages", "help"):
        assert re.search(rf"^  make {target} ", shown, re.MULTILINE), target


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        old = tmp_path / name
        old.write_text('#!/bin/sh\n[ "$1" = --version ] && { echo Python 3.9.2; exit 0; }\nexit 1\n', encoding="ascii")
        old.chmod(0o755)
    done = subprocess.run(
        ["/usr/bin/make", "venv"],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    assert "Tongban needs Python 3.11 or newer; found: Python 3.9.2" in done.stderr


@pytest.mark.parametrize("script", [".ci/run"])
def test_scripts_are_well_formed_and_can_be_started(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True, timeout=30)
    assert "set -euo pipefail" in (ROOT / script).read_text(encoding="utf-8")


def test_the_licence_is_the_published_text() -> None:
    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def test_every_variable_is_documented() -> None:
    source = (ROOT / "portal" / "config.py").read_text(encoding="utf-8")
    read = set(re.findall(r'_(?:text|secret|flag|whole)\(environ, "([A-Z_]+)"', source))
    assert len(read) > 15
    documented = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [name for name in sorted(read) if f"`{name}`" not in documented] == []
