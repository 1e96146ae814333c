"""Connection: the scheduler is reached, and units of work are done by its workers."""

import logging
import os
import pickle
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, cast

import dask.config
from distributed import Client, Future, KilledWorker, LocalCluster, Security

from huegraft.cluster.agreement import Work, check_facts, facts_of, shared_token
from huegraft.cluster.options import ClusterOptions
from huegraft.cluster.task import Run
from huegraft.errors import ClusterError
from huegraft.records import EncodedStore
from huegraft.threads import thread_count

RETRIES = 2
"""How often a unit is begun again after a worker died."""
_CONNECTING = 20  # seconds
_PATIENCE = 0.5  # seconds from one look at the connection to the next
_WITHOUT_WORKERS = 120  # seconds that workers get to come back
_STOPPING = 15  # seconds that units which have begun get to end


@dataclass(frozen=True)
class Unit:
    """A unit of work: a picture or a shot.

    Attributes
    ----------
    cost
        How long it will take, compared with the others. The costliest unit is begun first.
    arguments
        What its task takes beside the run and its number.
    """

    cost: float
    arguments: tuple[Any, ...]


class Cluster:
    """The workers of a scheduler.

    Parameters
    ----------
    client
        The connection to the scheduler.
    threads
        How many threads a unit takes; with None the worker's.
    """

    def __init__(self, client: Client, threads: int | None) -> None:
        self._client, self._threads = client, threads

    @contextmanager
    def run(
        self,
        works: Sequence[Work],
        folder: Path,
        files: Sequence[Path],
        device: str,
        store: EncodedStore | None = None,
    ) -> Generator["Tasks"]:
        """Prove that the workers can do some work as this machine would, and give what does it.

        Parameters
        ----------
        works
            The modes and settings of the work.
        folder
            The folder that is written into.
        files
            Files that every worker has to see.
        device, store
            As for a :class:`huegraft.Session`.

        Raises
        ------
        ClusterError
            If a worker has another version, other weights, or does not share the files.
        """
        distinct = tuple(dict.fromkeys(works))
        facts = facts_of(distinct)
        check_facts(self._run_on_workers(facts_of, distinct), facts)
        with shared_token(self._run_answering, folder, files) as token:
            run = Run(f"huegraft-{uuid.uuid4().hex}", token, distinct, facts, device, self._threads, store)
            tasks = Tasks(self._client, run)
            try:
                yield tasks
            finally:
                token.unlink(missing_ok=True)
                tasks.stop()

    def _run_on_workers(self, function: Callable[..., Any], *arguments: Any) -> Mapping[str, Any]:
        return self._on(None, function, *arguments)

    def _run_answering(self, function: Callable[..., Any], *arguments: Any) -> Mapping[str, Any]:
        """Call a function on each worker, which is told its own address."""
        workers = list(self._client.scheduler_info(n_workers=-1)["workers"])
        return {worker: self._on([worker], function, *arguments, worker)[worker] for worker in workers}

    def _on(self, workers: list[str] | None, function: Callable[..., Any], *arguments: Any) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", self._client.run(function, *arguments, workers=workers, on_error="return"))


