"""A task of Windows' scheduler, as XML: https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from etl.schedule.plan import Every, Plan, call


class _Windows:
    def definition(self, plan: Plan) -> str:
        program, *arguments = plan.command
        # The start is long past, so that the first run is the next time of day.
        return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Papertide: load papers {plan.every}</Description></RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      {_repetition(plan)}<StartBoundary>2025-01-01T{_start(plan)}:00</StartBoundary>
      {_schedule(plan)}
    </CalendarTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
  </Settings>
  <Actions>
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(subprocess.list2cmdline(arguments))}</Arguments>
      <WorkingDirectory>{escape(str(plan.folder))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""

    def install(self, plan: Plan) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "task.xml"
            path.write_text(self.definition(plan), encoding="utf-16")
            call("schtasks", "/Create", "/F", "/TN", plan.name, "/XML", str(path))
        return f"`schtasks /Query /TN {plan.name} /V /FO LIST` shows its last run."

    def remove(self, name: str) -> bool:
        if self.shown(name) is None:
            return False
        call("schtasks", "/Delete", "/F", "/TN", name)
        return True

    def shown(self, name: str) -> str | None:
        return call("schtasks", "/Query", "/TN", name, "/XML", fails_quietly=True) or None


WAY = _Windows()


def _start(plan: Plan) -> str:
    return f"00:{plan.at:%M}" if plan.every == Every.hourly else f"{plan.at:%H:%M}"


def _repetition(plan: Plan) -> str:
    if plan.every != Every.hourly:
        return ""
    return "<Repetition><Interval>PT1H</Interval><Duration>P1D</Duration></Repetition>\n      "


def _schedule(plan: Plan) -> str:
    if plan.every == Every.weekly:
        return "<ScheduleByWeek><DaysOfWeek><Monday /></DaysOfWeek><WeeksInterval>1</WeeksInterval></ScheduleByWeek>"
    return "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>"
