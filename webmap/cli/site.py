"""``fuchun site``: choose sites for new stations; ``fuchun site verify``: check the certificate of a result."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.records import FUNCTION_KINDS, REST_STATION
from webmap.cli.console import end_progress, open_store, print_answer, progress, translate
from webmap.cli.options import (
    any_mode_option,
    at_option,
    district_option,
    json_option,
    layers_option,
    minutes_option,
    service_option,
)

if TYPE_CHECKING:
    from webmap.logic.siting.facts import SitingFacts

MODELS = ("mclp", "lscp", "p-median", "p-center")


@click.group(invoke_without_command=True)
@click.option("--sites", type=click.IntRange(1, 2000), help="New sites, beside the existing stations.")
@click.option(
    "--budget", type=click.FloatRange(min=0), metavar="YUAN", help="What the new sites may cost; --sites at most."
)
@click.option(
    "--model", type=click.Choice(MODELS), default="mclp", show_default=True, help="What is to be best; docs/siting.md."
)
@any_mode_option
@minutes_option
@layers_option
@click.option(
    "--kind",
    type=click.Choice(FUNCTION_KINDS),
    default=REST_STATION,
    show_default=True,
    help="What the new places are to be; only places of this kind count as existing.",
)
@click.option("--area", metavar="CODE", help="Count only the people of a town or key area.")
@service_option
@at_option
@click.option(
    "--action",
    "actions",
    metavar="KIND[=YUAN]",
    multiple=True,
    help="What may be done beside new sites: function (a place of ours becomes a station), hours (a station stays open "
    "at --at), equipment (it gets the --service that it lacks); with the yuan of each; repeatable.",
)
@click.option(
    "--week",
    is_flag=True,
    help="Count the person-hours of a week by the demand profile of /plan/sites/hours, instead of people at a moment.",
)
@click.option(
    "--until",
    type=click.IntRange(1, 24),
    default=21,
    show_default=True,
    help="With --week: the hour until which a station stays open by --action hours.",
)
@click.option(
    "--each-service",
    is_flag=True,
    help="Count being served with each --service apart, instead of with all of them at one place.",
)
@click.option("--fixed", metavar="CODE", multiple=True, help="A candidate that must be chosen; repeatable.")
@click.option("--forbidden", metavar="CODE", multiple=True, help="A candidate that may not be chosen; repeatable.")
@click.option("--without-existing", is_flag=True, help="As if there were no stations yet.")
@click.option("--time-limit", "time_limit_s", type=click.FloatRange(1, 600), default=60.0, show_default=True)
@click.option("--certificate", type=click.Path(path_type=Path, dir_okay=False), help="Write the proof to this file.")
@district_option
@json_option
@click.pass_context
def site(
    context: click.Context,
    sites: int | None,
    budget: float | None,
    model: str,
    mode: str,
    minutes: float,
    layers: tuple[str, ...],
    kind: str,
    area: str | None,
    services: tuple[str, ...],
    at: datetime | None,
    actions: tuple[str, ...],
    week: bool,
    until: int,
    each_service: bool,
    fixed: tuple[str, ...],
    forbidden: tuple[str, ...],
    without_existing: bool,
    time_limit_s: float,
    certificate: Path | None,
    district: str | None,
    as_json: bool,
) -> None:
    """Choose the best new sites among the candidates, with a bound that no choice can beat."""
    if context.invoked_subcommand is not None:
        return
    if sites is None and model != "lscp" and budget is None:
        raise click.UsageError("--sites is missing: how many new sites?")
    if budget is not None and model != "mclp":
        raise click.UsageError(f"--budget goes with --model mclp, not {model}")
    if week and at is not None:
        raise click.UsageError("--week asks about all hours, --at about one: give one of them")
    if each_service and not services:
        raise click.UsageError("--each-service goes with --service: name the services")
    if (week or each_service) and model != "mclp":
        raise click.UsageError(f"--week and --each-service go with --model mclp, not {model}")
    from geo.siting.problem import Stop
    from webmap.logic.coverage import read_layers
    from webmap.logic.encoding import object_json
    from webmap.logic.live_districts import LiveDistricts
    from webmap.logic.siting.answer import choose_sites
    from webmap.logic.siting.question import SitingQuestion

    asked = SitingQuestion.read(
        {
            "model": model,
            "sites": sites,
            "budget": budget,
            "mode": mode,
            "minutes": minutes,
            "layers": read_layers(layers),
            "kind": kind,
            "area": area,
            "services": services,
            "at": at,
            "actions": _read_actions(actions),
            "week": week,
            "until": until,
            "each_service": each_service,
            "fixed": fixed,
            "forbidden": forbidden,
            "with_existing": not without_existing,
            "time_limit_s": time_limit_s,
        }
    )
    with open_store() as store:
        state = LiveDistricts(store.engine, store.state_dir).build(district, progress=progress)
        progress("choosing sites")
        answer = choose_sites(store.engine, state, asked, stop=Stop())
        end_progress()
    if certificate is not None:
        answer.write(certificate)
    print_answer(object_json(answer.facts), as_json=as_json, lines=lambda: _lines(answer.facts))


@site.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was checked as JSON.")
def verify(file: Path, as_json: bool) -> None:
    """Check a certificate from its inputs alone, without the solver."""
    from geo.siting_verifier import verify_certificate

    verdict = verify_certificate(file)
    if as_json:
        click.echo(json.dumps(asdict(verdict), ensure_ascii=False))
        return
    lines = [
        translate("{count} sites, objective {objective}").format(
            count=len(verdict.sites), objective=f"{verdict.objective:,.6g}"
        ),
        translate("certified bound {bound}, proven by {leaves} leaves over {rows} rows").format(
            bound=f"{verdict.certified_bound:,.6g}", leaves=verdict.n_leaf, rows=verdict.n_row
        ),
    ]
    if verdict.is_optimal:
        lines.append(translate("No choice of sites is better."))
    if verdict.solver_bound is not None:
        lines.append(
            translate("solver's bound {bound}, which nothing here proves").format(bound=f"{verdict.solver_bound:,.6g}")
        )
    for line in lines:
        click.echo(line)


def _read_actions(texts: tuple[str, ...]) -> dict[str, float | None]:
    """Read ``hours=3000``-like texts; without a number the cost is not known."""
    found: dict[str, float | None] = {}
    for text in texts:
        kind, _, cost = text.partition("=")
        try:
            found[kind] = float(cost) if cost else None
        except ValueError as error:
            raise click.UsageError(f"--action {text}: write KIND=YUAN, such as hours=3000") from error
    return found


def _lines(answer: "SitingFacts") -> list[str]:
    lines = [f"{each.code}  {each.name}  {each.lon:.5f}, {each.lat:.5f}" for each in answer.sites]
    lines.append(
        (
            translate("Within {minutes} minutes: {before} people before, {after} after, of {people}")
            if answer.counts == "people"
            else translate("Within {minutes} minutes: {before} person-hours a week before, {after} after, of {people}")
        ).format(
            minutes=f"{answer.minutes:g}",
            before=f"{answer.covered_before:,.0f}",
            after=f"{answer.covered_after:,.0f}",
            people=f"{answer.people:,.0f}",
        )
    )
    words = (
        translate("objective {objective}; proven best")
        if answer.status == "optimal"
        else translate("objective {objective}; no choice is better than {bound} ({gap} away)")
    )
    lines.append(
        words.format(objective=f"{answer.objective:,.6g}", bound=f"{answer.bound:,.6g}", gap=f"{answer.gap:.2%}")
    )
    if answer.budget is not None:
        lines.append(
            translate("{spent} of {budget} yuan spent").format(
                spent=f"{answer.spent:,.0f}", budget=f"{answer.budget:,.0f}"
            )
        )
    if supposed := {each.code: each.supposed for each in answer.sites if each.supposed}:
        lines.append(
            translate("No hours are entered for {codes}: {hours} is supposed").format(
                codes=", ".join(supposed), hours=next(iter(supposed.values()))
            )
        )
    if answer.unattached:
        lines.append(
            translate("{people} people are not near any street and take no part").format(
                people=f"{answer.unattached:,.0f}"
            )
        )
    return lines
