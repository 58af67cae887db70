"""The resource types, one in each module."""
