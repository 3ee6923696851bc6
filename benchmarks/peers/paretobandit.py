"""ParetoBandit: disjoint LinUCB, alone and inside its router of requests to language models."""

from pareto_bandit import BanditRouter
from pareto_bandit.feature_service import FeatureService
from pareto_bandit.policy import DisjointLinUCBPolicy
from pareto_bandit.types import RouterConfig

from benchmarks.peers.base import Contestant
from benchmarks.world import Array, World


class Policy(Contestant):
    """select_arm + update, without forgetting; no record is kept."""

    def __init__(self, world: World) -> None:
        self.names = [f"arm_{arm}" for arm in range(world.arms)]
        self.number = {name: arm for arm, name in enumerate(self.names)}
        self.policy = DisjointLinUCBPolicy(
            self.names,
            dim=world.dimension,
            alpha=1.0,
            init_lambda=1.0,
            forgetting_factor=1.0,
            seed=1,
        )

    def propose(self, person: Array) -> tuple[int, None]:
        name, _ = self.policy.select_arm(person)
        return self.number[name], None

    def observe(self, arm: int, person: Array, reward: float) -> None:
        self.policy.update(self.names[arm], person, reward)


class Router(Contestant):
    """route + process_feedback, which keeps the last 10,000 requests.

    All arms cost the same; the cost penalty and forgetting are off and rewards are not clipped, so
    that it decides as LinUCB does, and no slower than it must.
    """

    def __init__(self, world: World) -> None:
        names = [f"arm_{arm}" for arm in range(world.arms)]
        self.number = {name: arm for arm, name in enumerate(names)}
        self.router = BanditRouter.create(
            {name: {"input_cost_per_m": 1.0, "output_cost_per_m": 1.0} for name in names},
            priors="none",
            feature_service=FeatureService.for_precomputed(world.dimension),
            alpha=1.0,
            init_lambda=1.0,
            forgetting_factor=1.0,
            cost_penalty=0.0,
            bandit_seed=1,
            config=RouterConfig(reward_min=-1e6, reward_max=1e6),
        )
        self.request = ""

    def propose(self, person: Array) -> tuple[int, None]:
        name, log = self.router.route(person)
        self.request = log.request_id
        return self.number[name], None

    def observe(self, arm: int, person: Array, reward: float) -> None:
        self.router.process_feedback(self.request, reward)
