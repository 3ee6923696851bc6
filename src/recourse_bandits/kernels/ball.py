"""The change that gains most in a ball within a box, whatever the norm; symbols as in `region`.

================  ==========================================================================
norm              what is done
================  ==========================================================================
linf              each feature goes to the end of its interval (LIBRA, Corollary 1, with a box)
l2, l1, lp        `ball_l2`, `ball_l1`, `ball_lp`
Mahalanobis       `ball_mahalanobis`
================  ==========================================================================
"""

from recourse_bandits.compilation import njit
from recourse_bandits.kernels.ball_l1 import best_change_l1
from recourse_bandits.kernels.ball_l2 import best_change_l2
from recourse_bandits.kernels.ball_lp import best_change_lp
from recourse_bandits.kernels.ball_mahalanobis import best_change_mahalanobis
from recourse_bandits.kernels.interval import preferred_end
from recourse_bandits.kernels.reach import within_reach
from recourse_bandits.kernels.region import L1, L2, LINF


@njit()
def best_in_ball(slope, lower, upper, region, radius, out):
    """Maximise slope'c over a box within the region's ball of any radius, into `out`."""
    if region.metric.shape[0] > 0:
        best_change_mahalanobis(slope, lower, upper, region.metric, radius, out)
    elif region.norm == LINF:
        for i in range(slope.size):
            low, high = within_reach(lower[i], upper[i], region.weight[i], radius)
            out[i] = preferred_end(slope[i], low, high)
    elif region.norm == L2:
        best_change_l2(slope, lower, upper, region.weight, radius, out)
    elif region.norm == L1:
        best_change_l1(slope, lower, upper, region.weight, radius, out)
    else:
        best_change_lp(slope, lower, upper, region.weight, radius, region.norm, out)
