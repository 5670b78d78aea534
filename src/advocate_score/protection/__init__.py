"""The protecting path: from the row in which somebody may have said "no" to the rule that keeps the peace.

`matching` finds the account of a row whatever became of its id · `readings` reads strictly what the tables had to set
aside · `versions` unites rows that speak of the same thing · `facts` puts together what the rules read · `record` says
what protects, so that the next publication can tell what has gone · `vanished` compares · `releases` are people's word.
"""
