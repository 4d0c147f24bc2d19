"""Which way imports run: rooms stand on one stair, and no file needs one further down."""

import ast
import importlib
import re
from pathlib import Path

import networkx as nx

import chainorder
from chainorder.doors import DOORS, through

HOME = Path(chainorder.__file__).parent
ROOT = Path(__file__).parent.parent

STAIR = (
    ("_version", "errors", "checks", "compiled", "kernel_ledger", "clock", "json_text", "doors"),
    ("structure",),
    ("elimination",),
    ("problems",),
    ("files",),
    ("plans",),
    ("bounds",),
    ("orders",),
    ("schedules",),
    ("execution",),
    ("planning", "proving", "checking", "measuring", "multiplying"),
    ("reporting",),
    ("jax",),
    ("cli",),
    ("__main__",),
)
"""The rooms, and the files that are no room, from the ground floor up."""

FLOOR = {room: floor for floor, rooms in enumerate(STAIR) for room in rooms}


def modules():
    """Every module of the package, as its path below the package."""
    return [
        path.relative_to(HOME).with_suffix("").parts
        for path in sorted(HOME.rglob("*.py"))
        if path.parent != HOME or path.name != "__init__.py"
    ]


def is_for_types(node):
    """Whether a node is `if TYPE_CHECKING:`, whose imports nobody runs."""
    return isinstance(node, ast.If) and getattr(node.test, "id", None) == "TYPE_CHECKING"


def nodes(tree, for_types):
    """Every node of a module's text, or those that can run."""
    left = [tree]
    while left:
        node = left.pop()
        yield node
        if for_types or not is_for_types(node):
            left.extend(ast.iter_child_nodes(node))


def imported(module, for_types):
    """The modules of the package that a module imports, anywhere in its text."""
    tree = ast.parse(HOME.joinpath(*module).with_suffix(".py").read_text())
    known = set(modules())
    for node in nodes(tree, for_types):
        if not isinstance(node, ast.ImportFrom) or node.level == 0:
            continue
        base = module[: len(module) - node.level]
        target = (*base, *(node.module.split(".") if node.module else ()))
        for alias in node.names:
            for found in ((*target, alias.name), target, (*target, "__init__")):
                if found in known:
                    yield found
                    break


def imports(*, for_types):
    return [(module, other) for module in modules() for other in imported(module, for_types)]


def test_every_module_has_its_place_on_the_stair():
    assert {module[0] for module in modules()} <= set(FLOOR)


def test_no_room_imports_from_one_further_down():
    arrows_back = [
        f"{'.'.join(module)} -> {'.'.join(other)}"
        for module, other in imports(for_types=True)
        if FLOOR[other[0]] > FLOOR[module[0]]
    ]
    assert arrows_back == []


def test_no_imports_run_in_a_circle():
    names = [(".".join(a), ".".join(b)) for a, b in imports(for_types=False)]
    circles = [" -> ".join(sorted(circle)) for circle in nx.simple_cycles(nx.DiGraph(names))]
    assert circles == []


def test_every_door_up_the_stair_leads_somewhere_and_is_used():
    texts = [HOME.joinpath(*module).with_suffix(".py").read_text() for module in modules()]
    for name in DOORS:
        assert callable(through(name))
        assert sum(f'through("{name}")' in text for text in texts) == 1


def test_no_module_has_the_name_of_something_public():
    """Importing the module would put it in the place of the function."""
    assert {module[0] for module in modules() if len(module) == 1}.isdisjoint(chainorder.__all__)


def test_the_guide_for_contributors_names_files_and_tables_that_are_there():
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    paths = set(re.findall(r"`((?:chainorder|tests)/[\w/.]+)`", guide))
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []
    tables = re.findall(r"`(\w+)`(?: and `\w+`)? in `(chainorder/[\w/]+)\.py`", guide)
    assert len(tables) > 8
    for table, path in tables:
        module = importlib.import_module(path.removesuffix("/__init__").replace("/", "."))
        assert hasattr(module, table), (table, path)
