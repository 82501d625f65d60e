"""Who is measured: how each is started, and by which client it is loaded.

Each is a context manager that yields a Running. Image files lie in memory unless a contender's name says "disk".
"""
import contextlib
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass

from .network import TARGET_IP, BenchError, command, process, wait_until

BUFFERS = "256"  # advertised by every AoE target, so that none is held back by a small window


@dataclass
class Running:
    pids: tuple                 # processes whose CPU time is the contender's
    client: str = "aoe"         # aoe, nbd, iscsi, file
    place: str = "e1.2"         # AoE address, URI or path
    extra_places: tuple = ()    # for further clients, in turn


@dataclass
class Contender:
    name: str
    start: object               # function(bench, load) -> context manager of a Running
    programs: tuple = ()        # that must be there
    kinds: tuple = ("read", "write", "mix")
    note: str = ""
    slow: bool = False          # answers may take more than 100 ms, so that requests are sent again without a loss

    def missing(self, bench):
        """Why it cannot be measured here; empty if it can."""
        for program in self.programs:
            path = bench.program(program)
            if not (os.path.exists(path) if os.path.isabs(path) else shutil.which(path)):
                return f"there is no {path}"
        return ""

    def does(self, load):
        return load.kind in self.kinds


@contextlib.contextmanager
def started(bench, load, argv, ready, name):
    """A process at the target's end; ready(log) tells when it serves."""
    log = os.path.join(bench.scratch, f"{name}.log")
    with process(bench.network.on_target(argv, load.target_cpu()), log) as child:
        wait_until(lambda: ready(log), name, child, log)
        yield child


def says(word):
    return lambda log: word in open(log).read()


def listens(bench, port):
    def check(_log):
        sockets = command(*bench.network.on_target(["ss", "-Hltn", f"sport = :{port}"]))
        return bool(sockets.strip())
    return check


def vblade(program, *options, on_disk=False, name):
    @contextlib.contextmanager
    def start(bench, load):
        image = bench.disk_image() if on_disk else bench.image
        argv = [bench.program(program), "-b", BUFFERS, *options, "1", "2", "eth0", image]
        with started(bench, load, argv, says("pid "), name) as child:
            yield Running((child.pid,))
    return start


def aoed(name, exports=1, image="image", caching="buffered", durability="durable", threads=1, disk_busy_wait=None):
    """Exports e1.2 with the image, and as many further ones (from e2.0 on; e1.3 is one if there are two)."""
    @contextlib.contextmanager
    def start(bench, load):
        main_image = bench.image if image == "image" else bench.disk_image()
        directory = os.path.join(bench.scratch, "aoed")
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        lines = ['interfaces = ["eth0"]', 'user = ""', 'metrics = ""', f"threads = {threads}",
                 f'control_socket = "{directory}/socket"', f'state = "{directory}/state.db"']
        if disk_busy_wait is not None:
            lines.append(f'disk_busy_wait = "{disk_busy_wait}"')
        disks = {"e1.2": main_image}
        if exports == 2:
            disks["e1.3"] = bench.extra_image("second", os.path.getsize(bench.image))
        elif exports > 2:
            disks |= {f"e{2 + i // 250}.{i % 250}": bench.extra_image(f"many{i}", 1 << 20) for i in range(exports - 1)}
        for address, path in disks.items():
            lines += [f'[export."{address}"]', f'path = "{path}"', f'caching = "{caching}"',
                      f'durability = "{durability}"', f"buffers = {BUFFERS}"]
        config = os.path.join(directory, "aoed.toml")
        with open(config, "w") as file:
            file.write("\n".join(lines) + "\n")
        log = os.path.join(bench.scratch, f"{name}.log")
        argv = [bench.program("aoed"), "--config", config]
        with process(bench.network.on_target(argv, load.target_cpu()), log) as child:
            wait_until(lambda: serves(bench, list(disks)[-1]), name, child, log, seconds=120)
            yield Running((child.pid,), extra_places=("e1.3",) if exports == 2 else ())
    return start


