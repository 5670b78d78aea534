"""First steps: `init`, `demo`, `simulate`."""

from pathlib import Path
from typing import Annotated

import typer

from advocate_score.cli import completion, present
from advocate_score.cli.call import JsonOption, QuietOption, Render, show
from advocate_score.cli.help import Command
from advocate_score.cli.present import Result
from advocate_score.cli.progress import shown_progress
from advocate_score.cli.terminal import read_in
from advocate_score.cli.words import spoken

OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")]


_PANEL = "First steps"


def register(app: typer.Typer) -> None:
    app.command(cls=Command, rich_help_panel=_PANEL)(demo)
    app.command(cls=Command, rich_help_panel=_PANEL)(init)
    app.command(cls=Command, rich_help_panel=_PANEL)(simulate)


def demo(out: OutOption = Path("demo"), as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Make a sample CRM, train, promote, score; then say where the lists are.

    Example: advocate-score demo --out demo
    """
    from advocate_score.flows.demo import run_demo

    with shown_progress(quiet, "demo") as progress:
        result = run_demo(out, progress, spoken())
    _show(result, as_json, present.demo)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    as_json: JsonOption = False,
) -> None:
    """Write a commented configuration, table templates and an empty tables/ folder; asks nothing.

    On a terminal whose locale is Spanish, the lists to come are Spanish too: [outputs] language.

    Example: advocate-score init my-firm
    """
    from advocate_score.flows.start import init_folder

    _show(init_folder(folder, spoken()), as_json, present.init)


def simulate(
    out: OutOption,
    accounts: Annotated[int, typer.Option(help="Number of clients.")] = 600,
    asks: Annotated[int, typer.Option(help="Number of asks at levels 1 to 5.")] = 2500,
    seed: Annotated[int, typer.Option(help="Same seed, same files.")] = 1,
    years: Annotated[float, typer.Option(help="Length of the history.")] = 3.0,
    selection: Annotated[
        str,
        typer.Option(metavar="none|mar|mnar", help="What chooses whom to ask.", autocompletion=completion.selections),
    ] = "mnar",
    goodwill: Annotated[float, typer.Option(help="Weight of what the account manager alone feels.")] = 0.8,
    exploration: Annotated[float, typer.Option(help="Share of asks drawn whatever the preference.")] = 0.05,
    fatigue: Annotated[float, typer.Option(help="Log-odds that an ask takes from the next ones.")] = 0.4,
    heterogeneity: Annotated[float, typer.Option(help="How much the rungs differ by account.")] = 0.5,
    non_linear: Annotated[float, typer.Option(help="Bends and interactions in readiness.")] = 1.0,
    drift: Annotated[float, typer.Option(help="Log-odds of readiness lost in a year.")] = 0.0,
    mess: Annotated[bool, typer.Option(help="Duplicates, orphans, gaps, hostile names.")] = True,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a synthetic CRM, and the truth behind it in a folder of its own.

    Example: advocate-score simulate --out crm --accounts 2000 --asks 8000 --seed 7
    """
    from advocate_score.flows.start import simulate_folder

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
    _show(result, as_json, present.simulated)


def _show(result: Result, as_json: bool, render: Render) -> None:
    """In the language of the terminal: there is no configuration yet to say another."""
    with read_in(spoken()):
        show(result, as_json, render)
