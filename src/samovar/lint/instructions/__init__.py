"""Instructions in a prompt: sentences that tell a model what to do, and what two of them say of one thing."""
