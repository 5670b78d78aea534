"""The signals that featuretools can say: of one table, one window, no conditions.

Run by an interpreter of its own, since featuretools does not work with the pandas of this project:

    python benchmarks/signals/in_featuretools.py TABLES 2026-01-01 MADE.parquet
"""

import sys
import warnings
from pathlib import Path

import pandas as pd

COLUMNS = {
    "COUNT(interactions)": "contact_volume_365d",
    "MEAN(interactions.sentiment)": "contact_sentiment_365d",
    "NUM_UNIQUE(interactions.contact_id)": "people_breadth_365d",
    "NUM_UNIQUE(interactions.counterpart)": "team_breadth_365d",
    "NUM_UNIQUE(interactions.topic)": "topic_breadth_365d",
}
_WORDS = ("contact_id", "counterpart", "topic")
_READ = ["interaction_id", "account_id", "occurred_at", "recorded_at", "sentiment", *_WORDS]


def signals(tables: Path, as_of: pd.Timestamp) -> pd.DataFrame:
    import featuretools

    accounts = pd.read_parquet(tables / "accounts.parquet", columns=["account_id"])
    rows = pd.read_parquet(tables / "interactions.parquet", columns=_READ)
    rows = rows[rows["recorded_at"].fillna(rows["occurred_at"]) < as_of].drop(columns="recorded_at")
    world = featuretools.EntitySet("crm")
    world.add_dataframe(dataframe_name="accounts", dataframe=accounts, index="account_id")
    world.add_dataframe(
        dataframe_name="interactions",
        dataframe=rows,
        index="interaction_id",
        time_index="occurred_at",
        logical_types=dict.fromkeys(_WORDS, "Categorical"),
    )
    world.add_relationship("accounts", "account_id", "interactions", "account_id")
    made, _ = featuretools.dfs(
        entityset=world,
        target_dataframe_name="accounts",
        agg_primitives=["count", "mean", "num_unique"],
        trans_primitives=[],
        cutoff_time=as_of,
        training_window="365 days",
        include_cutoff_time=False,
    )
    return made[list(COLUMNS)].rename(columns=COLUMNS).sort_index().reset_index(drop=True).astype("float64")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    signals(Path(sys.argv[1]), pd.Timestamp(sys.argv[2])).to_parquet(sys.argv[3])
