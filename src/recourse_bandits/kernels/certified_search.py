r"""Branch and bound for optimistic recourse over a ball within a box.

The symbols are those of `certified_bound`, with ‖p‖²_V^-1 = q0 + 2 beta'u + u'Hu and a diagonal
D >= H (in the order of positive semidefinite matrices). The root is concave in q, and u'(D - H)u
lies above its tangents, so for every m

.. math:: q(u) \le q_0 + m'(D - H)m + 2\,(\beta - (D - H)m)'u + \sum_i D_i u_i^2,

which is separable. The best m is the mean of the mixture that attains the bound; some steps of
Frank and Wolfe's method (1956) lead there, each with a bound of its own. In eigen-coordinates
H = D, and none is needed.

At a maximum over a ball at most two eigenvalues of H exceed mu / kappa, since the second derivative
of g is kappa·H less a matrix of rank one, and is at most mu in the directions that stay on the
ball. Hence in eigen-coordinates few boxes need to be split.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.certified_bound import separable_bound
from recourse_bandits.kernels.feasible import best_change
from recourse_bandits.kernels.region import LINF, simple

_TANGENTS = 8  # steps towards the best m, for each box
_CLIMBS = 500
_CLIMBED = 1e-14
_WIDE = 1e-9  # of the whole box: narrower ones are not split
_APART = 0.05  # a split leaves at least this share on both sides


@njit()
def quadratic_value(base, rho, q0, tau, beta, matrix, u):
    """Return g(u) and q(u)."""
    linear = base
    q = q0
    for i in range(u.size):
        row = 0.0
        for j in range(u.size):
            row += matrix[i, j] * u[j]
        linear += tau[i] * u[i]
        q += u[i] * (2.0 * beta[i] + row)
    q = max(q, 0.0)
    return linear + rho * math.sqrt(q), q


@njit()
def climb(base, rho, q0, tau, beta, matrix, weight, radius, norm, lower, upper, u):
    """Algorithm 2 from any u, feasible or not; leaves a critical point in `u`, returns its g."""
    region = simple(lower, upper, weight, radius, norm)
    slope = np.empty(u.size)
    following = np.empty(u.size)
    value, q = -math.inf, quadratic_value(base, rho, q0, tau, beta, matrix, u)[1]
    for _ in range(_CLIMBS):
        kappa = rho / math.sqrt(q) if q > 0.0 else 0.0
        for i in range(u.size):
            row = beta[i]
            for j in range(u.size):
                row += matrix[i, j] * u[j]
            slope[i] = tau[i] + kappa * row
        if np.max(np.abs(slope)) == 0.0:
            slope[:] = 1.0
        best_change(slope, region, following)
        new, q = quadratic_value(base, rho, q0, tau, beta, matrix, following)
        if new <= value + _CLIMBED * abs(value):
            break
        value = new
        u[:] = following
    return value


@njit()
def _tangent_bound(
    base,
    rho,
    q0,
    tau,
    beta,
    matrix,
    majorant,
    exact,
    effort,
    budget,
    low,
    high,
    kappa,
    enough,
    middle,
    mean,
    second,
):
    """The least bound of a box over some m, the first of them `middle`, which becomes the last."""
    size = tau.size
    least = math.inf
    slopes = np.empty(size)
    for step in range(1 if exact else _TANGENTS):
        level = q0
        slopes[:] = beta
        if not exact:
            for i in range(size):
                above = majorant[i] * middle[i]
                for j in range(size):
                    above -= matrix[i, j] * middle[j]
                level += middle[i] * above
                slopes[i] -= above
        found, kappa = separable_bound(
            base,
            rho,
            level,
            tau,
            slopes,
            majorant,
            effort,
            budget,
            low,
            high,
            kappa,
            enough,
            mean,
            second,
        )
        least = min(least, found)
        if least <= enough:
            break
        for i in range(size):
            middle[i] += 2.0 / (step + 3.0) * (mean[i] - middle[i])
    return least, kappa


@njit()
def _reachable(effort, budget, low, high):
    """Whether the ball meets a box."""
    least = 0.0
    for i in range(low.size):
        least += effort[i] * max(low[i], -high[i], 0.0) ** 2
    return least <= budget


@njit()
def _where_to_split(majorant, even, low, high, whole, mean, second):
    """The coordinate that is mixed most, or else the widest; -1 if all are narrow."""
    chosen = -1
    most = 0.0
    for mixed in (True, False):
        for i in range(low.size):
            width = high[i] - low[i]
            if even[i] or width <= _WIDE * whole[i]:
                continue
            score = majorant[i] * (max(second[i] - mean[i] ** 2, 0.0) if mixed else width**2)
            if score > most and (not mixed or score > 1e-14 * majorant[i] * whole[i] ** 2):
                most, chosen = score, i
        if chosen >= 0:
            break
    return chosen


@njit()
def _start(even, mean, second, coordinate, sign, u):
    """Set a point of the mixture: one end of what is mixed most."""
    for i in range(u.size):
        u[i] = math.sqrt(second[i]) if even[i] else mean[i]
    if coordinate >= 0:
        u[coordinate] = sign * math.sqrt(second[coordinate])


@njit()
def _kept(rival, reached, point, value):
    """Take a rival that is better than the point; return the value of what is kept."""
    if reached > value:
        point[:] = rival
    return max(value, reached)


@njit()
def _is_diagonal(matrix, majorant):
    """Whether D = H, so that bounds need no tangents."""
    for i in range(majorant.size):
        for j in range(majorant.size):
            if matrix[i, j] != (majorant[i] if i == j else 0.0):
                return False
    return True


@njit()
def _grown(boxes):
    larger = np.empty((2 * boxes.shape[0], *boxes.shape[1:]))
    larger[: boxes.shape[0]] = boxes
    return larger


@njit()
def search(
    base,
    rho,
    q0,
    tau,
    beta,
    matrix,
    majorant,
    even,
    weight,
    radius,
    norm,
    lower,
    upper,
    value,
    tolerance,
    max_nodes,
    point,
):
    """Branch and bound, best bound first, from a point and its value.

    The set is ‖weight·u‖ <= radius within the finite box [lower, upper]; with `norm` LINF it is the
    box alone, and boxes are split into two opposite faces, because the maximum is at a vertex.
    Where `even`, only u_i² counts, and nothing needs splitting. Improves `point`; returns
    its value, an upper bound and the number of boxes. Ends once the bound is within
    tolerance·(1 + |value|) of the value.
    """
    size = tau.size
    vertices = norm == LINF
    effort = np.zeros(size) if vertices else weight**2
    budget = math.inf if vertices else radius * radius
    exact = _is_diagonal(matrix, majorant)
    whole = upper - lower
    # of a box: its ends, m, means and second moments
    boxes = np.empty((16, 5, size))
    bounds = np.full(16, -math.inf)
    kappas = np.empty(16)
    boxes[0, 0], boxes[0, 1], boxes[0, 2] = lower, upper, 0.5 * (lower + upper)
    kappas[0] = rho / math.sqrt(
        max(quadratic_value(base, rho, q0, tau, beta, matrix, point)[1], 1e-280)
    )
    bounds[0] = math.inf
    start = np.empty(size)
    closed = -math.inf
    nodes, first_new = 1, 0
    while True:
        for node in range(first_new, nodes):
            low, high, mean, second = boxes[node, 0], boxes[node, 1], boxes[node, 3], boxes[node, 4]
            if not _reachable(effort, budget, low, high):
                bounds[node] = -math.inf
                continue
            enough = value + tolerance * (1.0 + abs(value))
            found, kappas[node] = _tangent_bound(
                base,
                rho,
                q0,
                tau,
                beta,
                matrix,
                majorant,
                exact,
                effort,
                budget,
                low,
                high,
                kappas[node],
                enough,
                boxes[node, 2],
                mean,
                second,
            )
            bounds[node] = min(bounds[node], found)
            if bounds[node] <= enough:
                continue
            coordinate = _where_to_split(majorant, even, low, high, whole, mean, second)
            for sign in (1.0, -1.0):
                _start(even, mean, second, coordinate, sign, start)
                reached = climb(
                    base, rho, q0, tau, beta, matrix, weight, radius, norm, lower, upper, start
                )
                value = _kept(start, reached, point, value)
        first_new = nodes
        top = int(np.argmax(bounds[:nodes]))
        highest = max(value, closed, bounds[top])
        if bounds[top] <= value + tolerance * (1.0 + abs(value)) or nodes + 2 > max_nodes:
            return value, highest, nodes
        low, high = boxes[top, 0].copy(), boxes[top, 1].copy()
        split = _where_to_split(majorant, even, low, high, whole, boxes[top, 3], boxes[top, 4])
        if split < 0:
            closed = max(closed, bounds[top])
            bounds[top] = -math.inf
            continue
        if nodes + 2 > bounds.size:
            boxes = _grown(boxes)
            bounds = _grown(bounds)
            kappas = _grown(kappas)
        _divide(boxes, top, nodes, split, low[split], high[split], vertices)
        bounds[nodes] = bounds[nodes + 1] = bounds[top]
        kappas[nodes] = kappas[nodes + 1] = kappas[top]
        bounds[top] = -math.inf
        nodes += 2


@njit()
def _divide(boxes, top, new, split, low, high, vertices):
    """Make two boxes of one: faces, or sides of the mean of what is mixed."""
    for child in (new, new + 1):
        boxes[child] = boxes[top]
    if vertices:
        boxes[new, 1, split] = low
        boxes[new + 1, 0, split] = high
    else:
        room = _APART * (high - low)
        at = min(max(boxes[top, 3, split], low + room), high - room)
        boxes[new, 1, split] = at
        boxes[new + 1, 0, split] = at
    for child in (new, new + 1):
        inside = min(max(boxes[child, 2, split], boxes[child, 0, split]), boxes[child, 1, split])
        boxes[child, 2, split] = inside
