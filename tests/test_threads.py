import gc
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from huegraft import threads as of_huegraft
from huegraft.blas import blas_on_one_thread
from huegraft.errors import Cancelled
from huegraft.threads import (
    by_caller,
    check_cancelled,
    in_blocks,
    matmul,
    set_threads,
    side_by_side,
    thread_count,
    working,
)

SECONDS = 60  # until something passes for hung


@pytest.fixture(autouse=True)
def own_number_of_threads():
    yield
    set_threads(None)


def is_cancelled():
    try:
        check_cancelled()
    except Cancelled:
        return True
    return False


def in_time(*calls):
    """Call side by side, each in a thread of its own, and return what they return; fail if one takes too long."""
    results, errors = [None] * len(calls), []

    def run(index):
        try:
            results[index] = calls[index]()
        except BaseException as error:
            errors.append(error)

    callers = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(len(calls))]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(SECONDS)
        assert not caller.is_alive(), "it hangs"
    if errors:
        raise errors[0]
    return results


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize("block", [1, 3, 64, 1000])
def test_every_block_is_done_once(count, block):
    set_threads(count)
    for size in (0, 1, 2, 7, 64, 1000):
        done = []
        in_blocks(lambda start, stop, done=done: done.append((start, stop)), size, block=block)
        assert sorted(done) == [(start, min(start + block, size)) for start in range(0, size, block)]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_as_many_threads_as_were_set_work_side_by_side(count):
    set_threads(count)
    together, seen = threading.Barrier(count), set()

    def work(start, stop):
        together.wait(SECONDS)
        seen.add(threading.get_ident())

    in_time(lambda: in_blocks(work, count))
    assert len(seen) == count


def test_blocks_within_blocks_are_done_inline():
    set_threads(3)
    done = []

    def work(start, stop):
        outer = threading.get_ident()

        def inner(first, last):
            done.append((start, first, threading.get_ident() == outer))

        in_blocks(inner, 4, block=1)

    in_time(lambda: in_blocks(work, 50))
    assert sorted(done) == [(start, first, True) for start in range(50) for first in range(4)]
    assert in_time(lambda: in_blocks(lambda *_: done.clear(), 9)) == [None]


@pytest.mark.parametrize(("count", "by_caller"), [(1, True), (2, True), (2, False), (3, True), (3, False)])
def test_an_error_reaches_the_caller_and_no_further_block_begins(count, by_caller):
    set_threads(count)
    together, begun = threading.Barrier(count), []
    failing, failed = threading.Lock(), threading.Event()

    def call():
        caller = threading.get_ident()

        def work(start, stop):
            begun.append(start)
            together.wait(SECONDS)
            if (threading.get_ident() == caller) == by_caller and failing.acquire(blocking=False):
                failed.set()
                raise ZeroDivisionError(start)
            failed.wait(SECONDS)
            time.sleep(0.2)  # for the error to be on its way

        with pytest.raises(ZeroDivisionError):
            in_blocks(work, 1000)

    in_time(call)
    assert sorted(begun) == list(range(count))
    done = []
    in_time(lambda: in_blocks(lambda start, stop: done.append(start), 9))
    assert sorted(done) == list(range(9))


def test_the_caller_waits_for_the_blocks_that_have_begun():
    set_threads(2)
    together, ended = threading.Barrier(2), []

    def call():
        caller = threading.get_ident()

        def work(start, stop):
            together.wait(SECONDS)
            if threading.get_ident() == caller:
                raise ZeroDivisionError
            time.sleep(0.2)
            ended.append(start)

        with pytest.raises(ZeroDivisionError):
            in_blocks(work, 2)
        assert len(ended) == 1

    in_time(call)


def test_two_callers_at_once():
    set_threads(3)
    together, rounds = threading.Barrier(2), 200

    def call():
        counts = np.zeros(300, int)

        def work(start, stop):
            counts[start:stop] += 1

        for _ in range(rounds):
            together.wait(SECONDS)
            in_blocks(work, len(counts), block=7)
        return counts

    for counts in in_time(call, call):
        assert (counts == rounds).all()


