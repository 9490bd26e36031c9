"""What a student's notebook imports: checks, progress, handing in, data, pictures.

The functions below are imported when they are first used, so that `import cnnlab` costs nothing and works before the
packages it needs are installed.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"
_HOMES = {
    "check": "checking.visible",
    "progress": "checking.overview",
    "set_up": "notebooks.session",
    "submit": "submitting.packing",
}
__all__ = [*_HOMES, "at_least"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'cnnlab' has no attribute {name!r}")
    return getattr(_import_module(f"cnnlab.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])


def at_least(version: str) -> bool:
    """Whether this is a version of cnnlab (numbers with dots between them) or a later one."""
    return [int(part) for part in __version__.split(".")] >= [int(part) for part in version.split(".")]
