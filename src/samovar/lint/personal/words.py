"""The words around a value: what they call it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

BEFORE: Final = 56
"""Characters before a value in which a word may name it."""
_BEHIND: Final = 20
"""Characters behind a value in which a word in brackets or after a dash may name it."""

_LETTERS: Final = re.compile(r"[^\W\d_]+")
_PHONES: Final = frozenset(
    """
    phone phones tel telephone telephones téléphone teléfono telefone telefono telefoon mobile mobiles
    móvil celular cellulare
    cellphone gsm fax whatsapp sms rufnummer numéro komórka msisdn phonenumber phoneno mobilenumber
    mobileno faxnumber telno
    """.split()  # noqa: SIM905  # a list of words reads better as text
)
_PHONE_STEMS: Final = ("telefon", "puhelin", "mobil", "handynummer", "handynr", "телеф", "моб", "τηλ", "โทร")
_PHONE_ENDS: Final = ("phone", "mobile", "telephone", "phonenumber", "mobilenumber", "telefon")
_NO_PHONES: Final = frozenset(
    {"headphone", "microphone", "iphone", "smartphone", "megaphone", "saxophone", "automobile"}
)
_PHONES_UNSPACED: Final = (
    "電話",
    "电话",
    "手机",
    "携帯",
    "전화",
    "連絡先",
    "फोन",
    "هاتف",
    "تلفن",
    "טלפון",
    "โทร",
    "điện thoại",
)
_CALLS: Final = re.compile(
    r"(?<![^\W\d_])(?:call(?:ed|ing|s)?|reach(?:ed|able)?|dial(?:led)?|ring|rang|contact(?:ed|s)?"
    r"|text(?:ed)?(?!\W{0,3}[=:])|cell|handy"
    r"|appele[rz]|llam\w+|ligu?e\w*|chiam\w+|anrufen|bel|ring\w*)"
    r"(?:[^\n;(){}=\[\]]{0,40}?(?:\b(?:at|on|under|by|via|number|is|me|us|him|her|them|back|al|au|unter"
    r"|op|på|no)\b|[:=]))?"
    r"[\W_]{1,4}$",
    re.IGNORECASE,
)
_CARDS: Final = frozenset(
    """
    card cards credit debit visa mastercard amex pan maestro jcb diners carte cartes tarjeta carta kaart
    cartão karta kartę kort
    kártya cardnumber cardno creditcard ccnum
    """.split()  # noqa: SIM905  # a list of words reads better as text
)
_CARD_STEMS: Final = ("kreditkart", "карт", "creditcard", "kredittkort", "kreditkort", "luottokor", "betaalk")
_CARDS_UNSPACED: Final = ("カード", "信用卡", "银行卡", "카드")
_ACCOUNTS: Final = frozenset(
    """
    iban bank account accounts acct compte cuenta conto conta účet tili hesap счет счёт bankaccount
    accountnumber
    """.split()  # noqa: SIM905  # a list of words reads better as text
)
_ACCOUNT_STEMS: Final = ("konto", "rekening", "rachun", "iban", "bank")
_ACCOUNTS_UNSPACED: Final = ("口座", "账户", "계좌")
_MACHINES: Final = frozenset(
    """
    ip ips ipv host hosts hostname server servers client clients from ping ssh peer remote dns source
    origin visitor visitors blocked
    request gateway subnet dst src adresse http https clientip userip ipaddress remoteaddr
    """.split()  # noqa: SIM905  # a list of words reads better as text
)
_MACHINE_STEMS: Final = ("addr", "log", "connect", "アドレス")
_PERSONS: Final = re.compile(
    r"(?<![^\W\d_])(?:ssn|social[ _-]?(?:security|insurance)|socialsecurity|socialinsurance"
    r"|national[ _-]?(?:id\b|id[ _]|id(?:entity|entification)|insurance|number|registration)|nationalid"
    r"|personal[ _-]?(?:id\b|id[ _-]"
    r"|identity|identification|number|no\b|code)|personalid|personalnumber"
    r"|identity[ _-]?(?:card|number|no\b|code|document)"
    r"|identification[ _-]?(?:number|no\b|code|document)|id[ _-]?(?:number|no\b|card|document)\b|idnumber"
    r"|citizen[ _-]?(?:id|number|service)|resident[ _-]?(?:id|registration|number)"
    r"|tax[ _-]?(?:id|payer|number|no\b|code)|taxid|taxpayer|(?:itin|nino|nhs|tckn|pesel|bsn|cpf|dni|nif"
    r"|cnp|curp|oib|jmbg|emšo|egn|amka"
    r"|snils|aadhaa?r|hetu|cpr|ahv|avs|svnr|nir|rrn|ppsn?|nric|fnr|pnr)(?![^\W_])|ni[ _]?(?:number|no)\b"
    r"|insurance[ _-]?(?:number|no)|passport|driv(?:er'?s?|ing)[ _-]?licen[cs]e|personnummer"
    r"|personenkennz\w*|personnumret"
    r"|henkilötunnus|fødselsnummer|rodné|burgerservice\w*|rijksregister\w*|codice[ _]?fiscale"
    r"|numéro de sécurité|sécurité sociale"
    r"|steuer-?(?:id|nummer|identifikation\w*)|sozialversicherung\w*|rentenversicherung\w*"
    r"|(?:personal)?ausweis\w*|kimlik"
    r"|asmens kod\w*|personas kod\w*|isikukood|cod numeric|kennitala"
    r"|身份证|身分證|マイナンバー|個人番号|주민(?:등록)?번호|паспорт\w*|снилс|инн(?!\w)|рнокпп|егн|αφμ|αμκα"
    r"|תעודת זהות"
    r"|เลขประจำตัว|căn cước|کد ملی|आधार)",
    re.IGNORECASE,
)
_PERSON_LEADS: Final = frozenset(
    """
    ssn social socialsecurity socialinsurance national nationalid personal personalid personalnumber
    identity identification idnumber
    citizen resident tax taxid taxpayer itin nino nhs tckn pesel bsn cpf dni nif cnp curp oib jmbg emšo
    egn amka snils aadhaar aadhar
    hetu cpr ahv avs svnr nir rrn pps ppsn nric fnr pnr ni insurance passport driver drivers driving rodné
    codice numéro sécurité
    asmens personas isikukood cod kennitala снилс инн рнокпп егн αφμ αμκα căn
    """.split()  # noqa: SIM905  # a list of words reads better as text
)
"""Words with which the names of such numbers begin; without one of them the pattern need not be tried."""
_PERSON_STEMS: Final = (
    "personn", "personenk", "henkilö", "fødsels", "burgerservice", "rijksreg", "steuer", "sozialvers",
    "rentenvers",
    "ausweis",
    "personalausweis", "kimlik", "паспорт", "socialsec", "nationalid", "taxid", "idn", "ssn", "เลข", "आधार",
)  # fmt: skip
_PERSONS_UNSPACED: Final = (
    "身份证",
    "身分證",
    "マイナンバー",
    "個人番号",
    "주민",
    "תעודת",
    "کد ملی",
    "เลขประจำตัว",
    "आधार",
)
_NUMBER: Final = frozenset({"number", "no", "card", "document"})
_THINGS: Final = re.compile(
    r"(?:order|product|item|customer|user|client|transaction|payment|tracking|ticket|case|session|request"
    r"|device|asset"
    r"|object|document|message|channel|team|project|job|task|event|invoice|report|record|store|vendor"
    r"|supplier|batch"
    r"|account|member|vehicle|booking|company|business|corporate|merchant)[ _-]$",
    re.IGNORECASE,
)
"""Words that make an id number a thing's."""
_COUNTS: Final = re.compile(
    r"(?<![^\W_])(?:order|invoice|ticket|tracking|ref(?:erence)?|sku|serial|isbn|issn|ean|upc|gtin|version"
    r"|build|commit|epoch|doi|imei|vin|pmid|model|page|pages|room|score|"
    r"timestamp|issue|case|batch|part|item|product|parcel|shipment|package|transaction|trace|request"
    r"|session|article|fedex|ups|dhl|usps|bestell|"
    r"rechnung|auftrag|commande|pedido|ordine|size|bytes|offset|line|port|pid|uid|seq|row|hash|checksum"
    r"|digest|id)"
    r"s?(?:[ _-]?(?:no|nr|number|nummer|id|code|#|num))?\.?[\"'`*]{0,2}\s?(?:[:=#]|is\b|n[°º]"
    r"|of\b)?\s?[\"'`#(]{0,2}$",
    re.IGNORECASE,
)
_OPENED: Final = re.compile(r"[\s\"'`]{0,3}[(\[\u2013\u2014-]\s?")
_CUT: Final = re.compile(r"[!;]\s|\w{4}\.\s|\n\s*\n|\d{6}")
"""Where what a word names has ended: a sentence, a paragraph, another long number."""


