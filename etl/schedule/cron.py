"""An entry of the user's crontab, between two remarks that say whose it is."""

from __future__ import annotations

import re
import shlex

from etl.schedule.plan import ENVIRONMENT, Every, Plan, call


class _Cron:
    def definition(self, plan: Plan) -> str:
        return "\n".join((_begin(plan.name), _line(plan), _end(plan.name))) + "\n"

    def install(self, plan: Plan) -> str:
        kept = _without(plan.name, _table())
        call("crontab", "-", told=kept + self.definition(plan))
        return "What goes wrong comes as cron's mail; `etl health` tells it too."

    def remove(self, name: str) -> bool:
        table = _table()
        kept = _without(name, table)
        if kept == table:
            return False
        call("crontab", "-", told=kept)
        return True

    def shown(self, name: str) -> str | None:
        found = _block(name).search(_table())
        return found.group(0) if found else None


WAY = _Cron()


def _table() -> str:
    """The user's crontab, with a line break at its end; '' where there is none, which `crontab -l` calls an error."""
    table = call("crontab", "-l", fails_quietly=True)
    return table if not table or table.endswith("\n") else table + "\n"


def _begin(name: str) -> str:
    return f"# {name}: written by `etl schedule`, which also removes it"


def _end(name: str) -> str:
    return f"# {name}: end"


def _block(name: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(_begin(name))}\n.*?^{re.escape(_end(name))}\n", re.MULTILINE | re.DOTALL)


def _without(name: str, table: str) -> str:
    return _block(name).sub("", table)


def _line(plan: Plan) -> str:
    minute, hour = plan.at.minute, plan.at.hour
    when = {
        Every.hourly: f"{minute} * * * *",
        Every.daily: f"{minute} {hour} * * *",
        Every.weekly: f"{minute} {hour} * * 1",
    }[plan.every]
    environment = f'set -a; [ -r "$HOME/{ENVIRONMENT}" ] && . "$HOME/{ENVIRONMENT}"; set +a'
    # Standard error is left to cron, which mails it.
    run = f"cd {shlex.quote(str(plan.folder))} && {shlex.join(plan.command)} > /dev/null"
    return f"{when} {environment}; {run}".replace("%", r"\%")  # cron takes % for a line break
