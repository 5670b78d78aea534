"""Collects every fact that may protect a client, from the row with a possible "no" to the suppression rules.

`matching` finds the account of a row, even if its id changed · `readings` reads rows that were set aside, strictly ·
`facts` assembles what the rules read · `record` lists the protecting facts of a run · `vanished` compares them with the
last publication · `releases` keeps people's decisions to ask an account again · `origins` names the rows behind a rule.
"""
