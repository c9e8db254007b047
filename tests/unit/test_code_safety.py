"""What the code must never do, read from the code itself: run data, build SQL from words, shell out.

Each rule reads the syntax tree of every module, so that a new one that breaks it is named with its line.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("geo", "domain", "analytics", "citypack", "database", "export", "services", "ui", "api", "pages")
MODULES = sorted([ROOT / "app.py", *(file for name in PACKAGES for file in (ROOT / name).rglob("*.py"))])

RUNS_DATA = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
RUNS_CALLS = {"eval", "exec", "compile", "__import__"}
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
UNSAFE = {
    "yaml.load",
    "yaml.unsafe_load",
    "pandas.read_pickle",
    "numpy.load",
    "tempfile.mktemp",
    "ssl._create_unverified_context",
}

SQL_CALLS = {"execute", "executemany", "rows", "row", "sql", "query", "read_parquet"}
SQL_WORDS = (
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE ",
    "CREATE ",
    "ALTER ",
    "DROP ",
    "ATTACH ",
    "COPY ",
    "SET ",
)

CONSTANT_PARTS = {
    # Tables and columns: constants of the module, or the database's own catalogue; never from a request.
    "table", "place", "source", "name", "names", "kind", "column", "columns", "told", "one.sql", "setting",
    "t", "both", "by_id", "found", "given", "assigned", "steps", "kinds", "files", "wanted", "chosen",
    # Clauses put together from constants, their values in a list beside them.
    "which", "where", "only", "order", "sql", "reports",
    # Question marks, as many as there are values.
    "marks", "ids", "places",
}  # fmt: skip
"""Names that hold parts of SQL made of the schema's own words; each is looked at when it is added here."""
WRITTEN_HERE = ("int", "marks", "to_sql", "total_seconds", "_quoted", "_memory_mb", "_table", "_here", "_raw")
"""Functions that return a number, question marks, or SQL of the module's own constants."""
HTML_OF_CONSTANTS = {
    "ui/session.py": "the sign-in page's address and a word of the catalogue",
    "ui/style.py": "Sigap's own CSS",
}
JITTER = {
    "services/delivery.py": "spreads repeated attempts over time",
    "ui/live.py": "spreads the screens that are drawn anew by themselves over time",
}
EXAMPLES = {"services/demo.py", "services/rehearsal.py", "services/replay.py", "analytics/chance.py"}
COMPARED = {("services/accounts.py", "new_password"): "both were just typed by the same person"}


