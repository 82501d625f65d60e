"""What is asked of a contender, and the rows of the matrix."""
from dataclasses import dataclass, replace

SIZES = ("512", "1k", "4k", "frame", "64k")
DEPTHS = (1, 8, 32, 128, 256)
KINDS = ("read", "write", "mix")  # mix: 70 % reads
MTUS = (1500, 9000)


@dataclass(frozen=True)
class Load:
    size: str = "4k"        # of a request; "frame": as much as a frame holds
    kind: str = "read"      # read, write, mix; query: of the configuration, without a disk
    order: str = "random"   # or sequential
    depth: int = 32
    mtu: int = 9000
    layer: str = "wire"     # of aoe bench; library: through libaoekit
    spin: bool = False      # the client does not sleep
    one_core: bool = False  # client, target and kernel on one core: total cost
    clients: int = 1        # processes that load the contender
    pinned: bool = True     # client on core 0, target on core 1 (one_core: both on 0); else the kernel's choice

    def label(self):
        what = "queries" if self.kind == "query" else f"{self.order} {self.size} {self.kind}"
        words = [f"MTU {self.mtu}", what, f"QD{self.depth}"]
        if self.layer == "library":
            words.append("libaoekit")
        if self.spin:
            words.append("client spins")
        if self.one_core:
            words.append("one core")
        if self.clients > 1:
            words.append(f"{self.clients} clients")
        return ", ".join(words)

    def frame_bytes(self):
        return (self.mtu - 36) // 512 * 512

    def bytes(self):
        if self.kind == "query":
            return 0
        if self.size == "frame":
            return self.frame_bytes()
        return int(self.size[:-1]) * 1024 if self.size.endswith("k") else int(self.size)

    def client_cpu(self):
        return 0 if self.pinned else None

    def target_cpu(self):
        return (0 if self.one_core else 1) if self.pinned else None


def matrix(one_core=False):
    """Every size at depth 32, random and sequential; every depth at 4 KiB, random; all kinds, at both MTUs."""
    base = Load(one_core=one_core)
    rows = [replace(base, mtu=mtu, size=size, kind=kind, order=order)
            for mtu in MTUS for order in ("random", "sequential") for kind in KINDS for size in SIZES]
    rows += [replace(base, mtu=mtu, kind=kind, depth=depth)
             for mtu in MTUS for kind in KINDS for depth in DEPTHS if depth != base.depth]
    rows += [replace(base, mtu=mtu, clients=4, depth=8) for mtu in MTUS]
    rows += [replace(base, mtu=1500, kind="query", depth=depth, spin=depth == 1) for depth in (1, 32)]
    return rows
