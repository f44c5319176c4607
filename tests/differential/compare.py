# SPDX-License-Identifier: Apache-2.0
"""Holds what our decoder says of a PDU against what the oracle says. Every difference must be
explained by a rule; docs/internals/differential.md has a row for each of them."""
import dataclasses
import json
import re
import subprocess
import typing


@dataclasses.dataclass
class Case:
    """One PDU, its kind (kinds.c), where it came from, and both answers (decode.c and oracle.erl describe
    them)."""
    kind: str
    origin: str
    octets: bytes
    ours: dict
    theirs: dict

    def notes(self):
        return {note.partition(':')[0] for note in self.ours['notes']}


@dataclasses.dataclass(eq=False)
class Rule:
    """A difference that is meant: our decoder noted that (one of the kinds in notes.c; '' where any
    will do), and the complaint of whoever complains matches."""
    name: str
    note: str
    complaint: str

    def explains(self, case, complaint):
        return (not self.note or self.note in case.notes()) and re.search(self.complaint, complaint)


@dataclasses.dataclass(eq=False)
class Wording:
    """The same value in other words: noted as in a rule, its path matches, and the two agree."""
    name: str
    note: str
    path: str
    agree: typing.Callable

    def explains(self, case, path, ours, theirs):
        return ((not self.note or self.note in case.notes()) and re.search(self.path, path)
                and self.agree(ours, theirs))


TABLE = 'Type not compatible with table constraint'
WRONG = r'unexpected|wrong_tag|badmatch|invalid_choice_tag|function_clause|case_clause|badarg|bad_generator' \
        r'|decode_(boolean|null)'

# What our tables know by its tag only, and by its type.
OPAQUE = '|'.join([
    'g3-facsimile', 'g4-class1', 'teletex', 'videotex', 'encrypted', 'mixed-mode', 'strong', 'protected',
    'security-context', r'related-stored-file/\*', 'constraint-set-and-abstract-syntax',
    'access-control', 'attribute-extensions', r'extensions/\*/value/\*/checked',
    '(called|calling|responding)-A[PE]-(title|qualifier)',
    r'(recipient|notification)-extensions/\*/value', r'other-notification-type-fields/\*/value'])
OPAQUE_TYPES = '|'.join([
    'G3Facsimile', 'G4Class1', 'Teletex', 'Videotex', 'Encrypted', 'MixedMode', 'StrongCredentials',
    'ProtectedPassword', 'SecurityContext', 'RelatedStoredFile',
    'Contents-Type-Attribute_constraint', 'Access-Control', 'Attribute-Extensions', 'A[PE]-(title|qualifier)',
    'ASO-qualifier'])

# We take what asn1ct refuses.
LENIENT = [
    Rule('unknown-member', 'unknown-member', rf'{WRONG}|{TABLE}'),
    Rule('bounds', 'bounds', r'bad_range|integer_range|size_constraint'),
    Rule('enumerated', 'enumerated', r'enumerated|bad_range'),
    Rule('incomplete-name', 'incomplete', WRONG),
    Rule('opaque-value', 'opaque', rf'InformationFramework|{TABLE}|dec_({OPAQUE_TYPES})'),
    Rule('malformed-inside', 'malformed-inside', r'decode_ber_tlv'),
    Rule('extension-value', 'extension-value', rf'{TABLE}'),
    Rule('extension-type', 'extension-type', rf'{WRONG}|{TABLE}|bad_range'),
    Rule('attribute-value', 'attribute-value', TABLE),
    Rule('attribute-type', 'attribute-type', f'{TABLE}|bad_range'),
    Rule('bilateral', 'bilateral', rf'{WRONG}|bad_range'),
    Rule('segment', 'segment', rf'{WRONG}|{TABLE}|bad_range'),
    Rule('no-segments', 'no-segments', rf'case_clause|{TABLE}'),
    Rule('half-character', 'half-character', rf'{WRONG}|{TABLE}'),
    Rule('forwarded', 'forwarded', rf'{WRONG}|{TABLE}|bad_range|enumerated'),
    Rule('body-part', 'body-part', rf'{WRONG}|{TABLE}|bad_range|enumerated'),
    Rule('body-part-1984', 'body-part-1984', r'invalid_choice_tag'),
    Rule('application-pathname', 'application-pathname', r'unexpected'),
    Rule('large-tag', '', r'^{invalid_tag,'),
]

