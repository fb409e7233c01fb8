"""Which line a server gets next: weights and references change as seldom as they can, however the answers come."""

from __future__ import annotations

import random
from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from dubber.model import Line, Phrase, Voice, Window
from dubber.synthesis.scheduler import Queue, Work


@dataclass(eq=False)
class Server:
    """A server that remembers what it was given, and what it was speaking at that moment."""

    address: str
    voice: Voice | None = None
    given: list[Voice] = field(default_factory=list)
    speaking: list[Voice] = field(default_factory=list)

    @property
    def busy(self) -> int:
        return len(self.speaking)

    def begin(self, voice: Voice) -> None:
        self.voice = voice
        self.given.append(voice)
        self.speaking.append(voice)


def loads(voice: Voice) -> tuple[Hashable, ...]:
    return voice.get("weights"), voice.get("reference")


def voice(weights: str, reference: str, speed: float = 1.0) -> Voice:
    return Voice("any", weights + reference, (("reference", reference), ("speed", speed), ("weights", weights)))


def work(number: int, voice: Voice, turn: int = 0) -> Work:
    line = Line(number, "A", voice, (Phrase(number, Window(0, 1000), "Yes."),), "en")
    return Work(line, str(number), turn=turn)


def spoken(works: list[Work], servers: list[Server], slots: int, seed: int) -> None:
    """All of it, the answers coming in any order."""
    chance, queue = random.Random(seed), Queue(loads)
    for one in works:
        queue.add(one)
    while len(queue) or any(server.busy for server in servers):
        for server in servers:
            while server.busy < slots and (picked := queue.pick(server, servers)):
                server.begin(picked.line.voice)
                assert len({loads(voice) for voice in server.speaking}) == 1  # never two at once on one server
        for server in chance.sample(servers, chance.randint(1, len(servers))):
            for _ in range(chance.randint(0, server.busy)):
                server.speaking.pop(chance.randrange(server.busy))


def changes(server: Server, depth: int) -> int:
    held = [loads(voice)[:depth] for voice in server.given]
    return sum(one != other for one, other in pairwise(held))


CAST = [voice(weights, f"{weights}{who}", speed) for weights in "XYZ" for who in "abcd" for speed in (1.0, 1.2)]


@pytest.mark.parametrize("seed", range(20))
def test_one_server_loads_each_weights_once_and_each_reference_once(seed: int) -> None:
    server, cast = Server("one"), random.Random(seed).sample(CAST, len(CAST))
    spoken([work(number, cast[number % 24]) for number in range(240)], [server], slots=2, seed=seed)
    assert len(server.given) == 240
    assert changes(server, 1) == 2 and changes(server, 2) == 11


@pytest.mark.parametrize("seed", range(20))
def test_three_servers_load_little_more_than_one_each(seed: int) -> None:
    servers = [Server(name) for name in "abc"]
    spoken([work(number, CAST[number % 24]) for number in range(240)], servers, slots=2, seed=seed)
    assert sum(len(server.given) for server in servers) == 240
    assert {loads(server.given[0])[0] for server in servers} == {"X", "Y", "Z"}  # each begins with weights of its own
    assert sum(changes(server, 1) for server in servers) <= 2 * 2  # at the end one helps the other


def test_where_nothing_is_loaded_any_voice_is_spoken_beside_any_other() -> None:
    queue, server = Queue(), Server("one")
    for number in range(6):
        queue.add(work(number, voice("X", str(number))))
    for _ in range(6):
        picked = queue.pick(server, [server])
        assert picked
        server.begin(picked.line.voice)
    assert len(set(server.speaking)) == 6


def test_an_earlier_film_goes_first_even_when_weights_must_change_for_it() -> None:
    queue, server = Queue(loads), Server("one", voice=voice("X", "a"))
    queue.add(work(1, voice("X", "a"), turn=2))
    queue.add(work(2, voice("Y", "b"), turn=1))
    picked = queue.pick(server, [server])
    assert picked and picked.turn == 1


def test_a_line_that_a_server_failed_is_left_to_one_that_has_not() -> None:
    queue, one, other = Queue(loads), Server("one"), Server("other")
    failed = work(1, voice("X", "a"))
    failed.avoid.add("one")
    queue.add(failed)
    assert queue.pick(one, [one, other], {"other"}) is None
    assert queue.pick(other, [one, other], {"one"}) is failed


def test_a_line_that_every_server_failed_is_tried_again_by_any() -> None:
    queue, one, other = Queue(loads), Server("one"), Server("other")
    failed = work(1, voice("X", "a"))
    failed.avoid |= {"one", "other"}
    queue.add(failed)
    assert queue.pick(one, [one, other], {"other"}) is failed
