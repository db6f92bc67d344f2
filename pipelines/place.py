"""Where the register lies, from the environment, which only this module reads; makes the home and Dagster ready."""

import os
from pathlib import Path

from register.errors import HomeError
from register.home import Home
from register.unfinished import keep

HOME_VARIABLE = "REGISTER_HOME"
DATABASE_VARIABLE = "REGISTER_DATABASE_URL"
KEYS_VARIABLE = "REGISTER_KEYS"
SMTP_VARIABLE = "REGISTER_SMTP_PASSWORD"
DAGSTER_VARIABLE = "REGISTER_DAGSTER_URL"

DAGSTER_YAML = """# Written by the register at each start.
telemetry:
  enabled: false
nux:
  enabled: false
compute_logs:  # what a step prints could quote a value
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
python_logs:  # a run's events stand in the UI
  python_log_level: WARNING
run_monitoring:
  enabled: false
retention:
  schedule:
    purge_after_days: {skipped: 7, failure: 90, success: 90}
  sensor:
    purge_after_days: {skipped: 7, failure: 90, success: 90}
"""

IN_POSTGRES = f"""storage:  # needs the extra "server"
  postgres:
    postgres_url:
      env: {DAGSTER_VARIABLE}
"""


def dagster_yaml() -> str:
    """The settings of Dagster's instance: in the home's files, or in the PostgreSQL that REGISTER_DAGSTER_URL names."""
    return DAGSTER_YAML + (IN_POSTGRES if os.environ.get(DAGSTER_VARIABLE) else "")


def home_path() -> Path:
    """REGISTER_HOME, else ./home."""
    return Path(os.environ.get(HOME_VARIABLE) or "home").absolute()


def database_url() -> str | None:
    """REGISTER_DATABASE_URL, which replaces the embedded database."""
    return os.environ.get(DATABASE_VARIABLE) or None


def key_folder() -> Path | None:
    """REGISTER_KEYS, where the keys lie outside the home and its backups."""
    return Path(folder).absolute() if (folder := os.environ.get(KEYS_VARIABLE)) else None


def smtp_password() -> str:
    """REGISTER_SMTP_PASSWORD. Raises HomeError where the policy's mail server asks for one and it is not set."""
    if password := os.environ.get(SMTP_VARIABLE):
        return password
    raise HomeError(f"policy.toml: notices.smtp.user is set; its password belongs into {SMTP_VARIABLE}")


def open_home() -> Home:
    """The home, ready for use, with Dagster's instance inside it. Raises HomeError."""
    home = Home(home_path(), database_url(), key_folder())
    home.prepare()
    _write_whole(home.dagster / "dagster.yaml", dagster_yaml())
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    return home


def _write_whole(path: Path, text: str) -> None:
    """Never half a file: another process that read one would log what steps print."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    keep(unfinished, path)