def test_two_callers_wait_for_each_other_within_their_blocks():
    set_threads(2)
    both = threading.Barrier(2)

    def call():
        met = []

        def work(start, stop):
            if start == 0:
                met.append(both.wait(SECONDS))

        in_blocks(work, 9)
        return len(met)

    assert in_time(call, call) == [1, 1]


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_functions_return_in_their_order(count):
    set_threads(count)
    squares = in_time(lambda: side_by_side(*(lambda number=number: number**2 for number in range(20))))
    assert squares == [[number**2 for number in range(20)]]
    assert side_by_side() == []


def test_functions_run_side_by_side_and_deal_blocks_to_threads_that_are_free():
    set_threads(3)
    both, three = threading.Barrier(2), threading.Barrier(3)

    def one():
        both.wait(SECONDS)
        in_blocks(lambda start, stop: three.wait(SECONDS), 3)
        return threading.get_ident()

    def other():
        both.wait(SECONDS)
        return threading.get_ident()

    (idents,) = in_time(lambda: side_by_side(one, other))
    assert len(set(idents)) == 2


@pytest.mark.parametrize("count", [1, 2, 3])
def test_functions_within_functions_and_within_blocks(count):
    set_threads(count)

    def inner(first):
        return side_by_side(*(lambda number=number: 10 * first + number for number in range(4)))

    expected = [[10 * first + number for number in range(4)] for first in range(5)]
    outer = [lambda first=first: inner(first) for first in range(5)]
    assert in_time(lambda: side_by_side(*outer), lambda: side_by_side(*outer)) == [expected, expected]
    found = {}
    in_time(lambda: in_blocks(lambda start, stop: found.__setitem__(start, inner(start)), 5))
    assert found == dict(enumerate(expected))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_calls_are_made_by_the_caller_in_the_order_in_which_they_are_wanted(count):
    set_threads(count)
    made = []

    def call():
        caller = threading.get_ident()

        def work(name):
            for number in range(50):
                by_caller(lambda number=number: made.append((name, number, threading.get_ident() == caller)))
            side_by_side(lambda: by_caller(lambda: made.append((name, 50, threading.get_ident() == caller))), list)

        side_by_side(lambda: work("one"), lambda: work("other"))

    in_time(call)
    for wanted in ("one", "other"):
        assert [rest for name, *rest in made if name == wanted] == [[number, True] for number in range(51)]


@pytest.mark.parametrize("by_call", [False, True])
def test_the_first_error_reaches_the_caller_and_the_other_functions_end(by_call):
    set_threads(2)
    failed, blocks = threading.Event(), []

    def err():
        failed.set()
        raise ZeroDivisionError

    def endless():
        failed.wait(SECONDS)
        while True:
            in_blocks(lambda start, stop: blocks.append(start), 3)

    def call():
        with pytest.raises(ZeroDivisionError):
            side_by_side(endless, (lambda: by_caller(err)) if by_call else err)

    in_time(call)
    count = len(blocks)
    assert in_time(lambda: side_by_side(lambda: 1, lambda: 2)) == [[1, 2]]
    assert len(blocks) == count


def test_functions_of_a_function_end_with_it():
    set_threads(3)
    begun, blocks = threading.Event(), []

    def endless():
        begun.set()
        while True:
            in_blocks(lambda start, stop: blocks.append(start), 3)

    def err():
        begun.wait(SECONDS)
        raise ZeroDivisionError

    def call():
        with pytest.raises(ZeroDivisionError):
            side_by_side(lambda: side_by_side(endless, list), err)

    in_time(call)


