"""Measures Covector beside JAX and prints ratios: `python benchmarks/run.py`.

Every group of cases runs in a process of its own, the libraries by turns and in changing order,
for several rounds. A cell is the median over the rounds, a ratio the median of the ratios of each
round: what slows the machine down for a while slows both. Ratios above 1 say that Covector is
faster. `--floor PROGRAM` adds what the same plugin costs through the PJRT C API alone; the build
option COVECTOR_BUILD_BENCHMARKS makes that program.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from cases import GROUPS, PROCESSES, Rows

CASES = Path(__file__).with_name("cases.py")


def run_group(library: str, group: str) -> Rows:
    command = [sys.executable, str(CASES), library, group]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{library}, {group}:\n{done.stderr}")
    return json.loads(done.stdout)


def run_process(library: str, code: str) -> float:
    """Milliseconds of a whole process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code.format(name=library)], check=True)
    return (time.perf_counter() - start) * 1e3


def measure(library: str, group: str) -> Rows:
    if group != "process":
        return run_group(library, group)
    return {
        f"process: {name}": (run_process(library, code), "ms") for name, code in PROCESSES.items()
    }


def rounds(groups: list[str], libraries: list[str], n: int) -> list[dict[str, Rows]]:
    """For each round, the rows of each library."""
    result = []
    for i in range(n):
        rows: dict[str, Rows] = {library: {} for library in libraries}
        for group in groups:
            for library in libraries if i % 2 == 0 else reversed(libraries):
                rows[library].update(measure(library, group))
        result.append(rows)
        print(f"round {i + 1} of {n}", file=sys.stderr)
    return result


def table(measured: list[dict[str, Rows]], libraries: list[str]) -> list[dict[str, object]]:
    ours, theirs = libraries
    rows = []
    for name, (_, unit) in measured[0][ours].items():
        a = [r[ours][name][0] for r in measured]
        b = [r[theirs][name][0] for r in measured]
        ratio = statistics.median(y / x for x, y in zip(a, b, strict=True))
        row = {"name": name, "unit": unit, "ratio": ratio}
        row |= {ours: statistics.median(a), theirs: statistics.median(b)}
        rows.append(row)
    return rows


def print_table(rows: list[dict[str, object]], libraries: list[str]) -> None:
    ours, theirs = libraries
    print(f"{'':34} {ours:>10} {theirs:>10}        ratio")
    for r in rows:
        print(f"{r['name']:34} {r[ours]:10.2f} {r[theirs]:10.2f} {r['unit']} {r['ratio']:8.2f}x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libraries", default="covector,jax", help="two names, separated by ','")
    parser.add_argument("--only", default="", help="groups, separated by ','")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write the table there")
    parser.add_argument("--floor", help="the program that measures the C API alone")
    options = parser.parse_args()
    libraries = options.libraries.split(",")
    groups = options.only.split(",") if options.only else ["process", *GROUPS]
    rows = table(rounds(groups, libraries, options.rounds), libraries)
    print_table(rows, libraries)
    if options.floor:
        print("\nthrough the PJRT C API alone:")
        subprocess.run([options.floor], check=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
