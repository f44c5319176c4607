# SPDX-License-Identifier: Apache-2.0
"""A P1 initiator: the other end of an X.400 connector in a few pages.

It binds, transfers APDUs with checkpoints and releases, in the three protocol modes, monologue. It
checks every answer and raises P1Error with what came instead. Half-done transfers and broken
octets, which no MTA would send, are what it is for."""
import socket
import struct
import time

from . import ber
from .ber import decode, integer, oid, tlv

NORMAL, X410, X1984 = '1988-normal', '1988-x410', '1984'
MODES = (NORMAL, X410, X1984)
APPLICATION_PROTOCOL = {X410: 12, X1984: 1}

GT, PT = b'\x01\x00', b'\x02\x00'  # the empty category 0 SPDUs in front of category 2
CN, AC, RF, FN, DN, AB, ER, ED = 13, 14, 12, 9, 10, 25, 0, 48
AS, AE, AEA, MIP, MIA = 0x2d, 0x29, 0x2a, 0x31, 0x32
PI_USER_DATA, PI_REASON, PI_SERIAL, PI_ACTIVITY = 193, 50, 42, 41
REQUIREMENTS = b'\x02\x49'  # half-duplex, minor synchronize, activity, exceptions
BER_SYNTAX = oid('2.1.1')
CONTEXTS = ((1, '2.2.1.0.1'), (3, '2.6.0.2.12'), (5, '2.6.0.2.7'))


class P1Error(Exception):
    """The peer refused, aborted, or said something else than it should."""


def spdu_length(n):
    return bytes([n]) if n < 255 else b'\xff' + struct.pack('>H', n)


def item(code, *parts):
    """A session parameter, parameter group or SPDU."""
    value = b''.join(parts)
    return bytes([code]) + spdu_length(len(value)) + value


def items(data):
    """[(code, value)] of the parameters in data."""
    out, pos = [], 0
    while pos < len(data):
        code, size, pos = data[pos], data[pos + 1], pos + 2
        if size == 255:
            size, pos = struct.unpack_from('>H', data, pos)[0], pos + 2
        out.append((code, data[pos:pos + size]))
        pos += size
    return out


def pdv(context, *parts):
    """Presentation user data with one value."""
    return tlv(0x61, tlv(0x30, integer(context), tlv(0xa0, *parts)))


def endless(tag, *parts):
    """A TLV of indefinite length."""
    return bytes([tag, 0x80]) + b''.join(parts) + b'\0\0'


def segments(octets, size=1000):
    """The string in segments, each of two."""
    cuts = (octets[i:i + size] for i in range(0, len(octets), size))
    return b''.join(endless(0x24, tlv(0x04, cut[:9]), tlv(0x04, cut[9:])) for cut in cuts)


def several(octets, size=60000):
    """An RTTR in several PDV-lists, each octet-aligned."""
    cuts = (octets[i:i + size] for i in range(0, len(octets), size))
    return tlv(0x61, *(tlv(0x30, integer(3), tlv(0x81, tlv(0x04, cut))) for cut in cuts))


# What P-DATA's user data may look like, all the same to a decoder of BER.
RTTR_FORMS = {
    'definite': lambda octets: pdv(3, tlv(0x04, octets)),
    'indefinite': lambda octets: endless(0x61, endless(0x30, integer(3), endless(
        0xa0, tlv(0x04, octets)))),
    'segments': lambda octets: endless(0x61, endless(0x30, integer(3), endless(
        0xa0, endless(0x24, segments(octets))))),
    'aligned': lambda octets: endless(0x61, endless(0x30, integer(3), endless(
        0xa1, segments(tlv(0x04, octets))))),
    'several': several,
}


