# SPDX-License-Identifier: Apache-2.0
"""tshark as an oracle: APDUs as one association in normal mode would carry them, written to a
capture file and dissected."""
import re
import struct
import subprocess

from harness.p1client import NORMAL, P1Client

# What is read off: member of the value, tshark's field.
FIELDS = {
    'local-identifier': 'p1.local_identifier',
    'mta-name': 'p1.mta_name',
    'arrival-time': 'p1.arrival_time',
    'deferred-time': 'p1.deferred_time',
    'originally-specified-recipient-number': 'p1.originally_specified_recipient_number',
    'standard-extension': 'p1.standard_extension',
    'extension-attribute-type': 'p1.extension_attribute_type',
    'iso-3166-alpha2-code': 'p1.iso_3166_alpha2_code',
    'x121-dcc-code': 'p1.x121_dcc_code',
    'organization-name': 'p1.organization_name',
    'numeric-user-identifier': 'p1.numeric_user_identifier',
    'content-length': 'p1.content_length',
    'message-delivery-time': 'p1.message_delivery_time',
}
TIMES = ('arrival-time', 'deferred-time', 'message-delivery-time')

# What tshark remarks on APDUs that are sound: (rule, text).
REMARKS = [
    ('tshark-bits', r'^Unknown bit|^Bits set in padded area'),
    ('tshark-opaque', r'OID not implemented|tag:16\(SEQUENCE\) but found class:UNIVERSAL\(0\) tag:2'
                      r'|beyond the end of the known sequence'),
    ('tshark-content', r'^P1 Unknown Content'),
    ('tshark-extension', r'^Unknown standard-extension'),
    # It wants primitive strings, and takes the others for something else.
    ('tshark-segments', r'^Unreassembled fragment'),
    ('tshark-trailing', r'zero-byte PN PDU|Trailing stray characters'),
    ('tshark-time', r'UTCTime'),
    ('tshark-opaque', r'Wrong field in SEQUENCE( OF)?: expected class:UNIVERSAL|INTEGER: length of'),
]
SOUND = "x'a00931056b031301413000"
SEPARATOR = '\x1f'
PORT = 102
FAULTS = ['_ws.expert.message', '_ws.malformed']


class Recorder:
    """In place of a transport connection: TSDUs go into a capture, one frame each."""

    room = 65000

    def __init__(self, path):
        self.file = open(path, 'wb')
        self.file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 1 << 18, 101))
        self.frames = 0
        self.sequence = 1
        self.frame(b'\x03\0\0\x0b\x06\xe0\0\0\0\x01\0')  # CR

    def frame(self, octets):
        tcp = struct.pack('>HHIIBBHHH', 40000, PORT, self.sequence, 1, 5 << 4, 0x18, 0xffff, 0, 0)
        size = 40 + len(octets)
        ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, size, 0, 0, 64, 6, 0, b'\x7f\0\0\1', b'\x7f\0\0\2')
        self.file.write(struct.pack('<IIII', 0, self.frames, size, size) + ip + tcp + octets)
        self.sequence += len(octets)
        self.frames += 1

    def send(self, tsdu):
        self.frame(struct.pack('>BBH', 3, 0, len(tsdu) + 7) + b'\x02\xf0\x80' + tsdu)


class Association(P1Client):
    """The initiator's side of an association with nobody."""

    def __init__(self, path):
        self.mode, self.checkpoint, self.window, self.activity = NORMAL, 0, 3, 0
        self.transport = Recorder(path)
        self.transport.send(self.connect('differential', '', b'', b''))

    def expect(self, kind):
        return 1  # the one segment of every APDU


def write(path, apdus):
    """The capture; gives the number of the last frame of each APDU."""
    association = Association(path)
    last = []
    for apdu in apdus:
        association.transfer(apdu)
        last.append(association.transport.frames)
    association.transport.file.close()
    return last


def dissect(path, apdus):
    """For each APDU: ({member: its values in any order}, what tshark finds wrong)."""
    last = write(path, apdus)
    names = [*FIELDS.values(), *FAULTS]
    wanted = [part for name in names for part in ('-e', name)]
    done = subprocess.run(['tshark', '-n', '-r', path, '-T', 'fields', '-E', f'aggregator={SEPARATOR}',
                           '-e', 'frame.number', *wanted],
                          capture_output=True, text=True, timeout=600, check=True)
    answers = [({member: [] for member in FIELDS}, []) for _ in apdus]
    number = 0
    for line in done.stdout.split('\n')[:-1]:
        frame, *columns = line.split('\t')
        while number < len(last) and int(frame) > last[number]:
            number += 1
        columns = [column.split(SEPARATOR) if column else [] for column in columns]
        for member, values in zip(FIELDS, columns):
            answers[number][0][member] += values
        answers[number][1].extend(columns[-2] + columns[-1])
    return answers


def values(tree, members):
    """{member: its values in a tree, sorted}, as tshark prints them."""
    found = {member: [] for member in members}

    def walk(node):
        for name, inner in node.items() if isinstance(node, dict) else ():
            if name in found:
                found[name].append(printed(name, inner))
            walk(inner)
        for inner in node if isinstance(node, list) else ():
            walk(inner)
    walk(tree)
    return {member: sorted(texts) for member, texts in found.items()}


def printed(member, value):
    if isinstance(value, list):  # control characters are shown in ways of their own
        value = ''.join('\0' if c < 32 else chr(c) if c < 127 else '\ufffd' for c in value)
    value = str(value)
    if member not in TIMES:
        return value
    digits, zone = re.fullmatch(r'(\d*)(.*)', value).groups()
    day, clock = re.findall('..', digits[:6]), re.findall('..', digits[6:])
    return f'{"-".join(day)} {":".join(clock)} (UTC{zone.lstrip("Z")})'


def has_sound_content(tree):
    """Nothing, or the content that generate.c has for dissectors. tshark takes any other for P22, gets
    lost in it and leaves out what follows."""
    message, report = tree.get('message', {}), tree.get('report', {}).get('content', {})
    found = message.get('content') or report.get('returned-content') or SOUND
    return found == SOUND


def judge(verdict, case, answer):
    """Counts what tshark says of an APDU that we accept; what it does not understand must have a
    reason, and what it understands must be what we read. It accepts nearly everything itself."""
    fields, faults = answer
    if 'error' in case.ours:
        return
    meant = sorted(case.notes() - {'opaque'}) or ([] if has_sound_content(case.ours['ok']) else ['content'])
    remarks = set()
    for fault in faults:
        rules = [name for name, pattern in REMARKS if re.search(pattern, fault)]
        rules += meant
        if 'opaque' in case.notes() and case.origin != 'generated':
            rules.append('tshark-opaque')
        remarks.update(rules[:1])
        if rules:
            verdict.count(rules[0])
        elif not fault.startswith('_ws.'):
            verdict.fail(case, f'tshark: {fault}')
    if not meant and remarks <= {'tshark-bits', 'tshark-extension'}:
        mine = values(case.ours['ok'], FIELDS)
        for member, texts in fields.items():
            texts = sorted(re.sub('[^ -~]', '\ufffd', text) for text in texts)
            if texts != mine[member] and not any('\0' in text for text in mine[member]):
                verdict.fail(case, f'{member}: {mine[member]} here, {texts} in tshark')
        verdict.agreed += 1
