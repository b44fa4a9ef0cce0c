"""Rules about prompts and requests before they ship. Bytes in, findings out; who calls walks the files."""