def interrupted_after_a_failure():
    """An interrupt that comes while the caller waits for the others is not lost for an error before it."""
    set_threads(2)
    begun, failed = threading.Event(), threading.Event()

    def err():
        begun.wait(SECONDS)
        failed.set()
        raise ZeroDivisionError

    def last():
        begun.set()
        failed.wait(SECONDS)
        time.sleep(0.2)  # for the error to be on its way
        signal.raise_signal(signal.SIGINT)
        by_caller(list)  # wakes the caller, which then sees the signal
        time.sleep(0.2)

    with pytest.raises(KeyboardInterrupt):
        side_by_side(err, last)
    assert side_by_side(lambda: 1, lambda: 2) == [1, 2]


def test_an_interrupt_is_not_lost_for_an_error_before_it():
    in_a_process("interrupted_after_a_failure()")


def test_a_thread_that_comes_late_finds_no_arrays():
    set_threads(2)
    both, kept = threading.Barrier(2), []

    def add():
        array = np.zeros(10)
        kept.append(weakref.ref(array))
        in_blocks(lambda start, stop: array[start:stop].sum(), 10)

    def one():
        both.wait(SECONDS)
        add()
        assert kept[0]() is None
        both.wait(SECONDS)

    def other():
        both.wait(SECONDS)
        both.wait(SECONDS)

    in_time(lambda: side_by_side(one, other))


def test_an_error_of_two_threads_keeps_no_arrays():
    set_threads(2)
    both, kept = threading.Barrier(2), []

    def call():
        array = np.zeros(10)
        kept.append(weakref.ref(array))

        def work(start, stop):
            both.wait(SECONDS)
            raise ZeroDivisionError(array[start])

        with pytest.raises(ZeroDivisionError):
            in_blocks(work, 2)

    gc.disable()
    try:
        in_time(call)
        assert kept[0]() is None
    finally:
        gc.enable()


def all_blocked():
    """A caller whose functions no thread of the pool comes for calls them itself."""
    set_threads(2)
    patience, of_huegraft._PATIENCE = of_huegraft._PATIENCE, SECONDS  # for the pool alone to be blocked
    blocked, passed, made = threading.Barrier(3), threading.Event(), []

    def wait():
        blocked.wait(SECONDS)
        assert passed.wait(SECONDS)

    def call():
        blocked.wait(SECONDS)
        of_huegraft._PATIENCE = patience
        caller = threading.get_ident()

        def work(number):
            by_caller(lambda: made.append((number, threading.get_ident() == caller)))
            assert made == [(each, True) for each in range(number + 1)]  # at once
            sums = side_by_side(lambda: number, lambda: by_caller(lambda: made.append(None)))
            assert sums == [number, None]
            assert made.pop() is None
            in_blocks(lambda *_: None, 9)
            return threading.get_ident() == caller

        def last():
            passed.set()
            return work(2)

        began = time.monotonic()
        assert side_by_side(lambda: work(0), lambda: work(1), last) == [True] * 3
        assert time.monotonic() - began < 5

    in_time(lambda: side_by_side(wait, wait), call)
    meet(2)


def test_a_caller_helps_itself_where_the_pool_is_blocked():
    in_a_process("all_blocked()")


def one_left():
    """Calls that a thread of the pool wants are made by a caller that calls functions, before its own."""
    set_threads(2)
    blocked, passed = threading.Barrier(3), threading.Event()
    wanted, made = threading.Event(), []

    def wait(start, stop):
        blocked.wait(SECONDS)
        assert passed.wait(SECONDS)

    def call():
        blocked.wait(SECONDS)
        caller = threading.get_ident()

        def make(name):
            by_caller(lambda: made.append((name, threading.get_ident() == caller)))

        def of_pool():
            together.wait(SECONDS)
            make("pool")
            wanted.set()
            assert passed.wait(SECONDS)

        def own():
            together.wait(SECONDS)
            wanted.wait(SECONDS)
            make("own")
            passed.set()

        together = threading.Barrier(2)
        side_by_side(of_pool, own)
        assert made == [("pool", True), ("own", True)]

    in_time(lambda: in_blocks(wait, 2), call)