def before(text: str, at: int) -> str:
    """Return what stands before a value, on its own line or the one above."""
    start = max(0, at - BEFORE)
    cut = text.rfind("\n", start, at)
    if cut > 0:
        above = text.rfind("\n", start, cut)
        start = max(start, above + 1)
    return text[start:at]


@lru_cache(16)
def _words(said: str) -> frozenset[str]:
    """Return the runs of letters, in small letters; several questions are asked of the same ones."""
    return frozenset(_LETTERS.findall(said.lower()))


def _says(said: str, words: frozenset[str], stems: tuple[str, ...], unspaced: tuple[str, ...]) -> bool:
    """Whether a word stands there, one that begins with a stem, or letters of a script without spaces."""
    spoken = _words(said)
    if not words.isdisjoint(spoken) or any(word.startswith(stems) for word in spoken):
        return True
    return not said.isascii() and any(word in said for word in unspaced)


def spoken(text: str, at: int) -> frozenset[str]:
    """Return the words before a value, in small letters."""
    return _words(before(text, at))


def called_phone(text: str, at: int) -> bool:
    """Whether a word before it calls the value a telephone number."""
    said = before(text, at)
    return _says(said, _PHONES, _PHONE_STEMS, _PHONES_UNSPACED) or any(
        word.endswith(_PHONE_ENDS) and word not in _NO_PHONES for word in _words(said)
    )


