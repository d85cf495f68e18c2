"""The documents against the code: what exists stands in them, and they name nothing that does not exist."""

import argparse
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from bot.cli import _parser
from bot.settings import Settings
from handlers.features import FEATURES, complete, subcommands
from handlers.subcommands import COMMAND
from tmon.api.endpoints import ENDPOINTS, Certainty

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.ko.md")
DOCUMENTS = (
    *READMES,
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
)
WIRE = "docs/tmon-api.md"
GUIDE = "docs/add-a-feature.md"
"""Walks through a feature that does not exist; `test_add_a_feature.py` follows it."""
CAPITALS = (WIRE, GUIDE, "docs/glossary.md")
"""Their words in capitals are codes of TMON and names in code."""
NOT_SETTINGS = {
    "POSTGRES_PASSWORD",
    "COMPOSE_PROFILES",
    "BOT_SCALE",
    "PYTEST_ARGS",
    "MODEL_SEED",
    "DRILL_SECONDS",
    "DRILL_SEED",
    "DRILL_WEBS",
    "DRILL_WORKERS",
    "MODEL_STEPS",
    "REQUIRE_BROWSER",
}
"""Variables in the documents that are not the bot's own: those of compose.yaml, the Makefile and the tests."""


@cache
def text(name: str) -> str:
    """A file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def files() -> tuple[str, ...]:
    """Every file under version control, and those that will be."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a checkout")
    return tuple(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


def code_spans(name: str) -> list[str]:
    """What stands in backticks on a line, outside of code blocks."""
    outside = re.sub(r"^ *```.*?^ *```", "", text(name), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`\n]+)`", outside)


def code_blocks(name: str) -> list[str]:
    """The code blocks, without the indentation of a list."""
    blocks = re.findall(r"^( *)```\w*\n(.*?)^ *```", text(name), re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]


def commands(parser: argparse.ArgumentParser, before: str = "tmon-bot") -> Iterator[str]:
    """Every command of the program, such as `tmon-bot keys new`."""
    nested = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for action in nested:
        for name, child in action.choices.items():
            yield from commands(child, f"{before} {name}")
    if not nested:
        yield before


# --- what exists stands in the documents ---


@pytest.mark.parametrize("name", READMES)
def test_each_readme_has_every_word_of_the_command(name: str) -> None:
    rows = [line for line in text(name).splitlines() if line.startswith(f"| `{COMMAND} ")]
    missing = [
        word.english
        for word in subcommands(complete(FEATURES))
        if not any(
            re.match(rf"\| `{COMMAND} {word.english}\b", row) and all(f"`{korean}`" in row for korean in word.korean)
            for row in rows
        )
    ]
    assert missing == []
    assert len(rows) == len(subcommands(complete(FEATURES)))


@pytest.mark.parametrize("name", READMES)
def test_readmes_have_every_kind_that_is_collected(name: str) -> None:
    (row,) = re.findall(rf"^\| `{COMMAND} collect .*", text(name), re.MULTILINE)
    for feature in FEATURES:
        for kind in feature.collect_words:
            assert all(re.search(rf"[ `|]{word}[\\`]", row) for word in kind.words), kind.words


def test_operations_has_every_setting_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+?) \|", text("docs/operations.md"), re.MULTILINE))
    assert rows.keys() == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, int | str):
            # an address may end with a slash or not
            assert rows[name.upper()].strip("`").rstrip("/") == str(field.default).rstrip("/"), name


def test_operations_has_every_command_of_the_program_with_its_options() -> None:
    rows = re.findall(r"^\| `(tmon-bot [^`]+)` \|", text("docs/operations.md"), re.MULTILINE)
    assert {re.sub(r" \[.*", "", row) for row in rows} == set(commands(_parser()))
    for row in rows:
        words = re.sub(r" \[.*", "", row).split()[1:]
        parser = _parser()
        for word in words:
            (nested,) = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
            parser = nested.choices[word]
        options = {option for action in parser._actions for option in action.option_strings} - {"-h", "--help"}
        assert set(re.findall(r"--[\w-]+", row)) == options, row


