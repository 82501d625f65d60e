"""The report as one HTML file, with its plots inside as SVG. Needs python3-matplotlib."""
import html
import io

from . import report
from .bars import Bar, verdict
from .rounds import spread, values_of

STYLE = """
body { font: 15px/1.45 sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: .5em 0 1em } td, th { padding: .15em .7em; border-bottom: 1px solid #ddd;
text-align: right; font-variant-numeric: tabular-nums } td:first-child, th:first-child { text-align: left }
.missed { color: #b00020; font-weight: bold } .met { color: #1b6e2c } .note { color: #777; font-size: 85% }
svg { max-width: 100%; height: auto }
"""


def pyplot():
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "font.size": 9, "axes.spines.top": False,
                                "axes.spines.right": False})
    import matplotlib.pyplot
    return matplotlib.pyplot


def svg(figure):
    output = io.StringIO()
    figure.savefig(output, format="svg", bbox_inches="tight")
    pyplot().close(figure)
    text = output.getvalue()
    return text[text.index("<svg"):]


def table(head, lines, classes=None):
    def cells(line, tag):
        return "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in line)
    rows = "".join(f'<tr class="{classes[i] if classes else ""}">{cells(line, "td")}</tr>' for i, line in enumerate(lines))
    return f"<table><tr>{cells(head, 'th')}</tr>{rows}</table>"


def notes(reasons):
    return "".join(f'<div class="note">not counted: {html.escape(reason)}</div>' for reason in reasons)


def plot_bars(bars):
    """Each ratio with its spread, on a scale on which the bar is 1: to the right of it is better."""
    shown = [bar for bar in bars if isinstance(bar, Bar) and bar.result and (bar.at_least or bar.at_most)]
    if not shown:
        return ""
    figure, axes = pyplot().subplots(figsize=(9, 0.36 * len(shown) + 1))
    for y, bar in enumerate(reversed(shown)):
        scale = (lambda value, bar=bar: value / bar.at_least) if bar.at_least else (
            lambda value, bar=bar: bar.at_most / value)
        low, high = sorted((scale(bar.result.low), scale(bar.result.high)))
        color = "#1b6e2c" if verdict(bar) == "met" else "#b00020"
        axes.plot([low, high], [y, y], color=color, linewidth=3, alpha=0.35, solid_capstyle="butt")
        axes.plot(scale(bar.result.median), y, "o", color=color)
    axes.axvline(1, color="#222", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(shown)), [bar.name for bar in reversed(shown)])
    axes.set_xlabel("median and spread of the rounds; 1: the bar; right of it: better")
    return svg(figure)


def plot_contenders(row, metric, label):
    """One horizontal bar a contender, with the spread of the rounds."""
    named = [(trial.contender, spread(values_of(row, trial, metric))) for trial in row.trials]
    named = [(name, values) for name, values in named if values]
    if not named:
        return ""
    figure, axes = pyplot().subplots(figsize=(4.6, 0.26 * len(named) + 0.8))
    names, values = zip(*reversed(named))
    medians = [value.median for value in values]
    errors = [[value.median - value.low for value in values], [value.high - value.median for value in values]]
    axes.barh(names, medians, xerr=errors, color=["#2b5d8a" if name in ("vblade", "aoed") else "#b5b5b5" for name in names],
              error_kw={"linewidth": 1})
    axes.set_xlabel(label)
    return svg(figure)


def plot_depths(rows, mtu, kind):
    """Requests a second and p99 against the depth, of the rows that differ in nothing else."""
    lines = {}
    for row in rows:
        for trial in row.trials:
            load = trial.load
            if (load.mtu, load.kind, load.size, load.order, load.clients) != (mtu, kind, "4k", "random", 1):
                continue
            requests = spread(values_of(row, trial, "requests/s"))
            late = spread([sample and sample.latency_us.get("p99") for sample in row.samples[trial]])
            if requests:
                lines.setdefault(trial.contender, []).append((load.depth, requests.median, late and late.median))
    if not lines or max(len(points) for points in lines.values()) < 2:
        return ""
    figure, (left, right) = pyplot().subplots(1, 2, figsize=(9.5, 3.2))
    for name, points in lines.items():
        points.sort()
        style = {"linewidth": 2.2 if name in ("vblade", "aoed") else 1, "marker": ".", "label": name}
        left.plot([p[0] for p in points], [p[1] for p in points], **style)
        right.plot([p[0] for p in points if p[2]], [p[2] for p in points if p[2]], **style)
    for axes, label in ((left, "requests/s"), (right, "p99, us")):
        axes.set_xscale("log", base=2)
        axes.set_xlabel("requests outstanding")
        axes.set_ylabel(label)
        axes.xaxis.set_major_formatter("{x:.0f}")
    left.set_ylim(bottom=0)
    right.set_yscale("log")
    left.legend(fontsize=7)
    return f"<h3>4 KiB random {kind}, MTU {mtu}, by depth</h3>" + svg(figure)


def write(path, settings, bars, rows):
    machine = report.machine()
    parts = [f"<!doctype html><meta charset=utf-8><title>aoekit benchmark</title><style>{STYLE}</style>"
             "<h1>aoekit benchmark</h1>",
             f"<p>{html.escape(machine['processor'])}, {machine['cores']} cores, Linux {html.escape(machine['kernel'])}; "
             f"{settings['rounds']} rounds of {settings['seconds']} s. Ratios are taken within a round, in which all "
             "contenders took turns; shown are the median and, in parentheses, the smallest and largest.</p>"]
    if bars:
        classes = [{"met": "met", "NOT MET": "missed"}.get(verdict(bar), "") for bar in bars]
        parts += ["<h2>Bars</h2>", plot_bars(bars), table(report.BAR_HEAD, [report.bar_line(bar) for bar in bars], classes)]
        parts += [notes(f"{bar.name}: {reason}" for bar in bars for reason in bar.dropped())]
    if rows:
        parts.append("<h2>Loads</h2>")
        parts += [plot_depths(rows, mtu, kind) for mtu in (1500, 9000) for kind in ("read", "write", "mix")]
    for row in rows:
        parts += [f"<h3>{html.escape(row.name)}</h3>", plot_contenders(row, "requests/s", "requests/s"),
                  plot_contenders(row, "target CPU", "target CPU, us a request"),
                  table(report.ROW_HEAD, list(report.row_lines(row))), notes(row.dropped)]
    with open(path, "w") as file:
        file.write("\n".join(parts))