def called_up(text: str, at: int) -> bool:
    """Whether somebody is to call, reach or ring the value, as one does with telephone numbers."""
    return _CALLS.search(before(text, at)) is not None


def called_machine(text: str, at: int) -> bool:
    """Whether a word before it calls the value a network address."""
    return _says(before(text, at), _MACHINES, _MACHINE_STEMS, ())


def called_card(text: str, at: int) -> bool:
    """Whether a word before it calls the value a payment card."""
    return _says(before(text, at), _CARDS, _CARD_STEMS, _CARDS_UNSPACED)


def called_account(text: str, at: int) -> bool:
    """Whether a word before it calls the value a bank account."""
    return _says(before(text, at), _ACCOUNTS, _ACCOUNT_STEMS, _ACCOUNTS_UNSPACED)


def called_person(text: str, at: int, end: int) -> bool:
    """Whether the words beside the value call it a number that a state or an insurance gave a person."""
    said = before(text, at)
    behind = text[end : end + _BEHIND]
    last = None
    if _may_be_person(said):
        for each in _PERSONS.finditer(said):
            last = each
    if last is not None and not _THINGS.search(said[: last.start()]) and not _CUT.search(said, last.end()):
        return True
    opened = _OPENED.match(behind)
    return opened is not None and _PERSONS.match(behind, opened.end()) is not None


def _may_be_person(said: str) -> bool:
    words = _words(said)
    if not words:
        return False
    if not _PERSON_LEADS.isdisjoint(words) or any(word.startswith(_PERSON_STEMS) for word in words):
        return True
    if "id" in words and not _NUMBER.isdisjoint(words):
        return True
    return not said.isascii() and any(word in said for word in _PERSONS_UNSPACED)


def called_count(text: str, at: int) -> bool:
    """Whether the word right before it calls the value an order, a version, or another thing's number."""
    return _COUNTS.search(text[max(0, at - 32) : at]) is not None
