"""Many threads, one model: nothing is lost, nothing is counted twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from samovar.cache import CacheModel
from samovar.engine.owner import CacheOwner
from tests.bodies import messages_body, text
from tests.cache.drive import Drive

THREADS = 8
PREFIXES = 40


def test_threads_see_one_cache() -> None:
    """Eight threads send forty prefixes, each in its own order: all are held once, and read after."""
    drive = Drive()
    owner = CacheOwner(CacheModel())
    prompts = [drive.prompt(messages_body([text(f"p{i}", 2000, "")])) for i in range(PREFIXES)]

    def work(seed: int) -> None:
        for i in range(PREFIXES):
            prompt = prompts[(i * 7 + seed) % PREFIXES]
            found = owner.look_up(prompt, 10.0)
            owner.admit(prompt, found, started_at=10.0, first_byte_at=10.0)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert owner.counts().entries == PREFIXES
    assert all(owner.look_up(prompt, 11.0).read.lo == 2000 for prompt in prompts)
