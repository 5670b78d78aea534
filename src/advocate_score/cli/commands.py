"""The commands, in the groups of `--help`: nightly, data, models, clients, programme, first steps. Each calls one flow,
which is imported only when the command runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from advocate_score.cli import console, options, render, render_programme, spanish
from advocate_score.cli.progress import shown_progress

if TYPE_CHECKING:
    from advocate_score.flows.project import Project

_NIGHT_PANEL = "The night"


def register_nightly(app: typer.Typer) -> None:
    options.project_command(app, _NIGHT_PANEL, render.score, unattended=True)(score)
    options.project_command(app, _NIGHT_PANEL, render.rollback)(rollback)
    options.project_command(app, _NIGHT_PANEL, render.deliver)(deliver)
    options.project_command(app, _NIGHT_PANEL, render.explain)(explain)


def score(
    project: "Project",
    as_of: options.AsOfOption = None,
    backfill: Annotated[bool, typer.Option("--backfill", help="Allow a date before the newest publication.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Write a date again that exists.")] = False,
    force: options.ForceOption = False,
    reason: options.ReasonOption = None,
) -> options.Result:
    """The nightly job: write one publication, whole or not at all.

    Example: advocate-score score --as-of 2026-01-01

    Example: advocate-score score --set outputs.language=es
    """
    from advocate_score.flows.nightly import score_in_turn

    return score_in_turn(project, as_of, backfill=backfill, replace=replace, force=force, reason=reason)


def rollback(
    project: "Project",
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Default: the night before.", autocompletion=options.dates),
    ] = None,
) -> options.Result:
    """Point `current` to an earlier whole publication; the withdrawn night stays withdrawn.

    Example: advocate-score rollback

    Example: advocate-score rollback --to 2026-01-01
    """
    from advocate_score.flows.nightly import roll_back_to

    return roll_back_to(project, to)


def deliver(project: "Project") -> options.Result:
    """Put the nights in use into the database or store of [delivery], and take out the others; score does it by itself.

    Example: advocate-score deliver --set delivery.database=sqlite:///nights.db
    """
    from advocate_score.flows.nightly import deliver_publications

    return deliver_publications(project)


def explain(
    project: "Project",
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its id or its name.")],
    as_of: options.AsOfOption = None,
) -> options.Result:
    """Show one account: readiness by level, reasons, what blocks it and until when.

    Example: advocate-score explain A0000042

    Example: advocate-score explain "transportes valdelagua s.l." --json
    """
    from advocate_score.flows.explain import explain_account

    return explain_account(project, account, as_of)


_DATA_PANEL = "What goes in"


def register_data(app: typer.Typer) -> None:
    options.project_command(app, _DATA_PANEL, render.check)(check)
    options.project_command(app, _DATA_PANEL, render.signals)(signals)
    options.project_command(app, _DATA_PANEL, render.features)(features)


def check(
    project: "Project",
    explain_protection: Annotated[
        bool,
        typer.Option("--explain-protection", help="What protects clients here, and which settings settle each."),
    ] = False,
) -> options.Result:
    """Validate configuration and tables; write the quarantine and a data-quality summary.

    Example: advocate-score check --config my-firm/advocate.toml

    Example: advocate-score check --explain-protection

    Example: advocate-score check --json > check.json
    """
    from advocate_score.flows.inspection import check_tables

    return check_tables(project, explain_protection=explain_protection)


def signals(project: "Project") -> options.Result:
    """List the signals: what each reads, whether it is active here, and why not.

    Example: advocate-score signals --config my-firm/advocate.toml
    """
    from advocate_score.flows.inspection import list_signals

    return list_signals(project)


def features(
    project: "Project",
    out: Annotated[Path, typer.Option("--out", metavar="FILE.parquet", help="Where to write.")],
    as_of: options.AsOfOption = None,
    asks: Annotated[bool, typer.Option("--asks", help="One row an ask, each as of its asked_at.")] = False,
) -> options.Result:
    """Write the signals: one row an account as of T, or one row an ask.

    Example: advocate-score features --as-of 2026-01-01 --out features.parquet
    """
    from advocate_score.flows.inspection import write_features

    return write_features(project, out, as_of, asks)


_MODEL_PANEL = "The model"


def register_models(app: typer.Typer) -> None:
    options.project_command(app, _MODEL_PANEL, render.train, unattended=True)(train)
    options.project_command(app, _MODEL_PANEL, render.promote)(promote)
    options.project_command(app, _MODEL_PANEL, render.backtest)(backtest)


def train(
    project: "Project",
    as_of: options.AsOfOption = None,
    tune: Annotated[
        int, typer.Option("--tune", metavar="N", min=0, help="Try N recipes first; needs the extra 'tune'.")
    ] = 0,
) -> options.Result:
    """Fit on asks mature before T, backtest, log to MLflow, register a version as challenger.

    Example: advocate-score train --as-of 2026-01-01

    Example: advocate-score train --tune 20
    """
    from advocate_score.flows.train import train_model

    return train_model(project, as_of, tune)


def promote(
    project: "Project",
    version: Annotated[
        str | None, typer.Option("--version", help="Default: the challenger.", autocompletion=options.versions)
    ] = None,
    force: options.ForceOption = False,
    reason: options.ReasonOption = None,
) -> options.Result:
    """Hold a version against the gate; where it passes, make it the champion that `score` uses.

    With --version and --reason, a version that was champion before returns at once, without the gate.

    Example: advocate-score promote

    Example: advocate-score promote --version 1 --reason "version 2 asks the wrong clients"
    """
    from advocate_score.flows.promote import promote_version

    return promote_version(project, version, force, reason)


def backtest(
    project: "Project",
    as_of: options.AsOfOption = None,
    origins: Annotated[
        str | None, typer.Option("--origins", metavar="T,T,…", help="Train before each, test from it to the next.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", metavar="FILE.parquet", help="Write one row an ask and origin.")
    ] = None,
    controls: Annotated[
        bool, typer.Option("--controls", help="Add the negative controls: permuted labels, a planted leak.")
    ] = False,
    method: Annotated[
        list[str] | None,
        typer.Option("--method", metavar="MODULE:FUNCTION", help="Add a method of your own; can be repeated."),
    ] = None,
) -> options.Result:
    """Evaluate at rolling origins beside the baselines.

    A method is any function of training asks and test asks that returns a probability of yes for each test ask.
    Its module lies beside the configuration or is installed; the backtest is then logged to MLflow.

    Example: advocate-score backtest --origins 2024-01-01,2025-01-01 --predictions predictions.parquet

    Example: advocate-score backtest --controls

    Example: advocate-score backtest --method own:forest
    """
    from advocate_score.flows.evaluation import backtest_model

    return backtest_model(project, as_of, origins, predictions, controls=controls, own=method or ())


_PEOPLE_PANEL = "Clients one by one"


def register_people(app: typer.Typer) -> None:
    options.project_command(app, _PEOPLE_PANEL, render.match)(match)
    options.project_command(app, _PEOPLE_PANEL, render.release)(release)
    options.project_command(app, _PEOPLE_PANEL, render.erase)(erase)


def match(
    project: "Project",
    account: Annotated[
        str, typer.Argument(metavar="[ACCOUNT]", help="A client that is the prospect: its id or its name.")
    ] = "",
    industry: Annotated[str, typer.Option("--industry", metavar="TEXT", help="The prospect's industry.")] = "",
    segment: Annotated[str, typer.Option("--segment", metavar="TEXT", help="Its segment: kind or size.")] = "",
    region: Annotated[str, typer.Option("--region", metavar="TEXT", help="Where it is.")] = "",
    service_line: Annotated[str, typer.Option("--service-line", metavar="TEXT", help="What it would buy.")] = "",
    level: Annotated[
        int | None,
        typer.Option(
            "--level", metavar="N", help="Level of the ask.  [default: a reference call]", autocompletion=options.levels
        ),
    ] = None,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="Rows of each list.")] = 10,
    as_of: options.AsOfOption = None,
) -> options.Result:
    """Find references for one prospect: who fits, how ready, whether they may be asked, and what else may be had.

    Example: advocate-score match --industry energy --segment enterprise --region Iberia

    Example: advocate-score match A0000042 --level 3
    """
    from advocate_score.flows.match import Search, match_prospect

    prospect = {"industry": industry, "segment": segment, "region": region, "service_line": service_line}
    return match_prospect(project, Search(prospect, level, top, account), as_of)


def release(
    project: "Project",
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account_id.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What was looked at, and found.")],
    rule: Annotated[
        str, typer.Option("--rule", metavar="RULE", help="The rest to end; the only one is the default.")
    ] = "unreadable_no",
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="From then on it rests again.")] = None,
) -> options.Result:
    """End one rest by a "no" that cannot be read or has gone; an objection, a denial, an erasure are never ended.

    Example: advocate-score release A0000042 --rule unreadable_no --reason "the client confirmed by phone"
    """
    from advocate_score.flows.protection import release_account

    return release_account(project, account, rule, reason, until)


def erase(
    project: "Project",
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account_id.")],
) -> options.Result:
    """Erase an account from all that is kept: asks, quarantine, publications; name the models that learned from it.

    The exports stay as they are, and no later one brings it back.

    Example: advocate-score erase A0000042
    """
    from advocate_score.flows.erase import erase_account

    return erase_account(project, account)


PeriodOption = Annotated[Literal["quarter", "year"], typer.Option("--period", help="What the course is shown by.")]


def responses() -> list[str]:
    return ["accepted", "declined", "not_now", "no_reply", "open"]


ResponseOption = Annotated[
    str | None,
    typer.Option(
        "--response",
        metavar="|".join(responses()),
        help="Or a word for one; 'open': asked, not answered yet.",
        autocompletion=responses,
    ),
]
AccountOption = Annotated[
    str | None, typer.Option("--account", metavar="ACCOUNT", help="Of an ask off the plan: its id or exact name.")
]
_WRITTEN_PANEL = "How the file is written; default: as in [sources]"
WrittenAsOption = Annotated[
    Literal["standard", "spanish-excel"] | None,
    typer.Option("--written-as", help="What saved it.", rich_help_panel=_WRITTEN_PANEL),
]
DelimiterOption = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="MARK", help="Parts cells; 'tab': a tab.", rich_help_panel=_WRITTEN_PANEL),
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="Of its text.", rich_help_panel=_WRITTEN_PANEL)
]
DateFormatOption = Annotated[
    str | None,
    typer.Option("--date-format", metavar="FORMAT", help="Such as %d/%m/%Y.", rich_help_panel=_WRITTEN_PANEL),
]


_PROGRAMME_PANEL = "The programme"


def register_programme(app: typer.Typer) -> None:
    options.project_command(app, _PROGRAMME_PANEL, render_programme.metrics)(metrics)
    options.project_command(app, _PROGRAMME_PANEL, render_programme.record)(record)
    options.project_command(app, _PROGRAMME_PANEL, render_programme.backup)(backup)
    options.project_command(app, _PROGRAMME_PANEL, render_programme.restore)(restore)
    options.project_command(app, _PROGRAMME_PANEL, render_programme.monitor)(monitor)


def metrics(
    project: "Project",
    as_of: options.AsOfOption = None,
    period: PeriodOption = "quarter",
    periods: Annotated[int, typer.Option("--periods", min=0, max=400, metavar="N", help="How many, up to T.")] = 4,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.csv", help="Write every figure.")] = None,
) -> options.Result:
    """Measure the programme: activity, outcome, health, each figure with its definition and interval.

    Example: advocate-score metrics --as-of 2026-01-01 --out metrics.csv
    """
    from advocate_score.flows.programme import measure_programme

    return measure_programme(project, as_of, period, periods, out)


def record(
    project: "Project",
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Answers, one row an ask.")] = None,
    ask: Annotated[str | None, typer.Option("--ask", metavar="ASK_ID", help="One ask, as in ask_plan.csv.")] = None,
    account: AccountOption = None,
    level: Annotated[str | None, typer.Option("--level", metavar="LEVEL", help="Its number or its name.")] = None,
    response: ResponseOption = None,
    asked_at: Annotated[str | None, typer.Option("--asked-at", metavar="T", help="Default: the plan's day.")] = None,
    responded_at: Annotated[str | None, typer.Option("--responded-at", metavar="T", help="When they said so.")] = None,
    completed_at: Annotated[str | None, typer.Option("--completed-at", metavar="T", help="When delivered.")] = None,
    quality: Annotated[str | None, typer.Option("--quality", metavar="N", help="How good the result was.")] = None,
    recorded_at: Annotated[
        str | None, typer.Option("--recorded-at", metavar="T", help="When the firm knew; default: now.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Correct what was told before.")] = False,
    undo: Annotated[str | None, typer.Option("--undo", metavar="ASK_ID", help="Take a recorded ask back.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Who changed what and when; records nothing.")] = False,
    written_as: WrittenAsOption = None,
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    date_format: DateFormatOption = None,
) -> options.Result:
    """Take answers to asks back into the kept asks, from which the model learns.

    Example: advocate-score record answers.csv

    Example: advocate-score record --ask 2026-01-01:A0000042:3 --response accepted --responded-at 2026-01-09

    Example: advocate-score record --account A0000042 --level "Reference call" --asked-at 2026-01-09
    """
    from advocate_score.flows.programme import record_answers, recorded_history, undo_ask

    if (history or undo is not None) and (file, ask, account) != (None, None, None):
        raise typer.BadParameter("it records nothing: give it without an answer", param_hint="--undo, --history")
    if history:
        return recorded_history(project)
    if undo is not None:
        return undo_ask(project, undo)
    if ask is not None and response is None:
        raise typer.BadParameter(
            "say what the client answered, such as --response accepted", param_hint="--ask without --response"
        )
    written = {"written_as": written_as, "encoding": encoding, "date_format": date_format}
    written["delimiter"] = "\t" if delimiter == "tab" else delimiter
    times = {"asked_at": asked_at, "responded_at": responded_at, "completed_at": completed_at}
    own = {"ask_id": ask, "account_name": account, "level": level, "response": response}
    own |= {"quality": quality, "recorded_at": recorded_at}
    return record_answers(project, file, own | times, replace, written)


def backup(
    project: "Project",
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, such as asks-2026-01-31.db.")],
) -> options.Result:
    """Copy the recorded asks and their history into one file; `restore` takes them back.

    Example: advocate-score backup asks-2026-01-31.db
    """
    from advocate_score.flows.programme import back_up

    return back_up(project, file)


def restore(
    project: "Project",
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What 'backup' wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also lose what was recorded since.")] = False,
) -> options.Result:
    """Make the recorded asks those of a backup; erased accounts stay out, and the history shows it.

    Example: advocate-score restore asks-2026-01-31.db
    """
    from advocate_score.flows.programme import restore as restore_asks

    return restore_asks(project, file, replace)


def monitor(
    project: "Project",
    as_of: options.AsOfOption = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="DATE",
            help="Default: the first one of the model in use.",
            autocompletion=options.dates,
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with 3 where predictions were wrong.")] = False,
) -> options.Result:
    """Hold past publications against what was answered since, and the last one against an earlier one.

    Example: advocate-score monitor --as-of 2026-01-01

    Example: advocate-score monitor --against 2025-12-01

    Example: advocate-score monitor --strict
    """
    from advocate_score.flows.monitor import monitor_publications

    result = monitor_publications(project, as_of, against)
    wrong = ", ".join(result["wrong"])
    return result | ({"alarm": f"predictions were wrong: {wrong}"} if strict and wrong else {})


OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")]


_START_PANEL = "First steps"


def register_start(app: typer.Typer) -> None:
    app.command(cls=options.Command, rich_help_panel=_START_PANEL)(demo)
    app.command(cls=options.Command, rich_help_panel=_START_PANEL)(init)
    app.command(cls=options.Command, rich_help_panel=_START_PANEL)(simulate)


def demo(
    out: OutOption = Path("demo"), as_json: options.JsonOption = False, quiet: options.QuietOption = False
) -> None:
    """Make a sample CRM, train, promote, score; then say where the lists are.

    Example: advocate-score demo --out demo
    """
    from advocate_score.flows.setup import run_demo

    with shown_progress(quiet, "demo") as progress:
        result = run_demo(out, progress, spanish.terminal_language())
    _show(result, as_json, render.demo)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    as_json: options.JsonOption = False,
) -> None:
    """Write a commented configuration, table templates and an empty tables/ folder; asks nothing.

    On a terminal whose locale is Spanish, the lists to come are Spanish too: [outputs] language.

    Example: advocate-score init my-firm
    """
    from advocate_score.flows.setup import init_folder

    _show(init_folder(folder, spanish.terminal_language()), as_json, render.init)


def simulate(
    out: OutOption,
    accounts: Annotated[int, typer.Option(help="Number of clients.")] = 600,
    asks: Annotated[int, typer.Option(help="Number of asks at levels 1 to 5.")] = 2500,
    seed: Annotated[int, typer.Option(help="Same seed, same files.")] = 1,
    years: Annotated[float, typer.Option(help="Length of the history.")] = 3.0,
    selection: Annotated[
        str,
        typer.Option(metavar="none|mar|mnar", help="What chooses whom to ask.", autocompletion=options.selections),
    ] = "mnar",
    goodwill: Annotated[float, typer.Option(help="Weight of what the account manager alone feels.")] = 0.8,
    exploration: Annotated[float, typer.Option(help="Share of asks drawn whatever the preference.")] = 0.05,
    fatigue: Annotated[float, typer.Option(help="Log-odds that an ask takes from the next ones.")] = 0.4,
    heterogeneity: Annotated[float, typer.Option(help="How much the rungs differ by account.")] = 0.5,
    non_linear: Annotated[float, typer.Option(help="Bends and interactions in readiness.")] = 1.0,
    drift: Annotated[float, typer.Option(help="Log-odds of readiness lost in a year.")] = 0.0,
    mess: Annotated[bool, typer.Option(help="Duplicates, orphans, gaps, hostile names.")] = True,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Write a synthetic CRM, and the truth behind it in a folder of its own.

    Example: advocate-score simulate --out crm --accounts 2000 --asks 8000 --seed 7
    """
    from advocate_score.flows.setup import simulate_folder

    options = {
        "accounts": accounts,
        "asks": asks,
        "seed": seed,
        "years": years,
        "selection": selection,
        "goodwill": goodwill,
        "exploration": exploration,
        "fatigue": fatigue,
        "heterogeneity": heterogeneity,
        "non_linear": non_linear,
        "drift": drift,
        "mess": mess,
    }
    with shown_progress(quiet, "simulate") as progress:
        result = simulate_folder(out, options, progress)
    _show(result, as_json, render.simulation)


def _show(result: options.Result, as_json: bool, render: options.Render) -> None:
    """Show the result in the language of the terminal, because no configuration sets one yet."""
    with console.output_settings(spanish.terminal_language()):
        options.show(result, as_json, render)
