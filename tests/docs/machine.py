"""The machine that the pages are typed into: the least of a Debian that their commands look for, in one folder."""

import csv
import shutil
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.docs.commands import CLONE, NOT_RUN, REAL, REPORTED
from tests.docs.guide import ROOT
from tests.docs.installation import Installation
from tests.docs.shell import Shell

FILES: Final = {
    "etc/postgresql/15/main/pg_hba.conf": "local all all peer\n",
    "etc/postgresql/15/main/postgresql.conf": "",
    "etc/redis/redis.conf": "bind 127.0.0.1 -::1\n# requirepass foobared\n",
    "etc/systemd/system/.keep": "",
    "usr/local/sbin/.keep": "",
    "root/.keep": "",
}

VERSIONS: Final = (1, 2)
"""The versions that a page has fetched when it has done so; the first one runs."""


def machine(folder: Path, installation: Installation, *, password: str) -> Shell:
    """Return a shell on the machine; what it runs is carried out by the installation."""
    shell = Shell(folder, reported=(*REPORTED, *NOT_RUN), real=REAL, answering=installation.answer)
    for name, text in {**FILES, "run/secrets/xiva": password}.items():
        (path := folder / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for version in VERSIONS:
        clone = folder / f"{CLONE}-{version}"
        for program in ("flask", "granian", "python"):
            shell.report(clone / ".venv" / "bin" / program)
        shutil.copytree(ROOT / "deploy", clone / "deploy")
        _files_of_the_reader(clone)
    (folder / CLONE).symlink_to(folder / f"{CLONE}-{VERSIONS[0]}")
    return shell


def _files_of_the_reader(folder: Path) -> None:
    with (folder / "products.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("external_product_id", "name", "product_type", "price", "currency"))
        lines.writerow(("SUMMER-10", "Summer 10 GB", "data", "49.00", "SAR"))
    customers = {"customer_id": ["40777", "40778"], "payment_mode": ["prepaid", "postpaid"]}
    pq.write_table(pa.table(customers), folder / "customers.parquet")
