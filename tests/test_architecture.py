"""The shape of the code: who may import whom, what modules are called, how long they are."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
APPLICATIONS = ("accounts", "customers", "segmentation", "campaigns", "demo", "config")
# What each application may import of the others. `config` wires them all.
MAY_IMPORT = {
    "accounts": set(),
    "customers": {"accounts"},
    "segmentation": {"accounts", "customers"},
    "campaigns": {"accounts", "customers", "segmentation"},
    "demo": {"accounts", "customers", "segmentation", "campaigns"},
    "config": {"accounts", "customers", "segmentation", "campaigns", "demo"},
}
# Of `config`, applications see only what has no knowledge of them.
WIRING_ANYONE_MAY_USE = {"config.celery", "config.keys"}
# A module's first part inside its application gives its layer; the rest is the domain.
LAYERS = {"urls": 5, "views": 4, "api": 4, "tasks": 4, "management": 4, "forms": 3, "apps": 6}
DOMAIN = 2
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}
LONGEST = 350
# Path: why it may be longer.
LONGER_FOR_A_REASON: dict[str, str] = {}


def modules() -> Iterator[Path]:
    for application in APPLICATIONS:
        yield from sorted((ROOT / application).rglob("*.py"))


def own_modules() -> list[Path]:
    return [path for path in modules() if "migrations" not in path.parts]


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Every imported module, relative ones resolved; those for type checkers only are left out."""
    package = dotted(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in running_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            # `from customers import views` imports the module customers.views.
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from running_nodes(node)


def layer(module: str) -> int:
    parts = module.split(".")
    name = parts[1] if len(parts) > 1 else ""
    for prefix, height in LAYERS.items():
        if name == prefix or name.startswith(f"{prefix}_") or name.endswith(f"_{prefix}"):
            return height
    return 1 if name in {"models", "migrations", ""} else DOMAIN


def knows_no_model(target: str) -> bool:
    """Whether an imported name comes from a module below the models, such as their own fields."""
    for module in (target, target.rpartition(".")[0]):
        path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
        if path.exists():
            models = f"{module.split('.')[0]}.models."
            return not any(f"{found}.".startswith(models) for _, found in imports_of(path))
    return False


def test_applications_import_each_other_in_one_direction_only() -> None:
    wrong = []
    for path in own_modules():
        here = dotted(path).split(".")[0]
        for line, target in imports_of(path):
            there = target.split(".")[0]
            if there not in APPLICATIONS or there == here or there in MAY_IMPORT[here]:
                continue
            if ".".join(target.split(".")[:2]) in WIRING_ANYONE_MAY_USE:
                continue
            wrong.append(f"{path.relative_to(ROOT)}:{line} imports {target}")
    assert not wrong, "\n".join(wrong)


def test_inside_an_application_lower_layers_import_no_higher_ones() -> None:
    wrong = []
    for path in own_modules():
        here = dotted(path)
        application = here.split(".")[0]
        # config only wires; test modules and templatetags present, they do not decide.
        if application == "config" or "templatetags" in path.parts:
            continue
        for line, target in imports_of(path):
            if target.split(".")[0] != application or layer(here) == layer(target):
                continue
            if layer(target) > layer(here) and not (layer(here) == 1 and knows_no_model(target)):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {target}")
    assert not wrong, "\n".join(wrong)


def test_domain_modules_import_no_celery() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {target}"
        for path in own_modules()
        if not dotted(path).startswith("config") and layer(dotted(path)) <= DOMAIN
        for line, target in imports_of(path)
        if target.split(".")[0] == "celery" or target.startswith("config.celery")
    ]
    assert not wrong, "\n".join(wrong)


def test_modules_are_named_for_what_they_know() -> None:
    wrong = [path for path in own_modules() if BANNED_NAMES & {path.stem, *path.parts}]
    assert not wrong


def test_files_stay_short_enough_to_read() -> None:
    everything = [*own_modules(), *sorted((ROOT / "tests").rglob("*.py"))]
    everything += sorted((ROOT / "templates").rglob("*.html"))
    everything += sorted((ROOT / "static" / "js").glob("*.js"))
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in everything
    }
    long = {name: n for name, n in lengths.items() if n > LONGEST}
    assert set(long) <= set(LONGER_FOR_A_REASON), long
    unneeded = [name for name in LONGER_FOR_A_REASON if lengths.get(name, 0) <= LONGEST]
    assert not unneeded, f"no longer needed: {unneeded}"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in own_modules()
        if path.read_text(encoding="utf-8").strip()
        and path.name != "apps.py"
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


@pytest.mark.django_db
def test_no_model_change_lacks_its_migration() -> None:
    output = StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=output, stderr=output)
    except SystemExit:
        pytest.fail(output.getvalue())


def test_the_default_settings_pass_djangos_deployment_checks(tmp_path: Path) -> None:
    unset = {"TAMIS_DEV", "DJANGO_DEBUG", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    # Browser tests set it for themselves.
    unset.add("DJANGO_ALLOW_ASYNC_UNSAFE")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment | {"TAMIS_VAR": str(tmp_path), "ALLOWED_HOSTS": "tamis.example.org"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout, done.stdout
