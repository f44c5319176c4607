# SPDX-License-Identifier: Apache-2.0
"""Our decoders against asn1ct and tshark: legal PDUs made from the tables, the same ones
damaged, and those of other people's systems. X400D_DIFFERENTIAL=N makes N rounds instead of one.
docs/internals/differential.md explains the rules."""
import collections
import json
import os
import pathlib
import random
import re
import shutil

import pytest

from differential import carriers, compare, mutate, tshark
from differential.asn1ct import MODULES
from harness.mta import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]
DECODER = BUILD / 'tests/differential/decode_pdus'
GENERATOR = BUILD / 'tests/differential/generate_pdus'
TABLES = BUILD / 'tests/differential/print_tables'
ROUNDS = int(os.environ.get('X400D_DIFFERENTIAL', '1'))
SMALL = 3000  # octets of a PDU that is damaged

# What is tested, and how many PDUs of a round are generated and damaged.
KINDS = {kind: (150, 600) for kind in [
    'BindArgument', 'BindResult', 'P22', 'MessagePart', 'ContentPart', 'TextPart', 'VoicePart', 'FilePart',
    'FileData', 'RTORQ', 'RTOAC', 'RTORJ', 'RTTP', 'RTTR', 'RTAB', 'AARQ', 'AARE', 'RLRQ', 'RLRE', 'ABRT',
    'CP', 'CPA', 'CPR', 'ARU', 'ARP', 'UserData', 'TSDU']} | {'MTS-APDU': (600, 2000)}
NO_BER = {'TSDU'}  # only tshark reads it
# What asn1ct refuses though it is legal.
LEGAL = {'no-segments', 'body-part-1984', 'application-pathname'}


def pdus(kind, seed, step=1):
    """[(origin, octets)] of a round: legal ones, every other of which is plain, and damaged ones."""
    chance = random.Random(seed)
    generated, damaged = KINDS[kind]
    changes = mutate.OCTETS if kind in NO_BER else mutate.CHANGES
    legal = [bytes.fromhex(line) for line in compare.run(GENERATOR, kind, str(seed), str(generated))][::step]
    small = [octets for octets in legal if len(octets) < SMALL]
    assert len(legal) == generated // step and len(small) > len(legal) / 4
    return ([('generated', octets) for octets in legal]
            + [mutate.mutate(chance, chance.choice(small), changes) for _ in range(damaged)])


def assert_explained(verdict, cases):
    summary = f'{len(verdict.unexplained)} of {cases} PDUs; rules used: {verdict.used}'
    assert not verdict.unexplained, '\n'.join([summary, *verdict.unexplained[:10]])


def test_every_kind_is_tested():
    assert sorted(compare.run(GENERATOR)) == sorted(KINDS)


@pytest.mark.parametrize('kind', [kind for kind in KINDS if kind not in NO_BER])
def test_asn1ct_reads_the_same(oracle, kind):
    verdict = compare.Verdict()
    for seed in range(1, ROUNDS + 1):
        origins = pdus(kind, seed)
        answers = list(compare.cases(DECODER, oracle, kind, origins))
        legal = [case for case in answers if case.origin == 'generated']
        assert all('ok' in case.ours for case in legal), 'we take whatever is legal'
        assert all('ok' in case.theirs or case.notes() & LEGAL for case in legal)
        for case in answers:
            verdict.check(case)
        assert_explained(verdict, len(origins))


# Corpora of the fuzzer, and what is in them; in the first are APDUs of other people's systems.
CORPORA = {'p1_message': 'MTS-APDU', 'bind': 'BindArgument', 'ipm': 'P22'}


@pytest.mark.parametrize('corpus', CORPORA)
def test_asn1ct_reads_the_corpus_alike(oracle, corpus):
    """What other people's systems sent, and what fuzzing found."""
    paths = sorted((ROOT / 'tests/fuzz/corpus' / corpus).iterdir())
    origins = [(path.name, path.read_bytes()) for path in paths]
    verdict = compare.Verdict()
    for case in compare.cases(DECODER, oracle, CORPORA[corpus], origins):
        foreign = case.origin.startswith(('isode-', 'pp-', 'p772-'))
        assert not foreign or ('ok' in case.ours and 'ok' in case.theirs), case.origin
        verdict.check(case)
    assert_explained(verdict, len(origins))


@pytest.fixture(name='named', scope='module')
def named_fixture():
    if not shutil.which('tshark'):
        pytest.skip('the second opinion needs tshark')
    return tshark.numbers(json.loads(line) for line in compare.run(TABLES))


