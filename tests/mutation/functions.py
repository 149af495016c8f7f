"""Mutants of functions, as mutmut makes them, and how one takes its function's place."""

import ast
import importlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType

from mutation.changes import in_words


@dataclass(frozen=True)
class Mutant:
    """`where` is the dotted name of a function, `change` says how `body` differs from it."""

    module: str
    owner: str | None
    name: str
    change: str
    body: ast.FunctionDef

    @property
    def where(self) -> str:
        return ".".join(filter(None, (self.module, self.owner, self.name)))

    def put_in_place(self) -> None:
        """Give the living function the mutant's code: everybody who imported it calls the mutant."""
        module = importlib.import_module(self.module)
        wrapped: ast.stmt = self.body
        if self.owner is not None:  # so that `super()` finds its cell
            wrapped = ast.ClassDef(
                self.owner, bases=[], keywords=[], body=[self.body], decorator_list=[]
            )
        future = ast.ImportFrom("__future__", [ast.alias("annotations")], 0)
        whole = ast.fix_missing_locations(ast.Module([future, wrapped], type_ignores=[]))
        names = dict(vars(module))
        exec(compile(whole, f"<{self.where}>", "exec"), names)
        holder = names if self.owner is None else vars(names[self.owner])
        mutant = holder[self.body.name]
        living = vars(module) if self.owner is None else vars(vars(module)[self.owner])
        target = living[self.name]
        assert isinstance(mutant, FunctionType)
        assert isinstance(target, FunctionType)
        target.__code__ = mutant.__code__
        target.__defaults__ = mutant.__defaults__
        target.__kwdefaults__ = mutant.__kwdefaults__


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of one module's functions, always in the same order, each told from the others."""
    from mutmut.mutation.file_mutation import mutate_file_contents  # noqa: PLC0415  not for all tests

    made = mutate_file_contents(str(path), path.read_text(encoding="utf-8"))
    module = ".".join(path.with_suffix("").parts)
    bodies = {
        node.name: node
        for node in ast.walk(ast.parse(made.code))
        if isinstance(node, ast.FunctionDef)
    }
    told: Counter[str] = Counter()
    for name in made.mutant_names:
        plain = name.rpartition("__mutmut_")[0]
        body, before = bodies[name], bodies[f"{plain}__mutmut_orig"]
        body.decorator_list = []
        owner, spoken = _spoken(plain)
        change = in_words(_text(before), _text(body))
        told[f"{spoken}{change}"] += 1
        again = told[f"{spoken}{change}"]
        yield Mutant(
            module=module,
            owner=owner,
            name=spoken,
            change=change if again == 1 else f"{change} #{again}",
            body=body,
        )


def _spoken(mangled: str) -> tuple[str | None, str]:
    """`xǁLinkǁnext_generation` is Link's next_generation, `x__moved` is _moved."""
    if "ǁ" in mangled:
        _, owner, name = mangled.split("ǁ")
        return owner, name
    return None, mangled.removeprefix("x_")


def _text(function: ast.FunctionDef) -> str:
    return f"({ast.unparse(function.args)}): {' '.join(map(ast.unparse, function.body))}"