def serves(bench, address):
    """Whether somebody answers for this address."""
    argv = bench.network.on_client([bench.program("aoe"), "ping", address, "-c", "1", "-q", "-W", "0.2"])
    return subprocess.run(argv, capture_output=True).returncode == 0


def reflector(*disk):
    @contextlib.contextmanager
    def start(bench, load):
        options = [part.format(image=bench.image, sectors=os.path.getsize(bench.image) // 512) for part in disk]
        argv = [bench.program("aoereflect"), "-i", "eth0", *options]
        with started(bench, load, argv, says("ready"), "reflector") as child:
            yield Running((child.pid,))
    return start


@contextlib.contextmanager
def xdp(bench, load):
    if load.mtu > 3500:
        raise BenchError("XDP on veth wants an MTU of 3500 at most")
    with bench.network.xdp_reflector(bench.program("reflector.bpf.o")):
        yield Running(())


def nbd(name, argv):
    """An NBD server on TCP port 10809, over the same cable."""
    @contextlib.contextmanager
    def start(bench, load):
        words = [word.format(image=bench.image, bytes=os.path.getsize(bench.image)) for word in argv]
        with started(bench, load, words, listens(bench, 10809), name) as child:
            yield Running((child.pid,), "nbd", f"nbd://{TARGET_IP}:10809")
    return start


@contextlib.contextmanager
def nbd_server(bench, load):
    """Goes to the background, and forks for each connection: whose CPU time it is, is known too late."""
    config, pid_file = os.path.join(bench.scratch, "nbd.conf"), os.path.join(bench.scratch, "nbd.pid")
    with open(config, "w") as file:
        file.write(f"[generic]\nport = 10809\n[disk]\nexportname = {bench.image}\n")
    ready = listens(bench, 10809)
    command(*bench.network.on_target(["nbd-server", "-C", config, "-p", pid_file], load.target_cpu()))
    try:
        wait_until(lambda: ready(None), "nbd-server")
        yield Running((), "nbd", f"nbd://{TARGET_IP}:10809/disk")
    finally:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(open(pid_file).read()), signal.SIGTERM)
            wait_until(lambda: not ready(None), "the end of nbd-server")


@contextlib.contextmanager
def tgt(bench, load):
    admin = bench.network.on_target(["tgtadm", "-C", "77", "--lld", "iscsi"])
    with started(bench, load, ["tgtd", "-f", "-C", "77"], listens(bench, 3260), "tgt") as child:
        command(*admin, "--mode", "target", "--op", "new", "--tid", "1", "-T", "iqn.2026-01.bench:disk")
        command(*admin, "--mode", "logicalunit", "--op", "new", "--tid", "1", "--lun", "1", "-b", bench.image)
        command(*admin, "--mode", "target", "--op", "bind", "--tid", "1", "-I", "ALL")
        try:
            yield Running((child.pid,), "iscsi", f"iscsi://{TARGET_IP}/iqn.2026-01.bench:disk/1")
        finally:
            # It does not end by TERM while it has targets.
            subprocess.run([*admin, "--mode", "target", "--op", "delete", "--force", "--tid", "1"], capture_output=True)
            child.kill()


@contextlib.contextmanager
def disk_itself(bench, _load):
    """fio on the file on the disk, with nothing in between."""
    yield Running((), "file", bench.disk_image())


def fuse(name, target, mount, file_name):
    """`target` seen through a FUSE file at the client's end: mount(bench, directory) is the command line."""
    @contextlib.contextmanager
    def start(bench, load):
        directory = os.path.join(bench.scratch, name)
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, file_name)
        with target(bench, load) as running:
            log = os.path.join(bench.scratch, f"{name}.log")
            argv = bench.network.on_client(mount(bench, running, directory), load.client_cpu())
            with process(argv, log) as child:
                try:
                    wait_until(lambda: os.path.exists(path), name, child, log)
                    yield Running((*running.pids, child.pid), "file", path)
                finally:
                    subprocess.run(["umount", "-l", directory], capture_output=True)
    return start