# We refuse what asn1ct takes.
STRICT = [
    Rule('segment', 'segment', r'malformed'),
    Rule('unused-bits', 'unused-bits', r'malformed'),
    Rule('integer', 'integer', r'malformed|not fit|limit|bounds|range'),
    Rule('explicit', 'explicit', r'malformed|too early'),
    Rule('oid', 'oid', r'malformed'),
    Rule('long-oid', '', r'a limit is exceeded at \d+ in (OBJECT IDENTIFIER|RELATIVE-OID)'),
    Rule('reserved-tag', 'unsound', r'malformed'),
    Rule('trailing', 'trailing', r'^malformed input at 0 in '),
    Rule('unknown-alternative', '', r'^malformed input at \d+ in (authenticated\.credentials|User-data\.)$'),
    Rule('x410-mode', '', r'^malformed input at 0 in (CPR|ARU)-PPDU'),
]

# The splitter and the tables disagree about an APDU as a whole.
SPLIT = [
    Rule('trailing', 'trailing', r'^malformed input at 0 in MTS-APDU\.$'),
    Rule('members-by-place', 'unknown-member', r'^malformed input$'),
    Rule('stored-form', '', r'^mandatory element missing$'),
    Rule('segment', 'segment', r'^malformed input$'),
]


def is_octets(value):
    return isinstance(value, str) and value.startswith("x'")


UNSTRUCTURED = {'document-type': {'document-type-name': '1.0.8571.5.3'}}  # FTAM-3
PROTOCOLS = {1: 'mts-transfer-protocol-1984', 3: 'mts-access-protocol-1984', 12: 'mts-transfer-protocol'}

WORDINGS = [
    Wording('default', '', r'/(g3-facsimile|teletex)$', lambda ours, theirs: ours is None and not theirs),
    Wording('default', '', r'/type-of-MTS-user$', lambda ours, theirs: (ours, theirs) == ('public', 0)),
    Wording('default', '', r'/dialogueMode$', lambda ours, theirs: (ours, theirs) == ('monologue', 0)),
    Wording('default', '', r'/protocol-version$',
            lambda ours, theirs: not ours and theirs in (['version-1'], ['version1'])),
    Wording('default', '', r'/protocol-options$', lambda ours, theirs: ours is None and not theirs),
    Wording('default', '', r'/contents-type$', lambda ours, theirs: ours is None and theirs == UNSTRUCTURED),
    Wording('named-value', '', r'/discard-reason$',
            lambda ours, theirs: (ours, theirs) == ('ipm-deleted', 'not-used')),
    Wording('named-value', '', r'/applicationProtocol$', lambda ours, theirs: PROTOCOLS.get(theirs) == ours),
    Wording('unknown-member', 'unknown-member', '', lambda ours, theirs: None in (ours, theirs)),
    Wording('opaque-value', 'opaque', rf'/({OPAQUE})$', lambda ours, _: is_octets(ours)),
    Wording('open-null', 'explicit', r'/open$',
            lambda ours, theirs: ours == 'NULL' and theirs in ({'error': -1}, "x'")),
    Wording('forwarded', 'forwarded', r'/(data|returned-ipm)$', lambda ours, _: is_octets(ours)),
    Wording('body-part', 'body-part', r'/body/\*$', lambda ours, _: is_octets(ours)),
    Wording('enumerated', 'enumerated', '', lambda ours, theirs: theirs == {'asn1_enum': ours}),
    Wording('opaque-value', 'opaque', r'/(mta-)?directory-name$', lambda ours, _: is_octets(ours)),
    Wording('opaque-value', '', r'/security-categories/\*$', lambda ours, _: is_octets(ours)),
    Wording('opaque-value', 'opaque', r'/additional-information$', lambda ours, _: ours is None),
    Wording('opaque-value', 'opaque', r'/extensions/\*/value$', lambda ours, _: is_octets(ours)),
    Wording('extension-type', 'extension-type', r'/extensions/\*/type/', lambda ours, _: True),
    Wording('extension-value', 'extension-value', r'/extensions/\*/value$', lambda ours, _: is_octets(ours)),
    Wording('attribute-value', 'attribute-value', r'/extension-attribute-value$',
            lambda ours, _: is_octets(ours)),
    Wording('bilateral', 'bilateral', r'/per-domain-bilateral-information/\*$',
            lambda ours, _: is_octets(ours)),
    Wording('segment', 'segment', '', lambda ours, _: True),
]


RULES = [*LENIENT, *STRICT, *SPLIT, *WORDINGS]


def run(program, *arguments, lines=()):
    """Output lines of one of our filters."""
    done = subprocess.run([program, *arguments], input=''.join(f'{line}\n' for line in lines),
                          capture_output=True, text=True, timeout=600, check=True)
    return done.stdout.splitlines()


def cases(decoder, oracle, kind, origins):
    """Both answers to each (origin, octets); ours alone without an oracle."""
    answers = run(decoder, lines=[f'{kind} {octets.hex()}' for _, octets in origins])
    assert len(answers) == len(origins), 'an answer to each PDU'
    for (origin, octets), answer in zip(origins, answers):
        theirs = oracle.ask(kind, octets) if oracle else None
        yield Case(kind, origin, octets, json.loads(answer), theirs)


