"""The shape of the code: who imports whom, no circles, sizes, docstrings, and what may stand in no file.

Each rule is a function from sources to complaints, used twice: on the tree, where it must find nothing, and on a
snippet that breaks it, where it must.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
LONGER_FILES: Mapping[str, str] = {}  # module -> why it is one thing all the same

# Packages of the floor from the bottom up: each may import those with a smaller number, siblings not each other.
FLOOR = {
    "microdax.model": 0,
    "microdax.expressions": 1,
    "microdax.caching": 2,
    "microdax.wire": 2,
    "microdax.serving": 3,
}
FLOOR_LIBRARIES = {"orjson", "cachetools"}
SERVING_LIBRARIES = FLOOR_LIBRARIES | {"httptools"}
STORE_USERS = {"accelerator.app", "accelerator.cli", "accelerator.upstream.embedded"}
# What each part of the tree may count on being installed: the base, and the extras of pyproject.toml.
EXTRAS = {
    "microdax": ("",),
    "microdax.serving": ("", "server"),
    "backend_store": ("", "server"),
    "accelerator": ("", "server"),
    "loadtests": ("", "server", "loadtests", "dev"),
    "tests": ("", "server", "loadtests", "dev"),
    "examples": ("", "dev"),
}
PACKAGES = ("microdax", "backend_store", "accelerator")
AREAS = ("backend_store", "accelerator", "loadtests", "tests", "examples")

# Written in halves, so that this file does not hold what it forbids.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
FOREIGN_PLACES = re.compile(
    r"(?<![\w.])/(work|ro"
    + r"ot|ho"
    + r"me|Us"
    + r"ers)/\w|(pypi|pytho"
    + r"nhosted|npm"
    + r"js|yarn"
    + r"pkg)\.(org|com)"
)


@dataclass(frozen=True, slots=True)
class Module:
    """A source file of ours."""

    name: str
    text: str
    tree: ast.Module

    @property
    def area(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name, and whether only type checkers see it."""

    name: str
    for_types: bool


def module(name: str, text: str) -> Module:
    return Module(name, text, ast.parse(text))


def tree_modules() -> list[Module]:
    found: list[Module] = []
    for folder in (ROOT / "sdk" / "microdax", *(ROOT / area for area in AREAS)):
        for path in sorted(folder.rglob("*.py")):
            relative = path.relative_to(folder.parent).with_suffix("")
            if "node_modules" in relative.parts:
                continue
            parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
            found.append(module(".".join(parts), path.read_text(encoding="utf-8")))
    return found


TREE = tree_modules()


