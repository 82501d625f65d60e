#!/usr/bin/env python3
"""Draws the figures of docs/scale.md from the CSV files beside this script: plot.py (no arguments, standard library)."""
import csv
import math
import pathlib

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 640, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 34, 46
COLOURS = ["#b03a2e", "#d68910", "#2471a3", "#1e8449"]


def rows(name):
    with open(HERE / f"{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


class Axis:
    """Maps values to pixels, by logarithm where asked."""

    def __init__(self, low, high, start, end, log):
        self.low, self.high, self.start, self.end, self.log = low, high, start, end, log

    def __call__(self, value):
        f = math.log10 if self.log else float
        share = (f(max(value, self.low)) - f(self.low)) / (f(self.high) - f(self.low))
        return self.start + share * (self.end - self.start)

    def ticks(self):
        if self.log:
            return [10**e for e in range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)]
        return [self.low + (self.high - self.low) * i / 5 for i in range(6)]


def label(value):
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def chart(name, title, x_title, y_title, x, y, series):
    """series: (legend, [(x, y), ...]) each; points of a series are joined."""
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
           f'font-size="11"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="20" font-size="13">{title}</text>']
    for tick in y.ticks():
        out.append(f'<path d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{label(tick)}</text>')
    for tick in x.ticks():
        out.append(f'<path d="M{x(tick):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eee"/>'
                   f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{label(tick)}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{x_title}</text>'
               f'<text x="14" y="{(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" '
               f'transform="rotate(-90 14 {(TOP + HEIGHT - BOTTOM) / 2})">{y_title}</text>')
    for i, (legend, points) in enumerate(series):
        colour = COLOURS[i % len(COLOURS)]
        line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{colour}"/>' for a, b in points]
        at = TOP + 14 + 18 * i
        out.append(f'<path d="M{WIDTH - RIGHT + 10} {at - 4}h16" stroke="{colour}" stroke-width="2"/>'
                   f'<text x="{WIDTH - RIGHT + 30}" y="{at}">{legend}</text>')
    out.append("</svg>\n")
    (HERE / f"{name}.svg").write_text("\n".join(out))


def x_axis(low, high, log=True):
    return Axis(low, high, LEFT, WIDTH - RIGHT, log)


def y_axis(low, high, log=True):
    return Axis(low, high, HEIGHT - BOTTOM, TOP, log)


def discovery():
    ways = [("first 192", "everybody", "before"), ("all at once", "everybody", "all at once"),
            ("spread", "everybody", "spread"), ("spread", "by shelf", "spread, by shelf")]
    table = rows("discovery")

    def points(policy, asking, column, keep=lambda row: True):
        chosen = [r for r in table if r["policy"] == policy and r["asking"] == asking and keep(r)]
        best = {}
        for r in chosen:  # of several layouts the one that is found worst
            key = int(r["exports"])
            value = column(r)
            best[key] = min(best.get(key, value), value)
        return sorted(best.items())

    one_host = lambda row: row["hosts"] == "1"  # noqa: E731
    chart("one-process", "Exports of one process that the first broadcast finds", "exports", "found, %",
          x_axis(1, 1e4), y_axis(0, 100, log=False),
          [(legend, points(p, a, lambda r: 100 * int(r["found_first"]) / int(r["exports"]), one_host))
           for p, a, legend in ways[:3]])
    chart("fabric", "Exports of a whole fabric that are found in the end (worst layout)", "exports", "found, %",
          x_axis(1, 1e6), y_axis(0, 100, log=False),
          [(legend, points(p, a, lambda r: 100 * int(r["found"]) / int(r["exports"]))) for p, a, legend in ways])
    worst = {}
    for r in table:
        if r["policy"] == "spread" and r["asking"] == "by shelf" and r["found"] == r["exports"]:
            key = int(r["exports"])
            worst[key] = max(worst.get(key, 0), float(r["milliseconds"]) / 1000)
    chart("converge", "Time until the last export is known, spread and by shelf", "exports", "seconds",
          x_axis(1, 1e6), y_axis(1e-4, 1e3), [("slowest layout", sorted(worst.items()))])


def storm():
    table = [r for r in rows("storm") if r["jitter_ms"] != "0" or r["policy"] == "all at once"]
    names = {("all at once", "0"): "before", ("spread", "500"): "jitter and pace"}
    layouts = sorted({(int(r["hosts"]) * int(r["exports_per_host"]), r["hosts"]) for r in table})
    series = []
    for key, legend in names.items():
        points = {}
        for r in table:
            if (r["policy"], r["jitter_ms"]) != key:
                continue
            total = int(r["hosts"]) * int(r["exports_per_host"])
            points[total] = max(points.get(total, 0), int(r["peak_per_10_ms"]) * 100)
        series.append((legend, sorted(points.items())))
    assert layouts
    chart("storm", "All hosts start within 10 ms: broadcasts a second that every station hears, at the peak", "exports",
          "broadcasts/s", x_axis(100, 1e6), y_axis(1e3, 1e8), series)


def steady():
    table = rows("steady")
    series = [(f"{label(int(exports))} exports a host",
               [(int(r["initiators"]), max(1.0, float(r["answers_per_second"]))) for r in table
                if r["exports_per_host"] == exports]) for exports in ("1", "100", "1000", "10000")]
    chart("steady", "Answers a second of one host to Linux initiators, which ask once a minute", "initiators",
          "answers/s", x_axis(1, 1e4), y_axis(1, 1e5), series)


if __name__ == "__main__":
    discovery()
    storm()
    steady()