@cache
def parsed() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple((file.relative_to(ROOT), ast.parse(file.read_text(encoding="utf-8"))) for file in MODULES)


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` of a name or attribute, or ""."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0], node.lineno


def test_the_modules_are_found() -> None:
    assert len(MODULES) > 200


def test_nothing_is_unpickled_and_no_data_is_run() -> None:
    bad = []
    for file, tree in parsed():
        bad += [f"{file}:{line} imports {name}" for name, line in imports(tree) if name in RUNS_DATA]
        for call in calls(tree):
            name = dotted(call.func)
            if name in RUNS_CALLS | SHELLS | UNSAFE:
                bad.append(f"{file}:{call.lineno} calls {name}")
            for word in call.keywords:
                if word.arg == "shell" and not (
                    isinstance(word.value, ast.Constant) and word.value.value is False
                ):
                    bad.append(f"{file}:{call.lineno} runs a shell")
                if word.arg == "persist" and "cache" in name:
                    bad.append(f"{file}:{call.lineno} keeps a cache on disk, which Streamlit would unpickle")
    assert bad == []


def test_tls_is_never_unchecked() -> None:
    bad = [
        f"{file}:{call.lineno}"
        for file, tree in parsed()
        for call in calls(tree)
        for word in call.keywords
        if word.arg == "verify" and isinstance(word.value, ast.Constant) and word.value.value is False
    ]
    assert bad == []


def test_random_numbers_that_nobody_may_guess_come_from_secrets() -> None:
    """`random` is for examples and rehearsals, whose seed is written down."""
    users = {str(file) for file, tree in parsed() if any(name == "random" for name, _ in imports(tree))}
    assert users <= EXAMPLES | set(JITTER)


def test_secrets_are_compared_in_constant_time() -> None:
    """No `==` with something named as a secret on either side."""
    words = ("signature", "token", "password", "secret", "digest_given", "api_key")
    bad = []
    for file, tree in parsed():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                continue
            sides = [node.left, *node.comparators]
            named = [dotted(side).rpartition(".")[2] for side in sides]
            if any(isinstance(side, ast.Constant) for side in sides):
                continue
            if any((str(file), name) in COMPARED for name in named):
                continue
            if any(name in words or name.endswith(("_token", "_signature", "_password")) for name in named):
                bad.append(f"{file}:{node.lineno} compares {', '.join(filter(None, named))}")
    assert bad == []


def sql_texts(tree: ast.AST) -> Iterator[ast.JoinedStr]:
    """Return the f-strings that are SQL: by their first word, or as a query's first argument."""
    seen: set[int] = set()
    for call in calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr in SQL_CALLS and call.args:
            for node in ast.walk(call.args[0]):
                if isinstance(node, ast.JoinedStr):
                    seen.add(id(node))
                    yield node
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in seen and node.values:
            first = node.values[0]
            if isinstance(first, ast.Constant) and str(first.value).lstrip().upper().startswith(SQL_WORDS):
                yield node


def is_constant_part(value: ast.expr) -> bool:
    """Whether what is put into SQL is of the schema's own words: a constant, question marks, a number."""
    if isinstance(value, ast.Constant):
        return True
    name = dotted(value)
    if name and (name.rpartition(".")[2].lstrip("_").isupper() or name in CONSTANT_PARTS):
        return True
    if isinstance(value, ast.Subscript):
        return is_constant_part(value.value)
    if isinstance(value, ast.BoolOp):
        return all(is_constant_part(one) for one in value.values)
    if isinstance(value, ast.BinOp):
        return all(is_constant_part(side) for side in (value.left, value.right))
    if isinstance(value, ast.Call):
        called = dotted(value.func).rpartition(".")[2]
        if called in WRITTEN_HERE:
            return True
        if called == "join":
            return all(is_constant_part(one) for one in value.args)
    if isinstance(value, ast.GeneratorExp | ast.ListComp | ast.Tuple | ast.Starred | ast.List):
        return all(
            is_constant_part(part) for part in ast.iter_child_nodes(value) if isinstance(part, ast.expr)
        )
    if isinstance(value, ast.JoinedStr):
        return all(is_constant_part(one.value) for one in value.values if isinstance(one, ast.FormattedValue))
    if isinstance(value, ast.IfExp):
        return is_constant_part(value.body) and is_constant_part(value.orelse)
    return False


def test_sql_takes_what_people_give_by_parameters_only() -> None:
    bad = []
    for file, tree in parsed():
        for text in sql_texts(tree):
            for part in text.values:
                if isinstance(part, ast.FormattedValue) and not is_constant_part(part.value):
                    bad.append(f"{file}:{part.lineno} puts {ast.unparse(part.value)} into SQL")
    assert bad == []


def test_sql_is_never_put_together_by_percent_or_plus() -> None:
    bad = []
    for file, tree in parsed():
        for call in calls(tree):
            if not (isinstance(call.func, ast.Attribute) and call.func.attr in SQL_CALLS and call.args):
                continue
            first = call.args[0]
            percent = isinstance(first, ast.BinOp) and isinstance(first.op, ast.Mod)
            plus = (
                isinstance(first, ast.BinOp) and isinstance(first.op, ast.Add) and not is_constant_part(first)
            )
            if (percent or plus) and file.parts[0] == "database":
                bad.append(f"{file}:{call.lineno} {ast.unparse(first)[:60]}")
    assert bad == []


@pytest.mark.parametrize("writer", ["csv.writer", "csv.DictWriter"])
def test_every_csv_goes_through_the_guard_against_formulas(writer: str) -> None:
    bad = [
        str(file)
        for file, tree in parsed()
        if any(dotted(call.func) == writer for call in calls(tree))
        and not any(
            isinstance(node, ast.ImportFrom) and node.module == "domain.formula" for node in ast.walk(tree)
        )
    ]
    assert bad == []


def test_tables_reach_excel_and_csv_only_by_the_modules_that_guard_them() -> None:
    bad = [
        f"{file}:{call.lineno} {dotted(call.func)}"
        for file, tree in parsed()
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute)
        and (
            call.func.attr == "to_excel"
            or (
                call.func.attr == "to_csv"
                and dotted(call.func).partition(".")[0] not in ("files", "chart_data")
            )
        )
    ]
    assert bad == []


def test_raw_html_of_a_screen_is_made_with_escape() -> None:
    """A module that writes HTML around what it is given must know how to escape it."""
    bad = []
    for file, tree in parsed():
        html = [
            call
            for call in calls(tree)
            if dotted(call.func) in ("st.html", "folium.Tooltip", "folium.Popup", "folium.DivIcon")
            and any(isinstance(node, ast.FormattedValue) for node in ast.walk(call))
        ]
        names = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
        }
        if html and "escape" not in names and str(file) not in HTML_OF_CONSTANTS:
            bad.append(f"{file}:{html[0].lineno}")
    assert bad == []


def test_markdown_of_a_screen_never_allows_html() -> None:
    bad = [
        f"{file}:{call.lineno}"
        for file, tree in parsed()
        for call in calls(tree)
        for word in call.keywords
        if word.arg in ("unsafe_allow_html", "unsafe_allow_javascript")
    ]
    assert bad == []


@pytest.mark.parametrize(
    "source",
    [
        "reader.rows(f\"SELECT * FROM event WHERE actor = '{name_of_person}'\")",
        "writer.execute(f'DELETE FROM event WHERE seq = {request.seq}')",
        "text = f'SELECT {given_by_browser} FROM event'",
        "reader.rows('SELECT ' + f'{asked}')",
    ],
)
def test_the_rule_for_sql_finds_what_it_is_for(source: str) -> None:
    parts = [
        part.value
        for text in sql_texts(ast.parse(source))
        for part in text.values
        if isinstance(part, ast.FormattedValue)
    ]
    assert not all(is_constant_part(part) for part in parts)
