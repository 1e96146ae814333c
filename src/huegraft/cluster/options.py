"""Cluster options: which workers do the work, and how they are reached."""

from dataclasses import dataclass
from pathlib import Path

from huegraft.errors import ArgumentError


@dataclass(frozen=True)
class ClusterOptions:
    """Which workers do the work.

    Attributes
    ----------
    scheduler
        The address of a scheduler of dask.distributed, such as tcp://host:8786.
    workers
        How many processes of this machine work, in place of a scheduler.
    tls_ca, tls_cert, tls_key
        The files of the certificates by which a scheduler at a tls:// address is reached.
    """

    scheduler: str | None = None
    workers: int | None = None
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @property
    def given(self) -> list[str]:
        """The options that are given, as the command line calls them."""
        return [f"--{name.replace('_', '-')}" for name, value in vars(self).items() if value is not None]

    def check(self) -> None:
        """Raise ArgumentError if the options exclude each other, or some are missing."""
        tls = [name for name in self.given if name.startswith("--tls")]
        if self.scheduler is not None and self.workers is not None:
            raise ArgumentError("--scheduler and --workers exclude each other; leave out one")
        if tls and self.scheduler is None:
            raise ArgumentError(f"{', '.join(tls)} would change nothing without --scheduler; leave it out")
        if tls and len(tls) < 3:
            raise ArgumentError(f"TLS needs --tls-ca, --tls-cert and --tls-key, got {', '.join(tls)} alone")
        if self.scheduler is not None and self.scheduler.startswith("tls://") != bool(tls):
            wanted = "tls://host:8786" if tls else "tcp://host:8786, or --tls-ca, --tls-cert and --tls-key"
            raise ArgumentError(f"the scheduler {self.scheduler} does not go with these options: expected {wanted}")
        missing = [path for path in (self.tls_ca, self.tls_cert, self.tls_key) if path and not path.is_file()]
        if missing:
            raise ArgumentError(f"there is no certificate at {missing[0]}")
