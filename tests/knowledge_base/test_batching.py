"""Single texts of the same moment are encoded together."""

import ctypes
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock, Thread, get_ident

import numpy as np
import pytest

from knowledge_base.batching import RecentVectors, Together
from knowledge_base.encoders import Vectors

pytestmark = pytest.mark.fast
PATIENCE = 30


class Slow:
    """An encoder that waits for `go` in each call, and remembers what it was given. A text is told by its number."""

    def __init__(self) -> None:
        self.go = Event()
        self.begun = Event()
        self.calls: list[list[str]] = []
        self.at_once = self.most_at_once = 0
        self.lock = Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        with self.lock:
            self.calls.append(list(texts))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.set()
        try:
            assert self.go.wait(PATIENCE)
            return np.array([[float(text)] for text in texts], dtype=np.float32)
        finally:
            with self.lock:
                self.at_once -= 1


def ask(pool: ThreadPoolExecutor, together: Together, texts: Sequence[str]) -> list[Future[Vectors]]:
    return [pool.submit(together.encode, text) for text in texts]


def wait_until(true: Callable[[], bool]) -> None:
    tick = Event()
    for _ in range(PATIENCE * 1000):
        if true():
            return
        tick.wait(0.001)
    pytest.fail("it did not come to that")


def waiting(together: Together, count: int) -> None:
    wait_until(lambda: len(together._waiting) == count)


def test_who_is_alone_is_encoded_alone() -> None:
    slow = Slow()
    slow.go.set()
    together = Together(slow.encode)
    for text in ("1", "2", "3"):
        assert together.encode(text).tolist() == [[float(text)]]
    assert slow.calls == [["1"], ["2"], ["3"]]


def test_those_who_come_while_it_is_busy_are_encoded_in_one_go() -> None:
    slow = Slow()
    together = Together(slow.encode)
    with ThreadPoolExecutor(8) as pool:
        asked = ask(pool, together, ["0"])
        assert slow.begun.wait(PATIENCE)
        asked += ask(pool, together, [str(number) for number in range(1, 8)])
        waiting(together, 7)
        slow.go.set()
        assert [each.result(PATIENCE).tolist() for each in asked] == [[[float(number)]] for number in range(8)]
    assert [len(call) for call in slow.calls] == [1, 7]


def test_no_batch_is_larger_than_allowed() -> None:
    slow = Slow()
    together = Together(slow.encode, most=3)
    with ThreadPoolExecutor(8) as pool:
        asked = ask(pool, together, ["0"])
        assert slow.begun.wait(PATIENCE)
        asked += ask(pool, together, [str(number) for number in range(1, 8)])
        waiting(together, 7)
        slow.go.set()
        assert sorted(float(each.result(PATIENCE)[0, 0]) for each in asked) == list(range(8))
    assert [len(call) for call in slow.calls] == [1, 3, 3, 1]


def test_as_many_calls_run_side_by_side_as_allowed() -> None:
    slow = Slow()
    together = Together(slow.encode, at_once=2)
    with ThreadPoolExecutor(8) as pool:
        asked = ask(pool, together, [str(number) for number in range(8)])
        waiting(together, 6)
        slow.go.set()
        for each in asked:
            each.result(PATIENCE)
    assert slow.most_at_once == 2
    assert sorted(text for call in slow.calls for text in call) == [str(number) for number in range(8)]


def test_a_failure_reaches_everybody_of_the_batch_and_nobody_else() -> None:
    slow = Slow()
    together = Together(slow.encode)
    with ThreadPoolExecutor(4) as pool:
        first = ask(pool, together, ["0"])
        assert slow.begun.wait(PATIENCE)
        others = ask(pool, together, ["1", "no number", "2"])
        waiting(together, 3)
        slow.go.set()
        assert first[0].result(PATIENCE).tolist() == [[0.0]]
        for each in others:
            with pytest.raises(ValueError, match="no number"):
                each.result(PATIENCE)
    assert together.encode("5").tolist() == [[5.0]]


def end(thread: int) -> None:
    """Raise SystemExit in a thread, as soon as it runs."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(SystemExit))


def test_those_who_wait_for_a_thread_that_is_ended_are_told_and_the_next_are_served() -> None:
    begun, told = Event(), []

    def encode(texts: Sequence[str]) -> Vectors:
        begun.set()
        if "die" in texts:
            raise SystemExit
        return np.zeros((len(texts), 1), dtype=np.float32)

    together = Together(encode)

    def customer(text: str) -> None:
        try:
            together.encode(text)
        except BaseException as failure:
            told.append(type(failure))

    dying = Thread(target=customer, args=("die",))
    dying.start()
    dying.join(PATIENCE)
    assert told == [SystemExit]
    assert together.encode("1").tolist() == [[0.0]]


def test_a_thread_that_is_ended_while_it_waits_leaves_no_gap() -> None:
    slow = Slow()
    together = Together(slow.encode)
    idents: list[int] = []

    def doomed() -> None:
        idents.append(get_ident())
        with pytest.raises(SystemExit):
            together.encode("1")

    with ThreadPoolExecutor(3) as pool:
        first = ask(pool, together, ["0"])
        assert slow.begun.wait(PATIENCE)
        gone = pool.submit(doomed)
        waiting(together, 1)
        # It is only ended once it runs again: then it was named to lead.
        end(idents[0])
        last = ask(pool, together, ["2"])
        waiting(together, 2)
        slow.go.set()
        gone.result(PATIENCE)
        assert first[0].result(PATIENCE).tolist() == [[0.0]]
        assert last[0].result(PATIENCE).tolist() == [[2.0]]
    assert together._leaders == 0


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_nobody_is_forgotten_in_a_crowd(at_once: int) -> None:
    def encode(texts: Sequence[str]) -> Vectors:
        if "7" in texts:
            raise ValueError("seven")
        return np.array([[float(text)] for text in texts], dtype=np.float32)

    together = Together(encode, at_once=at_once, most=4)

    def customer(number: int) -> bool:
        text = str(number % 50)
        try:
            return float(together.encode(text)[0, 0]) == number % 50
        except ValueError:
            return True

    with ThreadPoolExecutor(24) as pool:
        assert all(pool.map(customer, range(3_000), timeout=PATIENCE))
    assert (together._leaders, len(together._waiting)) == (0, 0)


def test_a_recent_text_is_not_encoded_again() -> None:
    slow = Slow()
    slow.go.set()
    recent = RecentVectors(slow.encode)
    first = recent.encode("4")
    assert recent.encode("4") is first
    assert slow.calls == [["4"]]
