"""A batch as lines of JSON: one for each customer that was sent, in their order, with the offers or what is wrong."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import orjson

from catalog_app.recommendations.batches import reading, running
from catalog_app.recommendations.batches.columns import Block
from catalog_app.recommendations.batches.offers import Offers
from catalog_app.recommendations.scoring.batch import BatchAsked


def blocks(sent: BinaryIO | Sequence[Any], *, rows: int) -> Iterator[Block]:
    """Yield the customers of lines of JSON, or of a list of objects, so many at a time."""
    if isinstance(sent, Sequence):
        return reading.blocks_of_lines((reading.told(line, one) for line, one in enumerate(sent, start=1)), rows=rows)
    return reading.blocks_of_lines(reading.json_lines(sent), rows=rows)


def lines(customers: Iterable[Block], asked: BatchAsked, *, name: str, actor: str) -> Iterator[bytes]:
    """Yield the answers of each block; when all are told, the batch is written into the activity."""
    done = running.Done()
    for offers in running.scored(customers, asked, done):
        yield b"".join(orjson.dumps(one) + b"\n" for one in _answers(offers))
    running.note(name, done, actor=actor)


def _answers(offers: Offers) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {
            "line": line,
            "customer_id": customer,
            "model_version": offers.model_version,
            "basis": offers.basis,
            "offers": [],
        }
        for line, customer in zip(offers.block.lines.tolist(), offers.block.customers, strict=True)
    ]
    for row, (_, rank, product_id, priority, propensity, *_) in zip(
        offers.rows.tolist(), offers.as_rows(), strict=True
    ):
        offer = {"product_id": product_id, "rank": rank, "priority": priority, "propensity": propensity}
        told[row]["offers"].append(offer)
    told += ({"line": one.line, "error": one.reason} for one in offers.block.rejected)
    return sorted(told, key=lambda one: one["line"])
