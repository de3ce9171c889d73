"""Mutation operators over Python's syntax tree: every place where one operator, constant or call can be changed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
_CALLED = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "argmin": "argmax",
    "argmax": "argmin",
    "minimum": "maximum",
    "maximum": "minimum",
    "floor": "ceil",
    "ceil": "floor",
}
_NO_BEHAVIOUR = frozenset({"annotation", "returns", "decorator_list", "type_params", "bases"})
"""Fields of syntax that hold types and decorators."""

_NO_CHOICE = frozenset({"strict", "copy", "cache", "nogil", "dtype", "frozen", "eq", "kind", "stacklevel"})
"""Keyword arguments that change no answer on sound input."""


@dataclass(frozen=True)
class Site:
    """One possible change: where it is, and the code before and after.

    `number` counts the sites of a module in the order of its text. `is_compiled`: inside a function under ``@njit``.
    """

    module: str
    number: int
    line: int
    scope: str
    is_compiled: bool
    operator: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """Return the words by which a person finds it."""
        return f"{self.module}:{self.line} {self.scope}: {self.before} → {self.after}"


@dataclass(frozen=True)
class _Change:
    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST
    operator: str
    at: ast.expr | ast.stmt
    scope: str
    is_compiled: bool

    def make(self) -> None:
        if self.index is None:
            setattr(self.parent, self.field, self.new)
        else:
            getattr(self.parent, self.field)[self.index] = self.new


def find_sites(source: str, module: str) -> list[Site]:
    """Return every place of a module where something can be changed.

    Left out are annotations, decorators, docstrings, the arguments of what is raised, and keyword arguments without
    influence on an answer.

    Examples
    --------
    >>> [site.after for site in find_sites("def f(x):\\n    return x < 3\\n", "m.py")]
    ['x <= 3', 'x < 4']
    """
    found = []
    for number, change in enumerate(_changes(ast.parse(source))):
        before = ast.unparse(change.at)
        # What is written after the change, beside what is there now; the tree is put back at once.
        old = getattr(change.parent, change.field)
        if change.index is not None:
            old = old[change.index]
        change.make()
        after = ast.unparse(change.at if change.at is not old else change.new)
        _Change(**(change.__dict__ | {"new": old})).make()
        line = change.at.lineno
        found.append(
            Site(module, number, line, change.scope, change.is_compiled, change.operator, _first(before), _first(after))
        )
    return found


def mutate(source: str, number: int) -> str:
    """Return the source with one of its sites changed."""
    tree = ast.parse(source)
    change = next(change for n, change in enumerate(_changes(tree)) if n == number)
    change.make()
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _first(code: str) -> str:
    lines = code.splitlines()
    return lines[0] if len(lines) == 1 else f"{lines[0]} …"


def _changes(tree: ast.Module) -> list[_Change]:
    return list(_walk(tree, tree.body[0], "", False))


def _walk(node: ast.AST, at: ast.expr | ast.stmt, scope: str, is_compiled: bool) -> Iterator[_Change]:
    """Yield the changes below a node; `at` is the innermost expression or line that is shown for them."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        scope = f"{scope}.{node.name}".lstrip(".")
        is_compiled = is_compiled or any("njit" in ast.unparse(each) for each in node.decorator_list)
    for field, value in ast.iter_fields(node):
        if field in _NO_BEHAVIOUR:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_without_behaviour(child):
                continue
            here = child if isinstance(child, ast.expr | ast.stmt) else at
            if isinstance(child, ast.Constant):
                here = at
            for operator, new in _variants(child, node):
                yield _Change(node, field, index, new, operator, _shown(child, here), scope, is_compiled)
            yield from _walk(child, here, scope, is_compiled)


def _shown(child: ast.AST, at: ast.expr | ast.stmt) -> ast.expr | ast.stmt:
    if isinstance(child, ast.Constant) and isinstance(at, ast.FunctionDef):
        return child
    return child if isinstance(child, ast.UnaryOp | ast.Call | ast.Break | ast.Continue) else at


def _is_without_behaviour(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.keyword) and node.arg in _NO_CHOICE)
        or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    )


def _variants(node: ast.AST, parent: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield (name of the operator, changed node) of one node."""
    if isinstance(node, ast.cmpop):
        yield "comparison", _COMPARED[type(node)]()
    elif isinstance(node, ast.operator) and type(node) in _COMPUTED:
        if not _joins_text(parent):
            yield "arithmetic", _COMPUTED[type(node)]()
    elif isinstance(node, ast.boolop):
        yield "and, or", ast.Or() if isinstance(node, ast.And) else ast.And()
    elif isinstance(node, ast.UnaryOp):
        yield "sign, not", node.operand
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "constant", ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield "constant", ast.Constant(node.value + 1)
        elif isinstance(node.value, float):
            yield "constant", ast.Constant(2.0 * node.value or 1.0)
    elif isinstance(node, ast.Break):
        yield "loop", ast.Continue()
    elif isinstance(node, ast.Continue):
        yield "loop", ast.Break()
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in _CALLED:
            yield "call", ast.Call(ast.Name(_CALLED[node.func.id], ast.Load()), node.args, node.keywords)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _CALLED:
            swapped = ast.Attribute(node.func.value, _CALLED[node.func.attr], ast.Load())
            yield "call", ast.Call(swapped, node.args, node.keywords)


def _joins_text(node: ast.AST) -> bool:
    """Tell whether an addition joins texts or lists, which no other operator does."""
    sides = (node.left, node.right) if isinstance(node, ast.BinOp) else ()
    return any(
        isinstance(side, ast.JoinedStr | ast.List | ast.Tuple)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in sides
    )