class Transport:
    """RFC 1006, class 0."""

    def __init__(self, host, port, source=None, tsel=b'', timeout=20):
        self.socket = socket.create_connection((host, port), timeout,
                                               (source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b''
        selectors = item(0xc2, tsel) if tsel else b''
        request = b'\xe0\0\0\x12\x34\0' + selectors + b'\xc0\x01\x0b'
        self.packet(bytes([len(request)]) + request)
        confirm = self.read_packet()
        if confirm[1] & 0xf0 != 0xd0:
            raise P1Error(f'no CC: {confirm.hex()}')
        size = dict(items(confirm[7:])).get(0xc0, b'\x0b')
        self.room = (1 << size[0]) - 3

    def packet(self, octets):
        self.socket.sendall(struct.pack('>BBH', 3, 0, len(octets) + 4) + octets)

    def read_exactly(self, count):
        while len(self.input) < count:
            data = self.socket.recv(1 << 16)
            if not data:
                raise P1Error('the peer closed the connection')
            self.input += data
        out, self.input = self.input[:count], self.input[count:]
        return out

    def read_packet(self):
        version, _, size = struct.unpack('>BBH', self.read_exactly(4))
        if version != 3:
            raise P1Error(f'TPKT version {version}')
        return self.read_exactly(size - 4)

    def send(self, tsdu):
        for start in range(0, max(1, len(tsdu)), self.room):
            part = tsdu[start:start + self.room]
            last = start + self.room >= len(tsdu)
            self.packet(b'\x02\xf0' + (b'\x80' if last else b'\0') + part)

    def receive(self):
        tsdu = b''
        while True:
            tpdu = self.read_packet()
            if tpdu[1] & 0xf0 == 0x80:
                raise P1Error(f'transport disconnected, reason {tpdu[6]}')
            if tpdu[1] != 0xf0:
                raise P1Error(f'unexpected TPDU {tpdu.hex()}')
            tsdu += tpdu[1 + tpdu[0]:]
            if tpdu[2] & 0x80:
                return tsdu

    def close(self, reset=False):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.socket.close()


class P1Client:
    """One association. Use bind(), transfer() as often as wanted, release()."""

    def __init__(self, host, port, mode=NORMAL, checkpoint=32, form='definite', **transport):
        self.mode = mode
        self.form = form  # of RTTR_FORMS, in normal mode
        self.checkpoint = checkpoint  # KiB; what the responder chose, after bind()
        self.window = 3
        self.activity = 0
        self.responder = None
        self.transport = self.connect_transport(host, port, **transport)

    @staticmethod
    def connect_transport(host, port, **transport):
        return Transport(host, port, **transport)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.transport.close()

    # ---- bind -----------------------------------------------------------------------------------

    def bind(self, name, password=None, ssel=b'', called_psel=b''):
        """Opens the association as MTA name; P1Error names the refusal."""
        self.transport.send(self.connect(name, password, ssel, called_psel))
        answer = self.transport.receive()
        [(kind, body)] = items(answer)
        parameters = dict(items(body))
        if kind != AC:
            raise P1Error(self.refusal(kind, parameters))
        self.take_accept(decode(parameters.get(PI_USER_DATA) or parameters[194])[0])

    def connect(self, name, password, ssel, called_psel):
        argument = b'\x05\0' if name is None else tlv(
            0xa1, ber.ia5(name, 0x80), tlv(0xa1, ber.ia5(password or '')))
        request = [integer(self.checkpoint, 0x80), integer(self.window, 0x81), integer(0, 0x82)]
        if self.mode == NORMAL:
            data = self.connect_normal(request, argument, called_psel)
        else:
            request += [tlv(0xa3, tlv(0xa0, argument)),
                        integer(APPLICATION_PROTOCOL[self.mode], 0x84)]
            data = tlv(0x31, tlv(0xa0, integer(0, 0x80)), tlv(0xa1, *request))
        reference = tlv(0x04 if self.mode == NORMAL else 0x14, b'p1client')
        now = tlv(0x17, time.strftime('%y%m%d%H%M%SZ', time.gmtime()).encode())
        parameters = [item(1, item(10, reference), item(11, now)),
                      item(5, item(19, b'\0'), item(22, b'\x03'), item(26, b'\0')),
                      item(20, REQUIREMENTS)]
        parameters += [item(52, ssel)] if ssel else []
        return item(CN, *parameters, item(PI_USER_DATA if len(data) <= 512 else 194, data))

    @staticmethod
    def connect_normal(request, argument, called_psel):
        rtorq = tlv(0xb0, *request, tlv(0xa3, tlv(0xa0, tlv(0xb0, argument))))
        external = tlv(0x28, BER_SYNTAX, integer(3), tlv(0xa0, rtorq))
        aarq = tlv(0x60, tlv(0xa1, oid('2.6.0.1.6')), tlv(0xbe, external))
        contexts = tlv(0xa4, *(tlv(0x30, integer(n), oid(syntax), tlv(0x30, BER_SYNTAX))
                               for n, syntax in CONTEXTS))
        selector = tlv(0x82, called_psel) if called_psel else b''
        return tlv(0x31, tlv(0xa0, integer(1, 0x80)),
                   tlv(0xa2, selector, contexts, pdv(1, aarq)))

    def refusal(self, kind, parameters):
        reason = parameters.get(PI_REASON, b'')
        if kind == AB:
            return f'aborted: {parameters.get(PI_USER_DATA, b"").hex()}'
        if kind != RF:
            return f'SPDU {kind} instead of ACCEPT or REFUSE'
        if len(reason) < 2:
            return f'refused by session, reason {reason.hex()}'
        shell = decode(reason[1:])[0]
        if self.mode == NORMAL:
            error = shell.find(0xb2, 0xb2, 0x02)  # RTORJ, bind-error
            return f'refused, bind error {error.number()}' if error else f'refused {reason.hex()}'
        return f'refused, reason {shell.child(0x80).number()}'

    def take_accept(self, shell):
        accept = shell.find(0xbe, 0xb1) if self.mode == NORMAL else shell.child(0xa1)
        checkpoint, window = accept.child(0x80), accept.child(0x81)
        self.checkpoint = checkpoint.number() if checkpoint else 0
        self.window = window.number() if window else 3
        name = accept.find(0xa2, 0x80)
        self.responder = name.value.decode() if name else None

    # ---- transfer -------------------------------------------------------------------------------

    def transfer(self, apdu, segments=None):
        """Transfers one APDU; with the acknowledgement the peer is responsible for it. With
        segments it stops after so many and leaves the activity open."""
        data = tlv(0x28, integer(5), tlv(0xa0, apdu)) if self.mode == NORMAL else apdu
        size = self.checkpoint * 1024 or len(data)
        parts = [data[i:i + size] for i in range(0, len(data), size)]
        self.activity += 1
        self.transport.send(GT + item(AS, item(PI_ACTIVITY, integer(self.activity))))
        acknowledged = 0
        for serial, part in enumerate(parts, 1):
            self.transport.send(GT + GT + (RTTR_FORMS[self.form](part) if self.mode == NORMAL else part))
            if serial == segments:
                return
            if serial < len(parts):
                self.transport.send(GT + item(MIP, item(PI_SERIAL, b'%d' % serial)))
            while serial < len(parts) and serial - acknowledged >= self.window:
                acknowledged = self.expect(MIA)
        self.transport.send(GT + item(AE, item(PI_SERIAL, b'%d' % len(parts))))
        while acknowledged < len(parts) - 1:
            acknowledged = self.expect(MIA)
        if self.expect(AEA) != len(parts):
            raise P1Error('another activity end was acknowledged')

    def expect(self, kind):
        """Reads the acknowledgement of that kind and gives its serial number."""
        tsdu = self.transport.receive()
        if tsdu[:2] != PT:
            raise P1Error(f'{tsdu[:40].hex()} instead of an acknowledgement')
        [(got, body)] = items(tsdu[2:])
        if got != kind:
            raise P1Error(f'SPDU {got} ({body[:40].hex()}) instead of {kind}')
        return int(dict(items(body))[PI_SERIAL])

    # ---- end ------------------------------------------------------------------------------------

    def release(self):
        data = item(PI_USER_DATA, pdv(1, tlv(0x62, integer(0, 0x80)))) if self.mode == NORMAL else b''
        self.transport.send(item(FN, item(17, b'\x01'), data))
        answer = self.transport.receive()
        if answer[0] != DN:
            raise P1Error(f'{answer[:40].hex()} instead of DISCONNECT')
        self.transport.close()
