# SPDX-License-Identifier: Apache-2.0
"""Messages through a relay that accepts each durably: x400d beside Postfix, in turns."""
import pathlib
import shutil

import measure
import postfix
import x400
from measure import KIB, MIB

SESSIONS = (1, 10, 20, 50)
SIZES = (KIB, 10 * KIB, MIB)
# Messages of one run by size, over one session and over several: some seconds for each system.
COUNTS = {
    'x400d': {KIB: (1000, 8000), 10 * KIB: (800, 5000), MIB: (80, 200)},
    'Postfix': {KIB: (500, 1500), 10 * KIB: (400, 1000), MIB: (60, 120)},
}
QUICK = 8  # a quick run has so many times fewer
# At a gentle pace: every session sends a message about every half second.
PACED = {'size': KIB, 'sessions': 50, 'rate': 100, 'messages': 600}


def count(system, size, sessions, quick):
    messages = COUNTS[system][size][sessions > 1] // (QUICK if quick else 1)
    return max(messages, sessions)


class Bench:
    def __init__(self, build, scratch, quick, say):
        self.build, self.scratch, self.quick, self.say = build, scratch, quick, say
        self.without = postfix.missing()
        self.serial = 0

    def x400(self, **cell):
        self.serial += 1
        directory = pathlib.Path(self.scratch, f'x400d-{self.serial}')
        try:
            with x400.Relay(self.build, directory) as relay:
                return relay.measure(**cell)
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def measured(self, system, cell, result):
        rate = cell['messages'] / result['seconds']
        cpu = result['cpu'] / cell['messages'] * 1e3
        self.say(f'  {system:8} {measure.size_name(cell["size"]):>7} {cell["sessions"]:3} sessions: '
                 f'{rate:8.0f} messages/s, {cpu:7.3f} ms CPU each')
        return {'system': system, **cell, **result}

    def round(self, peer):
        """All cells once, both systems side by side."""
        cells = []
        for size in SIZES:
            for sessions in SESSIONS:
                for system, run in (('x400d', self.x400), ('Postfix', peer and peer.measure)):
                    if run:
                        cell = {'size': size, 'sessions': sessions,
                                'messages': count(system, size, sessions, self.quick)}
                        cells.append(self.measured(system, cell, run(**cell)))
        return cells

    def paced(self, peer):
        size, sessions = PACED['size'], PACED['sessions']
        messages = PACED['messages'] // (2 if self.quick else 1)
        cell = {'size': size, 'sessions': sessions, 'messages': messages}
        out = [self.measured('x400d', cell, self.x400(**cell, rate=PACED['rate']))]
        if peer:
            out.append(self.measured('Postfix', cell, peer.measure(**cell, pause=1)))
        return out

    def run(self, rounds):
        result = {'machine': measure.machine(), 'flushes': [], 'cells': [], 'paced': [],
                  'without': self.without}
        peer = None if self.without else postfix.Postfix(pathlib.Path(self.scratch, 'postfix'))
        if not peer:
            self.say(f'Without Postfix: {self.without}')
            return self.rounds(rounds, None, result)
        with peer:
            result['postfix'] = peer.version()
            peer.measure(KIB, max(SESSIONS), 200)  # starts its processes
            return self.rounds(rounds, peer, result)

    def rounds(self, rounds, peer, result):
        for n in range(rounds):
            flushes = measure.flush_rate(self.scratch)
            self.say(f'round {n + 1} of {rounds}: {flushes:.0f} flushes/s')
            result['flushes'].append(flushes)
            for kind, cells in (('cells', self.round(peer)), ('paced', self.paced(peer))):
                result[kind] += [{'round': n, **cell} for cell in cells]
        return result


# ---- the result ---------------------------------------------------------------------------------


def rate(cell):
    return cell['messages'] / cell['seconds']


def cpu_ms(cell):
    return cell['cpu'] / cell['messages'] * 1e3


def load_us(cell):
    return cell['load-cpu'] / cell['messages'] * 1e6


def runs(result, system, size, sessions):
    return [c for c in result['cells']
            if (c['system'], c['size'], c['sessions']) == (system, size, sessions)]


def three(values, form):
    """smallest / median / largest"""
    return ' / '.join(form.format(v) for v in measure.spread(values))


def ratio(ours, theirs, form='{:.1f}'):
    """Of the medians, and of the runs of one round: smallest and largest."""
    pairs = [a / b for a, b in zip(ours, theirs)]
    middle = measure.spread(ours)[1] / measure.spread(theirs)[1]
    return f'{form.format(middle)} ({form.format(min(pairs))} to {form.format(max(pairs))})'


def rows(result):
    flushes = result['flushes']
    for size in SIZES:
        for sessions in SESSIONS:
            ours, theirs = (runs(result, s, size, sessions) for s in ('x400d', 'Postfix'))
            row = [measure.size_name(size), sessions, three(map_list(rate, ours), '{:.0f}')]
            if theirs:
                row += [three(map_list(rate, theirs), '{:.0f}'),
                        ratio(map_list(rate, ours), map_list(rate, theirs))]
            row += [three(map_list(cpu_ms, ours), '{:.3f}')]
            if theirs:
                row += [three(map_list(cpu_ms, theirs), '{:.2f}'),
                        ratio(map_list(cpu_ms, ours), map_list(cpu_ms, theirs), '{:.3f}')]
            per_flush = [rate(c) / flushes[c['round']] for c in ours]
            yield row + [three(per_flush, '{:.2f}')]


def map_list(function, cells):
    return [function(c) for c in cells]


def latency_rows(result):
    for system in ('x400d', 'Postfix'):
        cells = [c for c in result['paced'] if c['system'] == system]
        if cells:
            yield [system, three(map_list(rate, cells), '{:.0f}'),
                   *(three([c[q] / 1e3 for c in cells], '{:.1f}') for q in ('p50', 'p99', 'max')),
                   three(map_list(cpu_ms, cells), '{:.2f}')]


def text(result):
    """Tables in Markdown."""
    at, both = result['machine'], not result['without']
    head = ['message', 'sessions', 'x400d messages/s']
    head += ['Postfix messages/s', 'ratio'] if both else []
    head += ['x400d CPU ms/message'] + (['Postfix CPU ms/message', 'ratio'] if both else [])
    lines = [f'{at["date"]}, {at["cores"]} cores ({at["cpu"]}), kernel {at["kernel"]}, load at the '
             f'start {at["load"]:.1f}; {three(result["flushes"], "{:.0f}")} flushes/s of 4 KiB. All '
             'figures: smallest / median / largest of '
             f'{len(result["flushes"])} rounds; ratios of medians (and within each round).', '']
    lines += measure.table([*head, 'x400d messages/flush'], rows(result))
    lines += ['', f'At about {PACED["rate"]} messages of {measure.size_name(PACED["size"])} a second '
              f'over {PACED["sessions"]} sessions:', '']
    lines += measure.table(['', 'messages/s', 'p50 ms', 'p99 ms', 'max ms', 'CPU ms/message'],
                           latency_rows(result))
    loads = {s: [load_us(c) for c in result['cells'] if c['system'] == s and c['size'] == KIB]
             for s in ('x400d', 'Postfix')}
    lines += ['', 'CPU of source and sink for each message of 1 KiB: ' + ', '.join(
        f'{three(v, "{:.0f}")} us around {s}' for s, v in loads.items() if v) + '.']
    return '\n'.join(lines)