def imports(source: Module) -> Iterator[Import]:
    """Every import, wherever it stands; `from a import b` as a.b, since b may be a module."""
    for_types = {
        id(inner)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, id(node) in for_types) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.name} has a relative import"
            yield from (Import(f"{node.module}.{alias.name}", id(node) in for_types) for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def floor_package(name: str) -> str | None:
    return next((package for package in FLOOR if within(name, package)), None)


def direction_complaints(modules: list[Module]) -> list[str]:
    return [
        f"{source.name} imports {imported.name}"
        for source in modules
        for imported in imports(source)
        if source.area in PACKAGES and not may_import(source.name, imported.name)
    ]


def may_import(importer: str, imported: str) -> bool:
    """Whether the direction is allowed, between modules of ours."""
    area, target = importer.partition(".")[0], imported.partition(".")[0]
    own_floor, its_floor = floor_package(importer), floor_package(imported)
    if target in ("tests", "loadtests", "examples"):
        return False
    if own_floor is not None:
        return may_floor_import(own_floor, imported)
    if area == "microdax":
        return target not in ("accelerator", "backend_store") and its_floor != "microdax.serving"
    if target == "microdax":
        return its_floor is not None or within(imported, "microdax._version")
    if area == "backend_store":
        return target != "accelerator"
    return target != "backend_store" or importer in STORE_USERS


def may_floor_import(package: str, imported: str) -> bool:
    library = imported.partition(".")[0]
    if library in sys.stdlib_module_names:
        return True
    if library != "microdax":
        return library in (SERVING_LIBRARIES if package == "microdax.serving" else FLOOR_LIBRARIES)
    its_package = floor_package(imported)
    return its_package is not None and (its_package == package or FLOOR[its_package] < FLOOR[package])


def circle_complaints(modules: list[Module]) -> list[str]:
    """Modules that import each other, in however many steps: what is left when all others have been taken away."""
    names = {source.name for source in modules}
    edges = {source.name: {to for to in imported_modules(source, names) if to != source.name} for source in modules}
    while free := {name for name, targets in edges.items() if not targets & edges.keys()}:
        edges = {name: targets for name, targets in edges.items() if name not in free}
    return [f"{name} is on, or leads to, a circle of imports" for name in sorted(edges)]


def imported_modules(source: Module, names: set[str]) -> Iterator[str]:
    for imported in imports(source):
        candidate = imported.name
        yield candidate if candidate in names else candidate.rpartition(".")[0]


def library_complaints(modules: list[Module], declared: Mapping[str, set[str]]) -> list[str]:
    """Imports of packages that pyproject.toml does not list for that part of the tree."""
    distributions = packages_distributions()
    complaints: list[str] = []
    for source in modules:
        for imported in imports(source):
            library = imported.name.partition(".")[0]
            if library in sys.stdlib_module_names or library in ("microdax", *AREAS):
                continue
            extras = (*extras_of(source.name), "dev") if imported.for_types else extras_of(source.name)
            providers = {canonical(name) for name in distributions.get(library, [library])}
            if not any(providers & declared[extra] for extra in extras):
                complaints.append(f"{source.name} imports {library}, which pyproject.toml does not list for it")
    return complaints


def extras_of(name: str) -> tuple[str, ...]:
    return next(EXTRAS[part] for part in reversed(EXTRAS) if within(name, part))


def declared_libraries() -> dict[str, set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists: dict[str, list[str]] = {"": project["dependencies"], **project["optional-dependencies"]}
    return {
        extra: {canonical(re.split(r"[\s<>=!~\[;]", requirement, maxsplit=1)[0]) for requirement in requirements}
        for extra, requirements in lists.items()
    }


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def file_length_complaints(modules: list[Module]) -> list[str]:
    return [
        f"{source.name} has {lines} lines"
        for source in modules
        if source.area != "tests" and source.name not in LONGER_FILES
        if (lines := source.text.count("\n")) > FILE_LINES_MAX
    ]


def function_length_complaints(modules: list[Module]) -> list[str]:
    return [
        f"{source.name}.{node.name} has {lines} lines"
        for source in modules
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]


def docstring_complaints(modules: list[Module]) -> list[str]:
    """Modules that do not say what they are for; empty ones have nothing to say, tests have their subject's name."""
    return [
        f"{source.name} has no docstring"
        for source in modules
        if source.text and ".test_" not in source.name and not ast.get_docstring(source.tree)
    ]


def print_complaints(modules: list[Module]) -> list[str]:
    return [
        f"{source.name}:{node.lineno} prints"
        for source in modules
        for node in ast.walk(source.tree)
        if source.area in PACKAGES and isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]


Rule = Callable[[list[Module]], list[str]]


def undeclared(modules: list[Module]) -> list[str]:
    return library_complaints(modules, declared_libraries())


@pytest.mark.parametrize(
    "rule",
    [
        direction_complaints,
        circle_complaints,
        undeclared,
        file_length_complaints,
        function_length_complaints,
        docstring_complaints,
        print_complaints,
    ],
)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    assert rule(TREE) == []


def test_the_rules_see_the_whole_tree() -> None:
    assert {source.area for source in TREE} == {"microdax", *AREAS}
    assert {"accelerator.cli", "backend_store.cli", "microdax.model.values"} <= {source.name for source in TREE}


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("microdax.model.keys", "microdax.wire.dynamo_json"),
        ("microdax.expressions.parser", "microdax.caching.bounded"),
        ("microdax.caching.bounded", "microdax.wire.dynamo_json"),
        ("microdax.wire.dynamo_json", "microdax.client"),
        ("microdax.wire.dynamo_json", "httptools"),
        ("microdax.model.values", "boto3"),
        ("microdax.client", "microdax.serving.http_connection"),
        ("microdax.client", "backend_store.store"),
        ("backend_store.store", "accelerator.pipeline"),
        ("backend_store.store", "microdax.client"),
        ("accelerator.pipeline", "backend_store.store"),
        ("accelerator.pipeline", "microdax.client"),
        ("accelerator.pipeline", "tests.support.clock"),
    ],
)
def test_an_import_against_the_direction_is_found(importer: str, imported: str) -> None:
    assert direction_complaints([module(importer, f"def late():\n    import {imported}")])


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("microdax.wire.dynamo_json", "microdax.expressions.parser"),
        ("microdax.caching.bounded", "cachetools"),
        ("microdax.serving.http_connection", "httptools"),
        ("microdax.client", "botocore"),
        ("backend_store.store", "microdax.wire.dynamo_json"),
        ("accelerator.app", "backend_store.store"),
        ("accelerator.cli", "microdax._version"),
    ],
)
def test_an_import_along_the_direction_is_none_of_the_rules_business(importer: str, imported: str) -> None:
    assert direction_complaints([module(importer, f"import {imported}")]) == []


