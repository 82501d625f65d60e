"""The bars: what is wanted of this project, each a ratio to a peer or a ceiling, or a figure of its own."""
import functools
import math
import os
import re
import time
from dataclasses import dataclass, replace

from . import contenders
from .loads import Load
from .network import BenchError, command, cpu_seconds
from .rounds import Row, Trial, ratios, run_row, spread

READ = Load()
WRITE = Load(kind="write")
SMALL = Load(size="1k", mtu=1500)
ALONE = Load(depth=1, spin=True)  # the client is not to be what is measured
FULL_READ = Load(size="frame", order="sequential")
FULL_WRITE = replace(FULL_READ, kind="write")
TWO = Load(clients=2, pinned=False)
LIBRARY = Load(layer="library")


@dataclass
class Bar:
    """`ours` to `theirs`; wanted: at least (or at most) so much; without a wanted one it is only measured.

    `ceiling`, of some: who shows how far one could come at all.
    """
    name: str
    ours: Trial
    theirs: Trial
    metric: str
    at_least: float | None = None
    at_most: float | None = None
    ceiling: Trial | None = None
    result: object = None  # a Spread
    ceiling_result: object = None  # of the ceiling to `theirs`
    row: Row | None = None

    def run(self, bench):
        self.row = Row(self.name, [self.ours, self.theirs, *([self.ceiling] if self.ceiling else [])])
        run_row(bench, self.row)
        self.result = ratios(self.row, self.ours, self.theirs, self.metric)
        if self.ceiling:
            self.ceiling_result = ratios(self.row, self.ceiling, self.theirs, self.metric)

    def dropped(self):
        return self.row.dropped if self.row else []


@dataclass
class Figure:
    """A figure by itself; `measure` takes the bench and returns it."""
    name: str
    measure: object
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    result: object = None
    reasons: tuple = ()

    def run(self, bench):
        values = []
        for number in range(1, bench.rounds + 1):
            bench.progress(f"{self.name}: round {number} of {bench.rounds}")
            try:
                values.append(self.measure(bench))
            except BenchError as error:
                self.reasons += (f"round {number}: {' '.join(str(error).split())}",)
        self.result = spread(values)

    def dropped(self):
        return list(self.reasons)


def verdict(bar):
    """met, NOT MET, or why there is none."""
    if bar.result is None:
        return "not measured"
    if bar.at_least is None and bar.at_most is None:
        return "measured"
    # As wide as the number is printed: 0.897 is no 0.90, but 0.3 / 0.3 is 1.
    value = round(bar.result.median, 3)
    met = value >= bar.at_least if bar.at_least is not None else value <= bar.at_most
    return "met" if met else "NOT MET"


def wanted(bar):
    if bar.at_least is not None:
        return f">= {bar.at_least:g}"
    return f"<= {bar.at_most:g}" if bar.at_most is not None else "-"


def many(bench):
    if why := contenders.ALL["aoed, 1000 exports"].missing(bench):
        raise BenchError(why)
    bench.network.set_mtu(9000)
    return contenders.ALL["aoed, 1000 exports"].start(bench, Load())


def discovery_ms(bench):
    """From a broadcast to the last of 1,000 answers, at a station with Linux's default receive buffer."""
    with many(bench):
        lines = command(*bench.network.on_client([bench.program("aoemany"), "discover", "-i", "eth0", "-n", "1000"]))
    first = lines.splitlines()[1].split(",")  # broadcast,milliseconds,found,lost
    return float(first[1]) if int(first[2]) >= 1000 else math.inf


def proportional_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))


def memory_kib_an_export(bench):
    """What each further export adds to aoed's proportional set size."""
    with contenders.ALL["aoed"].start(bench, Load()) as running:
        one = proportional_kib(running.pids[0])
    with many(bench) as running:
        return (proportional_kib(running.pids[0]) - one) / 1000


def idle_percent(bench):
    """Of one core, of aoed with 1,000 exports that nobody uses."""
    with many(bench) as running:
        time.sleep(1)
        before, start = cpu_seconds(running.pids), time.monotonic()
        time.sleep(max(3.0, bench.seconds))
        return round(100 * (cpu_seconds(running.pids) - before) / (time.monotonic() - start), 2)


def linux_driver_bars():
    """Of bench/linux-driver, which boots a virtual machine and measures both kinds: bytes/s to vblade 25."""
    ahead = {"read": [], "write": []}  # what one round of the first bar has measured for the second

    def run(bench):
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        printed = command(os.path.join(here, "linux-driver"), "--bin", os.path.dirname(bench.program("vblade")), "--peer",
                          bench.program("peer"), "--rounds", "1", "--seconds", str(max(1, round(bench.seconds))))
        found = dict(re.findall(r"^(read|write) +median ratio ([0-9.]+)", printed, re.MULTILINE))
        if found.keys() != ahead.keys():
            raise BenchError(printed.strip()[-300:])
        for kind, ratio in found.items():
            ahead[kind].append(float(ratio))

    def measure(kind, bench):
        if not ahead[kind]:
            run(bench)
        return ahead[kind].pop(0)

    return [Figure(f"the Linux driver in a virtual machine, 64 KiB {kind}, QD32: bytes/s to vblade 25",
                   functools.partial(measure, kind), "", at_least=1.3) for kind in ahead]


