"""What a run that changes an account tells: how far it is, and each thing done."""

from __future__ import annotations

from migrator.apply.events import Done, Event, Tell, Told, Working
from migrator.cli.bar import Bar
from migrator.cli.run import emit, say
from migrator.render.safe import shown


def tell_on(bar: Bar) -> Tell:
    """Tell on a terminal that has a bar."""

    def tell(event: Event) -> None:
        match event:
            case Working(address, number, of):
                bar.show(number - 1, of, shown(address))
            case Done(verb, address, identity):
                bar.clear()
                emit(f"{verb} {shown(address)}" + (f" {shown(identity)}\n" if identity != address else "\n"))
            case Told(text):
                bar.clear()
                say(f"Note: {text}.")

    return tell
