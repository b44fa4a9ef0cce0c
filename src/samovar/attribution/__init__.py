"""What a provider reported against what was to be expected: verdict, cause, evidence, cost."""

from samovar.attribution.causes import CAUSES, Cause
from samovar.attribution.explain import Explainer, explain
from samovar.attribution.explanation import Explained, Explanation, Pattern, Summary

__all__ = ["CAUSES", "Cause", "Explained", "Explainer", "Explanation", "Pattern", "Summary", "explain"]