def test_a_caller_that_helps_makes_the_calls_of_others_too():
    in_a_process("one_left()")


def interrupted_while_it_helps():
    """An interrupt in a function that the caller calls itself ends the call once the other's function has."""
    set_threads(2)
    blocked, passed = threading.Barrier(3), threading.Event()

    def wait(start, stop):
        blocked.wait(SECONDS)
        passed.wait(SECONDS)

    other = threading.Thread(target=lambda: in_blocks(wait, 2))
    other.start()
    blocked.wait(SECONDS)
    caller, ended = threading.get_ident(), []
    together, raised = threading.Barrier(2), threading.Event()

    def work():
        together.wait(SECONDS)
        if threading.get_ident() == caller:
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                raised.set()
        raised.wait(SECONDS)
        time.sleep(0.2)
        ended.append(1)

    with pytest.raises(KeyboardInterrupt):
        side_by_side(work, work)
    assert ended == [1]
    passed.set()
    other.join(SECONDS)
    assert side_by_side(lambda: 1, lambda: 2) == [1, 2]
    meet(2)


def test_an_interrupt_reaches_a_caller_that_helps():
    in_a_process("interrupted_while_it_helps()")


def test_no_more_threads_call_functions_where_the_caller_helps():
    set_threads(2)
    idents = set()

    def work():
        time.sleep(0.15)
        idents.add(threading.get_ident())

    in_time(lambda: side_by_side(*[work] * 4))
    assert len(idents) == 2


class Together:
    """Counts how many threads are within at once."""

    def __init__(self):
        self.most, self._now, self._lock = 0, 0, threading.Lock()

    def __enter__(self):
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)

    def __exit__(self, *_):
        with self._lock:
            self._now -= 1


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_threads_work_than_a_caller_may_use(limit):
    set_threads(8)
    together, counts = Together(), set()

    def block(start, stop):
        counts.add(thread_count())
        with together:
            time.sleep(0.002)

    def inner():
        in_blocks(block, 10)

    def outer():
        inner()
        side_by_side(inner, inner, inner)
        in_blocks(lambda *_: inner(), 2)

    def call():
        with working(limit):
            assert thread_count() == limit
            side_by_side(outer, outer, outer, outer)
            outer()
        assert thread_count() == 8

    in_time(call)
    assert together.most == limit
    assert counts == {limit}
    meet(8)


def test_a_caller_may_use_as_many_threads_as_its_limit():
    set_threads(8)

    def call():
        both, three = threading.Barrier(2), threading.Barrier(3)

        def one():
            both.wait(SECONDS)
            in_blocks(lambda *_: three.wait(SECONDS), 3)

        with working(3):
            for _ in range(50):
                side_by_side(one, lambda: both.wait(SECONDS))
                in_blocks(lambda *_: three.wait(SECONDS), 3)

    in_time(call, call)


def test_a_thread_that_leaves_helps_where_there_was_no_room():
    set_threads(8)
    begun, ended = threading.Event(), threading.Event()

    def dealing():
        idents = set()

        def block(start, stop):
            idents.add(threading.get_ident())
            begun.set()
            ended.wait(SECONDS)
            time.sleep(0.01)

        in_blocks(block, 50)
        return len(idents)

    def short():
        begun.wait(SECONDS)
        time.sleep(0.05)  # for a third thread to come
        ended.set()
        return 0

    def call():
        with working(2):
            return side_by_side(dealing, short)

    assert in_time(call) == [[2, 0]]


@pytest.mark.parametrize(("outer", "inner", "count"), [(2, 5, 2), (5, 2, 2), (2, None, 2), (None, 2, 2), (9, None, 4)])
def test_limits_within_limits_take_the_lesser(outer, inner, count):
    set_threads(4)
    together, counts = Together(), set()

    def block(start, stop):
        counts.add(thread_count())
        with together:
            time.sleep(0.001)

    def narrower():
        with working(inner):
            in_blocks(block, 20)

    def call():
        with working(outer):
            narrower()
            if outer is not None:
                side_by_side(narrower, narrower)

    in_time(call)
    assert counts == {count}
    assert together.most <= (outer or count)


