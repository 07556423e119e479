"""How a run shows itself in the terminal: a live line a stage, or plain lines where nobody watches."""

from __future__ import annotations

from time import perf_counter
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Count(MofNCompleteColumn):
    """How far a stage is: '1200/5000' papers, 'day 214 of 479' in any other unit."""

    def render(self, task: Task) -> Text:
        if not (unit := task.fields["unit"]) or not task.total:
            return super().render(task)
        current = min(int(task.completed) + 1, int(task.total))
        return Text(f"{unit} {current:,} of {int(task.total):,}", style="progress.download")


class Display:
    """Shows the stages of a run. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=20),
            _Count(),
            TimeElapsedColumn(),
            TimeRemainingColumn(elapsed_when_finished=False),
            TextColumn("{task.fields[doing]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._name = ""
        self._started = perf_counter()

    def __enter__(self) -> Display:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """A stage begins; `total` is in units (papers, unless said), where known."""
        self._drop()
        self._name, self._started = name, perf_counter()
        self._task = self._bar.add_task(name, total=total, unit=unit, doing="")
        if not self._console.is_terminal:
            self._console.print(f"{name} …", highlight=False)

    def advance(self, units: int) -> None:
        """So many more are done."""
        if self._task is not None:
            self._bar.advance(self._task, units)

    def note(self, doing: str) -> None:
        """What is under way within the stage."""
        if self._task is not None:
            self._bar.update(self._task, doing=escape(doing))

    def finish(self, outcome: str) -> None:
        """The stage ended, with this outcome."""
        self._drop()
        seconds = perf_counter() - self._started
        self._console.print(
            f"[green]✓[/green] {self._name:<9} {outcome}  [dim]{seconds:.1f} s[/dim]", highlight=False
        )

    def _drop(self) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None