def test_every_extra_stands_in_a_document() -> None:
    extras = tomllib.loads(text("pyproject.toml"))["project"].get("optional-dependencies", {})
    everything = "\n".join(map(text, DOCUMENTS))
    assert [extra for extra in extras if f"tmon-bot[{extra}]" not in everything] == []


def test_the_contract_has_every_call_with_how_sure_it_is() -> None:
    table = text(WIRE).partition("\n## 4. ")[2].partition("\n## ")[0]
    rows = [re.split(r"(?<!\\)\| ?", line) for line in table.splitlines() if re.match(r"\| \d+[a-z]? \|", line)]
    documented = {name.strip(" `"): [cell.strip() for cell in row] for row in rows for name in row[-2].split(",")}
    for call in ENDPOINTS:
        row = documented[call.name]
        assert (row[5], row[6]) == (call.path_certainty.value, call.payload_certainty.value), call.name
        assert call.method in row[2], call.name
        assert _pattern(call.path).match(row[3].strip("`").split()[0].strip("`")), call.name
    assert documented.keys() - {"–"} == {call.name for call in ENDPOINTS}
    assert all(
        f"`{certainty.value if certainty != 'proposed' else 'PROPOSED'}`" in text(WIRE) for certainty in Certainty
    )


def _pattern(path: str) -> re.Pattern[str]:
    """A path of the client as the contract writes it: names in braces differ, kinds of claims are one row."""
    parts = (r"\{\w+\}" if part.startswith("{") else rf"(?:{part}|\{{\w+\}})" for part in path.split("/"))
    return re.compile("/".join(parts) + r"(?:\[?\?.*|$)")


# --- the documents name nothing that does not exist ---


@pytest.mark.parametrize("name", DOCUMENTS)
def test_words_of_the_command_exist(name: str) -> None:
    known = {name for word in subcommands(complete(FEATURES)) for name in (word.english, *word.korean)}
    named = {found for span in code_spans(name) for found in re.findall(rf"{COMMAND} (\w+)", span)}
    assert named <= known


@pytest.mark.parametrize(
    "name",
    [*(name for name in DOCUMENTS if name not in CAPITALS), ".env.example", "compose.yaml", "Dockerfile"],
)
def test_variables_exist(name: str) -> None:
    known = {setting.upper() for setting in Settings.model_fields} | NOT_SETTINGS
    named = {
        found
        for piece in (*code_spans(name), *code_blocks(name))
        for found in re.findall(r"(?<![\w.])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w(])", piece)
    }
    assert named <= known


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_of_the_program_exist(name: str) -> None:
    known = set(commands(_parser()))
    known |= {command.rpartition(" ")[0] for command in known} | {"tmon-bot"}
    pieces = (*code_spans(name), *(line for block in code_blocks(name) for line in block.splitlines()))
    named = {
        found.strip()
        for piece in pieces
        for found in re.findall(r"(?:^|/)(tmon-bot(?: [a-z]+)*)(?= |$)", piece.partition("#")[0].strip())
    }
    assert named <= known


@pytest.mark.parametrize("name", DOCUMENTS)
def test_extras_exist(name: str) -> None:
    extras = tomllib.loads(text("pyproject.toml"))["project"].get("optional-dependencies", {})
    assert set(re.findall(r"tmon-bot\[(\w+)\]", text(name))) <= extras.keys()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_targets_of_make_exist(name: str) -> None:
    targets = {
        target.replace("$(VENV)", ".venv") for target in re.findall(r"^([\w.$()/]+):", text("Makefile"), re.MULTILINE)
    }
    lines = [line for block in code_blocks(name) for line in block.splitlines()]
    named = {found for piece in (*code_spans(name), *lines) for found in re.findall(r"^make ([\w./]+)", piece.strip())}
    assert named <= targets


