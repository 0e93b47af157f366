"""Table of docs/reliability.md, from the records of the fault tests: `python reliability.py RECORDS DOCUMENT`."""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def together(outcomes: Iterable[str]) -> str:
    """Outcomes that differ in numbers alone as one, with the range of each number."""
    numbers = defaultdict(list)
    for outcome in outcomes:
        numbers[NUMBER.sub("{}", outcome)].append(NUMBER.findall(outcome))
    texts = []
    for text, rows in sorted(numbers.items()):
        columns = [
            sorted(column, key=lambda number: float(number.replace(",", ""))) for column in zip(*rows, strict=True)
        ]
        texts.append(text.format(*(" to ".join(dict.fromkeys((column[0], column[-1]))) for column in columns)))
    return " / ".join(texts)


def table(records: list[dict]) -> str:
    """Row for each fault, or for neighbours with the same result.

    For each robot its repetitions and the longest time to a stop, then what came of it.
    """
    robots = list(dict.fromkeys(item["robot"] for item in records))
    by_fault = defaultdict(list)
    for item in records:
        by_fault[item["fault"]].append(item)
    rows: list[tuple[list[str], list[str]]] = []
    for fault, items in by_fault.items():
        cells = [cell([item["seconds"] for item in items if item["robot"] == robot]) for robot in robots]
        cells.append(together(item["outcome"] for item in items))
        if rows and rows[-1][1] == cells:
            rows[-1][0].append(fault)
        else:
            rows.append(([fault], cells))
    lines = [f"| fault | {' | '.join(robots)} | result |", "|---" * (len(robots) + 2) + "|"]
    lines += [f"| {'; '.join(faults)} | {' | '.join(cells)} |" for faults, cells in rows]
    return "\n".join(lines)


def cell(seconds: list[float | None]) -> str:
    """Longest time to a stop, if there was one, and the repetitions in parentheses."""
    times = [each for each in seconds if each is not None]
    parts = [f"{max(times):.3f} s"] if times else []
    return " ".join([*parts, f"({len(seconds)})"]) if seconds else ""


def main() -> None:
    records, document = Path(sys.argv[1]), Path(sys.argv[2])
    items = [json.loads(line) for line in records.read_text().splitlines()]
    text = document.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    document.write_text(f"{before}{BEGIN}\n{table(items)}\n{END}{after}")


if __name__ == "__main__":
    main()
