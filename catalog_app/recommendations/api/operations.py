"""What the routes of this room take and answer, for the OpenAPI document: each part declares its own."""

from collections.abc import Mapping
from typing import Final

from catalog_app.core.operations import Operation
from catalog_app.recommendations.api.operations_batch import OPERATIONS as BATCH
from catalog_app.recommendations.api.operations_deciding import OPERATIONS as DECIDING
from catalog_app.recommendations.api.operations_evaluation import OPERATIONS as EVALUATION
from catalog_app.recommendations.api.operations_learning import OPERATIONS as LEARNING

OPERATIONS: Final[Mapping[str, Operation]] = {**DECIDING, **BATCH, **LEARNING, **EVALUATION}