# --- links and paths ---


@cache
def anchors(name: str) -> frozenset[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text(name), flags=re.DOTALL), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", text(name)):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(str(target.resolve().relative_to(ROOT))), link


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_in_the_text_exist(name: str) -> None:
    looks_like_a_path = re.compile(r"(?:bot|handlers|tmon|tests|docs|\.ci|\.github)/[\w./-]*")
    made = {"data/tmon-bot.db"}
    for span in code_spans(name):
        if looks_like_a_path.fullmatch(span) and span not in made and not (name == GUIDE and "offers" in span):
            assert (ROOT / span).exists(), span


@pytest.mark.parametrize("name", DOCUMENTS)
def test_modules_in_the_text_exist(name: str) -> None:
    for span in code_spans(name):
        if re.fullmatch(r"(?:bot|handlers|tmon)(?:\.[a-z_]+)+", span):
            path = ROOT / span.replace(".", "/")
            assert path.is_dir() or path.with_suffix(".py").exists(), span


def test_identifiers_of_the_glossary_exist() -> None:
    code = "\n".join(text(name) for name in files() if re.match(r"(?:bot|handlers|tmon)/.*\.py$", name))
    modules = {Path(name).stem for name in files() if name.endswith(".py")}
    gone = []
    for row in re.findall(r"^\|(?:[^|]*\|){2}([^|]*)\|", text("docs/glossary.md"), re.MULTILINE):
        for identifier in re.findall(r"`([^`]+)`", row):
            owner, _, member = identifier.partition(".")
            if member:
                body = re.search(rf"^class {owner}\(.*?(?=^\S)", code, re.MULTILINE | re.DOTALL)
                known = body is not None and re.search(rf"^    {member} = ", body[0], re.MULTILINE) is not None
            elif owner[0].isupper():
                known = re.search(rf"^class {owner}\b", code, re.MULTILINE) is not None
            else:
                known = owner in modules or re.search(rf"\b(?:def |\w*_)?{owner}(?:_\w+)?\b", code) is not None
            if not known:
                gone.append(identifier)
    assert gone == []


def test_every_feature_stands_in_the_architecture() -> None:
    features = {path.parent.name for room in ("tmon", "handlers") for path in (ROOT / room).glob("*/feature.py")}
    assert features <= set(code_spans("docs/architecture.md"))


# --- the contract that code cites ---

_NUMBER = r"\d+(?:\.\d+)?"
_CITED = re.compile(rf"\bch\. ({_NUMBER}(?:(?:, | and | to |-|, and ){_NUMBER})*)")
LESSONS = 16
"""The chapter whose numbered points are cited as "ch. 16, 7"."""


def chapters() -> set[str]:
    """The numbers of the contract's headings."""
    return set(re.findall(rf"^##+ ({_NUMBER})\.? ", text(WIRE), re.MULTILINE))


def test_chapters_are_numbered_without_gaps() -> None:
    found = chapters()
    assert {number for number in found if "." not in number} == {str(number) for number in range(1, 19)}
    for number in found - {number for number in found if "." not in number}:
        chapter, _, part = number.partition(".")
        assert part == "1" or f"{chapter}.{int(part) - 1}" in found


def test_cited_chapters_exist() -> None:
    known = chapters()
    lessons = set(
        re.findall(r"^(\d+)\. ", text(WIRE).partition(f"\n## {LESSONS}. ")[2].partition("\n## ")[0], re.MULTILINE)
    )
    wrong = []
    for name in files():
        if not name.endswith(".py") or name == "tests/test_docs.py":
            continue
        # a comment or docstring may break between "ch." and what it cites
        words = re.sub(r"\n\s*(?:# )?", " ", text(name))
        for cited in _CITED.findall(words):
            first, *rest = re.findall(_NUMBER, cited)
            points = first == str(LESSONS)
            wrong += [
                f"{name}: ch. {cited}"
                for position, number in enumerate((first, *rest))
                if number not in (lessons if points and position else known)
            ]
    assert wrong == []


