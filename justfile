# What people run here. `just check` is what CI runs.

default:
    @just --list

# style, types and contracts between packages
lint:
    ruff check
    ruff format --check
    mypy
    lint-imports

# the README's test command; arguments go to pytest
test *args:
    pytest {{ args }}

# the tests with every repetition in full: more seeds, longer times (see tests/effort.py)
test-full *args:
    SAMOVAR_TESTS=full pytest {{ args }}

# what is made from code and data: the pages of provider rules, lint rules and causes, and the JSON Schemas
docs:
    python -m tests.house.conformance --write
    python -m tests.house.rule_pages --write
    python -m tests.attribution.pages
    python -m tests.record.test_schemas
    python -m tests.report.test_schema

# how fast it is (ratios and processor time)
bench:
    for script in benchmarks/*.py; do python "$script" || exit 1; done

# everything CI checks, in fresh virtual environments
check:
    .ci/run

# token-for-token agreement with a real vLLM (downloads about 3 GB; not part of `check`)
check-vllm *args:
    python -m tests.engines.vllm_check {{ args }}
