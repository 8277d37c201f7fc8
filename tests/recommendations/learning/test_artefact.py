"""A model becomes bytes and the same model again; bytes that are anything else are refused."""

import io
import pickle
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from catalog_app.recommendations.learning.artefact import DamagedArtefactError, digest, from_bytes, read, to_bytes
from catalog_app.recommendations.learning.features import Features
from catalog_app.recommendations.learning.fitting import fit_model
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.training_data import Customer, Impressions, TrainingData


def data(count: int = 400) -> TrainingData:
    """Return offers of three products to customers of whom the older ones like the second."""
    rng = np.random.default_rng(7)
    ages = rng.integers(18, 80, count)
    offer = rng.integers(1, 4, count)
    accepted = (rng.random(count) < np.where((ages > 50) & (offer == 2), 0.7, 0.2)).astype(float)
    features: list[Features] = [{"age": int(age), "segments": ["old" if age > 50 else "young"]} for age in ages]
    owned = [[int(number)] for number in rng.integers(1, 4, count)]
    impressions = Impressions(
        features, owned, offer, accepted, np.arange(count, dtype=np.float64) * 60, np.arange(count)
    )
    customers = [Customer(held, told) for held, told in zip(owned, features, strict=True)]
    return TrainingData(np.array([1, 2, 3]), [{"price": float(number)} for number in (1, 2, 3)], customers, impressions)


@pytest.fixture(scope="module")
def model() -> Model:
    fitted = fit_model(data())
    assert fitted is not None
    assert fitted.basis == "full"
    return fitted


def with_member(content: bytes, name: str, member: bytes) -> bytes:
    """Return the artefact with another member in the place of one."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(written, "w") as other:
        for each in archive.namelist():
            other.writestr(each, member if each == name else archive.read(each))
    return written.getvalue()


def test_a_model_comes_back_as_it_was_and_says_the_same(model: Model) -> None:
    content = to_bytes(model)

    again = from_bytes(content, digest(content))

    shown = data().impressions
    assert np.array_equal(again.probability_of(shown), model.probability_of(shown))
    assert to_bytes(again) == content


def test_the_same_data_are_the_same_bytes_and_other_data_are_not(model: Model) -> None:
    twin, other = fit_model(data()), fit_model(data(401))

    assert twin is not None and other is not None  # noqa: PT018  # both were learned
    assert to_bytes(twin) == to_bytes(model) != to_bytes(other)


def test_bytes_that_are_not_those_that_were_learned_are_refused(model: Model) -> None:
    content = to_bytes(model)
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]

    for damaged in (flipped, content[:-1], content[:100], b"", content + b"\0"):
        with pytest.raises(DamagedArtefactError, match="SHA-256"):
            from_bytes(damaged, digest(content))


def test_what_could_be_executed_is_refused_even_where_its_digest_is_right(model: Model) -> None:
    content = to_bytes(model)
    smuggled = io.BytesIO()
    np.lib.format.write_array(smuggled, np.array([print], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (name, *_) = [each for each in archive.namelist() if each.endswith(".npy")]

    for member in (smuggled.getvalue(), pickle.dumps(print), b""):
        with pytest.raises(DamagedArtefactError):
            read(with_member(content, name, member))
    with pytest.raises(DamagedArtefactError):
        read(with_member(content, "facts.json", b'{"format": 2, "facts": {}}'))
    with pytest.raises(DamagedArtefactError):
        read(pickle.dumps(model.facts))
    with pytest.raises(ValueError, match="no objects"):
        to_bytes(replace(model, products=np.array([None])))