def test_callers_at_once_have_each_their_limit():
    set_threads(3)
    both = threading.Barrier(2)

    def call(limit, most):
        with working(limit):
            both.wait(SECONDS)
            count = thread_count()
            in_blocks(lambda *_: time.sleep(0.001), 20)
            both.wait(SECONDS)
        return count == most

    assert in_time(lambda: call(1, 1), lambda: call(None, 3)) == [True, True]


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "a"])
def test_limits_are_whole_numbers(wrong):
    with pytest.raises(ValueError, match=f"threads must be 1 or more, got {wrong}"), working(wrong):
        pass


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("deal", ["blocks", "functions"])
def test_nothing_begins_once_it_is_cancelled(count, deal):
    set_threads(count)
    cancel, begun = threading.Event(), []
    with working(cancel=cancel):
        check_cancelled()
        assert not is_cancelled()
        cancel.set()
        assert is_cancelled()
        with pytest.raises(Cancelled):
            check_cancelled()
        with pytest.raises(Cancelled):
            if deal == "blocks":
                in_blocks(lambda start, stop: begun.append(start), 9)
            else:
                side_by_side(*[lambda: begun.append(1)] * 4)
    assert not begun
    check_cancelled()
    assert not is_cancelled()
    meet(count)


def seconds_until_it_ends(within):
    """Cancel a long call and return how long it goes on; nothing is written afterwards."""
    cancel, begun, array = threading.Event(), threading.Event(), np.zeros(100_000)

    def block(start, stop):
        array[start:stop] += 1
        begun.set()
        time.sleep(0.002)

    def deal():
        in_blocks(block, len(array))

    def call():
        with pytest.raises(Cancelled), working(cancel=cancel):
            if within == "caller":
                deal()
            elif within == "functions":
                side_by_side(deal, lambda: side_by_side(deal, deal))
            else:
                in_blocks(lambda *_: deal(), 3)
        ended, before = time.monotonic(), array.copy()
        time.sleep(0.05)
        np.testing.assert_array_equal(array, before)
        return ended

    def cancelling():
        begun.wait(SECONDS)
        time.sleep(0.05)
        cancel.set()
        return time.monotonic()

    ended, cancelled = in_time(call, cancelling)
    return ended - cancelled


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("within", ["caller", "functions", "blocks"])
def test_cancelling_ends_a_long_call_soon(count, within):
    set_threads(count)
    assert min(seconds_until_it_ends(within) for _ in range(3)) < 0.1  # others may have the cores
    meet(count)


@pytest.mark.parametrize("count", [1, 2])
def test_no_further_function_begins_once_it_is_cancelled(count):
    set_threads(count)
    cancel, begun = threading.Event(), []

    def work():
        begun.append(1)
        cancel.set()
        time.sleep(0.1)

    def call():
        with pytest.raises(Cancelled), working(cancel=cancel):
            side_by_side(*[work] * 20)

    in_time(call)
    assert 1 <= len(begun) <= count


@pytest.mark.parametrize("cancelled", ["outer", "inner"])
def test_either_event_cancels(cancelled):
    outer, inner = threading.Event(), threading.Event()
    (outer if cancelled == "outer" else inner).set()
    with working(cancel=outer):
        with working(cancel=inner), pytest.raises(Cancelled):
            check_cancelled()
        with working(1):
            assert is_cancelled() == (cancelled == "outer")
        assert is_cancelled() == (cancelled == "outer")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_cancelling_leaves_another_callers_work_alone(count):
    set_threads(count)
    cancel, both = threading.Event(), threading.Barrier(2)

    def cancelled():
        both.wait(SECONDS)
        with pytest.raises(Cancelled), working(cancel=cancel):
            while True:
                side_by_side(lambda: in_blocks(lambda *_: None, 9), list)

    def other():
        both.wait(SECONDS)
        done = np.zeros(900, int)

        def work(start, stop):
            done[start:stop] += 1
            cancel.set()

        with working(cancel=threading.Event()):
            for _ in range(20):
                in_blocks(work, len(done), block=7)
            side_by_side(*[lambda start=start: in_blocks(work, 9) for start in range(5)])
        return (done[9:] == 20).all()

    assert in_time(cancelled, other)[1]
    meet(count)


