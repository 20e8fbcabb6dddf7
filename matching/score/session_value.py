"""What a visit to a session counts for in the objective, beside the chance that it happens."""

from __future__ import annotations

import numpy as np

from matching.score.features import HELPED_UNKNOWN
from matching.world.arrays import F32, World
from matching.world.settings import Settings

LEAST = 0.02  # share of first visits that became second ones: no group counts as worth nothing


def session_values(world: World, settings: Settings) -> F32:
    """[m] 1 for an ordinary group; the chance of a visit is weighed with it, the chance itself stays as it is.

    A group that is new or small gets its floor. A group whose first visits become second ones counts for more: people are served
    by what they return to. That share is known from few people, so only its `lasting` power is believed.
    """
    of, groups = world.sessions.activity, world.activities
    young = (groups.age_weeks < settings.new_weeks) | (groups.size < settings.small_size)
    floor = np.where(young, settings.newcomer_bonus, 1)
    helped = np.maximum(np.nan_to_num(groups.helped, nan=HELPED_UNKNOWN), LEAST)
    lasting = (helped / HELPED_UNKNOWN) ** settings.lasting
    return (floor * lasting).astype(np.float32)[of]
