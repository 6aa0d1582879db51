"""The command line, assembled: `recognizance COMMAND`, one function each, and one way to fail."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from recognizance import __version__
from recognizance.cli import (
    attest,
    audit,
    authorisation,
    bench,
    collection,
    consent,
    detect,
    env,
    index,
    keys,
    ledger,
    measure,
    models,
    policy,
    report,
    review,
    search,
    serve,
    session,
    settings,
    stop,
    subject,
    video,
    worker,
)
from recognizance.cli.failure import CommandError, describe
from recognizance.errors import RecognizanceError
from recognizance.wire.faults import Fault

_HELP = (
    "Face recognition that answers for itself, behind Amazon Rekognition's API.\n\n"
    "Commands work on a data folder: that of --data, else of RECOGNIZANCE_DATA, else one in your home. "
    "While a server runs on it they ask the server; otherwise they do the work themselves."
)

_SERVER, _FACES, _RULES, _FIGURES = "The server", "Faces", "Rules", "Figures"


def main() -> None:
    """Run the command line of this process and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command line; gives the exit code: 0, 1 for a failure, 2 for a command line that makes no sense."""
    try:
        return command_line()(list(arguments), prog_name="recognizance", standalone_mode=False) or 0
    except typer.TyperException as error:
        complaint = CommandError(f"{error.format_message().rstrip('.')}; see {_command_path(error)} --help")
        typer.echo(describe(complaint), err=True)
        return error.exit_code
    except typer.Abort:
        return 1
    except (RecognizanceError, Fault, OSError) as error:
        typer.echo(describe(error), err=True)
        return 1


def command_line() -> typer.Typer:
    """All commands."""
    app = typer.Typer(help=_HELP, add_completion=False, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(_start)
    app.command(rich_help_panel=_SERVER)(serve.serve)
    app.command(rich_help_panel=_SERVER)(worker.worker)
    app.command(rich_help_panel=_SERVER)(env.env)
    app.command(rich_help_panel=_SERVER)(session.session)
    app.command(rich_help_panel=_SERVER)(settings.settings)
    _add_group(
        app, "keys", _SERVER, "Keys that sign requests.", create=keys.create, list=keys.list_, revoke=keys.revoke
    )
    _add_group(
        app,
        "ledger",
        _SERVER,
        "The record of what was done.",
        key=ledger.key,
        checkpoint=ledger.checkpoint,
        verify=ledger.verify,
        export=ledger.export,
        prove=ledger.prove,
        tail=ledger.tail,
        erase=ledger.erase,
    ).command("accept-restore")(ledger.accept_restore)
    _add_group(
        app,
        "models",
        _SERVER,
        "Model packs and their weights.",
        list=models.list_,
        pull=models.pull,
        verify=models.verify,
        normaliser=models.normaliser,
    )
    app.command(rich_help_panel=_FACES)(detect.detect)
    app.command(rich_help_panel=_FACES)(detect.compare)
    _add_group(
        app,
        "collections",
        _FACES,
        "Collections of faces.",
        create=collection.create,
        list=collection.list_,
        describe=collection.describe,
        delete=collection.delete,
    )
    app.command(rich_help_panel=_FACES)(index.index)
    app.command(rich_help_panel=_FACES)(search.search)
    app.command(rich_help_panel=_FACES)(video.video)
    _add_group(
        app, "faces", _FACES, "Faces of a collection.", list=collection.list_faces, delete=collection.delete_faces
    )
    _add_rules(app)
    app.command(rich_help_panel=_FIGURES)(measure.measure)
    app.command(rich_help_panel=_FIGURES)(measure.calibrate)
    _add_group(
        app,
        "audit",
        _FIGURES,
        "Error rates by group, as evidence to publish.",
        run=audit.run,
        aclu=audit.aclu,
        collection=audit.collection,
        diff=audit.diff,
        sign=attest.sign,
        verify=attest.verify,
        list=attest.list_,
        trust=attest.trust,
    )
    app.command(rich_help_panel=_FIGURES)(bench.bench)
    return app


def _add_rules(app: typer.Typer) -> None:
    _add_group(
        app,
        "policy",
        _RULES,
        "What collections may be used for.",
        put=policy.put,
        attach=policy.attach,
        detach=policy.detach,
        list=policy.list_,
        show=policy.show,
        proposals=policy.proposals,
        approve=policy.approve,
        withdraw=policy.withdraw,
        profiles=policy.profiles,
    )
    _add_group(
        app,
        "stop",
        _RULES,
        "Uses that are switched off.",
        set=stop.set_,
        list=stop.list_,
        lift=stop.lift,
        confirm=stop.confirm,
    )
    _add_group(
        app,
        "authorisation",
        _RULES,
        "What courts and offices permitted.",
        register=authorisation.register,
        list=authorisation.list_,
        withdraw=authorisation.withdraw,
    )
    _add_group(
        app,
        "review",
        _RULES,
        "Cases that people decide.",
        list=review.list_,
        show=review.show,
        vote=review.vote,
        lead=review.lead,
        contest=review.contest,
        close=review.close,
        reviewers=review.reviewers,
        register=review.register,
    )
    _add_group(
        app,
        "consent",
        _RULES,
        "What people agreed to.",
        give=consent.give,
        list=consent.list_,
        withdraw=consent.withdraw,
    )
    _add_group(
        app,
        "subject",
        _RULES,
        "Requests of the people whose faces these are.",
        find=subject.find,
        answer=subject.answer,
        freeze=subject.freeze,
        contest=subject.contest,
        erase=subject.erase,
        receipt=subject.receipt,
        requests=subject.requests,
        settle=subject.settle,
    )
    app.command(rich_help_panel=_RULES)(report.report)


def _add_group(app: typer.Typer, name: str, panel: str, text: str, **functions: Callable[..., None]) -> typer.Typer:
    group = typer.Typer(help=text)
    for command, function in functions.items():
        group.command(command)(function)
    app.add_typer(group, name=name, rich_help_panel=panel)
    return group


def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(f"recognizance {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _command_path(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)  # usage errors have one
    return context.command_path if context is not None else "recognizance"
