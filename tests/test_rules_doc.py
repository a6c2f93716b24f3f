"""docs/rules.md names every rule of the domain, and what it names exists."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COUNTS = {"N": 7, "S": 14, "G": 18, "C": 30, "Q": 13, "F": 5, "V": 11, "M": 12, "O": 8, "R": 3}


def rows() -> list[list[str]]:
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if re.match(r"\| [A-Z]-\d+ \|", line)]


BUILT = [row for row in rows() if row[3] == "built"]


def test_every_rule_of_the_domain_has_one_line() -> None:
    wanted = [f"{letter}-{number}" for letter, most in COUNTS.items() for number in range(1, most + 1)]
    assert [row[0] for row in rows()] == wanted


def test_what_is_not_built_names_who_will() -> None:
    assert [row[0] for row in rows() if not re.fullmatch(r"built|issue \d+|later", row[3])] == []


@pytest.mark.parametrize("row", BUILT, ids=[row[0] for row in BUILT])
def test_function_and_test_of_a_built_rule_exist(row: list[str]) -> None:
    parts = row[4].strip("`").split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(["portal", *parts[:cut]]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            assert hasattr(found, name), f"{row[0]}: portal.{'.'.join(parts)} does not exist; mend docs/rules.md"
            found = getattr(found, name)
        break
    else:
        raise AssertionError(f"{row[0]}: no module for {row[4]}")
    path, _, name = row[5].strip("`").partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert name in functions, f"{row[0]}: {path} has no test {name}; mend docs/rules.md or bring the test back"
