# SPDX-License-Identifier: Apache-2.0
"""What is measured outside of the programs: the disk, processor time, memory, the machine."""
import os
import pathlib
import platform
import re
import statistics
import time

KIB, MIB, GIB = 1024, 1024 ** 2, 1024 ** 3
TICK = os.sysconf('SC_CLK_TCK')


def flush_rate(directory, seconds=1.0):
    """4 KiB writes into a file of fixed length that reach the disk, one after the other, a second."""
    path = pathlib.Path(directory, 'flushes')
    blocks, block = 1024, b'x' * 4096
    with open(path, 'wb', buffering=0) as file:
        file.write(block * blocks)
        os.fsync(file.fileno())
        count, start = 0, time.monotonic()
        while time.monotonic() - start < seconds:
            os.pwrite(file.fileno(), block, count % blocks * len(block))
            os.fdatasync(file.fileno())
            count += 1
        rate = count / (time.monotonic() - start)
    path.unlink()
    return rate


def children():
    """{process: its children} of this moment."""
    out = {}
    for entry in os.scandir('/proc'):
        if entry.name.isdigit():
            try:
                stat = pathlib.Path(entry.path, 'stat').read_text()
            except OSError:
                continue
            out.setdefault(int(stat.rsplit(')', 1)[1].split()[1]), []).append(int(entry.name))
    return out


def cpu_of(pid):
    """Seconds that the threads of one process have run, and its children that ended."""
    running = 0
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        running += int((task / 'schedstat').read_text().split()[0])
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
    return running / 1e9 + (int(fields[13]) + int(fields[14])) / TICK


def cpu_seconds(pid):
    """The same of a process and all below it."""
    family, todo, total = children(), [pid], 0.0
    while todo:
        one = todo.pop()
        todo += family.get(one, [])
        try:
            total += cpu_of(one)
        except OSError:
            continue  # it has ended: its parent's figure has it
    return total


def memory_kib(pid, what='VmRSS'):
    """Resident size now, or VmHWM: the largest so far."""
    status = pathlib.Path(f'/proc/{pid}/status').read_text()
    return int(re.search(rf'{what}:\s+(\d+)', status).group(1))


def machine():
    cpu = re.search(r'model name\s*: (.*)', pathlib.Path('/proc/cpuinfo').read_text())
    return {'date': time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime()), 'cores': os.cpu_count(),
            'cpu': cpu.group(1) if cpu else platform.machine(), 'kernel': platform.release(),
            'load': os.getloadavg()[0]}


def spread(values):
    """(smallest, median, largest)"""
    return min(values), statistics.median(values), max(values)


def size_name(octets):
    for unit, name in ((GIB, 'GiB'), (MIB, 'MiB'), (KIB, 'KiB')):
        if octets >= unit:
            return f'{octets / unit:g} {name}'
    return f'{octets} octets'


def table(head, rows):
    """Lines of a table in Markdown."""
    lines = ['| ' + ' | '.join(head) + ' |', '| ' + ' | '.join('---' for _ in head) + ' |']
    return lines + ['| ' + ' | '.join(map(str, row)) + ' |' for row in rows]
