"""The command: parse, call the library, print. No logic."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

import click

from ._version import __version__
from .errors import ChainOrderError, in_one_line

if TYPE_CHECKING:
    from .reporting.comparison import Comparison

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended, as shells have it."""


class _SizesCommand(click.Command):
    """A command whose argument may start with a minus: `-5,3` is a list of sizes, and a wrong one.

    As an option it would get an answer about options, which is no help.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        takes_value = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        negative = [
            t
            for t, arg in enumerate(args)
            if re.match(r"-[\d.]", arg) and (t == 0 or args[t - 1] not in takes_value)
        ]
        if negative and "--" not in args:
            others = [arg for t, arg in enumerate(args) if t not in negative]
            args = [*others, "--", *(args[t] for t in negative)]
        return super().parse_args(ctx, args)


_PLANNING_OPTIONS = (
    click.option(
        "--order",
        "orders",
        multiple=True,
        metavar="NAME",
        help="An order; may be given repeatedly. Default: forward, reverse, optimal; also "
        "preaccumulate where some elementals of a chain are not given, and markowitz of a graph.",
    ),
    click.option("--objective", metavar="fma|flops", help="What to make small.  [default: fma]"),
    click.option(
        "--memory",
        type=click.IntRange(min=0),
        metavar="N",
        help="The most entries that the tape of an adjoint may hold.",
    ),
    click.option(
        "--machines",
        type=click.IntRange(min=1),
        metavar="M",
        help="Schedule the steps of a chain on so many machines, to be done soonest.  Orders are "
        "then also split and search.",
    ),
    click.option(
        "--form",
        default="matrix",
        metavar="matrix|operator",
        help="What the Jacobian is kept as; operator: factors that are cheap to apply, as well.",
    ),
    click.option(
        "--execute/--no-execute",
        "execute",
        default=None,
        help="Execute on random matrices; by default where that takes under 2 s and 2 GiB.",
    ),
    click.option(
        "--seed",
        default=0,
        type=click.IntRange(min=0),
        help="Seed of the random matrices, and of the search on a graph, or on machines.",
    ),
    click.option(
        "--time-limit",
        type=click.FloatRange(min=0),
        metavar="S",
        help="Seconds for each of search and optimal on a graph, or on machines; Ctrl-C gives the "
        "best so far.",
    ),
)


def _planning_options(command: Callable[..., None]) -> Callable[..., None]:
    """What to plan and whether to execute it: the options that `plan` and `report` share."""
    for option in reversed(_PLANNING_OPTIONS):
        command = option(command)
    return command


def _comparison(
    problem: str,
    orders: tuple[str, ...],
    objective: str | None,
    memory: int | None,
    machines: int | None,
    form: str,
    execute: bool | None,
    seed: int,
    time_limit: float | None,
) -> Comparison:
    from .files.problem import read_problem
    from .planning import orders_of
    from .reporting.comparison import compare
    from .reporting.progress import search_progress

    found = read_problem(problem)
    is_anytime = bool(orders_of(found).anytime) or machines is not None
    with search_progress(time_limit, shown=is_anytime) as on_progress:
        comparison = compare(
            found,
            orders or None,
            objective,
            memory,
            form,
            time_limit,
            seed,
            machines=machines,
            on_progress=on_progress,
        )
    if execute is False:
        return comparison
    from .reporting.trial import executed

    return executed(comparison, seed, whatever_it_takes=bool(execute))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="chainorder")
def cli() -> None:
    """Find, execute and count the best order in which to accumulate a Jacobian."""


@cli.command("plan", cls=_SizesCommand)
@click.argument("problem", metavar="SIZES|FILE|-")
@_planning_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--tree", "as_tree", is_flag=True, help="Print the bracketings as trees, too.")
def plan_command(as_json: bool, as_tree: bool, **planning: Any) -> None:
    """Plan the orders of a chain or a graph side by side, and execute them.

    SIZES are d_0,d_1,…,d_q: the numbers of entries of x_0 … x_q, separated by commas; after a
    size may stand the structure of what leads to it, as in 64,64:banded(1,1),8, and behind either
    ^-1 for the inverse of a matrix, ^T for its transpose, as in 64,64^-1,64:spd^-1,500^T. A FILE
    holds sizes, a chain or a graph as JSON, a graph as GraphML, DOT or an edge list, or the
    text format of matrix-free chains: the number of elementals, then a line "m n edges" for each.
    """
    comparison = _comparison(**planning)
    if as_json:
        import json

        click.echo(json.dumps(comparison.to_dict()))
    else:
        from .reporting.text import plain_console, print_comparison, print_trees

        console = plain_console()
        # Rich answers a closed pipe with an exit code of its own.
        with console.capture() as printed:
            print_comparison(comparison, console)
            if as_tree:
                print_trees(comparison, console)
        sys.stdout.write(printed.get())


@cli.command("report", cls=_SizesCommand)
@click.argument("problem", metavar="SIZES|FILE|-")
@click.option("-o", "--output", required=True, metavar="OUT", help="A path: .html, .md or .json.")
@click.option("--figures", is_flag=True, help="Write the figures of OUT.md as SVG files beside it.")
@_planning_options
def report_command(output: str, figures: bool, **planning: Any) -> None:
    """Write the problem, the orders and every step of each to a file.

    OUT.html is a page for any browser, without a network; OUT.md is Markdown; OUT.json is for
    programs.
    """
    from .reporting.report import check_path, report

    check_path(output)
    command = shlex.join(["chainorder", *sys.argv[1:]])
    report(_comparison(**planning), output, figures=figures, command=command)


@cli.command("generate")
@click.option("--length", required=True, type=click.IntRange(min=1), help="Elementals.")
@click.option("--sizes", required=True, metavar="LOW:HIGH", help="The range of the sizes.")
@click.option(
    "--edges",
    metavar="LOW:HIGH",
    help="The range of the cost of a tangent, of an adjoint, and of the tape; without it, all "
    "elementals are given and dense.",
)
@click.option("--seed", default=0, type=click.IntRange(min=0), help="Seed of the random numbers.")
@click.option(
    "--format",
    "format_name",
    metavar="text|json",
    help="The format.  [default: by the name of OUT; text where there are edges]",
)
@click.option("-o", "--output", metavar="OUT", help="A path; standard output without it.")
def generate_command(
    length: int,
    sizes: str,
    edges: str | None,
    seed: int,
    format_name: str | None,
    output: str | None,
) -> None:
    """Write a random chain, its sizes and edges uniform in their ranges."""
    from .files.problem import problem_text, write_whole
    from .problems.random_chains import parse_range, random_chain

    chain = random_chain(
        length,
        parse_range("--sizes", sizes),
        None if edges is None else parse_range("--edges", edges),
        seed,
    )
    text = problem_text(chain, format_name, output)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(output, text)


def main() -> None:
    """Run the command; whatever goes wrong is one line on stderr."""
    _open_streams()
    try:
        code = _exit_code()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing more can be written to it.
        _abandon(sys.stdout)
        code = 0
    except OSError as error:
        _abandon(sys.stdout)
        code = _failure(f"the output cannot be written: {error.strerror or error}", 2)
    sys.exit(code)


def _exit_code() -> int:
    """Run the command that the arguments are; say what went wrong, if anything did."""
    if not sys.argv[1:]:  # who says nothing is told what can be said, on more than one line
        click.echo(
            cli.get_help(click.Context(cli, info_name="chainorder", **cli.context_settings)),
            err=True,
        )
        return 2
    try:
        with cli.make_context("chainorder", sys.argv[1:]) as context:
            cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (ChainOrderError, click.ClickException) as error:
        message = error.format_message() if isinstance(error, click.ClickException) else str(error)
        return _failure(" ".join(message.split()), 2)
    except (KeyboardInterrupt, click.Abort):
        return _failure("interrupted", INTERRUPTED)
    except MemoryError:
        return _failure("more memory was needed than there is", 2)
    return 0


def _open_streams() -> None:
    """Streams that can be written to, or fail at it as any file does."""
    if sys.stdout is None:  # closed by who started us; what is only read refuses to be written
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a sign gets a question mark, not a traceback.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def _failure(message: str, code: int) -> int:
    """The exit code, once the message is on stderr."""
    try:
        print(f"chainorder: {in_one_line(message)}", file=sys.stderr, flush=True)
    except OSError:  # nobody can be told
        _abandon(sys.stderr)
    return code


def _abandon(stream: TextIO) -> None:
    """Let what is still to be written go nowhere: Python would fail at it once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
