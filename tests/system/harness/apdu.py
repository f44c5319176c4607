# SPDX-License-Identifier: Apache-2.0
"""P1 APDUs for the test client: messages and probes with plain envelopes (X.411, Figure 2)."""
import time

from .ber import bits, ia5, integer, printable, tlv

MESSAGE, PROBE = 0xa0, 0xa2
P2, P22 = 2, 22


def utc(seconds=None, tag=0x17):
    return printable(time.strftime('%y%m%d%H%M%SZ', time.gmtime(seconds)), tag)


def address_parts(text):
    """{'C': 'GB', ...} of "/G=Ann/S=Smith/O=Acme/PRMD=ACME/ADMD= /C=GB/"."""
    return dict(part.split('=', 1) for part in text.strip('/').split('/'))


def oraddress(text):
    """The built-in standard attributes of an O/R address."""
    at = address_parts(text)
    out = [tlv(0x61, printable(at['C'])), tlv(0x62, printable(at.get('ADMD', ' ')))]
    if 'PRMD' in at:
        out.append(tlv(0xa2, printable(at['PRMD'])))
    if 'O' in at:
        out.append(printable(at['O'], 0x83))
    if 'S' in at:
        name = [printable(at['S'], 0x80)]
        name += [printable(at['G'], 0x81)] if 'G' in at else []
        out.append(tlv(0xa5, *name))
    units = [printable(at[f'OU{n}']) for n in range(1, 5) if f'OU{n}' in at]
    if units:
        out.append(tlv(0xa6, *units))
    return tlv(0x30, *out)


def orname(text):
    return tlv(0x60, oraddress(text))


def domain(text):
    """GlobalDomainIdentifier of the domain that an address belongs to."""
    at = address_parts(text)
    out = [tlv(0x61, printable(at['C'])), tlv(0x62, printable(at.get('ADMD', ' ')))]
    if 'PRMD' in at:
        out.append(printable(at['PRMD']))
    return tlv(0x63, *out)


def mts_id(originator, local):
    return tlv(0x64, domain(originator), ia5(local))


def trace(originator, when=None):
    return tlv(0x69, tlv(0x30, domain(originator), tlv(0x31, utc(when, 0x80), integer(0, 0x82))))


def recipient(text, number, report):
    """Responsible; originating MTA asks for a report and so does the originator, when report."""
    return tlv(0x31, orname(text), integer(number, 0x80), bits('11110000' if report else '10010000', 0x81))


def recipients(addresses, report):
    return tlv(0xa2, *(recipient(text, n, report) for n, text in enumerate(addresses, 1)))


def ipm(originator, addresses, subject, body):
    """A P22 interpersonal message with one IA5 text body part."""
    def descriptor(text):
        return tlv(0xa0, oraddress(text))
    heading = tlv(0x31, tlv(0x6b, tlv(0x60, oraddress(originator)), printable(subject)),
                  tlv(0xa0, descriptor(originator)),
                  tlv(0xa2, *(tlv(0x31, tlv(0xa0, descriptor(text))) for text in addresses)),
                  tlv(0xa8, tlv(0x14, subject.encode('ascii'))))
    text = tlv(0xa0, tlv(0x31, integer(5, 0x80)), tlv(0x16, body))
    return tlv(0xa0, heading, tlv(0x30, text))


def message(originator, addresses, local_id, content, report=False, content_type=P22, when=None):
    envelope = tlv(0x31, mts_id(originator, local_id), orname(originator),
                   integer(content_type, 0x46), trace(originator, when),
                   recipients(addresses, report))
    return tlv(MESSAGE, envelope, tlv(0x04, content))


def probe(originator, addresses, local_id, size=1000):
    return tlv(PROBE, mts_id(originator, local_id), orname(originator), integer(P22, 0x46),
               integer(size, 0x80), trace(originator), recipients(addresses, True))
