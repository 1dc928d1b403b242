"""The one exception users see: a single line that names the file and the place."""

from __future__ import annotations


class KoerierError(Exception):
    """Bad input, a missing model, a wrong option: anything the user can put right.

    Args:
        message: what is wrong and, where there is one, what to do about it (one line).
        source: file name or other input the trouble was found in.
        place: where in it: "line 12", "item 3", "segment b2.s1".
    """

    def __init__(
        self, message: str, *, source: str | None = None, place: str | None = None
    ) -> None:
        self.message = " ".join(message.split())
        self.source = source
        self.place = place
        self.exit_status = 1
        super().__init__(self.message)

    def __str__(self) -> str:
        return ": ".join(part for part in (self.source, self.place, self.message) if part)

    def at(self, *, source: str | None = None, place: str | None = None) -> KoerierError:
        """The same error with the file or place filled in where it had none."""
        return type(self)(self.message, source=self.source or source, place=self.place or place)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.source, self.place)


def _rebuild(
    kind: type[KoerierError], message: str, source: str | None, place: str | None
) -> KoerierError:
    return kind(message, source=source, place=place)
