"""The pytest plugin: two fixtures that fail a test with the linter's findings.

`assert_cacheable` is the function of that name with the project's samovar.toml. `sent_prompts` takes each
request as it is sent, and holds them against the rules and against each other when the test ends. Nothing
of samovar is imported before a test asks for one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samovar.policy import Policy
    from samovar.testing.cacheable import RequestLike

CONFIG = "samovar.toml"


class SentPrompts:
    """The requests of one test. `settings` are arguments of `assert_cacheable` such as `provider`."""

    def __init__(self) -> None:
        """Begin with none."""
        self.requests: list[RequestLike] = []
        self.settings: dict[str, Any] = {}

    def __call__(self, request: RequestLike, **settings: Any) -> None:  # noqa: ANN401  # arguments of assert_cacheable
        """Take a request as it is now, and what `assert_cacheable` should be told about all of them.

        A program may go on with the same mapping: what it changes later is the next request's.
        """
        from samovar.testing.cacheable import kept  # noqa: PLC0415  # only when it is used

        self.requests.append(kept(request))
        self.settings.update(settings)


@pytest.fixture
def assert_cacheable(pytestconfig: pytest.Config) -> Callable[..., None]:
    """`samovar.assert_cacheable`, under the samovar.toml of the project."""
    return _checker(pytestconfig)


@pytest.fixture
def sent_prompts(pytestconfig: pytest.Config) -> Iterator[SentPrompts]:
    """Call it with each request that is sent; the test fails at its end if they do not share a cache."""
    sent = SentPrompts()
    yield sent
    if sent.requests:
        try:
            _checker(pytestconfig)(*sent.requests, **sent.settings)
        except AssertionError as error:
            pytest.fail(str(error), pytrace=False)


def _checker(config: pytest.Config) -> Callable[..., None]:
    from samovar.testing.cacheable import assert_cacheable as check  # noqa: PLC0415  # only when it is used

    policy = _policy(config)

    def checked(*requests: RequestLike, **settings: Any) -> None:  # noqa: ANN401  # as above
        __tracebackhide__ = True
        check(*requests, **{"policy": policy, **settings})

    return checked


def _policy(config: pytest.Config) -> Policy:
    from samovar.policy import Policy, load_policy  # noqa: PLC0415  # as above

    path = config.rootpath / CONFIG
    return load_policy(path.read_bytes(), str(path)) if path.exists() else Policy()
