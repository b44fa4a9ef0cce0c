"""What each provider promises: dated facts, models, prices, tokens, usage."""
