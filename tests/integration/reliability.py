"""Makes the table of docs/reliability.md of what the fault tests recorded: `python reliability.py RECORDS DOCUMENT`."""

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
    """A row for each fault: how often it was made, the longest time until zero effort, what came of it."""
    by_fault = defaultdict(list)
    for item in records:
        by_fault[item["fault"]].append(item)
    lines = ["| fault | times | longest time until zero effort | what came of it |", "|---|---|---|---|"]
    for fault, items in by_fault.items():
        seconds = [item["seconds"] for item in items if item["seconds"] is not None]
        longest = f"{max(seconds):.3f} s" if seconds else "not timed"
        lines.append(f"| {fault} | {len(items)} | {longest} | {together(item['outcome'] for item in items)} |")
    return "\n".join(lines)


def main() -> None:
    records, document = Path(sys.argv[1]), Path(sys.argv[2])
    items = [json.loads(line) for line in records.read_text().splitlines()]
    text = document.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    document.write_text(f"{before}{BEGIN}\n{table(items)}\n{END}{after}")


if __name__ == "__main__":
    main()