def all_bars():
    """Those that can be measured on this machine."""
    def bar(name, ours, theirs, metric, load, **limit):
        ours_load, theirs_load = load if isinstance(load, tuple) else (load, load)
        # In memory, a target that does nothing at all is the ceiling; but what is written must be written.
        reflector = "file reflector" if ours_load.kind == "write" else "reflector"
        ceiling = Trial(reflector, ours_load) if theirs == "vblade 25" else None
        return Bar(name, Trial(ours, ours_load), Trial(theirs, theirs_load), metric, ceiling=ceiling, **limit)

    return [
        bar("4 KiB random read, MTU 9000, QD32: requests/s to the reflector", "vblade", "reflector", "requests/s", READ,
            at_least=0.90),
        bar("4 KiB random read, QD32: target CPU to vblade 25", "vblade", "vblade 25", "target CPU", READ, at_most=0.55),
        bar("4 KiB random write, QD32: requests/s to vblade 25", "vblade", "vblade 25", "requests/s", WRITE, at_least=1.6),
        bar("4 KiB random write, QD32: target CPU to vblade 25", "vblade", "vblade 25", "target CPU", WRITE, at_most=0.5),
        bar("1 KiB read, MTU 1500, QD32: target CPU to vblade 25", "vblade", "vblade 25", "target CPU", SMALL,
            at_most=0.5),
        bar("4 KiB random read, one core: total cost to vblade 25", "vblade", "vblade 25", "total cost",
            replace(READ, one_core=True), at_most=0.7),
        bar("full-frame sequential read: bytes/s to vblade 25", "vblade", "vblade 25", "bytes/s", FULL_READ, at_least=1.5),
        bar("full-frame sequential write: bytes/s to vblade 25", "vblade", "vblade 25", "bytes/s", FULL_WRITE,
            at_least=1.5),
        bar("4 KiB read, QD1, spinning: p50 to vblade 25", "vblade", "vblade 25", "p50", ALONE, at_most=0.45),
        bar("4 KiB read, QD1, not spinning: p50 to vblade 25", "vblade, asleep", "vblade 25", "p50", ALONE, at_most=1.0),
        bar("one of 1,000 exports: requests/s to alone", "aoed, 1000 exports", "aoed", "requests/s", READ, at_least=0.98),
        bar("one of 10,000 exports: requests/s to alone", "aoed, 10000 exports", "aoed", "requests/s", READ,
            at_least=0.95),
        Figure("1,000 exports discovered, default receive buffer", discovery_ms, "ms", at_most=50),
        Figure("memory for each further export", memory_kib_an_export, "KiB", at_most=4),
        Figure("idle CPU with 1,000 exports", idle_percent, "%", at_most=0.0),
        bar("durable 4 KiB writes on disk, QD32: requests/s to vblade 25 -s", "aoed, durable, disk", "vblade 25 -s, disk",
            "requests/s", WRITE, at_least=5),
        bar("disk-bound 4 KiB random reads, O_DIRECT, QD32, both sides awake: requests/s to fio on the file",
            "aoed, direct, disk, awake", "fio, direct, disk", "requests/s", (replace(READ, spin=True), READ),
            at_least=0.95),
        bar("disk-bound 4 KiB random reads, O_DIRECT, QD32, both sides asleep: requests/s to fio on the file",
            "aoed, direct, disk, asleep", "fio, direct, disk", "requests/s", READ),
        bar("libaoekit, 4 KiB read, QD32: requests/s to fio's nbd engine on nbdkit memory", "vblade", "nbdkit memory",
            "requests/s", (LIBRARY, READ), at_least=3),
        bar("libaoekit, 4 KiB read, QD1: requests/s to fio's nbd engine on nbdkit memory", "vblade", "nbdkit memory",
            "requests/s", (replace(LIBRARY, depth=1, spin=True), replace(READ, depth=1)), at_least=3),
        bar("aoefuse, 4 KiB random read, QD32: requests/s to nbdfuse on nbdkit memory", "aoefuse", "nbdfuse",
            "requests/s", READ, at_least=2),
        *linux_driver_bars(),
        bar("a second worker thread, two initiators: requests/s to one thread", "aoed, 2 exports, 2 threads",
            "aoed, 2 exports, 1 thread", "requests/s", TWO),
        bar("queries, MTU 1500, QD32: requests/s to the XDP reflector", "vblade", "XDP reflector", "requests/s",
            Load(kind="query", mtu=1500)),
        bar("queries, MTU 1500, QD1, spinning: p50 to the XDP reflector", "vblade", "XDP reflector", "p50",
            Load(kind="query", mtu=1500, depth=1, spin=True)),
    ]


def disk_is_memory(directory):
    """Whether files there are in memory, so that a disk's bars would say nothing."""
    kind = command("stat", "-f", "-c", "%T", directory).strip()
    return kind in ("tmpfs", "ramfs") or not os.path.isdir(directory)
