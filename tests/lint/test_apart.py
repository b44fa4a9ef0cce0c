"""Manuals kept as prompts: code, documentation, criteria and forms to fill tell nothing of a request."""

from __future__ import annotations

import pytest

from samovar.lint.run import lint
from samovar.lint.settings import Settings
from samovar.lint.text.apart import fences, for_reader, front
from tests.lint.test_volatile import VOLATILE

STABLE = "Look up the account before you answer. " * 12
LONG = "\n".join(f"- Rule {name}: name the source." for name in map("x".__mul__, range(1, 80)))

SILENT = [
    "---\nname: a\nuser: '${USERNAME}'\ncurrent_time: 2026-03-02 10:43\n---",
    "```tsx\n<div key={message.id}>\n```",
    "\\`\\`\\`ts\n  user_id: '123',\n\\`\\`\\`",
    "````markdown\n```json\n{}\n```\nQueue: 14 waiting right now\n````",
    "<div key={message.id}>",
    "<Provider router={router} context={{ queryClient }} />",
    "// Angular: {{ userContent }}",
    '            "test_coverage": "80%",',
    '    "account": os.environ["ACCOUNT"],',
    '9. logger.info(f"{user_id} did X") is no structured log',
    '### Error: "Invalid Tenant"',
    "- 503 Service Unavailable",
    "- Nested loops >3 levels = refactor now",
    "- [ ] Lists with > 100 items virtualized",
    "# Spring Boot 3.x to 4.0 Migration Guide",
    "Zero to running in 30 seconds.",
    "- Link Integrity Score: 20%",
    "- Honesty Score: 13%\n- Clarity Score: 47%\n- Speed Score: 40%",
    "- **Critical components**: 90%+ coverage for services",
    "- Migrating from Nuxt 2/Vue 2 to Nuxt 3/Vue 3 using phased, low-risk steps",
    "- Error handling: inline messages, summaries, programmatic associations",
    "- Prefer high-value user journeys: login, signup, checkout, search",
    "- Making commitments on behalf of the owner",
    "- Call out variables such as `${selection}` and `${file}`.",
    "generation_date: 2024-03-02 10:43",
    "- {Phase number}: {description} ({time_estimate})",
    "Name the branch `bot/{timestamp}-{feature-name}`.",
    "1. {{question requiring owner judgment, not guesses}}",
    "Use this exact template:\n\n````markdown\n- {{relevant_search_term}}\n````",
    "Use `/pic.svg?query={query}`; the {query} is optional.",
    "### Related Files\n- [Prompt Files](./prompt.md) - For prompts",
    'Call `seed-{uuid}` or `rm -rf -- "$user_input"`.',
    'Say: "QA completed. Executed 1,847 cases, of which 3 are still failing now."',
]


@pytest.mark.parametrize("text", SILENT)
def test_what_a_manual_shows_is_silent(text: str) -> None:
    """Whatever kind of code, document or criterion it is."""
    prompt = f"{text}\n\nBe kind.\n{STABLE}\n"
    assert lint({"p.md": prompt.encode()}, Settings(select=VOLATILE)).findings == ()


FOUND = [
    ("The queue has 14 tickets waiting right now.", "live-state-in-prefix"),
    ("The time is {{ now }}.", "clock-in-prefix"),
    ("```\n{{ user_query }}\n```", "per-user-before-shared"),
    ("<question>{{ question }}</question>", "per-user-before-shared"),
    ("Session: {session_id}", "random-id-in-prefix"),
    ("{{words of a collector}}\nThe time is {{ now }}.", "clock-in-prefix"),
    ("The directory is \\`${cwd}\\`.", "live-state-in-prefix"),
    ("- **Session ID**: `fe7e5965-8f3c-4c70-ad25-7d3d917a4bc4`", "random-id-in-prefix"),
]


@pytest.mark.parametrize(("text", "name"), FOUND)
@pytest.mark.parametrize("rest", [STABLE, LONG], ids=["short", "long"])
def test_what_a_template_fills_is_found(text: str, name: str, rest: str) -> None:
    """In short files and in long ones; what says itself that it is of now, too."""
    found = lint({"p.md": f"Be kind.\n{text}\n{rest}\n".encode()}, Settings(select=VOLATILE)).findings
    assert {each.name for each in found} == {name}


def test_a_long_file_asks_for_more() -> None:
    """The more lines there are, the likelier one of them looks like a reading."""
    text = "Queue depth: 17 of 40 tickets"
    short, long = (
        lint({"p.md": f"{text}\n{rest}\n".encode()}, Settings(select=VOLATILE)).findings
        for rest in (STABLE, LONG)
    )
    assert short
    assert not long


def test_parts_of_a_file() -> None:
    """Fences close with as many marks as they open with; front matter is at the start or nowhere."""
    text = "---\na: b\n---\n````md\n```py\nx\n```\n````\n~~~\ny\n~~~\n"
    assert front(text) == 13
    assert [each.language for each in fences(text)] == ["md", ""]
    assert front("Hello\n---\na\n---\n") == 0


def test_holes_for_the_reader() -> None:
    """A name of several words is no variable; an expression of a template is none either."""
    assert for_reader("{Team size} and {{ x }}")
    assert not for_reader("{{ x if y else z }}, {{the time of day}} and {name}")