def test_citations_name_the_document() -> None:
    named = {
        found
        for name in files()
        if name.endswith(".py")
        for found in re.findall(r"([\w./-]+\.md), ch\. \d", text(name))
    }
    assert named <= {WIRE}


def test_code_cites_no_document_that_is_elsewhere() -> None:
    elsewhere = re.compile(r"wire\s+contract,\s+ch\.|(?<![\w/-])(?:product|house|scale|interfaces)\.md")
    assert [
        name
        for name in files()
        if name.endswith(".py") and name != "tests/test_docs.py" and elsewhere.search(text(name))
    ] == []


def test_the_examples_of_the_tests_are_those_of_the_contract() -> None:
    examples = text("tests/tmon/api/examples.py")
    sealed = re.findall(r'"([\w+/]{22,}={1,2})"', examples)
    assert sealed
    assert [value for value in sealed if value not in text(WIRE)] == []


# --- the two READMEs ---


def test_readmes_are_linked_in_their_first_lines() -> None:
    first = {name: text(name).splitlines()[0] for name in READMES}
    assert "(README.ko.md)" in first["README.md"]
    assert "(README.md)" in first["README.ko.md"]


def test_readmes_have_the_same_commands_and_code() -> None:
    english, korean = READMES
    assert code_blocks(english) == code_blocks(korean)

    def rows(name: str) -> list[str]:
        return re.findall(rf"^\| (`{COMMAND} [^|]*(?:\\\|[^|]*)*) \|", text(name), re.MULTILINE)

    assert rows(english) == rows(korean)
    assert len(rows(english)) == len(subcommands(complete(FEATURES)))


def test_readmes_have_the_same_headings_links_and_pictures() -> None:
    english, korean = READMES
    shapes = {name: re.findall(r"^#+", text(name), re.MULTILINE) for name in READMES}
    assert shapes[english] == shapes[korean]
    links = {
        name: {link for link in re.findall(r"\]\(([^)\s]+)\)", text(name)) if link not in READMES} for name in READMES
    }
    assert links[english] == links[korean]


@pytest.mark.parametrize("name", READMES)
def test_readmes_are_short(name: str) -> None:
    assert len(text(name).splitlines()) <= 120


# --- what others run ---


def test_the_workflow_calls_what_is_there() -> None:
    workflow = yaml.safe_load(text(".github/workflows/ci.yml"))
    runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert runs == [".ci/run"]
    assert os.access(ROOT / runs[0], os.X_OK)


def test_hooks_are_the_checks_of_make() -> None:
    (local,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    hooks = [hook["entry"].replace(" --force-exclude", "") for hook in local["hooks"]]
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", text("Makefile"), re.MULTILINE)
    assert recipe is not None
    checks = [line.strip().removesuffix(" .").replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()]
    assert hooks == checks


@pytest.mark.parametrize("name", ["bug", "feature"])
def test_issue_forms_are_whole(name: str) -> None:
    form = yaml.safe_load(text(f".github/ISSUE_TEMPLATE/{name}.yml"))
    assert form.keys() >= {"name", "description", "body"}
    ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert len(ids) == len(set(ids)) == sum("label" in part["attributes"] for part in form["body"])


# --- what must not stand in the repository ---


def test_nothing_leads_out_of_the_repository_or_to_a_package_index() -> None:
    outside = re.compile(
        "|".join((r"\.\./" + "shared", "pypi" + r"\.org", "python" + "hosted", "--(?:extra-)?index" + "-url"))
    )
    found = []
    for name in files():
        path = ROOT / name
        if path.suffix in (".png", ".ico"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="ignore").splitlines(), start=1):
            if outside.search(line) and "--no-emit-index" not in line:
                found.append(f"{name}:{number}")
    assert found == []
