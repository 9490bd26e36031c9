"""How far a long step is: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_EVERY = 20  # so many done, a line is written where no bar can be drawn
BAR = (
    TextColumn("{task.description:<10}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)


@contextlib.contextmanager
def phase(
    name: str, total: int, seconds: dict[str, float], console: Console, order: Sequence[str] = ()
) -> Iterator[Callable[[str], None]]:
    """A progress bar over one phase, and its time. Where the output is no terminal, no bar is drawn.

    Args:
        order: of a long phase, what is done one after the other: the one that is waited for is named beside the bar or,
            where no bar is drawn, in a plain line now and then.

    Raises:
        KeyboardInterrupt: Ctrl-C, with how far it came.
    """
    started = time.monotonic()
    with Progress(*BAR, console=console, transient=True, disable=not console.is_terminal or not total) as progress:
        task = progress.add_task(name, total=total)

        def done(student: str) -> None:
            progress.advance(task)
            count = round(progress.tasks[task].completed)
            if count < len(order):
                progress.update(task, description=f"{name}, {order[count]:.50}")
                if not console.is_terminal and count % LINE_EVERY == 0:
                    console.print(f"{name}: {count} of {total} done, now {order[count]}", markup=False, soft_wrap=True)

        try:
            yield done
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"{name}, {progress.tasks[task].completed:g} of {total} done") from None
    seconds[name] = time.monotonic() - started
