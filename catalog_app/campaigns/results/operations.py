"""What the route of results takes and answers, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Final

from catalog_app.campaigns.results.document import RESULTS_SHOWN
from catalog_app.core.operations import Operation, Reply

OPERATIONS: Final[Mapping[str, Operation]] = {
    "campaigns_api.results": Operation(
        "Campaigns",
        "Results of a campaign",
        (Reply(200, "What was sent and refused, and whether those who were told accept more often.", RESULTS_SHOWN),),
        description=(
            "Messages are counted in messages, rates in customers. `target` are the customers whom a message reached, "
            "`control` those held out; `difference` is target less control with Newcombe's 95 % interval, `lift` the "
            "difference as a share of the rate of control. `decision` is `gain` or `loss` where the interval leaves "
            "zero out, else `open`; `control_needed` is how many held-out customers it takes to tell a difference as "
            "large as the present one. Deliveries whose key begins with `test:` count for nothing but `tests`."
        ),
        problems={404: "There is no such campaign."},
    ),
}
