# SPDX-License-Identifier: Apache-2.0
"""Holds what our decoder says of an APDU against what the oracle says. Every difference must be
explained by a rule; docs/internals/differential.md has a row for each of them."""
import dataclasses
import json
import re
import subprocess


@dataclasses.dataclass
class Case:
    """One APDU, where it came from, and both answers (decode.c and oracle.erl describe them)."""
    origin: str
    octets: bytes
    ours: dict
    theirs: dict

    def notes(self):
        return {note.partition(':')[0] for note in self.ours['notes']}


@dataclasses.dataclass
class Rule:
    """A difference that is meant: our decoder noted that (one of the kinds in notes.c; '' where any
    will do), and the complaint of whoever complains matches."""
    name: str
    note: str
    complaint: str = ''

    def explains(self, case, complaint):
        return (not self.note or self.note in case.notes()) and re.search(self.complaint, complaint)


TABLE = 'Type not compatible with table constraint'
WRONG = r'unexpected|wrong_tag|badmatch|invalid_choice_tag|function_clause|case_clause|badarg'

# We take what asn1ct refuses.
LENIENT = [
    Rule('unknown-member', 'unknown-member', rf'{WRONG}|{TABLE}'),
    Rule('bounds', 'bounds', r'bad_range|integer_range|size_constraint'),
    Rule('enumerated', 'enumerated', r'enumerated|bad_range'),
    Rule('incomplete-name', 'incomplete', WRONG),
    Rule('opaque-value', 'opaque', rf'InformationFramework|{TABLE}'),
    Rule('malformed-inside', 'malformed-inside', r'decode_ber_tlv'),
    Rule('extension-value', 'extension-value', rf'{TABLE}'),
    Rule('extension-type', 'extension-type', rf'{WRONG}|{TABLE}|bad_range'),
    Rule('attribute-value', 'attribute-value', TABLE),
    Rule('attribute-type', 'attribute-type', f'{TABLE}|bad_range'),
    Rule('bilateral', 'bilateral', rf'{WRONG}|bad_range'),
    Rule('segment', 'segment', rf'{WRONG}|{TABLE}|bad_range'),
    Rule('no-segments', 'no-segments', rf'case_clause|{TABLE}'),
    Rule('half-character', 'half-character', rf'{WRONG}|{TABLE}'),
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
]

# The splitter and the tables disagree about an APDU as a whole.
SPLIT = [
    Rule('trailing', 'trailing', r'^malformed input at 0 in MTS-APDU\.$'),
    Rule('members-by-place', 'unknown-member', r'^malformed input$'),
    Rule('stored-form', '', r'^mandatory element missing$'),
    Rule('segment', 'segment', r'^malformed input$'),
]


def rule_names():
    return {rule.name for rule in LENIENT + STRICT + SPLIT} | {row[0] for row in FIELDS}


def is_octets(value):
    return isinstance(value, str) and value.startswith("x'")


# The same value in other words: (rule, note or '', path, do these two agree?).
FIELDS = [
    ('default', '', r'/(g3-facsimile|teletex)$', lambda ours, theirs: ours is None and not theirs),
    ('default', '', r'/type-of-MTS-user$', lambda ours, theirs: (ours, theirs) == ('public', 0)),
    ('enumerated', 'enumerated', '', lambda ours, theirs: theirs == {'asn1_enum': ours}),
    ('opaque-value', 'opaque', r'/(mta-)?directory-name$', lambda ours, _: is_octets(ours)),
    ('opaque-value', '', r'/security-categories/\*$', lambda ours, _: is_octets(ours)),
    ('opaque-value', 'opaque', r'/additional-information$', lambda ours, _: ours is None),
    ('opaque-value', 'opaque', r'/extensions/\*/value$', lambda ours, _: is_octets(ours)),
    ('extension-type', 'extension-type', r'/extensions/\*/type/', lambda ours, _: True),
    ('extension-value', 'extension-value', r'/extensions/\*/value$', lambda ours, _: is_octets(ours)),
    ('attribute-value', 'attribute-value', r'/extension-attribute-value$',
     lambda ours, _: is_octets(ours)),
    ('bilateral', 'bilateral', r'/per-domain-bilateral-information/\*$',
     lambda ours, _: is_octets(ours)),
    ('segment', 'segment', '', lambda ours, _: True),
]


def run(program, *arguments, lines=()):
    """Output lines of one of our filters."""
    done = subprocess.run([program, *arguments], input=''.join(f'{line}\n' for line in lines),
                          capture_output=True, text=True, timeout=600, check=True)
    return done.stdout.splitlines()


def cases(decoder, oracle, origins):
    """Both answers to each (origin, octets); ours alone without an oracle."""
    answers = run(decoder, lines=[octets.hex() for _, octets in origins])
    assert len(answers) == len(origins), 'an answer to each APDU'
    for (origin, octets), answer in zip(origins, answers):
        theirs = oracle.ask('MTS-APDU', octets) if oracle else None
        yield Case(origin, octets, json.loads(answer), theirs)


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


def same_content_type(value):
    """In the corrected module a RELATIVE-OID is an alternative of its own."""
    if isinstance(value, dict):
        return {'extended' if name == 'relative' else name: same_content_type(inner)
                for name, inner in value.items()}
    return value


class Verdict:
    """What a run of comparisons came to."""

    def __init__(self):
        self.agreed = 0
        self.used = {}        # rule: number of cases
        self.unexplained = []  # texts

    def check(self, case):
        before = len(self.unexplained)
        self.check_split(case)
        if 'ok' in case.ours and 'ok' in case.theirs:
            self.check_fields(case)
        elif 'ok' in case.ours:
            self.explain(case, LENIENT, case.theirs['error'])
        elif 'ok' in case.theirs:
            self.explain(case, STRICT, case.ours['error'])
        self.agreed += len(self.unexplained) == before

    def check_split(self, case):
        whole = case.ours['whole']
        if whole != 'same' and ('ok' in whole or 'ok' in case.ours):
            self.explain(case, SPLIT, whole.get('error', case.ours.get('error', '')))

    def check_fields(self, case):
        theirs = same_content_type(case.theirs['ok'])
        for path, ours, other in differences(case.ours['ok'], theirs):
            rules = [name for name, note, pattern, agree in FIELDS
                     if (not note or note in case.notes()) and re.search(pattern, path)
                     and agree(ours, other)]
            if rules:
                self.count(rules[0])
            else:
                self.fail(case, f'{path}: {ours} here, {other} there')

    def count(self, rule):
        self.used[rule] = self.used.get(rule, 0) + 1

    def explain(self, case, rules, complaint):
        for rule in rules:
            if rule.explains(case, complaint):
                self.count(rule.name)
                return
        self.fail(case, complaint)

    def fail(self, case, what):
        self.unexplained.append(f'{case.origin}: {what[:600]}\n  ours: {case.ours.get("error", "ok")}'
                                f' {case.ours["notes"]}\n  {case.octets.hex()}')


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
        if what in other and mine.get(what) != other[what]:
            yield where, what, mine.get(what), other[what]
