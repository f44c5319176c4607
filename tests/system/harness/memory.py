# SPDX-License-Identifier: Apache-2.0
"""What of a process's memory a core would hold, and whether a text is in there."""
import pathlib
import re

MAPPING = re.compile(r'^([0-9a-f]+)-([0-9a-f]+) (\S+) ')
PIECE = 8  # octets of a text that are taken for a trace of it


def mappings(pid, everything):
    """(start, end) of what may be read and is not kept out of cores: more than a core has, because
    that leaves out what can be read again from a file. With everything, also what is kept out."""
    current = None
    for line in pathlib.Path(f'/proc/{pid}/smaps').read_text().splitlines():
        match = MAPPING.match(line)
        if match:
            start, end, rights = match.groups()
            current = (int(start, 16), int(end, 16)) if rights.startswith('r') else None
        elif line.startswith('VmFlags:') and current:
            if everything or not {'dd', 'io'} & set(line.split()[1:]):
                yield current


def traces(text, octets):
    """The pieces of a text that are found."""
    data = text.encode()
    pieces = (data[i:i + PIECE] for i in range(len(data) - PIECE + 1))
    return [piece for piece in pieces if piece in octets]


def search(pid, texts, everything=False):
    """(text, what was found of it and around it) for each of the texts in each mapping."""
    found = []
    with open(f'/proc/{pid}/mem', 'rb', buffering=0) as memory:
        for start, end in mappings(pid, everything):
            try:
                memory.seek(start)
                octets = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue  # the kernel's own: [vvar], [vsyscall]
            for text in texts:
                for piece in traces(text, octets)[:1]:
                    at = octets.index(piece)
                    found.append((text, octets[max(0, at - 64):at + 64]))
    return found
