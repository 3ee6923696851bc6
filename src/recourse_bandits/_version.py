"""The version of this package, as installed."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("recourse-bandits")
except PackageNotFoundError:  # a checkout that is not installed
    __version__ = "0+unknown"
