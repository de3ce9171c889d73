"""Accounts of staff: login and passwords by Flask-Security, on our tables and pages."""

from webmap.accounts.setup import create_account, ensure_admin, init_app

__all__ = ["create_account", "ensure_admin", "init_app"]
