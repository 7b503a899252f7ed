"""The command line: `lastmile …`, one file a group of commands."""

import importlib

import click

from app.garbage import quickly

COMMANDS = {
    "carrier": "app.cli.carrier:carrier",
    "import": "app.cli.imports:import_",
    "import-run": "app.cli.import_run:import_run",
    "make-voter-file": "app.cli.made_up:make_voter_file",
    "consents": "app.cli.imports:consents",
    "demo": "app.cli.demo:demo",
    "migrate": "app.cli.processes:migrate",
    "web": "app.cli.processes:web",
    "worker": "app.cli.processes:worker",
    "clock": "app.cli.processes:clock",
    "campaign": "app.cli.campaigns:campaign",
    "go": "app.cli.set_up:go",
    "copy": "app.cli.set_up:copy",
    "sender": "app.cli.senders:sender",
    "plan": "app.cli.plan:plan",
    "incidents": "app.cli.incidents:incidents",
    "rehearse": "app.cli.rehearse:rehearse",
    "rehearse-run": "app.cli.rehearse_run:rehearse_run",
    "voter": "app.cli.voters:voter",
    "export": "app.cli.export:export",
    "universe": "app.cli.universes:universe",
    "blast": "app.cli.blasts:blast",
    "score": "app.cli.score:score",
    "voted": "app.cli.strike:voted",
    "user": "app.cli.people:user",
    "sign-in-link": "app.cli.people:sign_in_link",
    "status": "app.cli.status:status",
}
"""Each command and where it lives; loaded only when asked for, so that `lastmile` starts fast."""


BEHIND = frozenset({"UndefinedTable", "UndefinedColumn"})
"""What PostgreSQL says of a table or column that is not there, by the driver's names."""


class Commands(click.Group):
    """The commands of the table above, imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command; a database that is behind the program is said in words."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if type(getattr(error, "orig", None)).__name__ in BEHIND:
                raise click.ClickException(
                    "the database is not up to date with the program: run `lastmile migrate`"
                ) from error
            raise

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None, which click reports as unknown."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        with quickly():
            command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lastmile")
def main() -> None:
    """Voter contact that does not stop before the polls close."""
