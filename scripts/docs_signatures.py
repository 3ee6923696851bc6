"""Signatures of pydantic's dataclasses and models, for the API reference."""

from typing import Any

import griffe

_DATACLASS = "pydantic.dataclasses.dataclass"
_MODELS = ("pydantic.BaseModel", "recourse_bandits.config.toml.Frozen")


class PydanticClasses(griffe.Extension):
    """Shows them as the standard library's dataclasses, whose fields are parameters alike."""

    def on_class_instance(self, *, cls: griffe.Class, **kwargs: Any) -> None:
        """Mark a class as a dataclass if pydantic makes it one.

        Parameters
        ----------
        cls
            The class.
        **kwargs
            Not used.
        """
        own = [decorator.callable_path for decorator in cls.decorators]
        bases = [base if isinstance(base, str) else base.canonical_path for base in cls.bases]
        if _DATACLASS in own or any(base in _MODELS for base in bases):
            plain = griffe.ExprName("dataclasses.dataclass")
            cls.decorators.append(griffe.Decorator(plain, lineno=cls.lineno, endlineno=cls.lineno))