def test_a_circle_is_found_and_what_only_uses_it_is_not_let_off() -> None:
    modules = [module("a.b", "from a import c"), module("a.c", "import a.d"), module("a.d", "from a.b import x")]
    assert len(circle_complaints([*modules, module("a.e", "import a.b"), module("a.f", "")])) == 4
    assert circle_complaints(modules[:2]) == []


def test_an_import_that_is_not_declared_is_found() -> None:
    declared = {"": {"orjson"}, "server": {"fastapi"}, "loadtests": set[str](), "dev": {"pytest"}}
    typing_only = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pytest"
    assert library_complaints([module("microdax.client", "import fastapi")], declared)
    assert library_complaints([module("accelerator.app", "import pytest")], declared)
    assert library_complaints([module("accelerator.app", "import fastapi, orjson, os")], declared) == []
    assert library_complaints([module("accelerator.app", typing_only)], declared) == []


def test_the_serving_side_may_use_what_the_servers_install() -> None:
    source = "import httptools"
    assert undeclared([module("microdax.serving.a", source)]) == []
    assert undeclared([module("microdax.wire.a", source)])


def test_a_file_and_a_function_past_their_lengths_are_found() -> None:
    function = "def f():\n" + "    pass\n" * FUNCTION_LINES_MAX
    assert function_length_complaints([module("accelerator.a", function)])
    assert file_length_complaints([module("accelerator.a", "x = 1\n" * (FILE_LINES_MAX + 1))])
    assert file_length_complaints([module("accelerator.a", "x = 1\n" * FILE_LINES_MAX)]) == []


def test_a_module_without_a_docstring_and_a_print_are_found() -> None:
    assert docstring_complaints([module("accelerator.a", "x = 1")])
    assert docstring_complaints([module("tests.support.a", "x = 1")])
    assert docstring_complaints([module("accelerator.a", '"""What for."""')]) == []
    assert print_complaints([module("accelerator.a", "def f():\n    print(1)")])
    assert print_complaints([module("loadtests.a", "print(1)")]) == []


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Every text file that git tracks or would, with its path."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listing.split("\0")):
        path = ROOT / name
        if path.is_file():
            yield name, path.read_text(encoding="utf-8", errors="replace")


def word_complaints(texts: Iterator[tuple[str, str]], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("pattern", [UNFINISHED, FOREIGN_PLACES])
def test_no_file_holds_unfinished_work_or_the_place_where_it_was_written(pattern: re.Pattern[str]) -> None:
    assert word_complaints(tracked_texts(), pattern) == []


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("# TO" + "DO: later", UNFINISHED),
        ("FIX" + "ME", UNFINISHED),
        ("data = '/ho" + "me/someone/data'", FOREIGN_PLACES),
        ("--index-url https://py" + "pi.org/simple", FOREIGN_PLACES),
        ('"resolved": "https://registry.npm' + 'js.org/x"', FOREIGN_PLACES),
    ],
)
def test_such_a_line_is_found(line: str, pattern: re.Pattern[str]) -> None:
    assert word_complaints(iter([("file", line)]), pattern)


def test_ordinary_lines_are_not() -> None:
    lines = "GET /metrics HTTP/1.1\nloadtests/work/loads\nuser/home/page"
    assert word_complaints(iter([("file", lines)]), FOREIGN_PLACES) == []
