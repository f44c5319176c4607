# SPDX-License-Identifier: Apache-2.0
"""Erlang's ASN.1 compiler as an oracle: BER decoded by the Recommendations' own modules.

The modules are not part of this repository; where they or Erlang are missing, tests that need them
are skipped by name. oracle.erl describes what is answered."""
import json
import os
import pathlib
import selectors
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ITU = pathlib.Path(os.environ.get('X400D_ITU_MODULES',
                                  HERE.parents[2] / 'shared/spec/asn1/itu'))
COMPILE_SECONDS, ANSWER_SECONDS = 120, 20

# What is compiled, in this order; sources come from HERE/modules or from ITU.
MODULES = [
    'Externals', 'InformationFramework', 'AuthenticationFramework', 'CertificateExtensions',
    'SelectedAttributeTypes', 'MSAbstractService', 'Interchange-Data-Elements', 'ISO8571-FTAM',
    'MTSAbstractService', 'MTAAbstractService', 'IPMSInformationObjects', 'IPMSHeadingExtensions',
    'IPMSExtendedBodyPartTypes', 'IPMSExtendedBodyPartTypes2', 'IPMSExtendedVoiceBodyPartType',
    'IPMSForwardedContentBodyPartType', 'IPMSFileTransferBodyPartType', 'IPMSSecurityExtensions',
    'Reliable-Transfer-APDU', 'ACSE-1', 'ISO8823-PRESENTATION', 'Oracle']

# asn1ct hands out an EXTERNAL in the form of 1994, which not every one has. INSTANCE OF was an EXTERNAL
# until 1994 and is one on the wire (X.681 annex C).
EXTERNAL = [('IMPORTS\n', 'IMPORTS External FROM Externals\n'), ('OF EXTERNAL\n', 'OF External\n')]
INSTANCE = [('IMPORTS\n', 'IMPORTS External FROM Externals\n'),
            ('INSTANCE OF TYPE-IDENTIFIER', 'External')]

# What is replaced in them, and why.
CORRECTIONS = {
    # Every edition but the last has OBJECT IDENTIFIER, and so does everybody's wire; we read both.
    'MTSAbstractService': [('  extended  ExtendedContentType',
                            '  extended  OBJECT IDENTIFIER, relative RELATIVE-OID')],
    # asn1ct looks twice for the tags of components that come from a field of a class; and it takes
    # [0] in front of the tagged CHOICE AdministrationDomainName for explicit (X.680 30.6 c).
    'MTAAbstractService': [('COMPONENTS OF BILATERAL.&id,',
                            'country-name CountryName, domain CHOICE {'
                            ' administration-domain-name AdministrationDomainName,'
                            ' private-domain SEQUENCE {'
                            ' administration-domain-name [0] CHOICE {'
                            ' numeric NumericString, printable PrintableString },'
                            ' private-domain-identifier [1] PrivateDomainIdentifier } },')],
    # asn1ct forgets the tag of a type that contains itself.
    'IPMSInformationObjects': INSTANCE + [
        ('MessageData ::= IPM\n', 'MessageData ::= [UNIVERSAL 16] IMPLICIT IPM\n')],
    'IPMSFileTransferBodyPartType': EXTERNAL,
    # IMPLICIT in front of an untagged CHOICE; and a name that all editions before had.
    'ACSE-1': EXTERNAL + [('[0] IMPLICIT ASO-qualifier', '[0] ASO-qualifier'),
                          ('[30] IMPLICIT User-Data', '[30] User-Data'),
                          ('aSO-context-name  ', 'application-context-name  ')],
}


class Refused(Exception):
    """The oracle says that this is no value of the type, and why."""


class Oracle:
    """One Erlang process that compiles the modules into a scratch directory and then decodes."""

    def __init__(self, scratch):
        self.scratch = pathlib.Path(scratch)
        for source in [*ITU.glob('*.asn1'), *(HERE / 'modules').glob('*.asn1')]:  # ours win
            self.place(source)
        self.log = open(self.scratch / 'oracle.log', 'w+', encoding='utf-8')
        self.process = subprocess.Popen(
            ['escript', HERE / 'oracle.erl', self.scratch, *MODULES], cwd=self.scratch,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.input = self.heard = b''
        while self.line(COMPILE_SECONDS) != 'ready':
            pass

    def place(self, source):
        name = source.stem.rpartition('_')[2]
        content = source.read_text(encoding='utf-8')
        for old, new in CORRECTIONS.get(name, []):
            assert old in content, f'{source}: "{old}" is not there'
            content = content.replace(old, new)
        (self.scratch / f'{name}.asn1').write_text(content, encoding='utf-8')

    def line(self, seconds):
        while b'\n' not in self.input:
            ready = self.selector.select(seconds)
            more = self.process.stdout.read() if ready else None
            if not more:
                self.end()
                self.log.seek(0)
                raise AssertionError(f'the oracle is silent: {self.heard.decode()}{self.log.read()}')
            self.input += more
            self.heard = (self.heard + more)[-4000:]
        line, _, self.input = self.input.partition(b'\n')
        return line.decode()

    def ask(self, asn1_type, octets):
        """The answer as it comes: {'ok': value} or {'error': text}."""
        self.process.stdin.write(f'{asn1_type} {octets.hex()}\n'.encode())
        self.process.stdin.flush()
        return json.loads(self.line(ANSWER_SECONDS))

    def decode(self, asn1_type, octets):
        """The value; Refused when these octets are none."""
        answer = self.ask(asn1_type, octets)
        if 'error' in answer:
            raise Refused(answer['error'])
        return answer['ok']

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture(scope='session')
def oracle(tmp_path_factory):
    """One for the whole run, because compiling takes seconds."""
    if not shutil.which('escript') or not shutil.which('erlc'):
        pytest.skip('the oracle needs erlang-asn1')
    if not ITU.exists():
        pytest.skip(f'the oracle needs the ITU modules in {ITU}')
    made = Oracle(tmp_path_factory.mktemp('asn1ct'))
    yield made
    made.end()


def text(codes):
    """A character string of a value."""
    return ''.join(map(chr, codes))
