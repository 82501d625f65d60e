# Makes the recorded part of docs/conformance.md from the suite's JSON: record.py DOCUMENT RUNS DATE OURS DEBIAN KERNEL
import json
import sys

MARK = "<!-- recorded -->"
SHORT = {"pass": "pass", "FAIL": "**FAIL**", "skipped": "skipped", "TARGET DIED": "**died**", "not run": "not run"}


def load(runs, name):
    with open(f"{runs}/{name}.json", encoding="utf-8") as file:
        return json.load(file)


def summary(columns):
    outcomes = list(SHORT)
    lines = ["| target | MTU | " + " | ".join(outcomes) + " |", "|---|---:|" + "---:|" * len(outcomes)]
    for name, run in columns:
        counts = " | ".join(str(run["summary"][outcome]) for outcome in outcomes)
        lines.append(f"| {name} | {run['mtu_bytes']} | {counts} |")
    return lines


def cases(columns):
    lines = ["| case | rule | " + " | ".join(f"{name}, {run['mtu_bytes']}" for name, run in columns) + " |",
             "|---|---|" + "---|" * len(columns)]
    for rows in zip(*(run["cases"] for _, run in columns)):
        results = " | ".join(SHORT[row["outcome"]] for row in rows)
        lines.append(f"| `{rows[0]['id']}` | {rows[0]['rule']} | {results} |")
    return lines


def skipped(columns):
    lines = []
    for name, run in columns:
        for row in run["cases"]:
            if row["outcome"] == "skipped":
                lines.append(f"- `{row['id']}`, {name} at {run['mtu_bytes']}: {row['reason']}.")
    return lines


def main():
    document, runs, date, ours, debian, kernel = sys.argv[1:]
    columns = [("aoekit", load(runs, "ours1500")), ("aoekit", load(runs, "ours9000")),
               ("Debian", load(runs, "debian1500")), ("Debian", load(runs, "debian9000"))]
    with open(document, encoding="utf-8") as file:
        by_hand = file.read().split(MARK)[0].rstrip()
    lines = [by_hand, "", MARK, "",
             "## Recorded runs", "",
             f"Recorded on {date} by `tests/conform/record`: aoekit {ours} and Debian's vblade {debian}, each with a file"
             f" of 8 MiB, over veth in network namespaces, Linux {kernel}, `--window 16256:128`.", ""]
    lines += summary(columns) + ["", "### Every case", ""] + cases(columns)
    lines += ["", "### Why cases were skipped", ""] + skipped(columns)
    with open(document, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    failures = sorted({row["id"] for _, run in columns for row in run["cases"]
                       if row["outcome"] in ("FAIL", "TARGET DIED")})
    missing = [name for name in failures if f"`{name}`" not in by_hand]
    if missing:
        sys.exit("these failures have no sentence in " + document + ": " + ", ".join(missing))


main()
