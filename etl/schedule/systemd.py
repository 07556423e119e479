"""A timer of the user's own systemd: https://www.freedesktop.org/software/systemd/man/systemd.timer.html."""

from __future__ import annotations

from pathlib import Path

from etl.errors import RunInProgress
from etl.schedule.plan import ENVIRONMENT, Every, Plan, call
from etl.settings import config_home


class _Systemd:
    def definition(self, plan: Plan) -> str:
        return "\n".join(f"# {name}\n{text}" for name, text in _units(plan).items())

    def install(self, plan: Plan) -> str:
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in _units(plan).items():
            (folder / name).write_text(text, encoding="utf-8")
        call("systemctl", "--user", "daemon-reload")
        call("systemctl", "--user", "enable", "--now", f"{plan.name}.timer")
        return (
            f"journalctl --user -u {plan.name} shows its runs; `loginctl enable-linger` lets it run while you are "
            "logged out."
        )

    def remove(self, name: str) -> bool:
        files = _files(name)
        if not files:
            return False
        call("systemctl", "--user", "disable", "--now", f"{name}.timer")
        for path in files:
            path.unlink()
        call("systemctl", "--user", "daemon-reload")
        return True

    def shown(self, name: str) -> str | None:
        texts = [f"# {path}\n{path.read_text(encoding='utf-8')}" for path in _files(name)]
        return "\n".join(texts) or None


WAY = _Systemd()


def _folder() -> Path:
    return config_home() / "systemd" / "user"


def _files(name: str) -> list[Path]:
    return [path for kind in ("service", "timer") if (path := _folder() / f"{name}.{kind}").is_file()]


def _units(plan: Plan) -> dict[str, str]:
    command = " ".join(_quoted(part) for part in plan.command)
    service = f"""[Unit]
Description=Papertide: load papers into {_escaped(str(plan.data_dir))}

[Service]
Type=oneshot
WorkingDirectory={_escaped(str(plan.folder))}
EnvironmentFile=-%h/{ENVIRONMENT}
ExecStart={command}
# Another run was under way, which will do.
SuccessExitStatus={RunInProgress.exit_code}
"""
    timer = f"""[Unit]
Description=Papertide: load papers {plan.every}

[Timer]
OnCalendar={_calendar(plan)}
# Catches up after the machine was off.
Persistent=true

[Install]
WantedBy=timers.target
"""
    return {f"{plan.name}.service": service, f"{plan.name}.timer": timer}


def _calendar(plan: Plan) -> str:
    at = f"{plan.at:%H:%M}:00"
    return {
        Every.hourly: f"*-*-* *:{plan.at:%M}:00",
        Every.daily: f"*-*-* {at}",
        Every.weekly: f"Mon *-*-* {at}",
    }[plan.every]


def _quoted(part: str) -> str:
    """An argument of ExecStart: quoted, with nothing that systemd would expand."""
    inner = _escaped(part).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{inner}"'


def _escaped(text: str) -> str:
    """Text in which systemd sees no specifier."""
    return text.replace("%", "%%")
