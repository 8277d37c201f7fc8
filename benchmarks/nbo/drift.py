"""Two and a half years of phone offers through a crisis: learned from the first 80 %, judged on what came after."""

from types import ModuleType

import numpy as np

from benchmarks.nbo.figures import Figure
from catalog_app.recommendations.learning.fitting import fit_model
from catalog_app.recommendations.learning.training_data import Impressions, TrainingData

NAME = "drift"
DEPOSIT = 1


def run(protocol: ModuleType) -> list[Figure]:
    """Measure order and level: AUC and log loss on the newest fifth, one product offered in the order of the file."""
    rows, accepted, cut = protocol.bank_by_date()
    count = len(rows)
    impressions = Impressions(
        features=rows,
        owned=[[]] * count,
        offer=np.full(count, DEPOSIT),
        accepted=accepted,
        at=np.arange(count, dtype=float),
        customer=np.full(count, -1),
    )
    earlier, later = impressions.take(np.arange(cut)), impressions.take(np.arange(cut, count))
    model = fit_model(TrainingData(np.array([DEPOSIT]), [{}], [], earlier))
    assert model is not None
    probability = model.probability_of(later)
    return [
        Figure(NAME, "AUC", protocol.auc(later.accepted, probability), target=0.746, goal=0.757),
        Figure(
            NAME, "log loss", protocol.log_loss(later.accepted, probability), target=0.574, goal=0.548, at_least=False
        ),
    ]
