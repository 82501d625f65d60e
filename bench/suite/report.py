"""What was measured, as text and as JSON. The page with plots is in page.py."""
import math
import os
import platform

from .bars import Figure, verdict, wanted
from .rounds import METRICS, ratios, spread, values_of

REFERENCE = "vblade 25"


def machine():
    with open("/proc/cpuinfo") as cpuinfo:
        model = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), platform.machine())
    return {"processor": model, "cores": os.cpu_count(), "kernel": platform.release()}


def number(value, digits=2):
    if value is None:
        return "-"
    return "never" if math.isinf(value) else f"{value:.{digits}f}"


def bar_line(bar):
    unit = f" {bar.unit}" if isinstance(bar, Figure) and bar.unit else ""
    measured = "-" if bar.result is None else (
        f"{number(bar.result.median)}{unit} ({number(bar.result.low)}-{number(bar.result.high)})")
    ceiling = getattr(bar, "ceiling_result", None)
    return (bar.name, wanted(bar) + unit, measured, number(ceiling.median) if ceiling else "-",
            str(bar.result.rounds if bar.result else 0), verdict(bar))


def row_lines(row):
    """A line for each contender of a row of the matrix."""
    reference = next((trial for trial in row.trials if trial.contender == REFERENCE), None)
    for trial in row.trials:
        cells = [trial.contender]
        requests = spread(values_of(row, trial, "requests/s"))
        if requests is None:
            continue
        cells.append(number(requests.median, 0))
        megabytes = spread(values_of(row, trial, "bytes/s"))
        cells.append(number(megabytes.median / 1e6, 0))
        for key in ("p50", "p99", "p99.9", "p99.99"):
            latency = spread([sample and sample.latency_us.get(key) for sample in row.samples[trial]])
            cells.append(number(latency and latency.median, 1))
        target = spread(values_of(row, trial, "target CPU"))
        total = spread([sample and sample.total_cpu_us() for sample in row.samples[trial]])
        cells += [number(target and target.median), number(total and total.median)]
        ratio = ratios(row, trial, reference, "requests/s") if reference else None
        cells += [str(ratio) if ratio else "-", str(requests.rounds)]
        yield cells


ROW_HEAD = ("", "requests/s", "MB/s", "p50 us", "p99", "p99.9", "p99.99", "target us", "both us",
            f"to {REFERENCE} (spread)", "rounds")
BAR_HEAD = ("bar", "wanted", "measured: median (spread)", "the reflector", "rounds", "")


def columns(lines):
    """Text in columns, the first to the left, the others to the right."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def text_of_row(row):
    lines = [f"\n{row.name}", columns([ROW_HEAD, *row_lines(row)])]
    return "\n".join(lines + [f"  not counted: {reason}" for reason in row.dropped])


def text_of_bars(bars):
    lines = [columns([BAR_HEAD, *(bar_line(bar) for bar in bars)])]
    return "\n".join(lines + [f"  not counted: {bar.name}: {reason}" for bar in bars for reason in bar.dropped()])


def sample_json(sample):
    return None if sample is None else vars(sample)


def document(settings, bars, rows):
    """Everything, each sample included, for json.dump."""
    def finite(value):
        return None if value is None or math.isinf(value) else value

    def row_json(row):
        return {"name": row.name, "not_counted": row.dropped,
                "trials": [{"contender": trial.contender, "load": vars(trial.load),
                            "samples": [sample_json(sample) for sample in row.samples[trial]]} for trial in row.trials]}

    def bar_json(bar):
        result = bar.result
        return {"name": bar.name, "at_least": bar.at_least, "at_most": bar.at_most, "verdict": verdict(bar),
                "metric": getattr(bar, "metric", None), "unit": getattr(bar, "unit", "ratio"),
                "median": finite(result and result.median), "low": finite(result and result.low),
                "high": finite(result and result.high), "rounds": result.rounds if result else 0,
                "reflector": getattr(bar, "ceiling_result", None) and bar.ceiling_result.median,
                "not_counted": bar.dropped(), "row": row_json(bar.row) if getattr(bar, "row", None) else None}

    return {"machine": machine(), "settings": settings, "bars": [bar_json(bar) for bar in bars],
            "rows": [row_json(row) for row in rows]}


__all__ = ["METRICS", "document", "machine", "text_of_bars", "text_of_row"]
