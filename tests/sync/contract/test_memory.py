"""A bomb, a flood and a drip cost little memory: measured in a process of its own, which only reads."""

import json
import subprocess
import sys

import pytest

from catalog_app.demo.standin import Fault
from catalog_app.demo.standin.source import SourceStandin
from catalog_app.settings import ROOT

from .counterparts import Counterpart

MEGABYTES = 50

# Reads an honest listing first, so that what the code itself takes is not counted; then waits to be told to go on.
READER = """
import json, resource, sys
from catalog_app.core.errors import CatalogError
from catalog_app.sync.connectors.connector import Connector, Limits
from tests.sync.contract.counterparts import COUNTERPARTS
def size():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
name, base_url = sys.argv[1:]
counterpart = next(one for one in COUNTERPARTS if one.name == name)
config = counterpart.config(base_url, limits=Limits(attempts=1, page_seconds=1.5))
rows = sum(page.received for page in Connector(config).pages())
before, told = size(), []
print(json.dumps({"rows": rows}), flush=True)
for _ in sys.stdin:
    try:
        list(Connector(config).pages())
    except CatalogError as error:
        told = str(error)
    print(json.dumps({"grown": size() - before, "error": told}), flush=True)
"""


@pytest.mark.timeout(60)
def test_a_bomb_a_flood_and_a_drip_cost_little_memory(standin: SourceStandin, counterpart: Counterpart) -> None:
    command = [sys.executable, "-c", READER, counterpart.name, standin.base_url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert json.loads(reader.stdout.readline())["rows"] == 25
        for fault in (Fault.GZIP_BOMB, Fault.HUGE_BODY, Fault.ENDLESS_DRIP):
            standin.fault = fault
            print("go on", file=reader.stdin, flush=True)
            told = json.loads(reader.stdout.readline())
            assert "Nothing was applied" in told["error"]
            assert told["grown"] < MEGABYTES
        reader.stdin.close()
