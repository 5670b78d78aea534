"""The account's own record of answers, which every model and the smoothed-history baseline start from."""

from advocate_score.declaration import Bounds, Signal

_REAL_ASK = {"level": Bounds(min=1)}

HISTORY = (
    Signal(
        name="history_yes",
        family="advocacy_history",
        table="asks",
        aggregate="count",
        where={**_REAL_ASK, "response": ("accepted",)},
        direction=1,
        concept="past_answers",
        en="said yes {value:.0f} times",
        es="ha dicho que sí {value:.0f} veces",
    ),
    Signal(
        name="history_n",
        family="advocacy_history",
        table="asks",
        aggregate="count",
        where={**_REAL_ASK, "response": Bounds(present=True)},
        concept="past_answers",
        en="{value:.0f} asks answered or expired",
        es="{value:.0f} peticiones respondidas o vencidas",
    ),
)
"""Yes, and answers of any kind, known strictly before the as-of instant, at levels 1–5."""
