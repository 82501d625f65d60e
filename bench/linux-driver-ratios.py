"""Reads what the guest of bench/linux-driver prints; prints rates and ratios of e1.1 (ours) to e2.1 (the peer)."""
import statistics
import sys

rates = {}
for line in sys.stdin:
    words = line.split()
    if words[:1] == ["@@RATE"] and len(words) == 5:
        rates.setdefault(words[2], {}).setdefault(int(words[1]), {})[words[3]] = int(words[4]) / 1024
    elif words[:1] == ["@@FAIL"]:
        sys.exit("linux-driver: " + " ".join(words[1:]))
if not rates:
    sys.exit("linux-driver: the guest measured nothing")
print("            round  ours MiB/s  peer MiB/s  ratio")
for kind, rounds in rates.items():
    ratios = []
    for number, both in sorted(rounds.items()):
        if both.get("e2.1", 0) <= 0 or "e1.1" not in both:
            sys.exit(f"linux-driver: {kind}, round {number}: nothing was done")
        ratios.append(both["e1.1"] / both["e2.1"])
        print(f"{kind:12}{number:5}{both['e1.1']:12.1f}{both['e2.1']:12.1f}{ratios[-1]:7.2f}")
    print(f"{kind:12}median ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
