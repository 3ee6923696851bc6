"""Tables in files: which column is what, in which unit (`columns`), and how to read them.

`files`, `people` and `outcomes` load Polars; import them where they are used.
"""

from recourse_bandits.tables.columns import (
    Column,
    Drawn,
    OutcomeColumns,
    PastColumns,
    PeopleColumns,
)

__all__ = ["Column", "Drawn", "OutcomeColumns", "PastColumns", "PeopleColumns"]
