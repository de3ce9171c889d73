"""``fuchun backup``, ``verify`` and ``restore``: the whole store in one file, checked, and brought back."""

from pathlib import Path
from typing import Any

import click

from webmap.cli.console import ROOT, end_progress, open_addresses, progress, say, translate

BACKUP = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
IDENTITY = click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the secret key of age, for an encrypted backup.",
)


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--encrypt-for", metavar="KEY", help="Public key of age (age1…): only its owner can read the backup.")
@click.option("--keep", type=click.IntRange(min=1), help="Keep so many backups in the folder; older ones are removed.")
def backup(target: Path, encrypt_for: str | None, keep: int | None) -> None:
    """Write the whole store to TARGET, a file or a folder; the site may run meanwhile."""
    from geo.db.backup import back_up, remove_old
    from geo.errors import InputError

    if keep is not None and not target.is_dir():
        raise InputError("--keep counts the backups of a folder, and {path} is not one", path=target)
    with open_addresses() as addresses:
        progress("writing the backup")
        file, manifest = back_up(addresses.owner, target, recipient=encrypt_for)
    end_progress()
    say("{file}: {rows} rows of {tables} tables, made {made_at}.", **described(file, manifest))
    for old in remove_old(target, keep) if keep is not None else ():
        say("{file} is removed.", file=old.name)


@click.command()
@BACKUP
@IDENTITY
def verify(file: Path, identity: Path | None) -> None:
    """Check a backup: complete, unchanged, and of a schema that this program knows."""
    from geo.db.backup import verify as check

    manifest = check(file, identity=identity)
    say("{file} is whole: {rows} rows of {tables} tables, made {made_at}.", **described(file, manifest))


@click.command()
@BACKUP
@IDENTITY
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, identity: Path | None, yes: bool) -> None:
    """Put a backup in the place of all that is in the store now."""
    from geo.db.backup import restore as bring_back
    from geo.db.backup import verify as check
    from geo.db.cluster import store_addresses

    manifest = check(file, identity=identity)
    say("{file} is whole: {rows} rows of {tables} tables, made {made_at}.", **described(file, manifest))
    if not yes:
        click.confirm(translate("All that is in the store now is lost. Go on?"), abort=True, err=True)
    # Not migrated first: it may be the store of a newer version that is replaced.
    with store_addresses(ROOT) as addresses:
        progress("putting it in the place of what is in the store")
        bring_back(file, addresses, identity=identity)
    end_progress()
    say("The store is what it was at {made_at}.", made_at=manifest.made_at)


def described(file: Path, manifest: Any) -> dict[str, object]:
    """Return what is said of a backup."""
    return {
        "file": file.name,
        "rows": f"{manifest.rows:,}",
        "tables": len(manifest.tables),
        "made_at": manifest.made_at,
    }
