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
from huegraft.threads import (
    blas_on_one_thread,
    by_caller,
    in_blocks,
    matmul,
    set_threads,
    side_by_side,
    thread_count,
)

SECONDS = 60  # until something passes for hung


@pytest.fixture(autouse=True)
def own_number_of_threads():
    yield
    set_threads(None)


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
