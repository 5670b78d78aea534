"""The goals of reliability: what each says, and the size in which its test runs.

A test that shows a goal is marked `goal("G1")` and tells through the fixture `measured` what it saw. `make faults` runs
these tests whole; every other run takes the quick form.
"""

import os
from collections.abc import Mapping

WHOLE = os.environ.get("FAULTS") == "whole"

GOALS: Mapping[str, str] = {
    "G1": "every system call of the publish step x {KILL, ENOSPC, EIO}, short write, full disk, file-size limit: "
    ">= 200 faults, 0 torn, 0 previous publications lost, every rerun succeeds without cleaning",
    "G2": "same inputs, as-of, model, seed: byte-identical, 20 of 20; a 30-day backfill equals 30 single nights",
    "G3": "rows in = accepted + deduplicated + quarantined, each table, each run",
    "G4": "50 concurrent starts: 1 publishes, 49 exit 75 in < 2 s",
    "G5": "a state machine (run, crash, backfill, promote, roll back, erase) finds nothing in >= 500 sequences",
    "G6": "100 % branch coverage on publish, ingest, model load; mutation score there >= 85 %",
    "G7": "12 hostile model artefacts: 12 refused before native code sees them",
    "G8": "500 truncations and digit flips of a model file: 500 refused, 0 interpreter deaths, 0 silent",
    "G9": "registry down: decided within 30 s; verified cached champion <= 7 days old used with a warning, else exit 5",
    "G10": "10,000 hostile names: 0 cells in any CSV that a spreadsheet would run; text survives the round trip",
    "G12": "1,000 canary names and e-mails: 0 in logs, manifest, tracking store, quarantine reasons",
    "G13": "suppressions and objections read last: 0 suppressed in any list, also after crash and rerun",
    "G14": "erase clears kept tables, cache, publications, quarantine, and names the models trained with it",
    "G17": "signals equal an independent plain-Python oracle on >= 500 generated worlds",
    "G18": "signals at t from all data equal signals from rows known before t; >= 1,000 changes to later rows change "
    "nothing; 10 planted leaks found",
    "G19": ">= 1,000 mutations of the messages' inputs: no personal value in any message",
    "G21": "signal-schema hash stored with the model; 20 of 20 variants refused",
    "G22": "held (exit 3) when score drift passes a size-aware bound or top-100 overlap is < 50 %, unless forced",
    "G23": "clock -2 d, +2 d, daylight-saving night, 29 February, year end: right or refused",
    "G24": "dependencies locked with hashes; audit clean or each finding listed; SBOM; wheel built twice identical",
    "G25": "a no is never lost: >= 5,000 damaged noes of >= 40 kinds, five formats, two CRM mappings: 0 listed, "
    "planned, pooled, matched or suggested; at most 8 kinds refuse or hold; undamaged, 0 rest without a reason; 0 "
    "nights of ten ordinary weeks held",
    "G27": "one wrong date changes no other account's signals or rest, nor the data cut: >= 1,000 trials over all date "
    "columns, both directions",
    "G28": "every fix that is a setting or a cell, applied, removes its issue: all of them; the rest ask the source",
    "G29": "a lock made today installs in a year: whatever a locked release needs is locked, extras and markers "
    "included, and a newer release beside the locked files is not taken",
    "G39": "nothing of the user's is touched: output folders that hold anything else are refused; only names with our "
    "own marker are removed; links are never followed; no cell in any CSV is run",
    "G40": "untrusted sizes are linear: merge chains, alias chains, quarantines of 100,000 rows <= 10 s",
    "G41": "the promotion gate says no: a refresh on answers permuted, shuffled by account, shifted by a year or half "
    "flipped is held, 20 of 20 each; of 20 honest refreshes of a growing log >= 18 pass, the others with their reason",
    "G42": "on 20 small logs (under 200 asks) what serves is never worse than the scorecard by more than .01",
}


def sized(quick: int, whole: int) -> int:
    """How many cases to run now."""
    return whole if WHOLE else quick
