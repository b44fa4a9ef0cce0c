"""Drivers of flows, in virtual and in real time, and the one sender of raw bytes."""
