"""Mutants of what mutmut leaves alone: tables, defaults, enums, properties.

mutmut changes the bodies of functions without a decorator. The action table, the limits of the
brake, what a mode may do: these stand outside of such bodies, and decide as much.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from mutation.changes import in_words

CORE = Path("syncd/core")
_NO_DECISION = {"NewType", "TypeVar", "dataclass"}
_OTHER = {
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}


@dataclass(frozen=True)
class Mutant:
    """`where` is the dotted name of what was changed, `change` says how, `source` is the module."""

    module: str
    where: str
    change: str
    source: str


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of one module's declarations, always in the same order."""
    module = ".".join(path.with_suffix("").parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told: Counter[str] = Counter()
    for name, statement in _declarations(tree, module):
        before = ast.unparse(statement)
        for count in range(len(list(_sites(statement)))):
            changed = deepcopy(statement)
            _apply(changed, count)
            place = _Swap(statement, changed)
            change = in_words(before, ast.unparse(changed))
            told[f"{name}{change}"] += 1
            again = told[f"{name}{change}"]
            yield Mutant(
                module=module,
                where=name,
                change=change if again == 1 else f"{change} #{again}",
                source=ast.unparse(place.visit(deepcopy_but(tree))),
            )


def deepcopy_but(tree: ast.Module) -> ast.Module:
    """A new tree of the same nodes: only lists along the way are copied."""
    return ast.Module(
        body=[_shallow(each) for each in tree.body], type_ignores=list(tree.type_ignores)
    )


def _shallow(node: ast.stmt) -> ast.stmt:
    if not isinstance(node, ast.ClassDef):
        return node
    fields = {name: getattr(node, name) for name in node._fields}
    return ast.copy_location(ast.ClassDef(**fields | {"body": list(node.body)}), node)


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.stmt, new: ast.stmt) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.old:
            return self.new
        if isinstance(node, ast.Module | ast.ClassDef):
            node.body = [self.visit(each) for each in node.body]
        return node


def _declarations(tree: ast.Module, prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            for inner in statement.body:
                yield from _declared(inner, f"{prefix}.{statement.name}")
        else:
            yield from _declared(statement, prefix)


def _declared(statement: ast.stmt, prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            if name != "__all__" and statement.value is not None:
                yield f"{prefix}.{name}", statement
        case ast.FunctionDef(name=name, decorator_list=[_, *_]):
            yield f"{prefix}.{name}", statement


def _sites(statement: ast.stmt) -> Iterator[tuple[ast.AST, str, int]]:  # noqa: C901  a flat list
    """Where it can be changed: a node, in which way, and at which of its parts."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop(0)
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in _NO_DECISION:
                continue
            case ast.Call(keywords=keywords):
                yield from ((node, "drop keyword", at) for at in range(len(keywords)))
            case ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.List(elts=parts):
                yield from ((node, "drop part", at) for at in range(len(parts)))
            case ast.Dict(keys=keys):
                yield from ((node, "drop entry", at) for at in range(len(keys)))
            case ast.Constant(value=bool() | int() | float() | str()):
                yield node, "another value", 0
            case ast.Compare(ops=[op]) if type(op) in _OTHER:
                yield node, "another comparison", 0
            case ast.BoolOp():
                yield node, "and for or", 0
            case ast.IfExp():
                yield node, "the other branch", 0
            case ast.BinOp():
                yield node, "left alone", 0
            case ast.UnaryOp(op=ast.Not()):
                yield node, "not dropped", 0
        todo += _parts(node)


def _parts(node: ast.AST) -> list[ast.AST]:
    """What lies inside and decides: no annotations, decorators or docstrings."""
    if isinstance(node, ast.FunctionDef):
        return [
            each
            for each in node.body
            if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        ]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return [node.value] if node.value is not None else []
    return list(ast.iter_child_nodes(node))


def _apply(statement: ast.stmt, count: int) -> None:
    node, how, at = list(_sites(statement))[count]
    match how, node:
        case "drop keyword", ast.Call():
            del node.keywords[at]
        case "drop part", ast.Tuple() | ast.Set() | ast.List():
            del node.elts[at]
        case "drop entry", ast.Dict():
            del node.keys[at], node.values[at]
        case "another value", ast.Constant(value=value):
            node.value = _another(value)
        case "another comparison", ast.Compare():
            node.ops = [_OTHER[type(node.ops[0])]()]
        case "and for or", ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case "the other branch", ast.IfExp():
            node.body, node.orelse = node.orelse, node.body
        case "left alone", ast.BinOp():
            node.right = node.left
        case "not dropped", ast.UnaryOp():
            node.op = ast.UAdd() if isinstance(node.operand, ast.Constant) else ast.Not()
            node.operand = ast.UnaryOp(op=ast.Not(), operand=node.operand)


def _another(value: object) -> object:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case _:
            return f"XX{value}"