def differences(ours, theirs, path=''):
    """(path, our value, their value) wherever two values differ; None where one has none."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            yield from differences(ours.get(name), theirs.get(name), f'{path}/{name}')
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for mine, other in zip(ours, theirs):
            yield from differences(mine, other, f'{path}/*')
    elif ours != theirs:
        yield path, ours, theirs


# Members that have another name in the module; the table of a bind is for both sides.
NAMES = {'relative': 'extended', 'initiator-name': 'name', 'responder-name': 'name',
         'initiator-credentials': 'credentials', 'responder-credentials': 'credentials'}
# Alternatives of a CHOICE that is none in our tables: its alternatives stand in the CHOICE around it.
FLAT = {'basic', 'ia5-string', 'octet-string', 'octetString', 'normal-mode-parameters'}


def in_our_words(value):
    """A value of the oracle with the names and alternatives of our tables."""
    if isinstance(value, list):
        return [in_our_words(item) for item in value]
    if not isinstance(value, dict):
        return value
    [first, *more] = value or [None]
    if first in FLAT and not more:
        return in_our_words(value[first])
    if first == 't61String':  # of a session connection identifier, where the string is what counts
        return f"x'{bytes(value[first]).hex()}"
    return {NAMES.get(name, name): in_our_words(inner) for name, inner in value.items()}


def told(case):
    """[(what the two say differently, the rules that explain it)]."""
    whole, ours, theirs = case.ours['whole'], case.ours, case.theirs
    found = []
    if whole != 'same' and ('ok' in whole or 'ok' in ours):
        found.append(complained(case, SPLIT, whole.get('error', ours.get('error', ''))))
    if 'ok' in ours and 'ok' in theirs:
        found += worded(case)
    elif 'ok' in ours:
        found.append(complained(case, LENIENT, theirs['error']))
    elif 'ok' in theirs:
        found.append(complained(case, STRICT, ours['error']))
    return found


def complained(case, rules, complaint):
    return complaint, [rule for rule in rules if rule.explains(case, complaint)]


def worded(case):
    for path, ours, theirs in differences(case.ours['ok'], in_our_words(case.theirs['ok'])):
        yield (f'{path}: {ours} here, {theirs} there',
               [rule for rule in WORDINGS if rule.explains(case, path, ours, theirs)])


class Verdict:
    """What a run of comparisons came to."""

    def __init__(self):
        self.agreed = 0
        self.used = {}        # name of a rule: number of differences
        self.unexplained = []  # texts

    def check(self, case):
        self.take(case, told(case))

    def take(self, case, found):
        """found is what told() has."""
        for what, rules in found:
            if rules:
                self.used[rules[0].name] = self.used.get(rules[0].name, 0) + 1
            else:
                self.unexplained.append(
                    f'{case.kind} {case.origin}: {what[:600]}\n  ours: {case.ours.get("error", "ok")}'
                    f' {case.ours["notes"]}\n  {case.octets.hex()}')
        self.agreed += all(rules for _, rules in found)


# ---- the tables themselves -------------------------------------------------------------------------

def table_differences(ours, theirs):
    """Where our tables and the module's types differ: (type or type.member, what, ours, theirs).
    Both are lists of what tables.erl describes."""
    by_name = {row['type']: row for row in theirs}
    for row in ours:
        if row['type'] in by_name:
            yield from type_differences(row, by_name[row['type']])


def type_differences(mine, other):
    yield from value_differences(mine['type'], mine, other)
    names = [[member['name'] for member in row['members']] for row in (mine, other)]
    if any(names) and not set(names[0]) & set(names[1]):
        yield mine['type'], 'members', bool(names[0]), bool(names[1])
        return
    for name in sorted(set(names[0]) ^ set(names[1])):
        yield f'{mine["type"]}.{name}', 'member', name in names[0], name in names[1]
    common = [[name for name in dict.fromkeys(row) if name in names[0] and name in names[1]]
              for row in names]
    if common[0] != common[1]:
        yield mine['type'], 'order', *common
    members = {member['name']: member for member in reversed(mine['members'])}
    for member in other['members']:
        if member['name'] in members:
            yield from member_differences(mine['type'], members[member['name']], member)


def member_differences(type_name, mine, other):
    where = f'{type_name}.{mine["name"]}'
    for what in ('tag', 'presence'):
        if mine[what] != other[what] and None not in (mine[what], other[what]):
            yield where, what, mine[what], other[what]
    yield from value_differences(where, mine, other)


def value_differences(where, mine, other):
    """Bounds and named values that the module has."""
    for what in ('bounds', 'names'):
        if other.get(what) and mine.get(what) != other[what]:
            yield where, what, plain(mine.get(what)), plain(other[what])


def plain(value):
    return tuple(value.items() if isinstance(value, dict) else value or ())
