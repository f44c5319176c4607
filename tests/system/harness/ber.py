# SPDX-License-Identifier: Apache-2.0
"""As much BER as a test client needs: write definite lengths, read any."""


def length(n):
    if n < 128:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, 'big')
    return bytes([0x80 | len(octets)]) + octets


def tlv(tag, *parts):
    """One element; all tags of P1's stack but few fit one octet, so a tag is an octet here."""
    value = b''.join(parts)
    return bytes([tag]) + length(len(value)) + value


def integer(n, tag=0x02):
    return tlv(tag, n.to_bytes(n.bit_length() // 8 + 1, 'big', signed=True))


def printable(text, tag=0x13):
    return tlv(tag, text.encode('ascii'))


def ia5(text, tag=0x16):
    return tlv(tag, text.encode('ascii'))


def oid(text, tag=0x06):
    first, second, *rest = (int(arc) for arc in text.split('.'))
    out = b''
    for arc in [first * 40 + second, *rest]:
        groups = [arc & 0x7f]
        while arc := arc >> 7:
            groups.insert(0, 0x80 | arc & 0x7f)
        out += bytes(groups)
    return tlv(tag, out)


def bits(string, tag):
    """A BIT STRING written as '1010'."""
    pad = -len(string) % 8
    return tlv(tag, bytes([pad]), int(string + '0' * pad, 2).to_bytes((len(string) + pad) // 8, 'big'))


class Element:
    """A decoded element: tag octet, contents, and the members of a constructed one."""

    def __init__(self, tag, value, members):
        self.tag, self.value, self.members = tag, value, members

    def find(self, *tags):
        """The first element, anywhere below, reached by passing these tags in order; or None."""
        for member in self.members:
            rest = tags[1:] if member.tag == tags[0] else tags
            found = member if not rest else member.find(*rest)
            if found:
                return found
        return None

    def child(self, tag):
        return next((member for member in self.members if member.tag == tag), None)

    def octets(self):
        """Contents of a string, primitive or constructed."""
        return b''.join(m.octets() for m in self.members) if self.tag & 0x20 else self.value

    def number(self):
        return int.from_bytes(self.value, 'big', signed=True)


def decode(data):
    """The elements that follow each other in data."""
    elements, pos = [], 0
    while pos < len(data):
        element, pos = decode_one(data, pos)
        elements.append(element)
    return elements


def decode_one(data, pos):
    tag, pos = data[pos], pos + 1
    if tag & 0x1f == 0x1f:
        while data[pos] & 0x80:
            pos += 1
        pos += 1
    size, pos = data[pos], pos + 1
    if size == 0x80:
        return decode_indefinite(tag, data, pos)
    if size > 0x80:
        count = size & 0x7f
        size, pos = int.from_bytes(data[pos:pos + count], 'big'), pos + count
    value = data[pos:pos + size]
    if len(value) != size:
        raise ValueError(f'element {tag:02x} is cut short')
    return Element(tag, value, decode(value) if tag & 0x20 else []), pos + size


def decode_indefinite(tag, data, pos):
    start, members = pos, []
    while data[pos:pos + 2] != b'\0\0':
        member, pos = decode_one(data, pos)
        members.append(member)
    return Element(tag, data[start:pos], members), pos + 2
