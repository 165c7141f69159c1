"""`client.xp`: the same namespace, whose arrays are computed by that client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import fft, ma, random
from ._creation import Creation
from ._home import Home

if TYPE_CHECKING:
    from pantile._client import Client


class Namespace(Creation):
    """The namespace of arrays of one client."""

    def __init__(self, client: Client) -> None:
        super().__init__(Home(client))
        self.fft = Fourier(self._home)
        self.random = random.Random(self._home)
        self.ma = ma.Masking(self._home)

    def __getattr__(self, name: str) -> Any:
        import pantile.xp

        if name.startswith("_") and not name.startswith("__array_"):
            raise AttributeError(f"pantile.xp has no {name!r}")
        return getattr(pantile.xp, name)

    def __dir__(self) -> list[str]:
        import pantile.xp

        return pantile.xp.__all__

    def __repr__(self) -> str:
        """Whose it is."""
        return f"<pantile.xp of {self._home.client!r}>"


class Fourier(fft.Frequencies):
    """`fft` of one client."""

    def __getattr__(self, name: str) -> Any:
        return getattr(fft, name)

    def __dir__(self) -> list[str]:
        return fft.__all__
