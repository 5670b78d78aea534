"""The plan: who to ask for what in this period, chosen together."""