def test_a_function_may_be_cancelled_alone():
    set_threads(2)
    cancel = threading.Event()
    cancel.set()

    def alone():
        with working(cancel=cancel):
            try:
                in_blocks(lambda *_: None, 3)
            except Cancelled:
                return "cancelled"

    assert in_time(lambda: side_by_side(alone, is_cancelled, is_cancelled)) == [["cancelled", False, False]]


def test_a_call_is_made_in_the_callers_scope():
    set_threads(3)
    cancel, made = threading.Event(), []
    cancel.set()

    def work():
        with working(1, cancel):
            by_caller(lambda: made.append((thread_count(), is_cancelled())))

    in_time(lambda: side_by_side(work, work))
    assert made == [(3, False)] * 2


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_same_bytes_within_any_limit(rng, limit):
    left, right = rng.normal(size=(700, 64)), rng.normal(size=(64, 130))
    set_threads(3)
    expected = matmul(left, right)
    with working(limit):
        np.testing.assert_array_equal(matmul(left, right), expected)


def fork_within():
    """A process forked within a limit keeps to it, with threads of its own."""
    set_threads(3)
    cancel = threading.Event()
    with working(2, cancel):
        in_blocks(lambda *_: time.sleep(0.001), 9)
        child = os.fork()
        assert thread_count() == 2
        meet(2)
        if child == 0:
            side_by_side(lambda: None, lambda: meet(2))
            cancel.set()
            assert is_cancelled()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert not is_cancelled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_process_forked_within_a_limit():
    in_a_process("fork_within()")


def of_blas():
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]


def in_a_process(call):
    """Run a call of a function of this module in a process of its own, where BLAS has two threads."""
    command = [sys.executable, "-W", "ignore:.*fork", "-c", f"import test_threads; test_threads.{call}"]
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "2")
    found = subprocess.run(  # noqa: S603
        command, cwd=Path(__file__).parent, env=environment, capture_output=True, text=True, timeout=2 * SECONDS
    )
    assert (found.returncode, found.stderr) == (0, "")


def three_side_by_side():
    together, done = threading.Barrier(3), []
    in_blocks(lambda start, stop: done.append((start, together.wait(SECONDS))), 3)
    assert sorted(start for start, _ in done) == [0, 1, 2]


def fork(begun):
    set_threads(3)
    if begun:
        three_side_by_side()
    before = of_blas()
    with blas_on_one_thread():
        child = os.fork()
        if child == 0:
            three_side_by_side()
            assert of_blas() == before
            with blas_on_one_thread():
                assert set(of_blas()) == {1}
            assert of_blas() == before
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        three_side_by_side()
        assert set(of_blas()) == {1}
    assert of_blas() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("begun", [True, False])
def test_a_forked_process_has_threads_of_its_own(begun):
    in_a_process(f"fork({begun})")


def test_numbers_of_threads():
    set_threads(5)
    assert thread_count() == 5
    for wrong in (0, -1, 2.5, "a"):
        with pytest.raises(ValueError, match=f"threads must be 1 or more, got {wrong}"):
            set_threads(wrong)
    assert thread_count() == 5
    set_threads(None)
    assert thread_count() == of_huegraft._machines_count()


