"""Made identifiers by value, label and use: drawn, and tied to one request or session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.text.late import late
from samovar.lint.text.lexicon import vocabulary
from samovar.lint.text.signal import Signal, cleared
from samovar.lint.text.statement import lines_of, statements, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samovar.lint.text.statement import Line, Statement

_CLEAR: Final = 3
"""Weight from which on a value is made for one request."""
_PLAIN: Final = late(r"\d{5,20}|(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,40}")
_HEX: Final = late(r"(?=\d*[a-f]+\d*$|[a-f]*\d+[a-f]*$|\d+[a-f]+\d+$)[0-9a-f]{8,40}")
"""Hexadecimal that could be a word or a number: only a label right before it makes it an identifier."""
_POD: Final = late(
    r"(?<![\w-])[a-z]+(?:-[a-z]+)*-(?=[0-9a-f]*\d[0-9a-f]*\d)[0-9a-f]{8,10}-[a-z0-9]{5}(?![\w-])"
)
"""The name of a pod."""
_TAGGED: Final = re.compile(r"<[a-z][\w-]*\s[^<>]*\bid=[\"']$")
"""In front of the id of a tag."""
_FRACTION: Final = late(r"(?<![\w.])0\.\d{6,}(?![\w.])")
"""What a program draws between nothing and one."""
_VALUE: Final = late(r"(?<![A-Za-z0-9])(?=[A-Za-z_-]{0,24}\d)[A-Za-z0-9][A-Za-z0-9_-]{4,127}(?![A-Za-z0-9])")
_UUID: Final = late(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$|[0-9a-f]{16,64}$|[0-9A-HJKMNP-TV-Z]{26}$", re.IGNORECASE
)
"""Shapes that only machines write: a UUID, sixteen hexadecimal digits and more, a ULID."""
PASSING: Final = vocabulary(
    """session request req trace traceparent run conversation conv correlation invocation execution thread
    span turn interaction transaction chat message msg job call task container sandbox instance attempt
    nonce lease connection conn socket process worker pod replica boot event batch exchange dispatch
    operation activity causation parent root visit cachebuster buster bust seed draw boundary delimiter
    canary sentinel fence marker separator watermark honeypot corr ctx render renders prompt rendering
    checkpoint cursor offset socket mailbox upload snapshot stream buster cachebuster debug receipt lock
    mutex epoch dossier nodes node port worker csrf idempotency ephemeral temporary temp tmp scratch
    scratchpad txn inference channel sessions runs threads requests jobs traces tasks evaluation marker
    mark appel appels browser sid rid cid tid ticket handoff round generation completion response rollout
    dialog dialogue sitzung sitzungs vorgang vorgangs anfrage gespräch gesprächs lauf petición peticion
    solicitud sesión sesion conversación requête requete séance richiesta sessione conversazione pedido
    sessão sessie aanvraag gesprek charla expediente atendimento chamado échange upload download export import
    workflow crawl sync escalation pickup checkout discussion charlas consulta unterhaltung запрос сессия"""
)
"""What exists for one request, session or process."""
_NAMED: Final = vocabulary(
    """id ids identifier uuid guid key token ref reference hash nonce nr number no handle code sid name
    tag digest kennung référence referencia riferimento identifiants identificador identifiant
    identificatore identificativo número numéro numero número nummer salt fingerprint seed
    marker folder directory dir path workdir session trace"""
)
"""How an identifier is called."""
_FIXED: Final = vocabulary(
    """commit sha sha1 sha256 md5 rev revision digest checksum etag version versions release schema tenant
    project organisation organization org workspace client app application product policy document doc
    template namespace urn firmware model models part lot isbn issn doi article error room sku item order
    orders parcel licence license standard section chapter paragraph image dataset repository repo branch
    account customer member employee user patient invoice contract md crc published approved introduced
    reviewed assistant regulation law route colour color hex plugin feature index collection bucket
    catalog catalogue package crate library license licence device sensor asset vehicle vin serial store
    shop site building stop asin ean upc gtin isin iban swift bic tax vat arn"""
)
"""What keeps its name, or where the value is none."""
_EXAMPLES: Final = vocabulary(
    """example examples specimen placeholder placeholders such like format formats looks form if begin
    begins start starts"""
)
_GUARDS: Final = vocabulary(
    """nonce buster cachebuster delimiter boundary canary sentinel fence marker separator"""
)
"""What is drawn whenever it is used."""
_FILLED: Final = re.compile(r"\{\{|\{%|\$\{|\{[a-z_.]{2,40}\}")
_SECRET: Final = vocabulary(
    """auth authorization secret password passwort apikey api bearer credential credentials"""
)
"""Another rule speaks of those."""
_STRONG: Final = late(
    r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$|(?=.*\d.*[a-z]|.*[a-z].*\d)(?:[0-9a-f]{8,}"
    r"|[A-Za-z]{1,8}[_-][0-9A-Za-z]{7,}|[0-9a-f]{8,}-\d{1,3}|(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9]{8,}"
    r"|(?:[0-9A-Za-z]{2,8}-){2,}[0-9A-Za-z]{2,12})$",
    re.IGNORECASE,
)
"""Long enough to be unique, and in no way a word."""
_DRAWN: Final = re.compile(
    r"(?=(?:[^\d]*\d){3})(?=(?:[^a-z]*[a-z]){2})(?:[0-9a-f]{2,8}-){2,}[0-9a-f]{2,12}$"
    r"|(?!.*[a-z]{4})(?=.*[a-z].*[a-z])(?=.*[A-Z].*[A-Z])(?=.*\d[A-Za-z]"
    r"|.*[A-Za-z]\d[A-Za-z])(?=(?:[^\d]*\d){2})[A-Za-z0-9_-]{12,}$"
)
"""Groups of hexadecimal in small letters, or letters of both sizes among digits: nobody names a thing so."""
_CODE_LIKE: Final = re.compile(
    r"(?!.*(?:19|20)\d\d-\d\d)(?!.*(?:0000|1234"
    r"|9999))(?=(?:\D*\d){3})(?=.*[A-Z_-])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*$"
)
"""What a counter or a form of codes has made: only words that tie it to this request make it new."""
_TIED: Final = 5
"""Weight from which on such a code is."""
_SHORT: Final = late(r"(?<![\w.])(?=[0-9a-f]*\d)[0-9a-f]{4}(?![\w.])")
_FILES: Final = vocabulary("file doc img image asset g model user")
"""What begins the id of a thing that stays."""
_ISSUED_FOR: Final = (
    r"\W*(?:was|were|is|has been)\s(?:drawn|issued|generated|minted|allocated|created)\sfor\s(?:this|you)\b"
)
_ISSUED: Final = late(_ISSUED_FOR, re.IGNORECASE)
_CREATED: Final = late(_ISSUED_FOR[3:], re.IGNORECASE)
"""A code in front of these words is drawn, however short it is."""
_CODE: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]{2,8}(?:-[A-Za-z0-9]{2,8})+$")
_THIS_ONE: Final = (
    r"\b(?:this|dies\w*|cette|ce|esta|este|questa|deze|dit)\s(?:\w+\s)?(?:request|turn|conversation|prompt"
    r"|chat|session|job|run|call|exchange|charla|consulta|discussion|unterhaltung|échange|conversa|ticket"
    r"|visit"
    r"|thread|task|message|render\w*|sitzung|gespräch|chat|anfrage|conversación|conversazione|requête"
    r"|gesprek)\b"
)
_FOR_THIS: Final = late(
    rf"{_THIS_ONE}"
    r"|\b(?:for|to|with) you\b|\bhandles you\b|\b(?:was|were|is) (?:drawn|issued|generated|minted|picked"
    r"|assigned|mounted|allocated|reserved|created|opened)\b",
    re.IGNORECASE,
)
"""What says that the value is for now."""
_THIS: Final = late(
    r"\W*(?:this|dies\w*|cette|ce|esta|este|questa|questo)\s\w+\s(?:is|was|has|ist|hat|est|es|\u00e8)\b",
    re.IGNORECASE,
)
"""A sentence about what is before the model just now."""
_OF_THIS: Final = late(
    rf"{_THIS_ONE}\W{{0,2}}(?:(?:is|ist|est|es|\u00e8)\s)?(?:n[or]\.? |number )?[#\s\"'`]*$", re.IGNORECASE
)
"""A label that says so and nothing else: "This prompt: #118204"."""
_NEAR: Final = 6
"""Words in front of a value that tell what it names."""
_WORDY: Final = re.compile(r"[a-z]{3,}")
_GERMAN: Final = ("kennung", "nummer", "schlüssel")


def handles(text: str, drawn: Callable[[str], bool]) -> Iterator[Signal]:
    """Yield values that look `drawn` and that the words beside them tie to one request or session."""
    for line in lines_of(text).lines:
        if not line.digit:
            continue
        if line.words & _GUARDS:
            for found in _FRACTION.finditer(text, line.start, line.end):
                yield Signal(found.start(), found.end(), "a mark drawn at random")
        if line.words & _SALTS:
            for found in _SHORT.finditer(text, line.start, line.end):
                label = _split(text[line.start : found.start()])
                if label[-1:] and label[-1] in _SALTS and not cleared(text, found.start()):
                    yield Signal(found.start(), found.end(), "a mark drawn at random")
        if _MIXED.search(text, line.start, line.end) or (
            line.words & _COUNTED and _LONG.search(text, line.start, line.end)
        ):
            yield from _of(text, line, drawn)


_MIXED: Final = re.compile(r"\d[-_]?[A-Za-z]|[A-Za-z][-_]?\d")
"""Letters and digits side by side: without that only long numbers behind `_COUNTED` look drawn."""
_COUNTED: Final = vocabulary("seed nonce salt pid this dieses cette esta questa you")
_SALTS: Final = frozenset({"salt", "nonce"})
_LONG: Final = re.compile(r"\d{5}")


def _of(text: str, line: Line, drawn: Callable[[str], bool]) -> Iterator[Signal]:
    for found in _POD.finditer(text, line.start, line.end):
        if not cleared(text, found.start()):
            yield Signal(found.start(), found.end(), "the name of a pod")
    issued = "for" in line.words and _CREATED.search(text, line.start, line.end) is not None
    passing = not PASSING.isdisjoint(line.words) or any(word.endswith(_GERMAN) for word in line.words)
    values = [
        found
        for found in _VALUE.finditer(text, line.start, line.end)
        if drawn(found[0])
        or _PLAIN.fullmatch(found[0])
        or (issued and _CODE.match(found[0]))
        or (passing and _CODE_LIKE.match(found[0]))
    ]
    parts = list(statements(text, line)) if values else ()
    for found in values:
        start, end = found.span()
        statement = next((each for each in parts if each.start <= start < each.end), None)
        made = drawn(found[0]) or _PLAIN.fullmatch(found[0]) or issued
        if statement is None or _weigh(text, statement, found[0], start, end) < (_CLEAR if made else _TIED):
            continue
        if not made and not _FOR_THIS.search(text, statement.start, statement.end):
            continue
        if not cleared(text, start):
            yield Signal(start, end, "a value made for one request")


def _weigh(text: str, statement: Statement, value: str, start: int, end: int) -> int:
    before, behind = text[statement.start : start], text[end : statement.end]
    if _FILLED.search(before[-40:]):
        return 0
    if _SHARED.search(before):
        return 0
    label = _split(_HOST.sub(" ", before) if "://" in before else before)[-_NEAR:]
    known = frozenset(label)
    if not value.isdigit() and _HEX.fullmatch(value) and not PASSING.intersection(label[-2:]):
        return 0
    nearest = next((word for word in reversed(label) if word in _FIXED or word in PASSING), "")
    if (nearest in _FIXED and not _ISSUED.match(behind)) or known & _EXAMPLES or known & _SECRET:
        return 0
    if value.isdigit():
        drawn = known & {"seed", "nonce", "salt", "pid"} or (
            known & (PASSING | _NAMED) and (_FOR_THIS.search(behind) or _OF_THIS.search(before))
        )
        return _CLEAR if drawn and not known & {"tests", "test", "values"} else 0
    linked = "://" in before and _LINK.search(before) is not None
    if (linked and not (PASSING | _NAMED).intersection(label[-2:])) or _TOOL.match(behind):
        return 0
    weight = (1 if _STRONG.match(value) else 0) + (1 if _DRAWN.match(value) else 0)
    own = _split(value)[:1] if value[0].isalpha() else ()
    if _FILES.intersection(own):
        return 0
    weight += 2 * bool(PASSING.intersection(own))
    if _FOR_THIS.search(before) or _FOR_THIS.search(behind):
        weight += 2
    passing = known & PASSING or any(word.endswith(_GERMAN) for word in label)
    weight += 2 if passing else 0
    named = known & _NAMED
    bound = re.search(r"(?:[:=#>\uff1a\u2116]|[nN][\u00b0\u00ba])\s?[\"'`(<\[]{0,2}$", before) is not None
    weight += 1 if named or bound else 0
    weight += 1 if named and bound and not passing and _UUID.match(value) else 0
    weight += 2 if value in before or value in behind else 0
    weight += 1 if _TAGGED.search(before) else 0
    weight += 1 if _UUID.match(value) else 0
    weight += 2 if _UUID.match(value) and _THIS.match(before) else 0
    weight += 1 if known & _GUARDS else 0
    weight += 1 if re.search(r"\b(?:your|current)\b", before, re.IGNORECASE) else 0
    if not passing and PASSING.intersection(words_of(behind)[:_NEAR]):
        weight += 2
    if re.search(r"<[\w-]*$", before) and re.match(r">", behind):
        weight += 3
    return weight


_LINK: Final = re.compile(r"https?://\S*$")
"""In front of a part of an address: a page or a picture that stays, unless the part before says otherwise."""
_HOST: Final = re.compile(r"https?://[^/\s]+")
"""The host of an address: its words name nothing."""
_SHARED: Final = re.compile(r"(?:git(?:hub|lab)\.com|huggingface\.co)/(?:[\w.-]+/)*$")
"""In front of the name of an owner or a repository."""
_TOOL: Final = re.compile(r"[`\"'*]{0,3} (?:tool|function|command|model)\b")
"""Behind a name that is strange."""
_PARTS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _split(text: str) -> tuple[str, ...]:
    """Return the words of a label, those of `sessionId` apart."""
    return words_of(_PARTS.sub(" ", text))