class Tasks:
    """Units of work that workers do."""

    def __init__(self, client: Client, run: Run) -> None:
        self._client, self._run = client, run
        self._waiting: dict[int, Future] = {}
        self._ended: SimpleQueue[tuple[int, Future | bytes]] = SimpleQueue()
        self._begun: Counter[int] = Counter()
        self._killed: Counter[int] = Counter()
        self._worked_at = time.monotonic()
        self._told: Callable[[int, Any], None] = lambda *_: None

    def results(
        self, task: Callable[..., Any], units: Sequence[Unit], told: Callable[[int, Any], None]
    ) -> Iterator[tuple[int, Any]]:
        """Yield the number of each unit with its result, or with the error that it ended with, once it is done.

        Parameters
        ----------
        task
            The function that does a unit.
        units
            The units. Their numbers count from 0.
        told
            A function that is called with the number of a unit that is worked on, and with what its task tells.

        Raises
        ------
        ClusterError
            If the connection to the scheduler is lost.
        """
        self._told = told
        self._client.subscribe_topic(self._run.topic, self._hear)
        self._submit(task, units, sorted(range(len(units)), key=lambda number: -units[number].cost))
        while self._waiting:
            for number, ended in self._next_ended():
                if self._waiting.pop(number, None) is None:
                    continue  # its worker told at once
                try:
                    yield number, pickle.loads(ended) if isinstance(ended, bytes) else ended.result()  # noqa: S301
                except KilledWorker:
                    self._killed[number] += 1
                    innocent = self._begun[number] <= RETRIES  # it waited behind the one that killed the workers
                    if innocent and self._killed[number] <= RETRIES:
                        self._submit(task, units, [number])
                    else:
                        yield number, ClusterError(f"the workers that worked on it died ({self._begun[number]} times)")
                except Exception as error:  # goes to the caller, and the other units go on
                    self._check_connection(ended)
                    yield number, error

    def stop(self) -> None:
        """Cancel the units that have not begun, and wait for those that have. They stop once the token is gone."""
        waiting = [future for number, future in self._waiting.items() if not self._begun[number]]
        if self._is_connected:
            self._client.cancel(waiting)
        end = time.monotonic() + _STOPPING
        begun = [future for number, future in self._waiting.items() if self._begun[number]]
        while self._is_connected and time.monotonic() < end and not all(future.done() for future in begun):
            time.sleep(_PATIENCE / 5)
        if self._is_connected:
            self._client.cancel(begun)
            self._client.unsubscribe_topic(self._run.topic)
        self._waiting = {}

    def _submit(self, task: Callable[..., Any], units: Sequence[Unit], numbers: Sequence[int]) -> None:
        """Give units to the scheduler. It begins them in the order of their keys."""
        prefix = f"{task.__name__}-{uuid.uuid4().hex}"
        futures = self._client.map(
            task,
            [self._run] * len(numbers),
            numbers,
            *zip(*(units[number].arguments for number in numbers), strict=True),
            key=[f"{prefix}-{place:08}" for place in range(len(numbers))],
            pure=False,
        )
        self._waiting.update(zip(numbers, futures, strict=True))
        for number, future in zip(numbers, futures, strict=True):
            future.add_done_callback(lambda future, number=number: self._ended.put((number, future)))

    def _next_ended(self) -> list[tuple[int, Future | bytes]]:
        """Return the numbers of units that have ended, with what came of them; none if none has for a while."""
        ended = list[tuple[int, Future | bytes]]()
        try:
            ended.append(self._ended.get(timeout=_PATIENCE))
            while not self._ended.empty():
                ended.append(self._ended.get())
            self._worked_at = time.monotonic()
        except Empty:
            self._check_connection(None)
            self._check_workers()
        return ended

    def _check_workers(self) -> None:
        """Raise ClusterError if there have been no workers for long."""
        if time.monotonic() - self._worked_at < _WITHOUT_WORKERS:
            return
        if not self._client.scheduler_info()["workers"]:
            raise ClusterError(
                f"the scheduler has had no workers for {_WITHOUT_WORKERS} s; what is done is kept, and the next run "
                "goes on (--resume)"
            )
        self._worked_at = time.monotonic()

    def _check_connection(self, ended: Future | bytes | None) -> None:
        if not self._is_connected or (isinstance(ended, Future) and ended.cancelled()):
            raise ClusterError(
                "the connection to the scheduler was lost; what is done is kept, and the next run goes on (--resume)"
            )

    @property
    def _is_connected(self) -> bool:
        return self._client.status == "running"

    def _hear(self, event: tuple[float, Any]) -> None:
        number, said = event[1]
        if said == "begun":
            self._begun[number] += 1
        if isinstance(said, bytes):
            self._ended.put((number, said))
            if future := self._waiting.get(number):
                future.release()  # or the scheduler would let it be done again if its worker died now
        else:
            self._told(number, said)


@contextmanager
def connected(options: ClusterOptions, threads: int | None, say: Callable[[str], None]) -> Generator[Cluster]:
    """Reach a scheduler, or start processes of this machine, and give the workers.

    Parameters
    ----------
    options
        Which workers. A scheduler or a number of workers is given.
    threads
        How many threads a unit takes. Processes of this machine share by default its cores.
    say
        A function that is called with a line for each thing that the user should know.

    Raises
    ------
    ClusterError
        If the scheduler cannot be reached or has no workers.
    """
    options.check()
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if options.workers is not None:
            stack.enter_context(dask.config.set(_OF_LOCAL_CLUSTERS))
            threads = max(1, (threads or thread_count()) // options.workers)
            with _interrupt_held_back():
                address = stack.enter_context(
                    LocalCluster(
                        n_workers=options.workers,
                        threads_per_worker=1,
                        host="127.0.0.1",
                        dashboard_address="127.0.0.1:0",
                        silence_logs=logging.CRITICAL,
                    )
                )
        else:
            address = options.scheduler
        try:
            client = stack.enter_context(
                Client(address, timeout=_CONNECTING, security=_security(options), set_as_default=False)
            )
        except (OSError, TimeoutError) as error:
            raise ClusterError(
                f"cannot reach the scheduler {options.scheduler}: {error}; `dask scheduler` starts one"
            ) from error
        try:
            client.wait_for_workers(1, timeout=_CONNECTING)
        except TimeoutError as error:
            raise ClusterError(
                f"the scheduler {options.scheduler} has no workers; `dask worker {options.scheduler}` starts one"
            ) from error
        say(_told_of(client))
        yield Cluster(client, threads)


_OF_LOCAL_CLUSTERS = {
    "distributed.scheduler.allowed-failures": RETRIES,
    "distributed.scheduler.worker-saturation": 1.0,  # units wait at the scheduler and not behind long ones
}


def _security(options: ClusterOptions) -> Security | None:
    if options.tls_ca is None:
        return None
    return Security(
        tls_ca_file=os.fspath(options.tls_ca),
        tls_client_cert=str(options.tls_cert),
        tls_client_key=str(options.tls_key),
        require_encryption=True,
    )


def _told_of(client: Client) -> str:
    info = client.scheduler_info(n_workers=-1)
    threads = sum(worker["nthreads"] for worker in info["workers"].values())
    text = f"{len(info['workers'])} workers with {threads} threads at {info['address']}"
    return f"{text}; the dashboard is {client.dashboard_link}" if _has_dashboard() else text


def _has_dashboard() -> bool:
    return find_spec("bokeh") is not None


@contextmanager
def _interrupt_held_back() -> Generator[None]:
    """Let Ctrl-C wait, and never reach processes and threads that are started inside: this process stops them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _quiet() -> Generator[None]:
    """Let what ends a run be said by its error alone, and not by the logs of the connection too."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
