"""A report as one self-contained web page."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from operator import itemgetter
from typing import Any

import plotly.graph_objects as go

from ant_bringup.bags.report.summary import overview

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ccc; padding: 0.2rem 0.8rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
.note { border-left: 4px solid #D55E00; padding-left: 0.8rem; }
.scroll { max-height: 24rem; overflow-y: auto; }
"""

# Without these, plotly offers to upload the record.
CONFIG = {"displaylogo": False, "showSendToCloud": False, "plotlyServerURL": ""}


def page(title: str, summary: Mapping[str, Any], figures: Sequence[go.Figure]) -> str:
    """Render the page; `summary` is that of `ant_bringup.bags.report.summary.summarise`."""
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in summary["notes"])
    plots = "".join(
        figure.to_html(full_html=False, include_plotlyjs=number == 0, config=CONFIG)
        for number, figure in enumerate(figures)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1>{_table('Summary', '', overview(summary).items())}{notes}{plots}{_tables(summary)}"
        "</body></html>\n"
    )


def _tables(summary: Mapping[str, Any]) -> str:
    spreads = {"latency from state to command": summary["latency_ms"]}
    for topic, kinds in summary["period_ms"].items():
        spreads |= {f"period of {topic}, {kind.replace('_', ' ')}": spread for kind, spread in kinds.items()}
    limits, gaps = summary["commands_at_limit"], summary["gaps_s"].items()
    jumps = itemgetter("episode", "take_off", "apex", "landing", "air_time")
    ends = itemgetter("number", "steps", "return", "reported_return", "outcome")
    tables: dict[str, tuple[str, Iterable[Sequence[object]]]] = {
        "Episodes": ("episode, steps, return, return reported by the simulator, end", map(ends, summary["episodes"])),
        "Jumps": ("episode, take-off [s], apex [m], landing [s], air time [s]", map(jumps, summary["jumps"] or ())),
        "Efforts": (
            "joint, mean [N m], RMS [N m], max [N m], commands at the limit",
            ((joint, *effort.values(), limits.get(joint)) for joint, effort in summary["efforts_Nm"].items()),
        ),
        f"Timing (clock: {summary['clock']})": (
            "quantity, count, mean [ms], std [ms], median [ms], 99 % [ms], max [ms]",
            ((name, *spread.values()) for name, spread in spreads.items()),
        ),
        "Gaps": (
            "topic, number, longest [s]",
            ((topic, len(found), max((gap["length"] for gap in found), default=None)) for topic, found in gaps),
        ),
        "Stops": (
            "node, from [s], to [s], reason",
            map(itemgetter("node", "begin", "end", "reason"), summary["stops"]),
        ),
        "Messages": ("topic, number", summary["messages"].items()),
    }
    if summary["jumps"] is None:
        del tables["Jumps"]
    return "".join(_table(title, *each) for title, each in tables.items())


def _table(title: str, heads: str, rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads.split(", ") if each)
    body = "".join("<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f'<h2>{escape(title)}</h2><div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.3f}" if isinstance(value, float) else escape(str(value))
