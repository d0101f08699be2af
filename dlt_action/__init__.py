"""Run a Databricks pipeline from CI and trust the answer."""

__version__ = "0.1.0"
