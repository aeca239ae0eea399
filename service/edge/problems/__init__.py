"""The catalogue of errors, as RFC 9457 problem documents in Chinese and English.

A problem is raised as `ProblemError`; one handler in `app` turns it into a response in the language asked for. Each says
what it means and what to do next: `GET /problems/{code}` shows that, and `docs/problems.md` lists the catalogue, which a
test compares. An operation names the problems of its own with `raises` (`service.edge.declared`).
"""

from typing import Final

from service.edge.problems import any_request, cases, disputes, exports, reports
from service.edge.problems.any_request import *  # noqa: F403  the names of the catalogue, and nothing else
from service.edge.problems.cases import *  # noqa: F403
from service.edge.problems.disputes import *  # noqa: F403
from service.edge.problems.document import *  # noqa: F403
from service.edge.problems.document import Problem
from service.edge.problems.exports import *  # noqa: F403
from service.edge.problems.reports import *  # noqa: F403

CATALOGUE: Final = tuple(
    value
    for module in (any_request, reports, disputes, cases, exports)
    for value in vars(module).values()
    if isinstance(value, Problem)
)
"""Every problem, in the order in which they are listed."""
BY_CODE: Final = {problem.code: problem for problem in CATALOGUE}
