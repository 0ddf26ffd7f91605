"""Imports go downwards; nothing but the edge sees everything: read from the syntax tree."""

import ast
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "server"
ORDER = [
    "core",
    "wechat",
    "sms",
    "audit",
    "identity",
    "settings",
    "pictures",
    "notifications",
    "membership",
    "indicators",
    "campaigns",
    "register",
    "pairings",
    "ledger",
    "rectification",
    "evaluation",
    "sources",
    "sampling",
    "integrity",
    "appeals",
    "activities",
    "attendance",
    "frontline",
    "scoring",
    "publication",
    "figures",
    "quarterly",
    "feedback",
    "uptake",
    "assessment",
    "console",
    "public",
    "demo",
]
# The edge of the application: it puts the parts together and may import any of them.
EDGE = {
    "application",
    "blueprints",
    "commands",
    "foundation",
    "jobs",
    "models",
    "replay",
    "worker",
    "wsgi",
}


def modules() -> list[Path]:
    return [
        path
        for path in sorted(SERVER.rglob("*.py"))
        if "node_modules" not in path.parts and "supervisor" not in path.parts
    ]


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{name.name}" for name in node.names]
    return [name for name in found if name.startswith("server.")]


def domain_of(path: Path) -> str:
    return path.relative_to(SERVER).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SERVER)))
def test_imports_go_downwards(path: Path) -> None:
    mine = domain_of(path)
    if mine in EDGE or mine == "__init__":
        return
    assert mine in ORDER, f"{mine} has no place in the order"
    for name in imports(path):
        other = name.split(".")[1]
        assert other not in EDGE, f"{path.name} imports the edge: {name}"
        assert ORDER.index(other) <= ORDER.index(mine), f"{mine} must not import {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in modules() if domain_of(path) == "console"],
    ids=lambda path: str(path.relative_to(SERVER)),
)
def test_the_console_enters_a_domain_by_its_doors(path: Path) -> None:
    for name in imports(path):
        _, domain, *inner = name.split(".")
        if domain in {"core", "console"}:
            continue
        assert inner[0] not in {"models", "authority", "readings"}, name
        behind_door = len(inner) > 1 and (SERVER / domain / inner[0] / f"{inner[1]}.py").exists()
        assert not behind_door, f"{name} is behind its package's door"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SERVER)))
def test_only_the_wechat_domain_imports_wechatpy(path: Path) -> None:
    names = [
        name.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    ]
    if any(name.split(".")[0] == "wechatpy" for name in names):
        assert domain_of(path) == "wechat"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SERVER)))
def test_only_the_transaction_module_commits(path: Path) -> None:
    if path.name == "transaction.py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr != "commit", f"{path}:{node.lineno} commits"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SERVER)))
def test_rules_are_pure_and_services_ask_no_clock(path: Path) -> None:
    names = imports(path)
    if path.stem == "rules":
        assert not any(".database" in name or ".models" in name for name in names)
    if path.stem in {"rules", "service", "queries"}:
        source = path.read_text()
        assert "clock.now()" not in source
        assert "datetime.now" not in source


def test_no_catch_all_module_exists() -> None:
    forbidden = {"util", "utils", "common", "helper", "helpers", "misc"}
    assert not [path for path in modules() if path.stem in forbidden]


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    long = {path.name: len(path.read_text().splitlines()) for path in modules()}
    assert not {name: size for name, size in long.items() if size > 400}


@pytest.mark.parametrize(
    "package", ["flask", "flask_sqlalchemy", "wechatpy", "marshmallow", "redis"]
)
def test_production_code_uses_the_named_package(package: str) -> None:
    used = {
        name.split(".")[0]
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [item.name for item in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert package in used
