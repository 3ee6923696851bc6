"""The persons of a table, whatever kind of table it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any

from numpy.typing import NDArray

from recourse_bandits.errors import DescriptionError

Person = Mapping[str, Any] | Sequence[Any] | NDArray[Any]


def rows_of(people: Any) -> Iterator[Person]:
    """Yield the persons of a table.

    Parameters
    ----------
    people
        A polars or pandas frame, a mapping of columns, a matrix, or a sequence of persons.
    """
    if hasattr(people, "iter_rows"):  # of polars, which nobody needs to have loaded
        yield from people.iter_rows(named=True)
    elif isinstance(people, Mapping) or hasattr(people, "columns"):
        names = list(people.keys()) if isinstance(people, Mapping) else list(people.columns)
        columns = [_listed(people[name]) for name in names]
        if len({len(column) for column in columns}) > 1:
            raise DescriptionError("the columns of a table must be of the same length")
        for values in zip(*columns, strict=True):
            yield dict(zip(names, values, strict=True))
    elif isinstance(people, Iterable) and not isinstance(people, str):
        yield from people
    else:
        raise DescriptionError(
            f"people must be a table or a sequence of persons, got {type(people).__name__}"
        )


def length_of(people: Any) -> int:
    """Number of rows of a table.

    Parameters
    ----------
    people
        A frame, a mapping of columns, a matrix, or a sequence of persons.
    """
    if isinstance(people, Mapping):
        return max((len(_listed(column)) for column in people.values()), default=0)
    if not isinstance(people, Sized) or isinstance(people, str):
        raise DescriptionError(
            f"people must be a table or a sequence of persons, got {type(people).__name__}"
        )
    return len(people)


def _listed(column: Any) -> list[Any]:
    if isinstance(column, str) or not isinstance(column, Iterable):
        raise DescriptionError(
            f"a table's columns must be sequences, got {column!r}; one person goes into a list"
        )
    return column.tolist() if hasattr(column, "tolist") else list(column)
