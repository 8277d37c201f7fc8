"""`nbo batch` on a file of a million customers and 200 offers: the whole command, in a process of its own."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
from sqlalchemy import select

from benchmarks.databases import SECRET, Database, application_on, empty_database
from benchmarks.nbo.customers import FEATURES, SEGMENTS, drawn, text_file, write_parquet
from benchmarks.nbo.figures import Figure
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.recommendations.features import product_features
from catalog_app.recommendations.learning.artefact import digest, to_bytes
from catalog_app.recommendations.learning.fitting import fit_model
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.training_data import Customer, Impressions, TrainingData
from catalog_app.recommendations.models import ACTIVE, ModelVersion
from catalog_app.recommendations.settings import held_settings

NAME = "batch"
CUSTOMERS = 1_000_000
TEXT_CUSTOMERS = 100_000
"""NDJSON and CSV take as long for each customer, however many there are; fewer tell it as well."""
OFFERS = 200
_LEARNED_FROM = 2_000
_MEBIBYTE = 1024
_SAMPLED = 0.05


def run(_protocol: ModuleType) -> list[Figure]:
    """Score the customers of a file with a full model; CPU-seconds of the command from its start to its end."""
    with _catalogue() as database:
        numbers = _offers()
        _serve(_learned(numbers), len(numbers))
        db.session.remove()
        return list(_measured(database, numbers))


def _measured(database: Database, numbers: Sequence[int]) -> Iterator[Figure]:
    source, target = database.folder / "customers", database.folder / "offers"
    if find_spec("pyarrow") is not None:
        write_parquet(source.with_suffix(".parquet"), CUSTOMERS, numbers)
        seconds, memory = _command(database, source.with_suffix(".parquet"), target.with_suffix(".parquet"))
        yield Figure(NAME, "Parquet", seconds, target=10, at_least=False, unit="s")
        yield Figure(NAME, "memory", memory, target=500, at_least=False, unit="MB")
    for suffix in (".ndjson", ".csv"):
        text_file(source.with_suffix(suffix), TEXT_CUSTOMERS, numbers)
        seconds, _ = _command(database, source.with_suffix(suffix), target.with_suffix(suffix))
        yield Figure.seconds(NAME, f"{suffix[1:].upper()}, {TEXT_CUSTOMERS:,}", seconds)


def _command(database: Database, source: Path, target: Path) -> tuple[float, float]:
    """Run the command and return its CPU-seconds and the most MB that it held."""
    environment = {
        **os.environ,
        "CATALOG_DATABASE_URL": database.url,
        "CATALOG_SECRET_KEY": SECRET,
        "CATALOG_INSTANCE_PATH": str(database.folder),
        "CATALOG_LOG_LEVEL": "ERROR",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "nbo", "batch", str(source), str(target), "--top", "3"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with (database.folder / "told.txt").open("w+b") as told:
        process = subprocess.Popen(command, env=environment, stderr=told)  # noqa: S603  # our own command
        memory = _most_held(process)
        if process.returncode:
            told.seek(0)
            raise AssertionError(told.read().decode())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, memory


def _most_held(process: "subprocess.Popen[bytes]") -> float:
    """Wait for a process and return the most MB that it held, as the kernel tells it while it lives.

    (What is told of a child that has ended counts what its parent held when it began.)
    """
    most = 0.0
    while process.poll() is None:
        with suppress(OSError):
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            most = max(
                [most, *(int(line.split()[1]) / _MEBIBYTE for line in status.splitlines() if line.startswith("VmHWM"))]
            )
        with suppress(subprocess.TimeoutExpired):
            process.wait(_SAMPLED)
    return most


@contextmanager
def _catalogue() -> Iterator[Database]:
    with empty_database("sqlite") as database, application_on(database):
        yield database


def _offers() -> list[int]:
    """Make products of which most are restricted in some way, and return their numbers."""
    chance, service = Random(1), ProductCatalogService()  # noqa: S311  # a made-up catalogue, no secret
    made: list[int] = []
    for number in range(OFFERS):
        fields = {"name": f"Offer {number}", "product_type": "data", "price": str(chance.randint(10, 300))}
        fields |= {"currency": "SAR", "lifecycle_status": "launched"} | dict(_restrictions(chance, made))
        made.append(service.create(fields, actor="cli").id)
    return made


def _restrictions(chance: Random, made: Sequence[int]) -> Iterator[tuple[str, Any]]:
    wanted = chance.sample(SEGMENTS, 3)
    if chance.random() < 0.5:  # noqa: PLR2004  # shares of the catalogue, here and below
        yield "target_segments", wanted[:2]
    if chance.random() < 0.2:  # noqa: PLR2004
        yield "exclude_segments", wanted[2:]
    if chance.random() < 0.4:  # noqa: PLR2004
        yield "payment_mode", chance.choice(["prepaid", "postpaid"])
    if chance.random() < 0.3:  # noqa: PLR2004
        yield "min_customer_value", str(chance.choice([50, 100, 200]))
    if chance.random() < 0.1:  # noqa: PLR2004
        long_here = {"attribute": "tenure_months", "operator": "gte", "value": chance.choice([3, 6, 12, 24])}
        yield "eligibility_rule", {"all": [long_here]}
    if made and chance.random() < 0.1:  # noqa: PLR2004
        yield "relations", [{"relation": chance.choice(["requires", "excludes"]), "product": chance.choice(made)}]


def _learned(numbers: Sequence[int]) -> Model:
    """Learn a full model from customers like those of the file."""
    rng = np.random.default_rng(2)
    rows = drawn(_LEARNED_FROM, numbers, seed=2)
    features = [{name: row[name] for name in FEATURES if row[name] is not None} for row in rows]
    owned = [row["owned"] for row in rows]
    ids, offer = np.array(numbers), rng.integers(0, len(numbers), _LEARNED_FROM)
    likely = 1 / (
        1 + np.exp(2 - np.array([row["tenure_months"] for row in rows]) / 60 - rng.normal(size=len(ids))[offer])
    )
    products = db.session().scalars(select(Product).order_by(Product.id)).all()
    data = TrainingData(
        ids,
        [product_features(product, "SAR") for product in products],
        [Customer(held, told) for held, told in zip(owned, features, strict=True)],
        Impressions(
            features,
            owned,
            ids[offer],
            (rng.random(_LEARNED_FROM) < likely).astype(np.float64),
            1.7e9 + 60.0 * np.arange(_LEARNED_FROM),
            np.arange(_LEARNED_FROM),
        ),
    )
    model = fit_model(data)
    assert model is not None
    return model


def _serve(model: Model, products: int) -> None:
    content, now = to_bytes(model), utcnow()
    with writing() as session:
        version = ModelVersion(
            status=ACTIVE, basis=model.basis, trained_at=now, trained_by="cli", customers=0, impressions=0,
            acceptances=0, products=products, seconds=0.0, settings={}, metrics={}, sha256=digest(content),
            size=len(content), artefact=content,
        )  # fmt: skip
        session.add(version)
        session.flush()
        held_settings(session).active_model = version.version
