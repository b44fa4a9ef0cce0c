"""The provider in a box, from outside."""
