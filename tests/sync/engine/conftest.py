import pytest
from flask import Flask

from tests.sync.engine.engine import Engine


@pytest.fixture
def engine(app: Flask) -> Engine:
    return Engine()
