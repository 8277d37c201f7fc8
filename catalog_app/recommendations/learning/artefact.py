"""A model as bytes and back: numbers and plain JSON in a zip file (NumPy's npz), nothing that could be executed.

The same model is the same bytes: names are sorted, times fixed, nothing is compressed. Reading takes nothing on trust:
the SHA-256 must fit before anything is looked at, and arrays of objects (pickles) are refused.
"""

import io
import json
import zipfile
from hashlib import sha256
from typing import Any, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from .model import Model

FORMAT: Final = 1
"""Rises when older artefacts can no longer be read."""
_FACTS: Final = "facts.json"
_SUFFIX: Final = ".npy"
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name."""
_VERSION: Final = (1, 0)
_MODE: Final = 0o600 << 16


class DamagedArtefactError(Exception):
    """These bytes are not a model, or not the one that was learned; the message says what is wrong."""


def to_bytes(model: Model) -> bytes:
    """Return a model as bytes, the same for the same model."""
    arrays, facts = model.state()
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_STORED) as archive:
        described = {"format": FORMAT, "facts": facts}
        text = json.dumps(described, sort_keys=True, separators=(",", ":"), allow_nan=False)
        archive.writestr(_entry(_FACTS), text)
        for name in sorted(arrays):
            archive.writestr(_entry(name + _SUFFIX), _array_bytes(name, arrays[name]))
    return written.getvalue()


def digest(content: bytes) -> str:
    """Return the SHA-256 of an artefact, in hex digits."""
    return sha256(content).hexdigest()


def from_bytes(content: bytes, expected: str) -> Model:
    """Return the model; raise DamagedArtefactError where the bytes do not have this SHA-256, or hold no model."""
    if digest(content) != expected:
        raise DamagedArtefactError("the bytes are not those that were learned (SHA-256)")
    return read(content)


def read(content: bytes) -> Model:
    """Return the model in bytes that were found to be the right ones; raise DamagedArtefactError where there is none."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            described = json.loads(_member(archive, _FACTS))
            arrays = {
                name.removesuffix(_SUFFIX): _array(archive, name) for name in archive.namelist() if name != _FACTS
            }
        if described["format"] != FORMAT:
            raise DamagedArtefactError(f"it is of format {described['format']}, and this version reads {FORMAT}")
        return Model.from_state(arrays, described["facts"])
    except (
        zipfile.BadZipFile,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        EOFError,
        OSError,
    ) as error:
        raise DamagedArtefactError(f"it holds no model ({type(error).__name__}: {error})") from error


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _WHEN)
    entry.compress_type = ZIP_STORED
    entry.create_system, entry.external_attr = 3, _MODE
    return entry


def _array_bytes(name: str, array: NDArray[Any]) -> bytes:
    if array.dtype.hasobject:
        raise ValueError(f"{name}: an artefact holds no objects")
    written = io.BytesIO()
    # Little-endian and row by row, whichever machine learned it.
    plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    npy.write_array(written, plain, version=_VERSION, allow_pickle=False)
    return written.getvalue()


def _array(archive: ZipFile, name: str) -> NDArray[Any]:
    found: NDArray[Any] = npy.read_array(io.BytesIO(_member(archive, name)), allow_pickle=False)
    return found


def _member(archive: ZipFile, name: str) -> bytes:
    entry = archive.getinfo(name)
    if entry.compress_type != ZIP_STORED:
        raise DamagedArtefactError(f"{name} is compressed")
    return archive.read(entry)
