"""Rounds: the contenders of a row take turns, so that what changes on the machine meanwhile changes for all of them.

What is compared is the ratio within a round; what is reported, the median of these ratios and how far they spread.
"""
import statistics
from dataclasses import dataclass, field

from . import contenders
from .clients import Sample, measure
from .loads import Load
from .network import BenchError


@dataclass(frozen=True)
class Trial:
    contender: str
    load: Load


@dataclass
class Row:
    name: str
    trials: list
    # By trial, one entry a round: a Sample, or nothing where the round does not count.
    samples: dict = field(default_factory=dict)
    dropped: list = field(default_factory=list)  # sentences: which and why


@dataclass
class Spread:
    median: float
    low: float
    high: float
    rounds: int

    def __str__(self):
        return f"{self.median:.2f} ({self.low:.2f}-{self.high:.2f})"


METRICS = {
    "requests/s": lambda sample: sample.requests_per_s,
    "bytes/s": lambda sample: sample.bytes_per_s,
    "target CPU": lambda sample: sample.target_cpu_us,
    "total cost": lambda sample: 1e6 / sample.requests_per_s,  # of a run on one core
    "p50": lambda sample: sample.latency_us.get("p50"),
}


def run_row(bench, row):
    """Fills in the row's samples. What cannot be measured is dropped with its reason and does not end the run."""
    row.samples = {trial: [] for trial in row.trials}
    impossible = {}
    for trial in row.trials:
        if why := contenders.ALL[trial.contender].missing(bench):
            impossible[trial] = why
            row.dropped.append(f"{trial.contender}: {why}")
    for number in range(1, bench.rounds + 1):
        for trial in row.trials:
            sample = None
            if trial not in impossible:
                bench.progress(f"{row.name}: round {number} of {bench.rounds}, {trial.contender}")
                sample, why = run_trial(bench, trial)
                if why:
                    row.dropped.append(f"{trial.contender}, round {number}: {why}")
            row.samples[trial].append(sample)


def run_trial(bench, trial):
    """A Sample that counts, or nothing and the reason."""
    try:
        bench.network.set_mtu(trial.load.mtu)
        with contenders.ALL[trial.contender].start(bench, trial.load) as running:
            sample = measure(bench, running, trial.load)
    except BenchError as error:
        return None, " ".join(str(error).split())
    if sample.frames_lost > 0 and not contenders.ALL[trial.contender].slow:
        return None, f"{sample.frames_lost} requests had to be sent again"
    if sample.stolen > bench.steal_max:
        return None, f"{sample.stolen:.1%} of the machine's time went to others"
    return sample, ""


def spread(values):
    """Of the values that are there; nothing if none are."""
    values = [value for value in values if value is not None]
    if not values:
        return None
    return Spread(statistics.median(values), min(values), max(values), len(values))


def values_of(row, trial, metric):
    return [None if sample is None else METRICS[metric](sample) for sample in row.samples[trial]]


def ratios(row, ours, theirs, metric):
    """Spread of `ours` to `theirs`, over the rounds that count for both."""
    pairs = zip(values_of(row, ours, metric), values_of(row, theirs, metric))
    return spread([a / b for a, b in pairs if a is not None and b])


__all__ = ["METRICS", "Row", "Sample", "Spread", "Trial", "ratios", "run_row", "run_trial", "spread", "values_of"]
