"""Off-policy evaluation of a real log with known probabilities: the arithmetic has to be exact."""

from types import ModuleType

import numpy as np

from benchmarks.nbo.figures import Figure
from catalog_app.recommendations.evaluation.off_policy import Log, dm, dr, ips, snips

NAME = "exactness"
CAMPAIGNS = ("all", "men", "women")
EXACT = 1e-12


def run(protocol: ModuleType) -> list[Figure]:
    """IPS and SNIPS beside the reference; DM and DR, by the smoothed click rate of each item, for orientation."""
    return [figure for campaign in CAMPAIGNS for figure in _measure(protocol, campaign)]


def _measure(protocol: ModuleType, campaign: str) -> list[Figure]:
    rows, policy, reference = protocol.obd_case(campaign)
    item, position = rows["item"], rows["position"]
    log, target = Log(rows["reward"], rows["probability"]), policy[item, position]
    shown = np.bincount(item, minlength=len(policy))
    rate = (np.bincount(item, rows["reward"], len(policy)) + rows["reward"].mean()) / (shown + 1)
    expected = rate @ policy[:, position]
    found = {
        "ipw": ips(log, target).value,
        "snipw": snips(log, target).value,
        "dm": dm(expected).value,
        "dr": dr(log, target, expected, rate[item]).value,
    }
    exact = [
        Figure(NAME, f"{campaign}, {name} off by", abs(found[name] - reference[name]), EXACT, at_least=False)
        for name in ("ipw", "snipw")
    ]
    return [*exact, *(Figure(NAME, f"{campaign}, {name}", found[name]) for name in ("dm", "dr"))]
