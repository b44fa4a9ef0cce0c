"""A second opinion: a prompt-cache server and traffic written from the providers' pages alone."""
