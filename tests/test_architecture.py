"""What the import contracts of pyproject.toml cannot say themselves: a feature's further files stand under the contract of their kind."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]


@pytest.mark.parametrize("kind", ["queries", "services", "forms", "routes"])
def test_each_file_named_for_a_topic_stands_under_the_contract_of_its_kind(kind: str) -> None:
    files = sorted((ROOT / "portal").glob(f"*/*_{kind}.py"))
    named = {".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files}
    contract = next(one for one in TOOLS["importlinter"]["contracts"] if f"portal.*.{kind}" in one.get("source_modules", ()))
    assert named == set(contract["source_modules"]) - {f"portal.*.{kind}"}, "list them in pyproject.toml, [[tool.importlinter.contracts]]"
    if kind == "services":
        strict = next(one["module"] for one in TOOLS["mypy"]["overrides"] if "portal.*.services" in one["module"])
        assert named <= set(strict), "list them in pyproject.toml, where mypy is strict"
