"""Every public name is documented, and its docstring agrees with its signature."""

import importlib
import inspect
import pkgutil
from dataclasses import is_dataclass
from enum import Enum
from types import ModuleType

import pytest
from numpydoc.validate import validate

import recourse_bandits

# PR01: parameters undocumented; PR02: documented but absent; PR03: in another order;
# GL03, SS03 and the like are ruff's business.
CHECKED = {"PR01", "PR02", "PR03", "GL08", "SS01"}


def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(recourse_bandits.__path__, "recourse_bandits.")
    return [importlib.import_module(info.name) for info in found]


def takes_no_parameters_of_its_own(thing: object) -> bool:
    """Whether a class's signature is inherited, or its fields are documented one by one."""
    if not inspect.isclass(thing):
        return False
    own_init = "__init__" in vars(thing) or is_dataclass(thing)
    described = hasattr(thing, "_fields") or getattr(thing, "_is_protocol", False)
    return described or issubclass(thing, Enum) or not own_init


def public_objects() -> list[str]:
    names = []
    for module in modules():
        if ".kernels" in module.__name__ or ".cli" in module.__name__:
            continue  # notation tables document kernels, and --help the command
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
                continue
            if not (inspect.isclass(thing) or inspect.isfunction(thing)):
                continue
            if not takes_no_parameters_of_its_own(thing):
                names.append(f"{module.__name__}.{name}")
            if inspect.isclass(thing):
                names += [
                    f"{module.__name__}.{name}.{method}"
                    for method, value in vars(thing).items()
                    if not method.startswith("_") and inspect.isfunction(value)
                ]
    return names


@pytest.mark.parametrize("name", public_objects())
def test_docstring_names_every_parameter(name: str) -> None:
    thing = name.rsplit(".", 1)[-1]
    problems = [f"{code} {text}" for code, text in validate(name)["errors"] if code in CHECKED]
    assert not problems, f"{thing}: {problems}"


def test_every_exported_name_exists_and_is_documented() -> None:
    for name in recourse_bandits.__all__:
        assert getattr(recourse_bandits, name).__doc__, name


def test_every_kernel_is_documented() -> None:
    for info in pkgutil.iter_modules(recourse_bandits.kernels.__path__):
        module = importlib.import_module(f"recourse_bandits.kernels.{info.name}")
        assert module.__doc__, info.name
        for name, thing in vars(module).items():
            function = getattr(thing, "py_func", getattr(thing, "kernel", None))
            if not name.startswith("_") and function is not None:
                assert thing.__doc__, f"{info.name}.{name}"
