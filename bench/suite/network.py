"""Two network namespaces joined by a virtual cable, and processes in them. All of it is gone at the end, also after Ctrl-C.

    namespace bench-t-PID                     namespace bench-c-PID
  +------------------------+                +--------------------------+
  | the contender     eth0 +----- veth -----+ eth0    load generator   |
  |   02:00:00:00:00:01    |                |     02:00:00:00:00:02    |
  |   10.213.0.1           |                |     10.213.0.2           |
  +------------------------+                +--------------------------+
"""
import contextlib
import os
import subprocess
import time

TARGET_IP = "10.213.0.1"


class BenchError(Exception):
    """Something cannot be measured; the text says why."""


def command(*argv, **options):
    """Runs a command that must succeed, silently."""
    done = subprocess.run(argv, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Network:
    """Context manager: the pair of namespaces."""

    def __init__(self):
        self.target_ns = f"bench-t-{os.getpid()}"
        self.client_ns = f"bench-c-{os.getpid()}"
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            for name in (self.target_ns, self.client_ns):
                command("ip", "netns", "add", name)
                stack.callback(subprocess.run, ["ip", "netns", "del", name], capture_output=True)
            command("ip", "-n", self.target_ns, "link", "add", "eth0", "address", "02:00:00:00:00:01", "type", "veth",
                    "peer", "name", "eth0", "address", "02:00:00:00:00:02", "netns", self.client_ns)
            for name, address in ((self.target_ns, TARGET_IP), (self.client_ns, "10.213.0.2")):
                command("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                        "net.ipv6.conf.default.disable_ipv6=1")
                command("ip", "-n", name, "address", "add", f"{address}/24", "dev", "eth0")
                command("ip", "-n", name, "link", "set", "lo", "up")
                command("ip", "-n", name, "link", "set", "eth0", "up")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception):
        self._stack.close()

    def set_mtu(self, mtu):
        for name in (self.target_ns, self.client_ns):
            command("ip", "-n", name, "link", "set", "eth0", "mtu", str(mtu))

    @contextlib.contextmanager
    def xdp_reflector(self, object_file):
        """The in-kernel reflector instead of a target; the client's end gets a program that lets everything pass."""
        ends = ((self.target_ns, "reflect"), (self.client_ns, "pass"))
        try:
            for name, program in ends:
                command("ip", "-n", name, "link", "set", "dev", "eth0", "xdpdrv", "obj", object_file, "program", program)
            yield
        finally:
            for name, _ in ends:
                subprocess.run(["ip", "-n", name, "link", "set", "dev", "eth0", "xdpdrv", "off"], capture_output=True)

    @staticmethod
    def _inside(namespace, cpu, argv):
        # Not `ip netns exec`, which makes a mount namespace, so that mounts would outlive the one who made them.
        pinned = ["taskset", "-c", str(cpu)] if cpu is not None else []
        return ["nsenter", f"--net=/run/netns/{namespace}", *pinned, *argv]

    def on_target(self, argv, cpu=None):
        return self._inside(self.target_ns, cpu, argv)

    def on_client(self, argv, cpu=None):
        return self._inside(self.client_ns, cpu, argv)


@contextlib.contextmanager
def process(argv, log):
    """A process for the time of the block; its output goes to the file `log`."""
    with open(log, "w") as output:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_until(condition, what, child=None, log=None, seconds=20):
    """Waits until condition() is true. Fails with the process's own words if it ends, or when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if child is not None and child.poll() is not None or time.monotonic() > deadline:
            said = open(log).read().strip()[-500:] if log else ""
            raise BenchError(f"{what} did not start: {said or 'no word from it'}")
        time.sleep(0.02)


def cpu_seconds(pids):
    """CPU time that all threads of these processes have used so far, also those that have ended."""
    # As clock_getcpuclockid(3) makes it: the process's number inverted, and 2 for the scheduler's clock.
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def stolen_share(before, after):
    """Which part of the time between two cpu_ticks() the hypervisor gave to others."""
    ticks = [b - a for a, b in zip(before, after)]
    return ticks[7] / max(sum(ticks), 1)


def cpu_ticks():
    with open("/proc/stat") as stat:
        return [int(word) for word in stat.readline().split()[1:9]]
