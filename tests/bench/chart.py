#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""chart.py RESULT.json CHART.svg: draws what `run relay` measured, x400d beside its peer.

Rows: messages a second, CPU of each message, time end to end; columns: sizes of messages. A line goes
through the medians, a bar from the smallest to the largest. Scales are logarithmic, so equal
distances are equal ratios. Colours follow the reader's light or dark setting."""
import json
import math
import sys
from xml.sax.saxutils import escape

import measure
import relay

WIDTH, PANEL_W, PANEL_H = 1020, 270, 190
LEFT, TOP, GAP_X, GAP_Y = 78, 92, 52, 52

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 17px; font-weight: 600 }
  .small { font-size: 11px; fill: #57606a }
  .head { font-weight: 600 }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .frame { stroke: #8c959f; fill: none }
  .x400d { stroke: #0969da; fill: #0969da }
  .Postfix { stroke: #bc4c00; fill: #bc4c00 }
  .line { fill: none; stroke-width: 2 }
  .p99 { stroke-dasharray: 5 4 }
  .bar { stroke-width: 2; opacity: .55 }
  .back { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .grid { stroke: #30363d }
    .frame { stroke: #6e7681 }
    .x400d { stroke: #58a6ff; fill: #58a6ff }
    .Postfix { stroke: #f0883e; fill: #f0883e }
    .back { fill: #0d1117 }
  }
"""


def milliseconds(name):
    return lambda cell: max(cell[name], 1) / 1e3


# title, and the lines in it: (name, value of one run)
METRICS = (
    ('messages a second', (('rate', relay.rate),)),
    ('CPU ms for each message', (('cpu', relay.cpu_ms),)),
    ('ms end to end, as fast as it goes', (('p50', milliseconds('p50')),
                                         ('p99', milliseconds('p99')))),
)


def series(result, size, value):
    """{system: [(smallest, median, largest) for each number of sessions]}"""
    out = {}
    for system in ('x400d', 'Postfix'):
        found = [relay.runs(result, system, size, n) for n in relay.SESSIONS]
        if all(found):
            out[system] = [measure.spread([value(c) for c in cells]) for cells in found]
    return out


def ticks(low, high):
    """1, 10, 100 ..., and 2 and 5 between them when there are few."""
    steps = (1, 2, 5) if high / low < 300 else (1,)
    out = [s * 10.0 ** e for e in range(-4, 8) for s in steps]
    return [t for t in out if low <= t <= high * 1.0001]


def bounds(values):
    """The range of a panel: some air around the values."""
    low, high = min(values) / 1.5, max(values) * 1.5
    return (low, high) if high / low > 4 else (low / 2, high * 2)


class Panel:
    def __init__(self, column, row, limits):
        self.x = LEFT + column * (PANEL_W + GAP_X)
        self.y = TOP + row * (PANEL_H + GAP_Y)
        self.low, self.high = limits
        self.out = []

    def at(self, value):
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.y + PANEL_H * (1 - share)

    def column(self, index):
        return self.x + PANEL_W * (index + 0.5) / len(relay.SESSIONS)

    def text(self, x, y, words, style='small', anchor='middle'):
        self.out.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">'
                        f'{escape(words)}</text>')

    def frame(self):
        for tick in ticks(self.low, self.high):
            y = self.at(tick)
            self.out.append(f'<line x1="{self.x}" x2="{self.x + PANEL_W}" y1="{y:.1f}" '
                            f'y2="{y:.1f}" class="grid"/>')
            self.text(self.x - 6, y + 4, f'{tick:,.10g}', anchor='end')
        for i, sessions in enumerate(relay.SESSIONS):
            self.text(self.column(i), self.y + PANEL_H + 15, str(sessions))
        self.out.append(f'<rect x="{self.x}" y="{self.y}" width="{PANEL_W}" height="{PANEL_H}" '
                        'class="frame"/>')

    def draw(self, system, kind, points):
        path = ' '.join(f'{self.column(i):.1f},{self.at(m):.1f}'
                        for i, (_, m, _) in enumerate(points))
        self.out.append(f'<polyline points="{path}" class="line {system} {kind}" fill="none"/>')
        for i, (low, middle, high) in enumerate(points):
            x = self.column(i)
            self.out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{self.at(low):.1f}" '
                            f'y2="{self.at(high):.1f}" class="bar {system}"/>')
            self.out.append(f'<circle cx="{x:.1f}" cy="{self.at(middle):.1f}" r="3.5" '
                            f'class="{system}"/>')


def panels(result):
    for row, (title, lines) in enumerate(METRICS):
        for column, size in enumerate(relay.SIZES):
            drawn = [(name, series(result, size, value)) for name, value in lines]
            values = [v for _, systems in drawn for points in systems.values() for p in points
                      for v in p]
            panel = Panel(column, row, bounds(values))
            panel.frame()
            panel.text(panel.x, panel.y - 8, title if column == 0 else '', 'head', 'start')
            if row == 0:
                panel.text(panel.x + PANEL_W, panel.y - 8, measure.size_name(size), 'head', 'end')
            if row == len(METRICS) - 1:
                panel.text(panel.x + PANEL_W / 2, panel.y + PANEL_H + 33, 'sessions')
            for name, systems in drawn:
                for system, points in systems.items():
                    panel.draw(system, name, points)
            yield '\n'.join(panel.out)


def legend(result):
    x, out = LEFT, []
    names = {'x400d': 'x400d, P1', 'Postfix': f'Postfix {result.get("postfix", "")}, SMTP'}
    for system in ('x400d',) if result['without'] else ('x400d', 'Postfix'):
        out.append(f'<line x1="{x}" x2="{x + 26}" y1="54" y2="54" class="line {system}"/>'
                   f'<circle cx="{x + 13}" cy="54" r="3.5" class="{system}"/>'
                   f'<text x="{x + 34}" y="58">{escape(names[system])}</text>')
        x += 190
    out.append(f'<text x="{x}" y="58" class="small">line: median, bar: smallest to largest of '
               f'{len(result["flushes"])} rounds; end to end: p50, dashed p99</text>')
    return '\n'.join(out)


def chart(result):
    height = TOP + len(METRICS) * (PANEL_H + GAP_Y) + 4
    at = result['machine']
    machine = (f'{at["cores"]} cores, {measure.spread(result["flushes"])[1]:.0f} flushes/s, '
               f'{at["date"]}')
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f'<title>Messages relayed with durable accept, {escape(machine)}</title>',
        f'<style>{STYLE}</style>', f'<rect width="{WIDTH}" height="{height}" class="back"/>',
        f'<text x="{LEFT}" y="30" class="title">Relaying with durable accept</text>',
        f'<text x="{WIDTH - 20}" y="30" class="small" text-anchor="end">{escape(machine)}</text>',
        legend(result), *panels(result), '</svg>', ''])


def main():
    source, target = sys.argv[1:]
    with open(source, encoding='utf-8') as file:
        result = json.load(file)
    with open(target, 'w', encoding='utf-8') as file:
        file.write(chart(result))


if __name__ == '__main__':
    main()