@pytest.mark.parametrize(("wanted", "count"), [("3", 3), ("17", 17), ("0", None), ("", None), ("two", None)])
def test_the_machines_number_of_threads(wanted, count, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", wanted)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert of_huegraft._machines_count.__wrapped__() == (count or cores)


def overlap(first_out):
    """Two threads enter one after the other and leave in this or the other order; both live until both are out."""
    before, seen, together = of_blas(), [], threading.Barrier(2)

    def call(number):
        if number == 1:
            together.wait(SECONDS)
        with blas_on_one_thread():
            if number == 0:
                together.wait(SECONDS)
            together.wait(SECONDS)
            seen.append(of_blas())
            together.wait(SECONDS)
            if number != first_out:
                together.wait(SECONDS)
                seen.append(of_blas())
        if number == first_out:
            together.wait(SECONDS)
        together.wait(SECONDS)

    in_time(lambda: call(0), lambda: call(1))
    assert seen == [[1] * len(before)] * 3
    assert of_blas() == before


def follow():
    """Threads that live on enter one after the other."""
    before = of_blas()

    def call():
        with blas_on_one_thread():
            assert of_blas() == [1] * len(before)
        assert of_blas() == before

    call()
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        for pool in (one, other, one):
            pool.submit(call).result()
    call()


def err():
    before = of_blas()
    with pytest.raises(ZeroDivisionError), blas_on_one_thread():
        with blas_on_one_thread():
            assert of_blas() == [1] * len(before)
        assert of_blas() == [1] * len(before)
        raise ZeroDivisionError
    assert of_blas() == before


@pytest.mark.parametrize("call", ["overlap(0)", "overlap(1)", "follow()", "err()"])
def test_blas_is_on_one_thread_while_any_call_lasts(call):
    in_a_process(call)


@pytest.mark.parametrize("shape", [(1, 5, 3), (127, 8, 1), (128, 40, 9), (129, 300, 70), (700, 64, 130)])
def test_products_are_numpys_for_any_number_of_threads(rng, shape):
    rows, inner, columns = shape
    left, right = rng.normal(size=(rows, inner)), rng.normal(size=(inner, columns))
    made = []
    with blas_on_one_thread():
        for count in (1, 2, 3):
            set_threads(count)
            made.append(matmul(left, right))
        expected = left @ right
    for one, other in pairwise(made):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(made[0], expected, rtol=0, atol=1e-12)
    assert matmul(left.astype(np.float32), right.astype(np.float32)).dtype == np.float32


def test_threads_that_wait_keep_no_process_alive():
    script = "from huegraft.threads import in_blocks, set_threads; set_threads(4); in_blocks(lambda *_: None, 9)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=SECONDS)  # noqa: S603


def test_callers_may_be_threads_of_a_pool():
    set_threads(2)

    def call(number):
        sums = np.zeros(20)
        in_blocks(lambda start, stop: sums.__setitem__(slice(start, stop), number), 20, block=3)
        return sums.sum()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(call, range(100))) == [20 * number for number in range(100)]


def interrupted():
    """A signal in the wait for a helper ends the call once the helper's block is done, and later calls are as ever."""
    set_threads(2)
    begun, raised, ended, caller = threading.Event(), threading.Event(), [], threading.get_ident()

    def interrupt():
        signal.raise_signal(signal.SIGINT)
        raised.set()

    def work(start, stop):
        if threading.get_ident() == caller:
            begun.wait(SECONDS)
            threading.Timer(0.1, interrupt).start()
            return
        begun.set()
        raised.wait(SECONDS)
        time.sleep(0.2)
        ended.append(start)

    with pytest.raises(KeyboardInterrupt):
        in_blocks(work, 2)
    assert len(ended) == 1
    meet(2)


def meet(count):
    set_threads(count)
    together = threading.Barrier(count)
    in_blocks(lambda _start, _stop: together.wait(SECONDS), count)


def test_an_interrupt_waits_for_the_block_of_another_thread():
    in_a_process("interrupted()")
