"""Loading a contender that runs, by the client that speaks its protocol, and what came of it."""
import json
import re
import subprocess
from dataclasses import dataclass

from .network import BenchError, cpu_seconds, cpu_ticks, stolen_share


@dataclass
class Sample:
    """One trial of one round. CPU times in microseconds a request; nothing: not known."""
    requests_per_s: float
    bytes_per_s: float
    latency_us: dict              # p50, p99, p99.9, p99.99; without those that are not known
    target_cpu_us: float | None
    client_cpu_us: float | None
    frames_lost: int = 0          # requests that had to be sent again
    stolen: float = 0             # share of the machine's time that went to other virtual machines

    def total_cpu_us(self):
        if self.target_cpu_us is None or self.client_cpu_us is None:
            return None
        return self.target_cpu_us + self.client_cpu_us


def measure(bench, running, load):
    """Warms up, loads for bench.seconds and returns the Sample."""
    ticks = cpu_ticks()
    if running.client == "aoe":
        sample = aoe_bench(bench, running, load)
    elif running.client == "iscsi":
        sample = iscsi_perf(bench, running, load)
    else:
        fio(bench, running, load, bench.warm_up)
        sample = fio(bench, running, load, bench.seconds)
    sample.stolen = stolen_share(ticks, cpu_ticks())
    return sample


def result_of(child):
    """What an aoe bench has printed."""
    output, errors = child.communicate()
    if not output.startswith("{"):
        raise BenchError(f"aoe bench: {errors.strip() or 'it ended without a word'}")
    result = json.loads(output)
    if result["errors"] > 0:
        raise BenchError(f"{result['errors']} requests were answered with an error")
    return result


def aoe_bench(bench, running, load):
    """`load.clients` processes at the same time, the places in turn; their rates add up."""
    places = (running.place, *running.extra_places)
    children = []
    for i in range(load.clients):
        argv = [bench.program("aoe"), "bench", places[i % len(places)], "-i", "eth0", "--json", "--depth", str(load.depth),
                "--seconds", str(bench.seconds), "--warm-up", str(bench.warm_up), "--layer", load.layer,
                f"--{load.order}", "--size", load.size]
        argv += {"read": ["--read"], "write": ["--write", "--range", "all"], "mix": ["--mix", "70", "--range", "all"],
                 "query": ["--query"]}[load.kind]
        argv += ["--spin"] if load.spin else []
        argv += ["--pid", str(running.pids[0])] if len(running.pids) == 1 else []
        children.append(subprocess.Popen(bench.network.on_client(argv, load.client_cpu()), text=True,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    try:
        results = [result_of(child) for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait()
    requests = sum(result["requests"] for result in results)
    first = results[0]
    target_cpu = first["target_cpu_us_per_request"]
    if target_cpu is not None:  # of the whole process, while all clients had their requests
        target_cpu *= first["requests"] / requests
    return Sample(requests_per_s=sum(result["requests_per_s"] for result in results),
                  bytes_per_s=sum(result["bytes_per_s"] for result in results),
                  latency_us={key: max(result["latency_us"][key] for result in results)
                              for key in ("p50", "p99", "p99.9", "p99.99")},
                  target_cpu_us=target_cpu,
                  client_cpu_us=sum(result["client_cpu_us_per_request"] * result["requests"]
                                    for result in results) / requests,
                  frames_lost=sum(result["retransmissions"] for result in results))


def fio(bench, running, load, seconds):
    """fio's nbd engine, or io_uring without the page cache on a file."""
    order = {"read": "read", "write": "write", "mix": "rw"}[load.kind]
    argv = ["fio", "--name=bench", f"--rw={'rand' if load.order == 'random' else ''}{order}", "--rwmixread=70",
            f"--bs={load.bytes()}", f"--iodepth={load.depth}", f"--runtime={int(seconds * 1000)}ms", "--time_based",
            "--percentile_list=50:99:99.9:99.99", "--output-format=json", "--norandommap", "--randrepeat=0"]
    if running.client == "nbd":
        argv += ["--ioengine=nbd", f"--uri={running.place}"]
    else:
        argv += ["--ioengine=io_uring", "--direct=1", f"--filename={running.place}"]
    before = cpu_seconds(running.pids)
    done = subprocess.run(bench.network.on_client(argv, load.client_cpu()), capture_output=True, text=True)
    target_cpu = cpu_seconds(running.pids) - before
    if done.returncode != 0:
        raise BenchError(f"fio: {done.stderr.strip() or done.stdout.strip()[-300:]}")
    job = json.loads(done.stdout[done.stdout.index("{"):])["jobs"][0]
    sides = [job[side] for side in ("read", "write") if job[side]["total_ios"] > 0]
    requests = sum(side["total_ios"] for side in sides)
    if requests == 0:
        raise BenchError("fio: nothing was answered")
    latency = {}
    for name, key in (("p50", "50.000000"), ("p99", "99.000000"), ("p99.9", "99.900000"), ("p99.99", "99.990000")):
        # Of a mix, the slower side.
        latency[name] = max(side["clat_ns"]["percentile"][key] for side in sides) / 1000
    return Sample(requests_per_s=sum(side["iops"] for side in sides),
                  bytes_per_s=sum(side["bw_bytes"] for side in sides),
                  latency_us=latency,
                  target_cpu_us=target_cpu * 1e6 / requests if running.pids else None,
                  client_cpu_us=(job["usr_cpu"] + job["sys_cpu"]) / 100 * job["job_runtime"] * 1000 / requests)


def iscsi_perf(bench, running, load):
    """libiscsi's own benchmark: reads, and an average; neither latencies nor writes."""
    argv = ["iscsi-perf", "-m", str(load.depth), "-b", str(load.bytes() // 512), "-t", str(max(1, round(bench.seconds)))]
    argv += ["-r"] if load.order == "random" else []
    before = cpu_seconds(running.pids)
    done = subprocess.run(bench.network.on_client([*argv, running.place], load.client_cpu()), capture_output=True, text=True)
    target_cpu = cpu_seconds(running.pids) - before
    average = re.search(r"iops average (\d+)", done.stdout.split("\r")[-1]) or re.search(r"iops average (\d+)", done.stdout)
    if not average or int(average.group(1)) == 0:
        raise BenchError(f"iscsi-perf: {(done.stderr or done.stdout).strip()[-300:]}")
    per_s = float(average.group(1))
    return Sample(per_s, per_s * load.bytes(), {}, target_cpu * 1e6 / (per_s * max(1, round(bench.seconds))), None)
