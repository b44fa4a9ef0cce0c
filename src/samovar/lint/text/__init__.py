"""What text looks like it was rendered anew for each request. A suspicion, made to leave fixed text alone."""