@pytest.mark.parametrize('kind', tshark.FIELDS)
def test_tshark_reads_the_same(tmp_path, named, kind):
    verdict, compared = compare.Verdict(), 0
    for seed in range(1, ROUNDS + 1):
        origins = [origin for origin in pdus(kind, seed, 2) if len(origin[1]) < carriers.ROOM - 1000]
        answers = tshark.dissect(tmp_path / 'pdus.pcap', kind, [octets for _, octets in origins])
        for case, answer in zip(compare.cases(DECODER, None, kind, origins), answers):
            found, understood = tshark.told(case, answer, named)
            verdict.take(case, found)
            compared += understood
        assert_explained(verdict, len(origins))
    assert compared > KINDS[kind][0] / 8, 'some had no remarks and were compared field by field'


# Where our tables are meant to differ from the module, with the corrections of asn1ct.py; the page on
# differential tests says why.
DISCARDED = (('ipm-expired', 0), ('ipm-obsoleted', 1), ('user-subscription-terminated', 2))
TABLES_DIFFER = {
    ('Message.content', 'presence', 'optional', 'mandatory'),
    ('PersonalName.surname', 'presence', 'optional', 'mandatory'),
    ('TeletexPersonalName.surname', 'presence', 'optional', 'mandatory'),
    ('UniversalPersonalName.surname', 'presence', 'optional', 'mandatory'),
    ('EncodedInformationTypes.g3-facsimile', 'presence', 'optional', 'default'),
    ('EncodedInformationTypes.teletex', 'presence', 'optional', 'default'),
    ('ReportTransferContent.additional-information', 'member', False, True),
    ('ContentType.relative', 'member', False, True),
    ('DeliveredContentType.relative', 'member', False, True),
    ('Credentials.protected', 'member', True, False),
    ('SecurityContext', 'bounds', (), (1, 256)),
    ('FileTransferParameters.contents-type', 'presence', 'optional', 'default'),
    ('CompressionParameter.compression-algorithm-param', 'presence', 'optional', 'mandatory'),
    ('ForwardedContentParameters.submission-proof', 'member', False, True),
    ('CP-type.x410-mode-parameters', 'member', False, True),
    ('CPA-PPDU.x410-mode-parameters', 'member', False, True),
} | {
    (where, 'bounds', (0, 2 * bound), (0, bound))
    for where, bound in [('FreeFormName', 64), ('ORDescriptor.free-form-name', 64),
                         ('SubjectField', 128), ('Heading.subject', 128)]
} | {
    (where, 'names', (*DISCARDED, ('ipm-deleted', 3)), (*DISCARDED, ('not-used', 3)))
    for where in ('DiscardReasonField', 'NonReceiptFields.discard-reason')
} | {
    (name, 'members', False, True)
    for name in ('StrongCredentials', 'ProtectedPassword', 'G3FacsimileBodyPart', 'TeletexBodyPart',
                 'VideotexBodyPart', 'EncryptedBodyPart', 'IPM')
} | {
    ('ContentsTypeParameter', 'members', True, False),
    ('CPR-PPDU', 'members', True, True),
    ('ARU-PPDU', 'members', True, True),
} | {
    ('BodyPart.basic', 'member', False, True),
    *((f'BodyPart.{name}', 'member', True, False)
      for name in ('ia5-text', 'telex', 'voice', 'g3-facsimile', 'g4-class1', 'teletex', 'videotex',
                   'encrypted', 'message', 'sfd', 'mixed-mode', 'bilaterally-defined',
                   'nationally-defined')),
} | {
    (f'AARQ-apdu.{side}-{title}-invocation-identifier', 'member', False, True)
    for side in ('called', 'calling') for title in ('AP', 'AE')
} | {
    (f'AARE-apdu.responding-{title}-invocation-identifier', 'member', False, True)
    for title in ('AP', 'AE')
} | {
    (f'{apdu}-apdu.{name}', 'member', False, True)
    for apdu, side, who in [('AARQ', 'calling', 'sender'), ('AARE', 'responding', 'responder')]
    for name in ('aSO-context-name-list', 'mechanism-name', 'implementation-information',
                 f'{side}-authentication-value', f'{who}-acse-requirements')
}


