"""The house: which file may import which, what is public, what is required."""

import ast
import re
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

import bptt
from bptt import cells

SOURCE = Path(bptt.__file__).parent
ROOT = SOURCE.parents[1]
OPTIONAL = {
    "rich", "matplotlib", "sympy", "mpmath", "starlette", "uvicorn", "sklearn", "pandas", "IPython",
    "numba", "llvmlite", "scipy",
}  # fmt: skip


def listed_files():
    """Return the files of the table in docs/architecture.md, in its order."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.split("<!-- order -->")[1]
    return re.findall(r"^\| `([\w/]+\.py)` \|", table, flags=re.MULTILINE)


def module(file):
    parts = ["bptt", *Path(file).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def files():
    return sorted(str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py"))


@cache
def modules():
    return {module(file) for file in files()}


def imports(file):
    """Yield (module, is it at the top of the file?) for everything a file imports at run time."""
    tree = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
    typing_only = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            typing_only |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        top = node in tree.body
        if isinstance(node, ast.Import):
            yield from ((name.name, top) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                if node.module == "bptt" and bptt._HOME.get(name.name):  # through the lazy door
                    whole = f"bptt.{bptt._HOME[name.name]}"
                yield (whole if whole in modules() else node.module), top


def test_the_table_lists_every_file():
    assert sorted(listed_files()) == files()
    assert len(set(listed_files())) == len(listed_files())


@pytest.mark.parametrize("file", files())
def test_a_file_imports_only_files_above_it(file):
    order = [module(f) for f in listed_files()]
    package = module(file)
    for imported, _ in imports(file):
        if imported.split(".")[0] != "bptt" or imported == "bptt":
            continue
        if file.endswith("__init__.py") and imported.startswith(package + "."):
            continue  # a package's door names what is inside it
        assert order.index(imported) < order.index(package), f"{file} imports {imported}"


@pytest.mark.parametrize("file", files())
def test_only_numpy_is_imported_at_the_top(file):
    allowed = set(sys.stdlib_module_names) | {"numpy", "bptt"}
    for imported, top in imports(file):
        name = imported.split(".")[0]
        assert name in (allowed if top else allowed | OPTIONAL), f"{file} imports {name}"


def test_scalar_and_engine_know_nothing_of_each_other():
    engine = [f for f in files() if f.startswith(("through_time", "cells"))]
    for file in [*engine, "network.py", "losses.py", "readouts.py"]:
        assert "bptt.scalar" not in dict(imports(file))
    assert not [name for name, _ in imports("scalar.py") if name.startswith(("bptt", "numpy"))]


def test_the_engine_knows_no_cell_by_name():
    for file in files():
        if file.startswith("through_time"):
            text = (SOURCE / file).read_text(encoding="utf-8").lower()
            assert not re.search(r"elman|gru|lstm", text), file


def test_a_cell_has_no_product_and_no_loop_over_time():
    for file in files():
        if file.startswith("cells") and file != "cells/__init__.py":
            tree = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
            nodes = list(ast.walk(tree))
            loops = ast.For | ast.While | ast.comprehension | ast.MatMult
            assert not any(isinstance(n, loops) for n in nodes), file
            names = {n.attr for n in nodes if isinstance(n, ast.Attribute)}
            names |= {n.id for n in nodes if isinstance(n, ast.Name)}
            names |= {n.name for n in nodes if isinstance(n, ast.alias)}
            products = {"dot", "vdot", "inner", "outer", "matmul", "einsum", "tensordot", "linalg"}
            assert not names & (products | {"random"}), file


def test_no_file_is_long():
    for file in files():
        lines = (SOURCE / file).read_text(encoding="utf-8").count("\n")
        assert lines <= 300, f"{file} has {lines} lines"


def test_public_names():
    # what needs an extra is public too, but a star import does without it
    extra = {name for name, home in bptt._HOME.items() if home == "estimators"}
    assert bptt.__all__ == sorted(set(bptt._HOME) - extra)
    assert set(dir(bptt)) >= set(bptt.__all__)
    for name in bptt._HOME:
        assert getattr(bptt, name) is not None
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = bptt.nothing_of_that_name
    # what a type checker sees is what there is
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {}
    for node in block.body:
        home = node.module.removeprefix("bptt").lstrip(".") or None
        seen |= {name.asname: home for name in node.names}
    assert seen == bptt._HOME


def test_a_cell_has_the_name_of_its_file():
    for name, kind in cells.BY_NAME.items():
        assert getattr(cells, kind).name == name
        assert getattr(cells, kind).__module__ == f"bptt.cells.{name}"
    with pytest.raises(AttributeError, match="NoCell"):
        _ = cells.NoCell


def test_every_public_function_and_class_has_a_docstring():
    for name in bptt.__all__:
        assert getattr(bptt, name).__doc__, name


def test_numpy_is_the_only_requirement():
    required = [r for r in metadata.requires("bptt") if "extra ==" not in r]
    assert [re.match(r"[\w-]+", r).group() for r in required] == ["numpy"]
    assert (SOURCE / "py.typed").exists()


@pytest.mark.parametrize("statement", ["import bptt", "import bptt.cli"])
def test_importing_is_cheap(statement):
    """Neither NumPy nor anything optional is loaded before it is used."""
    code = f"import sys; {statement}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in ran.stdout.split()}
    assert not loaded & ({"numpy", "json", "dataclasses"} | OPTIONAL)


def test_using_it_loads_nothing_optional():
    code = "import sys, bptt; bptt.fit, bptt.load, bptt.check_gradient; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name.split(".")[0] for name in ran.stdout.split()} & (OPTIONAL | {"argparse"})


# what loading a model and predicting with it takes: of ours, and of the standard library
TO_PREDICT = {
    "_checks", "_extras", "_safetensors", "_shapes", "activations", "architecture", "cells",
    "engines", "errors", "initial_states", "network", "params", "readouts", "run", "saving",
    "sequences", "straight_path", "through_time",
}  # fmt: skip
LIBRARY_TO_PREDICT = "__future__, contextvars, dataclasses, errno, hashlib, json"


def modules_after(code, *arguments):
    code = f"import sys, numpy; {code}; print(*sys.modules)"
    ran = [sys.executable, "-c", code, *map(str, arguments)]
    return set(subprocess.run(ran, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_the_first_prediction_loads_little(cell, tmp_path):
    """A short start: no training, no targets, no random numbers, no other cell, no Numba."""
    net = bptt.RNN(cell, input_size=2, hidden_size=3)
    bptt.save(tmp_path / "model", net, net.init(rng=0))
    predict = (
        "x = numpy.zeros((1, 4, 2)); net, params = bptt.load(sys.argv[1]); net.predict(params, x)"
    )
    loaded = modules_after(f"import bptt; {predict}", tmp_path / "model")
    ours = {name for name in loaded if name.split(".")[0] == "bptt"}
    others = loaded - ours - modules_after(f"import {LIBRARY_TO_PREDICT}")
    assert not others
    others = {name.split(".")[1] for name in ours - {"bptt"}} - TO_PREDICT
    assert not others
    assert "bptt.through_time.compiled" not in ours
    # Elman is the cell of a network for which none is named
    not_it = {f"bptt.cells.{other}" for other in cells.BY_NAME if other not in ("elman", cell)}
    assert not ours & not_it
