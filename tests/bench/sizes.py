# SPDX-License-Identifier: Apache-2.0
"""What grows with what: idle associations, queued messages, and the size of one message, against
memory and time."""
import pathlib
import shutil
import time

import measure
import x400
from measure import GIB, KIB, MIB

IDLE = (0, 100, 1000)
QUEUED = (1000, 10000, 100000, 1000000)
CARRIED_RATE = 100  # messages a second over what is to be idle then
SETTLED = 11  # seconds; x400d gives memory back every 10
GROWTH = (MIB, 16 * MIB, 256 * MIB, GIB)


def fresh(build, scratch, name, **options):
    directory = pathlib.Path(scratch, name)
    shutil.rmtree(directory, ignore_errors=True)
    return x400.Relay(build, directory, **options)


def settled(read):
    """The value once it has stayed the same for a while."""
    end, value, since = time.monotonic() + 3 * SETTLED, read(), time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < SETTLED:
        time.sleep(0.05)
        new = read()
        if new != value:
            value, since = new, time.monotonic()
    return value


def idle(build, scratch, quick, say):
    """Associations that are open and do nothing: at once, and after each has carried a message."""
    rows = []
    for count in IDLE[:2] if quick else IDLE:
        for size in (None, KIB, MIB) if count else (None,):
            with fresh(build, scratch, 'idle', associations=max(count, 1)) as relay:
                memory = hold(relay, count, size)
                rows.append({'associations': count, 'carried': size or 0, 'kib': memory})
                say(f'  {rows[-1]}')
    return {'bench': 'idle', 'machine': measure.machine(), 'rows': rows}


def hold(relay, count, size):
    """KiB while count associations are open."""
    def memory():
        return measure.memory_kib(relay.pid)
    if not count:
        return settled(memory)
    carry = relay.sending(0)
    if size:  # not all at once: there is a limit for what has come in part
        carry = (*relay.sending(count), *relay.taking(), '-s', size, '--rate', CARRIED_RATE)
    with relay.background('holding', *carry, '-c', count, '--hold', 3600):
        relay.mta.wait_idle(seconds=300)
        return settled(memory)


def await_answer(relay):
    """Seconds from the start of the process until it answers on its control socket."""
    start = time.monotonic()
    relay.mta.start()
    return time.monotonic() - start


def queue(build, scratch, quick, say):
    """Nobody listens at the sink while messages pile up; then the node is killed, started again,
    relays to somebody else, and at last may drain."""
    rows = []
    for count in QUEUED[:2] if quick else QUEUED:
        with fresh(build, scratch, 'queue') as relay:
            filled = relay.load(*relay.sending(count), '-c', 50)
            full = measure.memory_kib(relay.pid)
            relay.mta.kill()
            restart = await_answer(relay)
            after = measure.memory_kib(relay.pid)
            beside = relay.load(*relay.sending(min(count, 10000), to=relay.side),
                                *relay.taking(relay.side), '-c', 10)
            drained = drain(relay, count)
            rows.append({'queued': count, 'fill-per-second': filled['sent']['per-second'],
                         'kib': full, 'restart-seconds': restart, 'kib-restarted': after,
                         'beside-per-second': beside['arrived']['per-second'],
                         'drain-per-second': drained})
            say(f'  {rows[-1]}')
    return {'bench': 'queue', 'machine': measure.machine(), 'rows': rows}


def drain(relay, count):
    """Messages a second from the queue to a sink that begins to listen."""
    to_sink = relay.mta.place.connector(relay.sink)
    with relay.background('listening', *relay.taking(), '-m', 0):
        start = time.monotonic()
        relay.mta.ctl('connector', 'open', to_sink)
        while relay.mta.ctl('connector', 'show', to_sink)['queued'] > 0:
            if time.monotonic() - start > x400.TIMEOUT:
                raise RuntimeError(f'{to_sink} does not drain')
            time.sleep(0.05)
        return count / (time.monotonic() - start)


def growth(build, scratch, quick, say):
    """One message each time, through a node that has just started."""
    rows = []
    for size in GROWTH[:2] if quick else GROWTH:
        with fresh(build, scratch, 'growth') as relay:
            relay.load(*relay.sending(20), *relay.taking())
            before = measure.memory_kib(relay.pid, 'VmHWM')
            result = relay.measure(size, 1, 1)
            rows.append({'size': size, 'seconds': result['seconds'], 'cpu': result['cpu'],
                         'kib-before': before, 'kib-grown': result['memory'] - before})
            say(f'  {rows[-1]}')
    return {'bench': 'growth', 'machine': measure.machine(), 'rows': rows}


# ---- tables -------------------------------------------------------------------------------------


def idle_table(rows):
    base = rows[0]['kib']
    return measure.table(
        ['associations', 'each has carried', 'memory MiB', 'KiB for each'],
        [[r['associations'], measure.size_name(r['carried']) if r['carried'] else 'nothing',
          f'{r["kib"] / 1024:.1f}',
          f'{(r["kib"] - base) / r["associations"]:.1f}' if r['associations'] else '']
         for r in rows])


def queue_table(rows):
    return measure.table(
        ['queued', 'filled messages/s', 'restart s', 'memory MiB', 'relayed beside it messages/s',
         'drained messages/s'],
        [[f'{r["queued"]:,}', f'{r["fill-per-second"]:.0f}', f'{r["restart-seconds"]:.2f}',
          f'{r["kib-restarted"] / 1024:.0f}', f'{r["beside-per-second"]:.0f}',
          f'{r["drain-per-second"]:.0f}'] for r in rows])


def growth_table(rows):
    return measure.table(
        ['message', 's end to end', 'MiB/s', 'CPU s', 'memory MiB before', 'grown by MiB'],
        [[measure.size_name(r['size']), f'{r["seconds"]:.2f}',
          f'{r["size"] / MIB / r["seconds"]:.0f}', f'{r["cpu"]:.2f}',
          f'{r["kib-before"] / 1024:.1f}', f'{r["kib-grown"] / 1024:.1f}'] for r in rows])


def text(result):
    tables = {'idle': idle_table, 'queue': queue_table, 'growth': growth_table}
    at = result['machine']
    return '\n'.join([f'{at["date"]}, {at["cores"]} cores, load at the start {at["load"]:.1f}.', '',
                      *tables[result['bench']](result['rows'])])