def test_the_tables_are_those_of_the_module(oracle):
    """Members, their order, tags and presence; bounds; named values."""
    ours = [json.loads(line) for line in compare.run(TABLES)]
    modules = [oracle.scratch / f'{name}.asn1db' for name in MODULES]
    theirs = [json.loads(line) for line in
              compare.run('escript', ROOT / 'tests/differential/tables.erl', *modules)]
    known = {row['type'] for row in theirs}
    assert sum(row['type'] in known for row in ours) > 100
    assert set(compare.table_differences(ours, theirs)) == TABLES_DIFFER


def test_a_difference_of_tables_is_told():
    """Each property once: what is in one row is wrong in the other."""
    mine = {'type': 'T', 'bounds': [0, 1], 'names': {'a': 1}, 'members': [
        {'name': 'x', 'tag': 'CONTEXT 0', 'presence': 'optional'},
        {'name': 'y', 'tag': None, 'presence': 'default', 'bounds': [1, 2]}]}
    other = {'type': 'T', 'bounds': [0, 2], 'names': {'a': 2}, 'members': [
        {'name': 'y', 'tag': 'CONTEXT 1', 'presence': 'mandatory', 'bounds': [1, 3]},
        {'name': 'x', 'tag': 'CONTEXT 2', 'presence': 'optional'},
        {'name': 'z', 'tag': None, 'presence': 'optional'}]}
    found = [(where, what) for where, what, _, _ in compare.table_differences([mine], [other])]
    assert found == [('T', 'bounds'), ('T', 'names'), ('T.z', 'member'), ('T', 'order'),
                     ('T.y', 'presence'), ('T.y', 'bounds'), ('T.x', 'tag')]
    assert not list(compare.table_differences([mine], [mine]))


def test_a_difference_without_a_rule_is_told():
    ours = {'ok': {'probe': {'content-length': 1}}, 'whole': 'same', 'notes': []}
    verdict = compare.Verdict()
    for theirs in ({'ok': {'probe': {'content-length': 2}}}, {'error': 'bad_range'},
                   {'ok': {'probe': {'content-length': 1}}}):
        verdict.check(compare.Case('MTS-APDU', 'here', b'\xa2\x00', ours, theirs))
    verdict.check(compare.Case('MTS-APDU', 'here', b'\xa2\x00', {'error': 'x', 'whole': 'same', 'notes': []},
                               {'ok': {}}))
    assert verdict.agreed == 1
    assert ['content-length' in text or 'bad_range' in text or ': x\n' in text
            for text in verdict.unexplained] == [True] * 3
    assert all(text.endswith('  a200') for text in verdict.unexplained)


# ---- the rules ---------------------------------------------------------------------------------------

def examples(oracle):
    """{kind: [(rule, origin, octets)]} of the examples that this oracle reads differently."""
    found = collections.defaultdict(list)
    for line in (ROOT / 'tests/differential/examples.txt').read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#'):
            who, rule, kind, origin, pdu = line.split()
            if who == oracle:
                found[kind].append((rule, origin, bytes.fromhex(pdu)))
    return found


def needed(name, case, found):
    """The rules without which this example would be a failure: one for each difference, all of its name."""
    what = f'{name}: {case.kind} {case.octets.hex()}: {found}'
    assert 'ok' in case.ours or case.origin != 'generated', what
    assert found and all([rule.name for rule in rules] == [name] for _, rules in found), what
    return {rules[0] for _, rules in found}


def without_example(rules, shown):
    return [rule for rule in rules if rule not in shown]


def test_every_rule_of_asn1ct_is_needed(oracle):
    shown = set()
    for kind, rows in examples('asn1ct').items():
        answers = compare.cases(DECODER, oracle, kind, [row[1:] for row in rows])
        for (name, *_), case in zip(rows, answers):
            shown |= needed(name, case, compare.told(case))
    assert not without_example(compare.RULES, shown)


def test_every_rule_of_tshark_is_needed(tmp_path, named):
    shown = set()
    for kind, rows in examples('tshark').items():
        origins = [row[1:] for row in rows]
        answers = tshark.dissect(tmp_path / 'pdus.pcap', kind, [octets for _, octets in origins])
        for (name, *_), case, answer in zip(rows, compare.cases(DECODER, None, kind, origins), answers):
            shown |= needed(name, case, tshark.told(case, answer, named)[0])
    assert not without_example(tshark.RULES, shown)


def test_every_rule_is_documented():
    page = (ROOT / 'docs/internals/differential.md').read_text(encoding='utf-8')
    documented = set(re.findall(r'^\| `([\w-]+)` \|', page, re.M))
    assert documented == {rule.name for rule in compare.RULES + tshark.RULES}
