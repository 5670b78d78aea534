"""How `--help` is laid out: commands and options in groups, examples as they are typed. It loads nothing heavy."""

from collections import defaultdict
from typing import Any

from typer.core import TyperCommand, TyperGroup

EXAMPLE = "Example: "
_WHOLE_SENTENCE = 200


class Command(TyperCommand):
    """A command whose options stand in the panels that they name, and whose examples are not broken up."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 (the signature is the base's)
        for paragraph in (self.help or "").split("\n\n"):
            formatter.write_paragraph()
            with formatter.indentation():
                if paragraph.startswith(EXAMPLE):
                    formatter.write("".join(f"  {line}\n" for line in paragraph.splitlines()))
                else:
                    formatter.write_text(" ".join(paragraph.split()))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            told = parameter.get_help_record(ctx)
            kind = "Arguments" if parameter.param_type_name == "argument" else "Options"
            if told is not None:
                panels.setdefault(getattr(parameter, "rich_help_panel", None) or kind, []).append(told)
        _write(formatter, panels)


class Commands(TyperGroup):
    """The commands in the panels that they name. Errors of usage are handed on, so that they are told as all are."""

    def main(self, *args: Any, **extra: Any) -> Any:
        return super().main(*args, **(extra | {"standalone_mode": False}))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name in self.list_commands(ctx):
            command: Any = self.get_command(ctx, name)
            panels[command.rich_help_panel or "Commands"].append((name, command.get_short_help_str(_WHOLE_SENTENCE)))
        _write(formatter, panels)


def _write(formatter: Any, panels: dict[str, list[tuple[str, str]]]) -> None:
    for title, rows in panels.items():
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)
