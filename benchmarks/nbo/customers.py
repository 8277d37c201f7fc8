"""Made-up customers as files hold them: what they are, what they use, and what they own."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

SEGMENTS: Final = ("family", "youth", "high_value", "roamer", "gamer", "business", "senior", "new")
CITIES: Final = ("Riyadh", "Jeddah", *(f"City {number}" for number in range(18)))
USAGES: Final = tuple(f"usage_{number}" for number in range(8))
FEATURES: Final = (
    "customer_value", "segments", "payment_mode", "tenure_months", "age", "city", "device", "is_roaming", *USAGES,
)  # fmt: skip
_AT_ONCE: Final = 20_000
_SILENT: Final = 0.05
_ROAMING: Final = 0.2


def drawn(count: int, products: Sequence[int], *, seed: int) -> list[dict[str, Any]]:
    """Return customers with 16 features and up to five products each; one in twenty has told no age."""
    rng = np.random.default_rng(seed)
    held, segments = rng.integers(0, 6, count), rng.integers(0, 4, count)
    columns: dict[str, Any] = {
        "customer_id": [f"7{seed:03}{number:08}" for number in range(count)],
        "customer_value": np.round(rng.gamma(2, 150, count), 2).tolist(),
        "segments": [rng.choice(SEGMENTS, number, replace=False).tolist() for number in segments],
        "payment_mode": rng.choice(["prepaid", "postpaid"], count).tolist(),
        "tenure_months": rng.integers(0, 120, count).tolist(),
        "age": [
            None if blank else age
            for age, blank in zip(rng.integers(18, 80, count).tolist(), rng.random(count) < _SILENT, strict=True)
        ],
        "city": rng.choice(CITIES, count).tolist(),
        "device": rng.choice(["ios", "android", "feature"], count).tolist(),
        "is_roaming": (rng.random(count) < _ROAMING).tolist(),
        **{name: np.round(rng.lognormal(3, 1, count), 3).tolist() for name in USAGES},
        "owned": [rng.choice(products, number, replace=False).tolist() for number in held],
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def write_parquet(path: Path, count: int, products: Sequence[int]) -> None:
    """Write so many customers, the first drawn ones again and again under ids of their own."""
    import pyarrow as pa  # noqa: PLC0415  # only where it is installed
    from pyarrow import parquet  # noqa: PLC0415

    table = pa.Table.from_pylist(drawn(_AT_ONCE, products, seed=1))
    ids = table.schema.get_field_index("customer_id")
    with parquet.ParquetWriter(path, table.schema) as writer:
        for start in range(0, count, _AT_ONCE):
            names = pa.array([f"7{start + row:011}" for row in range(_AT_ONCE)])
            writer.write_table(table.set_column(ids, "customer_id", names).slice(0, count - start))


def text_file(path: Path, count: int, products: Sequence[int]) -> None:
    """Write so many customers as NDJSON or CSV, as the name of the file says."""
    rows = drawn(count, products, seed=3)
    if path.suffix == ".ndjson":
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        writer.writerows([_cell(value) for value in row.values()] for row in rows)


def _cell(value: Any) -> Any:
    return ";".join(map(str, value)) if isinstance(value, list) else value
