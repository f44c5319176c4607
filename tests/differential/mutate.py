# SPDX-License-Identifier: Apache-2.0
"""Damages and rearranges BER: one change to a PDU, chosen by a random number generator."""


class Node:
    """A TLV: identifier octets, and contents or members."""

    def __init__(self, identifier, value, members, indefinite):
        self.identifier, self.value, self.members = identifier, value, members
        self.indefinite = indefinite

    def copy(self):
        members = None if self.members is None else [m.copy() for m in self.members]
        return Node(self.identifier, self.value, members, self.indefinite)

    def encode(self):
        value = self.value if self.members is None else b''.join(m.encode() for m in self.members)
        if self.indefinite:
            return self.identifier + b'\x80' + value + b'\0\0'
        return self.identifier + length(len(value)) + value

    def walk(self):
        """All nodes below this one, as (parent, node)."""
        for member in self.members or []:
            yield self, member
            yield from member.walk()


class Raw(Node):
    """Octets that are to appear as they are."""

    def __init__(self, octets):
        super().__init__(b'', octets, None, False)

    def encode(self):
        return self.value


class Forest(Node):
    """What stands in no other: the PDU."""

    def __init__(self, octets):
        super().__init__(b'', None, [parse(octets)[0]], False)

    def encode(self):
        return b''.join(m.encode() for m in self.members)


def length(n):
    if n < 128:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, 'big')
    return bytes([0x80 | len(octets)]) + octets


def parse(data, pos=0):
    """The node at pos of sound octets, and where it ends."""
    start = pos
    pos += 1
    if data[start] & 0x1f == 0x1f:
        while data[pos] & 0x80:
            pos += 1
        pos += 1
    identifier, constructed = data[start:pos], data[start] & 0x20
    size, pos = data[pos], pos + 1
    if size == 0x80:
        members = []
        while data[pos:pos + 2] != b'\0\0':
            member, pos = parse(data, pos)
            members.append(member)
        return Node(identifier, None, members, True), pos + 2
    if size > 0x80:
        count = size & 0x7f
        size, pos = int.from_bytes(data[pos:pos + count], 'big'), pos + count
    end = pos + size
    if not constructed:
        return Node(identifier, data[pos:end], None, False), end
    members = []
    while pos < end:
        member, pos = parse(data, pos)
        members.append(member)
    return Node(identifier, None, members, False), end


# ---- damage to octets ------------------------------------------------------------------------------

def flip_bit(chance, octets):
    octets = bytearray(octets)
    octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
    return bytes(octets)


def replace_octet(chance, octets):
    octets = bytearray(octets)
    octets[chance.randrange(len(octets))] = chance.choice([0, 1, 0x7f, 0x80, 0xff])
    return bytes(octets)


def truncate(chance, octets):
    return octets[:chance.randrange(len(octets))]


def append(chance, octets):
    return octets + chance.choice([b'\0\0', b'\0', b'\x05\0', b'\xff', octets])


# ---- changes to the tree ---------------------------------------------------------------------------

class Unfit(Exception):
    """There is nothing in this PDU that the change could be made to."""


def some_member(chance, tree, wanted=lambda node: True):
    found = [pair for pair in tree.walk() if wanted(pair[1])]
    if not found:
        raise Unfit
    return chance.choice(found)


def change_tag(chance, tree):
    _, node = some_member(chance, tree)
    first = node.identifier[0]
    first ^= chance.choice([0x20, 0x40, 0x80, 1, 2, 3, 4, 7])
    node.identifier = bytes([first]) + node.identifier[1:] if first & 0x1f != 0x1f else b'\xbf\x81\x00'


def long_tag(chance, tree):
    """The tag in the form that is for numbers from 31 on."""
    _, node = some_member(chance, tree, lambda node: len(node.identifier) == 1)
    first = node.identifier[0]
    node.identifier = bytes([first | 0x1f, first & 0x1f])


def change_length(chance, tree):
    parent, node = some_member(chance, tree)
    octets = node.encode()
    at = len(node.identifier)
    wrong = bytes([(octets[at] + chance.choice([1, -1, 2, 0x80])) % 256])
    parent.members[parent.members.index(node)] = Raw(octets[:at] + wrong + octets[at + 1:])


def huge_length(chance, tree):
    parent, node = some_member(chance, tree)
    size = chance.choice([b'\x84\xff\xff\xff\xff', b'\x88' + b'\xff' * 8, b'\x89' + b'\0' * 9, b'\xff'])
    parent.members[parent.members.index(node)] = Raw(node.identifier + size + (node.value or b''))


def padded_length(chance, tree):
    parent, node = some_member(chance, tree, lambda node: not node.indefinite)
    value = node.value if node.members is None else b''.join(m.encode() for m in node.members)
    count = chance.choice([1, 2, 4, 8]) if len(value) < 128 else 4
    parent.members[parent.members.index(node)] = Raw(
        node.identifier + bytes([0x80 | count]) + len(value).to_bytes(count, 'big') + value)


def delete(chance, tree):
    parent, node = some_member(chance, tree)
    parent.members.remove(node)


def duplicate(chance, tree):
    parent, node = some_member(chance, tree)
    parent.members.insert(chance.randrange(len(parent.members) + 1), node.copy())


def swap(chance, tree):
    parent, _ = some_member(chance, tree)
    chance.shuffle(parent.members)


def transplant(chance, tree):
    """Something from elsewhere in its place."""
    parent, node = some_member(chance, tree)
    _, other = some_member(chance, tree)
    parent.members[parent.members.index(node)] = other.copy()


def insert_unknown(chance, tree):
    parent, _ = some_member(chance, tree)
    unknown = chance.choice([b'\xbf\x63\x02\x05\x00', b'\x9f\x63\x01\x07', b'\x05\x00', b'\x0c\x01A',
                             b'\x00\x00'])
    parent.members.insert(chance.randrange(len(parent.members) + 1), Raw(unknown))


def indefinite(chance, tree):
    _, node = some_member(chance, tree, lambda node: node.members is not None)
    node.indefinite = not node.indefinite


def segment(chance, tree):
    """A primitive value in segments, as only strings may be."""
    _, node = some_member(chance, tree, lambda node: node.members is None)
    tag = chance.choice([b'\x04', b'\x04', b'\x03', node.identifier])
    cut = chance.randrange(len(node.value) + 1)
    node.members = [Node(tag, node.value[:cut], None, False), Node(tag, node.value[cut:], None, False)]
    node.identifier = bytes([node.identifier[0] | 0x20]) + node.identifier[1:]
    node.value = None


def change_value(chance, tree):
    _, node = some_member(chance, tree, lambda node: node.members is None)
    node.value = chance.choice([b'', b'\0', b'\x7f', b'\xff', b'\x80', node.value + b'\x01', b'\x08\0',
                                node.value[:-1], b'\0' + node.value, b'\xff' * 9, bytes(9) + b'\x01',
                                node.value * 40])


OCTETS = [flip_bit, replace_octet, truncate, append]
TREES = [change_tag, long_tag, change_length, huge_length, padded_length, delete, duplicate, swap,
         transplant, insert_unknown, indefinite, segment, change_value]


CHANGES = OCTETS + TREES + TREES  # what is no BER can be changed by OCTETS only


def mutate(chance, octets, changes):
    """(name of the change, changed octets)."""
    change = chance.choice(changes)
    if change in OCTETS:
        return change.__name__, change(chance, octets)
    tree = Forest(octets)
    try:
        change(chance, tree)
    except Unfit:
        return mutate(chance, octets, changes)
    return change.__name__, tree.encode()
