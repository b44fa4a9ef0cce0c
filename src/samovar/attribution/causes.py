"""The catalogue of causes: what docs, reports and schemas say about each is built from here.

The order is the order of precedence for causes that take effect at the same place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why a call read less than it could have.

    `line` says it in a sentence, `paragraph` explains; `confirm` is how to make sure, `fix` what to do.
    `level` is where it is reported unless the finding knows better; `free` causes are never avoidable cost.
    """

    name: str
    level: str
    line: str
    paragraph: str
    confirm: str
    fix: str
    free: bool = False


CAUSES: Final[tuple[Cause, ...]] = (
    Cause(
        "rejected",
        "transport",
        "The provider refused the request.",
        "A request with an error status and no answer neither reads nor writes a cache. Rate limits and "
        "overload are told apart from requests that break a rule; the detail names the rule.",
        "Read the provider's message beside the detail.",
        "Mend the member that the path names; for limits, slow down or wait as the headers say.",
        free=True,
    ),
    Cause(
        "cold-start",
        "provider",
        "No earlier call could have left this prefix in the cache.",
        "The first sight of a prefix in its key space writes it at best. One cold start per prefix is the "
        "price of caching; many of the same prefix are another cause.",
        "Look for an earlier call with the same first blocks: there is none within the longest lifetime.",
        "Nothing, or warm the prefix before traffic comes.",
        free=True,
    ),
    Cause(
        "model-changed",
        "model",
        "Another model answers; each model has a cache of its own.",
        "Entries belong to the served model. A fallback, a router or an upgrade starts from an empty cache.",
        "Compare the served model of this call with that of the call before.",
        "Keep one model per conversation, or warm the new one before moving.",
    ),
    Cause(
        "credential-changed",
        "transport",
        "Another workspace, organisation or key, with its own cache.",
        "Caches are isolated between workspaces or organisations, as the provider says. The same prefix "
        "under another credential is written anew.",
        "Compare the credentials of the two calls, and the workspace header of the answers.",
        "Send the calls of one conversation with one credential; do not rotate keys of different workspaces.",
    ),
    Cause(
        "route-changed",
        "transport",
        "Another region, provider, deployment, node or API served the call.",
        "Entries live where they were written. A router without affinity, a fallback or an overloaded cache "
        "key sends the call to a place that has not seen the prefix.",
        "Compare route, upstream and API of the two calls; look whether that route ever read.",
        "Give the router affinity by session or by prefix, or pin the upstream. Keep to one "
        "region and one API.",
    ),
    Cause(
        "cache-key-changed",
        "transport",
        "The cache key, salt or session key differs or is missing.",
        "Such keys choose the machine or the name space in which a prefix is looked up. Without a stable "
        "one, equal prompts need not meet their entries.",
        "Compare `prompt_cache_key`, `cache_salt` or the affinity header of the two calls.",
        "Derive the key from what is shared, and keep it for a conversation.",
    ),
    Cause(
        "parameter-changed",
        "params",
        "A parameter that the provider renders or keys on differs.",
        "Thinking, effort, tool choice, response format and the like are part of the prompt or of the key; "
        "changing one invalidates the levels that it reaches.",
        "Compare the parameter of the two calls; the levels below it are still read.",
        "Keep it constant within a conversation, or change it where a new prefix begins anyway.",
    ),
    Cause(
        "tools-changed",
        "tools",
        "A tool was added, dropped, moved or defined otherwise.",
        "Tools are rendered first with most providers, so that one changed byte loses everything after it.",
        "Compare the two tool lists at the path.",
        "Sort tools, freeze their definitions for a conversation, load late ones by reference.",
    ),
    Cause(
        "system-changed",
        "system",
        "The system or developer prompt differs.",
        "What varies per call (a clock, an id, the state of a workspace, a user's name) stands before "
        "content that does not, and takes it out of the cache.",
        "Compare the two texts at the offset: the kind of value is named.",
        "Move what varies behind the last marker, into the newest user turn.",
    ),
    Cause(
        "history-rewritten",
        "messages",
        "A message that had been sent already was edited, dropped, cut or moved.",
        "History that is only appended to stays readable. Pruning, sliding windows, re-rendered context and "
        "stripped metadata change sent messages, and everything after the first change is lost.",
        "Compare the two histories at the path.",
        "Append only; prune rarely and in large steps; strip nothing that has been sent.",
    ),
    Cause(
        "reserialized",
        "messages",
        "The same content in another spelling; the detail says in which.",
        "Tool inputs, schemas and arguments are rendered as they stand. A store, a proxy or a map that "
        "changes the order of keys changes the prompt. Other bytes of the same text (ids, white space, a "
        "string for a list of one text) are read past, unless a read stops exactly there.",
        "Compare the two values with their keys sorted: they are equal.",
        "Keep the text as it came, or sort keys everywhere.",
    ),
    Cause(
        "compacted",
        "messages",
        "The history was replaced by a summary.",
        "Compaction trades the cached history for a shorter one. The system prompt and the tools are still "
        "read.",
        "A compaction call stands before, or the first message holds a summary.",
        "Nothing; compact at once and not often.",
        free=True,
    ),
    Cause(
        "marker-missing",
        "params",
        "The provider needs a marker, and none covers this content.",
        "Entries are written at markers only. Without one (never set, dropped by an adapter, in another "
        "API's spelling) nothing is written and nothing read.",
        "Look for the marker in the body as it was sent.",
        "Mark the last block that stays the same, and the last block of the conversation.",
    ),
    Cause(
        "marker-misplaced",
        "messages",
        "The marker sits on or after content that varies: it writes what is never read.",
        "An entry covers everything up to its marker. With varying content in it, each call writes a new "
        "one at the price of a write.",
        "The same marker writes again and again, and nothing reads it.",
        "Move the marker to the last block that calls share.",
    ),
    Cause(
        "lookback-exceeded",
        "messages",
        "The last write lies further before the marker than the provider looks back.",
        "A marker finds entries at its own block and at a limited number of blocks before it. A turn that "
        "appends more blocks than that loses its own history.",
        "Count the blocks between the last written marker and this one.",
        "Set a second marker in the middle of long turns.",
    ),
    Cause(
        "below-floor",
        "model",
        "The cacheable prefix is shorter than the model's minimum.",
        "Shorter prefixes are processed without an error and without caching. The minimum differs between "
        "models and platforms, and block sizes act as one.",
        "Compare the tokens before the marker with the model's minimum.",
        "Nothing, or put more of what is shared before the marker.",
        free=True,
    ),
    Cause(
        "ttl-tier-changed",
        "params",
        "The lifetime that was asked for or granted differs from before.",
        "A call that falls back to the shorter tier loses its entry in pauses that the longer one survives.",
        "Compare the tiers in the requests and the tiers in the usage.",
        "Ask for the tier that fits the pauses, in every call.",
    ),
    Cause(
        "ttl-expired",
        "time",
        "The prefix was idle for longer than its entry lives.",
        "Lifetimes count from the start of the last request that wrote or read the entry.",
        "Compare the pause since that request's start with the tier's lifetime.",
        "Ask for the longer tier, or keep the entry alive where that is cheaper.",
    ),
    Cause(
        "concurrent-write",
        "transport",
        "Sent before a sibling's entry became readable.",
        "An entry can be read once its writer has begun to answer. Calls that start earlier each write "
        "their own.",
        "Compare this call's start with the first byte of the first sibling.",
        "Send one call first and the others after its first byte.",
    ),
    Cause(
        "tokenizer-changed",
        "model",
        "The same bytes count other tokens than before.",
        "A new tokenizer behind the same name changes counts, floors and cost, and empties the cache once.",
        "Compare the totals of equal digests before and after.",
        "Measure floors and budgets anew.",
        free=True,
    ),
    Cause(
        "provider-side",
        "provider",
        "Nothing on the client's side explains it: eviction, rerouting, an engine that cannot reuse.",
        "The prefix is the same, its entry should have been alive, and it was not read.",
        "Everything that a client can change is ruled out by digests and times.",
        "Tell the provider; look at load, capacity and routing of an engine of your own.",
    ),
    Cause(
        "accounting",
        "accounting",
        "The numbers are wrong, not the cache.",
        "Counts that contradict each other: cached tokens counted twice, dropped fields, a wrong tier.",
        "Add up the classes and compare them with the total.",
        "Take usage from the provider's own fields, class by class.",
        free=True,
    ),
    Cause(
        "unknown",
        "provider",
        "The log does not decide.",
        "What is needed to tell causes apart was not recorded; what could be ruled out is listed.",
        "Record bodies or digests, routes and times.",
        "Record more.",
        free=True,
    ),
)

BY_NAME: Final = {cause.name: cause for cause in CAUSES}
RANK: Final = {cause.name: i for i, cause in enumerate(CAUSES)}