NBDKIT_MEMORY = ["nbdkit", "-f", "-p", "10809", "memory", "{bytes}"]
nbdkit_memory = nbd("nbdkit-memory", NBDKIT_MEMORY)

AOE_KINDS = ("read", "write", "mix", "query")
ALL = {contender.name: contender for contender in (
    Contender("vblade", vblade("vblade", name="vblade"), ("vblade",), AOE_KINDS),
    Contender("vblade, asleep", vblade("vblade", "--busy-wait", "0", name="vblade"), ("vblade",), AOE_KINDS),
    Contender("aoed", aoed("aoed"), ("aoed",), AOE_KINDS),
    Contender("vblade 25", vblade("peer", name="vblade25"), ("peer",), AOE_KINDS),
    Contender("reflector", reflector("--sectors", "{sectors}"), ("aoereflect",), AOE_KINDS, "ceiling in user space"),
    Contender("file reflector", reflector("--file", "{image}"), ("aoereflect",), AOE_KINDS,
              "ceiling for targets that read and write by system calls"),
    Contender("XDP reflector", xdp, ("reflector.bpf.o",), ("query",), "ceiling in the kernel"),
    Contender("nbdkit file", nbd("nbdkit-file", ["nbdkit", "-f", "-p", "10809", "file", "{image}"]), ("nbdkit", "fio")),
    Contender("nbdkit memory", nbdkit_memory, ("nbdkit", "fio")),
    Contender("qemu-nbd", nbd("qemu-nbd", ["qemu-nbd", "-p", "10809", "-f", "raw", "--cache=writeback", "-e", "4", "-t",
                                           "{image}"]), ("qemu-nbd", "fio")),
    Contender("nbd-server", nbd_server, ("nbd-server", "fio")),
    Contender("tgt", tgt, ("tgtd", "tgtadm", "iscsi-perf"), ("read",), "iscsi-perf reads only"),
    Contender("aoed, durable, disk", aoed("aoed", image="disk"), ("aoed",)),
    Contender("vblade 25 -s, disk", vblade("peer", "-s", on_disk=True, name="vblade25"), ("peer",), slow=True),
    Contender("aoed, direct, disk, asleep", aoed("aoed", image="disk", caching="direct"), ("aoed",)),
    Contender("aoed, direct, disk, awake",
              aoed("aoed", image="disk", caching="direct", disk_busy_wait="400us"), ("aoed",)),
    Contender("fio, direct, disk", disk_itself, ("fio",)),
    Contender("aoed, 1000 exports", aoed("aoed", exports=1000), ("aoed",)),
    Contender("aoed, 10000 exports", aoed("aoed", exports=10000), ("aoed",)),
    Contender("aoed, 2 exports, 1 thread", aoed("aoed", exports=2, threads=1), ("aoed",)),
    Contender("aoed, 2 exports, 2 threads", aoed("aoed", exports=2, threads=2), ("aoed",)),
    Contender("aoefuse", fuse("aoefuse", vblade("vblade", name="vblade"),
                              lambda bench, running, to: [bench.program("aoefuse"), "-f", "-i", "eth0", to], "e1.2"),
              ("vblade", "aoefuse", "fio")),
    Contender("nbdfuse", fuse("nbdfuse", nbdkit_memory, lambda bench, running, to: ["nbdfuse", to, running.place], "nbd"),
              ("nbdkit", "nbdfuse", "fio")),
)}

# Those of the matrix, ours first.
MATRIX = ("vblade", "aoed", "vblade 25", "reflector", "file reflector", "XDP reflector", "nbdkit file",
          "nbdkit memory", "qemu-nbd", "nbd-server", "tgt")
