# SPDX-License-Identifier: Apache-2.0
"""PDUs in a capture as associations in normal mode would carry them, for dissectors: each in a
connection of its own, inside of what stands around it."""
import struct

from harness.ber import integer, oid, printable, tlv
from harness.p1client import (AB, AC, BER_SYNTAX, CN, DN, FN, GT, NORMAL, PI_USER_DATA, PT, RF, P1Client,
                              item, pdv)

PORT = 102
ROOM = 65000  # octets of a frame
PLEASE = 2    # also the code of GIVE TOKENS with data
EXTENDED_USER_DATA = 194
PI_REFUSE_REASON, PI_DISCONNECT, PI_TOKENS = 50, 17, 16
ACSE, RTSE = 1, 3  # presentation contexts of P1Client


class Recorder:
    """TSDUs of connections go into a capture, one frame each."""

    def __init__(self, path):
        self.file = open(path, 'wb')
        self.file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 1 << 18, 101))
        self.frames = self.connections = self.sequence = 0

    def connect(self):
        self.connections += 1
        self.sequence = 1
        self.frame(b'\x03\0\0\x0b\x06\xe0\0\0\0\x01\0')  # CR

    def frame(self, octets):
        client = b'\x7f' + struct.pack('>I', self.connections)[1:]
        tcp = struct.pack('>HHIIBBHHH', 40000, PORT, self.sequence, 1, 5 << 4, 0x18, 0xffff, 0, 0)
        size = 40 + len(octets)
        ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, size, 0, 0, 64, 6, 0, client, b'\x7f\xff\0\2')
        self.file.write(struct.pack('<IIII', 0, self.frames, size, size) + ip + tcp + octets)
        self.sequence += len(octets)
        self.frames += 1

    def send(self, tsdu):
        self.frame(struct.pack('>BBH', 3, 0, len(tsdu) + 7) + b'\x02\xf0\x80' + tsdu)


class Association(P1Client):
    """The initiator's side of an association with nobody."""

    def __init__(self, recorder):
        super().__init__('nobody', PORT, NORMAL, checkpoint=0, recorder=recorder)

    @staticmethod
    def connect_transport(host, port, **transport):
        return transport['recorder']

    def open(self):
        self.transport.send(self.connect('differential', '', b'', b''))

    def expect(self, kind):
        return 1  # the one segment of every APDU


# ---- what stands around a PDU ----------------------------------------------------------------------

def spdu(kind, data, *parameters):
    code = PI_USER_DATA if len(data) <= 512 else EXTENDED_USER_DATA
    return item(kind, *parameters, item(code, data))


def connect(cp):
    return spdu(CN, cp, item(5, item(19, b'\0'), item(22, b'\x03')), item(20, b'\x02\x49'))


def accept(cpa):
    return spdu(AC, cpa, item(5, item(19, b'\0'), item(22, b'\x03')), item(20, b'\x02\x49'))


def refuse(cpr):
    return item(RF, item(PI_REFUSE_REASON, b'\x02', cpr))


def abort(ppdu):
    return spdu(AB, ppdu, item(PI_DISCONNECT, b'\x03'))


def normal_mode(*members):
    """CP or CPA."""
    return tlv(0x31, tlv(0xa0, integer(1, 0x80)), tlv(0xa2, *members))


def contexts():
    return tlv(0xa4, *(tlv(0x30, integer(n), oid(syntax), tlv(0x30, BER_SYNTAX))
                       for n, syntax in ((ACSE, '2.2.1.0.1'), (RTSE, '2.6.0.2.12'))))


def cp(acse):
    return normal_mode(contexts(), pdv(ACSE, acse))


def aru(acse):
    return tlv(0xa0, pdv(ACSE, acse))


def user_information(rtse):
    return tlv(0xbe, tlv(0x28, BER_SYNTAX, integer(RTSE), tlv(0xa0, rtse)))


def aarq(rtorq):
    return tlv(0x60, tlv(0xa1, oid('2.6.0.1.6')), user_information(rtorq))


def aare(rtse, result=0):
    return tlv(0x61, tlv(0xa1, oid('2.6.0.1.6')), tlv(0xa2, integer(result)),
               tlv(0xa3, tlv(0xa1, integer(0))), user_information(rtse))


def abrt(rtab):
    return tlv(0x64, integer(0, 0x80), user_information(rtab))


# How the TSDU of a kind is made of a PDU; before it the association is opened but for CP, AARQ and
# RTORQ, which open one, and TSDUs of any kind.
TSDUS = {
    'RTORQ': lambda pdu: connect(cp(aarq(pdu))),
    'RTOAC': lambda pdu: accept(normal_mode(pdv(ACSE, aare(pdu)))),
    'RTORJ': lambda pdu: refuse(tlv(0x30, pdv(ACSE, aare(pdu, 1)))),
    'RTTP': lambda pdu: PT + spdu(PLEASE, pdv(RTSE, pdu), item(PI_TOKENS, b'\x01')),
    'RTTR': lambda pdu: GT + GT + pdv(RTSE, pdu),
    'RTAB': lambda pdu: abort(aru(abrt(pdu))),
    'AARQ': lambda pdu: connect(cp(pdu)),
    'AARE': lambda pdu: accept(normal_mode(pdv(ACSE, pdu))),
    'RLRQ': lambda pdu: spdu(FN, pdv(ACSE, pdu)),
    'RLRE': lambda pdu: spdu(DN, pdv(ACSE, pdu)),
    'ABRT': lambda pdu: abort(aru(pdu)),
    'CP': connect,
    'CPA': accept,
    'CPR': refuse,
    'ARU': abort,
    'ARP': abort,
    'UserData': lambda pdu: GT + GT + pdu,
    'TSDU': lambda pdu: pdu,
}
OPENING = {'RTORQ', 'AARQ', 'CP', 'TSDU'}


def message(content):
    """An MTS-APDU with a P22 content."""
    domain = tlv(0x63, tlv(0x61, printable('XX')), tlv(0x62, printable('a')))
    name = tlv(0x60, tlv(0x30, tlv(0x61, printable('XX'))))
    trace = tlv(0x69, tlv(0x30, domain, tlv(0x31, tlv(0x80, b'261123000000Z'), tlv(0x82, b'\0'))))
    recipient = tlv(0x31, name, integer(1, 0x80), tlv(0x81, b'\0\x98'))
    envelope = tlv(0x31, tlv(0x64, domain, tlv(0x16, b'1')), name, integer(22, 0x46), trace,
                   tlv(0xa2, recipient))
    return tlv(0xa0, envelope, tlv(0x04, content))


def write(path, kind, pdus):
    """The capture; gives the numbers of the first and the last frame of each PDU."""
    recorder = Recorder(path)
    frames = []
    for pdu in pdus:
        recorder.connect()
        association = Association(recorder)
        if kind not in OPENING:
            association.open()
        first = recorder.frames + 1
        if kind in TSDUS:
            recorder.send(TSDUS[kind](pdu))
        else:
            association.transfer(message(pdu) if kind == 'P22' else pdu)
        frames.append((first, recorder.frames))
    recorder.file.close()
    return frames
