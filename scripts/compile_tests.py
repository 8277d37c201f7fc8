"""Compile the tests the way pytest does, once; otherwise each of its workers does it for all of them.

pytest reads what it finds compiled, also where Python is told to write nothing, and checks it against the source.
"""

import importlib.util
from compileall import compile_file
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from _pytest.assertion.rewrite import PYC_TAIL, _rewrite_test, _write_pyc_fp, get_cache_dir
from _pytest.config import get_config

ROOT: Final = Path(__file__).resolve().parent.parent
PLUGINS: Final = ("skips.py", "one_database.py", "garbage.py")
"""Those of tests/support that pytest is told of: their assertions are rewritten as well."""


def compile_one(path: Path) -> None:
    is_rewritten = path.name.startswith("test_") or path.name in ("conftest.py", *PLUGINS)
    if not is_rewritten:
        compile_file(path, quiet=1)
        return
    compiled = get_cache_dir(path) / f"{path.stem}{PYC_TAIL}"
    source_hash = importlib.util.source_hash(path.read_bytes())
    if compiled.exists() and compiled.read_bytes()[8:16] == source_hash:
        return
    compiled.parent.mkdir(exist_ok=True)
    _, code = _rewrite_test(path, get_config())
    with compiled.open("wb") as file:
        _write_pyc_fp(file, source_hash, code)


def main() -> None:
    with ProcessPoolExecutor() as workers:
        list(workers.map(compile_one, sorted((ROOT / "tests").rglob("*.py")), chunksize=20))


if __name__ == "__main__":
    main()
