"""What the documents say is there: links, pictures, functions, commands, targets of make, files and tables."""

from __future__ import annotations

import importlib
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("deploy/*.md"), *ROOT.glob("seeds/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
KB = 1024


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """A document without its blocks of code, whose brackets are no links."""
    return re.sub(r"```.*?```", "", text_of(path), flags=re.DOTALL)


def anchors(path: Path) -> set[str]:
    """The anchors that headings make."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in HEADING.findall(text_of(path))}


def named(dotted: str) -> Any:
    """The thing of a dotted name below `portal.`; an annotation counts (a field has no value on its class)."""
    parts = dotted.removeprefix("portal.").split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(["portal", *parts[:cut]]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            if not hasattr(found, name) and name in getattr(found, "__annotations__", {}):
                return found.__annotations__[name]
            found = getattr(found, name)
        return found
    raise AttributeError(dotted)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    lost = []
    for pair in LINK.findall(prose(document)):
        target = pair[0] or pair[1]
        if re.match(r"[a-z]+:", target):
            continue
        path, _hash, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            lost.append(target)
    assert not lost, f"{document.relative_to(ROOT)} points to {lost}"


def test_pictures_are_small_and_all_shown() -> None:
    pictures = sorted((ROOT / "docs" / "images").glob("*"))
    guides = "".join(guide.read_text(encoding="utf-8") for guide in (ROOT / "docs" / "guides").glob("*.md"))
    assert len(pictures) >= 4
    for picture in pictures:
        content = picture.read_bytes()
        shown = f"docs/images/{picture.name}" in README or f"../images/{picture.name}" in guides
        assert shown, f"{picture.name} is shown nowhere; delete it"
        if picture.suffix == ".svg":
            assert len(content) <= 20 * KB and content.startswith(b"<svg"), picture.name
            continue
        assert content[:8] == b"\x89PNG\r\n\x1a\n", f"{picture.name} is no PNG"
        width, height = struct.unpack(">II", content[16:24])
        assert 300 <= width <= 1280, picture.name
        assert height >= 300, picture.name
        assert len(content) <= 150 * KB, f"{picture.name} has {len(content)} B: fewer colors or a smaller window"


def rule_rows() -> list[list[str]]:
    section = README.partition("## Where is the rule that …?")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")]
    return [row for row in rows[2:] if len(row) == 3]


def test_the_readme_says_where_the_rules_are() -> None:
    rows = rule_rows()
    assert len(rows) >= 12
    book = text_of(ROOT / "docs" / "rules.md")
    for question, functions, rules in rows:
        for dotted in re.findall(r"`([^`]+)`", functions):
            assert named(dotted) is not None, question
        for rule in re.findall(r"[A-Z]-\d+", rules):
            assert f"| {rule} |" in book, f"{question}: no rule {rule}"


def test_every_word_of_the_glossary_is_in_the_code() -> None:
    glossary = text_of(ROOT / "docs" / "glossary.md")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in glossary.splitlines() if line.startswith("| ")]
    terms = [row for row in rows if row[0] not in {"term", "---"}]
    assert len(terms) >= 80
    words = [row[0] for row in terms]
    assert sorted(words) == sorted(set(words)), "one line a term"
    for term, chinese, meaning, where in terms:
        assert re.search(r"[\u4e00-\u9fff]", chinese), term
        assert meaning, term
        for dotted in re.findall(r"`([a-z_]+(?:\.\w+)+)`", where):
            assert named(dotted) is not None, term


def commands_of(app: Flask) -> set[str]:
    """`group name` and `name` of every command of ours on `flask`."""
    found = set()
    for name, command in app.cli.commands.items():
        found.add(name)
        found |= {f"{name} {below}" for below in getattr(command, "commands", {})}
    return found


def test_every_command_that_is_named_is_there(sqlite_app: Flask) -> None:
    known, asked = commands_of(sqlite_app), set()
    groups = {name for name, command in sqlite_app.cli.commands.items() if hasattr(command, "commands")}
    texts = [ROOT / "README.md", ROOT / "docs" / "recipes.md", *(ROOT / "docs" / "guides").glob("*.md")]
    for path in texts:
        for first, second in re.findall(r"(?:\.venv/bin/|`)flask ([a-z-]+)(?: ([a-z-]+))?", text_of(path)):
            asked.add(f"{first} {second}" if first in groups and second else first)
    assert asked >= {"clock due", "authority gaps", "audit verify", "check", "seed"}
    assert asked <= known, f"documents name commands that are not there: {sorted(asked - known)}"
    guide = text_of(ROOT / "docs" / "guides" / "commands.md")
    ours = {name for name in known if name not in groups and name.split()[0] not in {"db", "run", "shell", "routes"}}
    silent = {name for name in ours if f"flask {name}" not in guide}
    assert not silent, f"docs/guides/commands.md does not say what {sorted(silent)} is for"


def test_every_target_of_make_that_is_named_is_there() -> None:
    makefile = text_of(ROOT / "Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named_targets = {name for path in DOCUMENTS for name in re.findall(r"(?:`|^)make ([a-z][a-z-]*)", text_of(path), re.MULTILINE)}
    assert named_targets >= {"run", "test"}
    assert named_targets <= targets, sorted(named_targets - targets)


def test_files_that_are_named_are_there() -> None:
    lost = []
    for path in DOCUMENTS:
        for name in re.findall(r"`((?:portal|tests|docs|seeds|templates|static|migrations|deploy|bench)/[\w./-]+\.\w+)`", text_of(path)):
            if not (ROOT / name).exists():
                lost.append(f"{path.relative_to(ROOT)}: {name}")
    assert not lost, lost


def test_decisions_are_numbered_and_say_the_three_things() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [file.name[:4] for file in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    for file in files:
        for word in ("Context", "Decision", "Consequences"):
            assert re.search(rf"^(?:## {word}|\*\*{word})", text_of(file), re.MULTILINE), f"{file.name} has no {word}"


def test_demonstration_accounts_are_those_of_the_seed() -> None:
    section = README.partition("## The demonstration county")[2].partition("\n## ")[0]
    told = {name for line in section.splitlines() if line.startswith("| `") for name in re.findall(r"`([^`]+)`", line.split("|")[1])}
    import csv

    with (ROOT / "seeds" / "zhashui" / "accounts.csv").open(encoding="utf-8") as file:
        printed = {row["username"] for row in csv.DictReader(file) if row["printed"] == "1"}
    assert told == printed
