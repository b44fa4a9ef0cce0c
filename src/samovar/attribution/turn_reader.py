"""Observations → turns: with the rules of each model on the day of the call."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import structs

from samovar.attribution.routes import affinity_of, api_of, area_of, host_of, organisation_of
from samovar.attribution.turn import Setting, Space, Turn
from samovar.attribution.unseen import UnseenMarkers
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.modelid import plain
from samovar.providers.models import UNKNOWN_MAKER, resolve, rules_for, stranger
from samovar.providers.prices import DAY, utc_day
from samovar.providers.tokens import CHARS_4, counter_for

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from samovar.call import Call, SegmentMemo
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import CacheRules
    from samovar.record import Observation

MOST_READERS: Final = 2_000
MOST_SETTINGS: Final = 20_000
NOTHING: Final = ("", "", "")
"""What headers say of a call without any: organisation, affinity, beta."""


class TurnReader:
    """Makes turns of observations."""

    def __init__(self, memo: SegmentMemo) -> None:
        """Name positions with the memory that parsed the calls."""
        self._memo = memo
        self._counter = counter_for(CHARS_4)
        self._sizers: dict[str, Sizer] = {}
        self._readers: dict[tuple[str, str, str, int], PromptReader] = {}
        self._spaces: dict[Space, Space] = {}
        self._settings: dict[tuple[object, ...], Setting] = {}
        self._unseen = UnseenMarkers()
        self._strange: dict[str, bool] = {}
        """Which providers no fact is known of."""
        self._marking: set[tuple[str, str]] = set()
        """Gateways and models to which bodies with cache markers were sent."""

    def read(self, index: int, obs: Observation) -> Turn:
        """Return the turn of an observation."""
        return self.read_all(index, [obs])[0]

    def read_all(self, index: int, found: Sequence[Observation]) -> list[Turn]:
        """Return the turns of observations that follow one another, counted from `index` on."""
        settings = [self._setting(obs, obs.call) for obs in found]
        prompts = list(map(self._prompt, found, settings))
        turns = []
        for at, obs in enumerate(found):
            prompt, unseen = prompts[at]
            turn = Turn(index + at, obs, None if prompt is None else obs.call, prompt, settings[at])
            turn.unseen = unseen
            turns.append(turn)
        return turns

    def _prompt(self, obs: Observation, setting: Setting) -> tuple[Prompt | None, bool]:
        """Return the prompt of a call, None without a body, and whether its log does not show its marker."""
        call, reader = obs.call, setting.reader
        if call is None or reader is None:
            return None, False
        prompt = reader.read(call, keys=setting.keys)
        unseen = None if prompt.markers else self._unseen.of(prompt, obs)
        if unseen is None:
            return prompt, False
        return structs.replace(prompt, markers=(unseen,)), True

    def _setting(self, obs: Observation, call: Call | None) -> Setting:
        """Return what this call has in common with others."""
        headers, answer = obs.headers, obs.response_headers
        said = NOTHING
        if headers or answer:
            said = (organisation_of(answer), affinity_of(headers), headers.get("anthropic-beta", ""))
        day = int((obs.started_at or 0) // 86_400)
        known: tuple[object, ...] = (
            day,
            obs.provider,
            obs.domain if answer else obs.credential,
            obs.model,
            obs.served_model,
            obs.route,
            obs.upstream,
            obs.endpoint,
            said,
        )
        if call is not None:
            params = call.params
            seller = self._seller(obs, call) if call.blocks else None
            named = tuple(sorted(params.items())) if params else ()
            known += (call.provider, call.cache_key, call.salt, named, seller)
        found = self._settings.get(known)
        if found is None:
            if len(self._settings) > MOST_SETTINGS:
                self._settings.clear()
            found = self._settings[known] = self._new_setting(obs, call, *said)
        return found

    def _new_setting(
        self, obs: Observation, call: Call | None, organisation: str, affinity: str, beta: str
    ) -> Setting:
        space = Space(
            obs.provider,
            obs.domain,
            _plain(obs.model),
            _plain(obs.served_model),
            obs.route or "",
            host_of(obs.endpoint),
            area_of(obs.endpoint, obs.provider, obs.model),
            obs.upstream,
            api_of(obs.endpoint),
            organisation,
            call.cache_key if call is not None else "",
            call.salt if call is not None else "",
            affinity,
            beta,
            tuple(sorted(call.params.items())) if call is not None else (),
        )
        if len(self._spaces) > MOST_SETTINGS:
            self._spaces.clear()
        space = self._spaces.setdefault(space, space)
        if call is None or not call.blocks:
            return Setting(space, None)
        reader = self._reading(obs, call)
        return Setting(space, reader, reader.keys(call, space.credential, space.model))

    def _reading(self, obs: Observation, call: Call) -> PromptReader:
        """Return what reads the prompts of this call's model."""
        day = int((obs.started_at or 0) // 86_400)
        seller = self._seller(obs, call)
        known = (seller, _judged(seller, obs.model, obs.served_model), call.provider, day)
        found = self._readers.get(known)
        if found is None:
            if len(self._readers) > MOST_READERS:
                self._readers.clear()
            found = self._readers[known] = self._new_reader(*known)
        return found

    def _seller(self, obs: Observation, call: Call) -> str:
        """Return whose rules hold: of a gateway without facts the maker's, once markers were sent to it.

        What such a gateway does with a chat body without markers is not known.
        """
        provider = obs.provider
        strange = self._strange.get(provider)
        if strange is None:
            if len(self._strange) > MOST_READERS:
                self._strange.clear()
            strange = self._strange[provider] = stranger(provider)
        if not strange:
            return provider
        way = (provider, obs.model)
        if way not in self._marking and len(self._marking) < MOST_READERS:
            markers = call.automatic is not None or any(block.marker is not None for block in call.blocks)
            if markers or call.provider == "anthropic":
                self._marking.add(way)
        return provider if way in self._marking else UNKNOWN_MAKER

    def _new_reader(self, seller: str, model: str, dialect: str, day: int) -> PromptReader:
        sizer = self._sizers.get(dialect)
        if sizer is None:
            sizer = self._sizers[dialect] = Sizer(self._counter, dialect, estimates=True)
        at = utc_day(day * DAY) if day else None
        known = resolve(seller, model, at=at)
        rules = _rules(seller, model, at)
        return PromptReader(rules, sizer, self._memo, known, grained=False)


@lru_cache(4_096)
def _plain(model: str) -> str:
    return plain(model) if model else ""


@lru_cache(4_096)
def _judged(seller: str, asked: str, served: str) -> str:
    """Return the model whose rules hold: who answered, where the name that was asked for is an alias."""
    alias = bool(served) and resolve(seller, asked).known == "guess" != resolve(seller, served).known
    return served if alias else asked


@lru_cache(4_096)
def _rules(provider: str, model: str, at: dt.date | None) -> CacheRules:
    return rules_for(provider, model, at=at)
