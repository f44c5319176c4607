# SPDX-License-Identifier: Apache-2.0
"""tshark as an oracle: PDUs are written to a capture file, see carriers.py, and dissected."""
import dataclasses
import re
import subprocess
import typing

from differential import carriers

# What is read off each kind: member of the value, tshark's field.
RTSE_CONNECT = {'checkpointSize': 'rtse.checkpointSize', 'windowSize': 'rtse.windowSize',
                'dialogueMode': 'rtse.dialogueMode', 'applicationProtocol': 'rtse.applicationProtocol',
                'commonReference': 'rtse.commonReference'}
EXTERNAL = {'direct-reference': 'acse.direct_reference', 'indirect-reference': 'acse.indirect_reference'}
RELEASE = {'reason': 'acse.reason', **EXTERNAL}
PDV = {'presentation-context-identifier': 'pres.presentation_context_identifier',
       'transfer-syntax-name': 'pres.transfer_syntax_name', 'octet-aligned': 'pres.octet_aligned',
       'simply-encoded-data': 'pres.simply_encoded_data'}
RESULTS = {'result': 'pres.result', 'provider-reason': 'pres.provider_reason',
           'responding-presentation-selector': 'pres.responding_presentation_selector', **PDV}
FIELDS = {
    'MTS-APDU': {
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
        'message-delivery-time': 'p1.message_delivery_time'},
    'P22': {
        'user-relative-identifier': 'p22.user_relative_identifier',
        'subject': 'p22.subject',
        'free-form-name': 'p22.free_form_name',
        'telephone-number': 'p22.telephone_number',
        'expiry-time': 'p22.expiry_time',
        'reply-time': 'p22.reply_time',
        'sensitivity': 'p22.sensitivity',
        'non-receipt-reason': 'p22.non_receipt_reason',
        'discard-reason': 'p22.discard_reason',
        'auto-forward-comment': 'p22.auto_forward_comment',
        'receipt-time': 'p22.receipt_time',
        'suppl-receipt-info': 'p22.suppl_receipt_info',
        'bilaterally-defined': 'p22.bilaterally_defined'},
    'RTORQ': RTSE_CONNECT, 'RTOAC': RTSE_CONNECT,
    'RTORJ': {'refuseReason': 'rtse.refuseReason'},
    'RTTP': {'value': 'rtse.rttp_apdu'},
    'RTTR': {},  # a part of an APDU, and shown as that
    'RTAB': {'abortReason': 'rtse.abortReason'},
    'AARQ': {'application-context-name': 'acse.aSO_context_name', **EXTERNAL},
    'AARE': {'application-context-name': 'acse.aSO_context_name', 'result': 'acse.result',
             'acse-service-user': 'acse.service_user', 'acse-service-provider': 'acse.service_provider',
             **EXTERNAL},
    'RLRQ': RELEASE, 'RLRE': RELEASE,
    'ABRT': {'abort-source': 'acse.abort_source', 'abort-diagnostic': 'acse.abort_diagnostic', **EXTERNAL},
    'CP': {'calling-presentation-selector': 'pres.calling_presentation_selector',
           'called-presentation-selector': 'pres.called_presentation_selector',
           'abstract-syntax-name': 'pres.abstract_syntax_name',
           'transfer-syntax-name-list': 'pres.Transfer_syntax_name', **PDV},
    'CPA': RESULTS, 'CPR': RESULTS, 'ARU': PDV, 'UserData': PDV,
    'TSDU': {
        'SPDU Type': 'ses.type',
        'Called SS-user Reference': 'ses.called_ss_user_reference',
        'Calling SS-user Reference': 'ses.calling_ss_user_reference',
        'Common Reference': 'ses.common_reference',
        'Additional Reference Information': 'ses.additional_reference_information',
        'Token Item': 'ses.tken_item.flags',
        'Transport Disconnect': 'ses.transport_flags',
        'Protocol Options': 'ses.connect.flags',
        'Session User Requirements': 'ses.req.flags',
        'Version Number': 'ses.version.flags',
        'Initial Serial Number': 'ses.initial_serial_number',
        'Serial Number': 'ses.serial_number',
        'Activity Identifier': 'ses.activity_identifier',
        'Reason Code': 'ses.reason_code',
        'Calling Session Selector': 'ses.calling_session_selector',
        'Called Session Selector': 'ses.called_session_selector'},
    'ARP': {'provider-reason': 'pres.provider_reason', 'event-identifier': 'pres.event_identifier'},
}
TIMES = ('arrival-time', 'deferred-time', 'message-delivery-time', 'expiry-time', 'reply-time',
         'receipt-time', 'commonReference')

SOUND = "x'a00931056b031301413000"


def has_sound_content(tree):
    """Nothing, or the content that generate.c has for dissectors. tshark takes any other for P22, gets
    lost in it and leaves out what follows."""
    if not isinstance(tree, dict):
        return True
    message, report = tree.get('message', {}), tree.get('report', {}).get('content', {})
    found = message.get('content') or report.get('returned-content') or SOUND
    return found == SOUND


def is_noted(case):
    return bool(case.notes() - {'opaque'})


@dataclasses.dataclass(eq=False)
class Remark:
    """What tshark remarks on PDUs that are sound, where that is so; see compare.Rule."""
    name: str
    text: str
    where: typing.Callable = lambda case: True

    def explains(self, case, remark):
        return re.search(self.text, remark) and self.where(case)


REMARKS = [
    Remark('tshark-bits', r'^Unknown bit'),
    Remark('tshark-bits', r'^Bits set in padded area'),
    Remark('tshark-opaque', r'OID not implemented'),
    Remark('tshark-opaque', r'beyond the end of the known sequence'),
    Remark('tshark-content', r'^P1 Unknown Content'),
    Remark('tshark-extension', r'^Unknown standard-extension'),
    Remark('tshark-trailing', r'Trailing stray characters'),
    Remark('tshark-time', r'UTCTime'),
    Remark('tshark-opaque', r'Wrong field in SEQUENCE( OF)?: expected class:UNIVERSAL'),
    Remark('tshark-opaque', r'INTEGER: length of'),
    Remark('tshark-opaque', r'Dissector is not available'),
    Remark('tshark-opaque', r'Unknown ROS PDU'),
    Remark('tshark-opaque', r'zero-byte P1 PDU'),
    Remark('tshark-opaque', r'get spdu type'),
    Remark('tshark-opaque', r'Malformed Packet: PRES'),
    Remark('tshark-opaque', r'^Trying to fetch'),
    Remark('tshark-opaque', r'Unknown field in SET class:CONTEXT\(2\)'),
    Remark('tshark-descriptor', r'OctetString expected but class:UNIVERSAL\(0\) Primitive tag:7'),
    Remark('tshark-reference', r'Object Identifier expected but'),
    Remark('tshark-reference', r'No OID supplied'),
    Remark('tshark-bounds', r'^Size constraint'),
    Remark('tshark-empty', r'^Length is 0, should be'),
    Remark('tshark-noted', '', is_noted),
    Remark('tshark-content', '', lambda case: not has_sound_content(case.ours['ok'])),
    Remark('tshark-opaque', '', lambda case: 'opaque' in case.notes() and case.origin != 'generated'),
]
UNSEEN = Remark('tshark-unseen', '')  # it does not take a TSDU for session's
TWICE = Remark('tshark-twice', '')    # a parameter of an SPDU
RULES = [*REMARKS, UNSEEN, TWICE]

# Remarks that go with a PDU that is understood; what follows an opaque value may be lost in an APDU, or
# when it is damaged.
HARMLESS = {'tshark-bits', 'tshark-extension', 'tshark-bounds'}
# Values that are told though absent.
DEFAULTS = {'checkpointSize': ['0'], 'windowSize': ['3'], 'dialogueMode': ['0']}
T61 = {'subject', 'free-form-name'}  # of which accented letters come in several forms
SERIALS = {'Serial Number', 'Initial Serial Number'}  # numbers in digits
SEPARATOR = '\x1f'
EXCEPTION = 'Malformed Packet (Exception occurred)'  # comes with [Malformed Packet: PROTOCOL]
FAULTS = ['_ws.expert.message', '_ws.malformed']


def dissect(path, kind, pdus):
    """For each PDU: ({member: its values in any order}, what tshark finds wrong)."""
    frames = carriers.write(path, kind, pdus)
    fields = FIELDS[kind]
    names = [*fields.values(), *FAULTS]
    wanted = [part for name in names for part in ('-e', name)]
    done = subprocess.run(['tshark', '-n', '-r', path, '-T', 'fields', '-E', f'aggregator={SEPARATOR}',
                           '-e', 'frame.number', *wanted],
                          capture_output=True, text=True, timeout=600, check=True)
    answers = [({member: [] for member in fields}, []) for _ in pdus]
    number = 0
    for line in done.stdout.split('\n')[:-1]:
        frame, *columns = line.split('\t')
        while number < len(frames) and int(frame) > frames[number][1]:
            number += 1
        if int(frame) < frames[number][0]:
            continue
        columns = [column.split(SEPARATOR) if column else [] for column in columns]
        for member, found in zip(fields, columns):
            answers[number][0][member] += found
        answers[number][1].extend(columns[-2] + columns[-1])
    return answers


def numbers(tables):
    """{member: {name of a value: the value}} of what print_tables has."""
    found = {}
    for row in tables:
        for member in row['members']:
            found.setdefault(member['name'], {}).update(member.get('names', {}))
    return found


def values(tree, members, named):
    """{member: its values in a tree, sorted}, as tshark prints them; named is what numbers() gave."""
    found = {member: [] for member in members}

    def walk(node):
        for name, inner in node.items() if isinstance(node, dict) else ():
            if name in found and not isinstance(inner, dict):
                texts = inner if is_list_of_texts(inner) else [inner]
                found[name] += [printed(name, text, named) for text in texts]
            walk(inner)
        for inner in node if isinstance(node, list) else ():
            walk(inner)
    walk(tree if isinstance(tree, (dict, list)) else {'value': tree})
    return {member: sorted(texts) for member, texts in found.items()}


def is_list_of_texts(value):
    return isinstance(value, list) and bool(value) and isinstance(value[0], str)


def printed(member, value, named):
    if isinstance(value, list):  # control characters are shown in ways of their own
        value = ''.join('\0' if c < 32 else chr(c) if c < 127 else '\ufffd' for c in value)
    elif isinstance(value, str):
        value = str(named.get(member, {}).get(value, value.removeprefix("x'")))
    value = str(value)
    if member not in TIMES:
        return value
    digits, zone = re.fullmatch(r'(\d*)(.*)', value).groups()
    day, clock = re.findall('..', digits[:6]), re.findall('..', digits[6:])
    return f'{"-".join(day)} {":".join(clock)} (UTC{zone.lstrip("Z")})'


def remarked(case, answer):
    """What tshark remarks on a PDU that we accept, as compare.told(): a reason must be known for each."""
    fields, faults = answer
    if case.kind == 'TSDU' and not fields['SPDU Type']:
        return [('tshark: no SPDU', [UNSEEN])]
    found = [(fault, [remark for remark in REMARKS if remark.explains(case, fault)]) for fault in faults]
    return [(f'tshark: {fault}', rules) for fault, rules in found
            if rules or not fault.startswith('_ws.') and fault != EXCEPTION]


def is_understood(case, remarks):
    """Has tshark read all of it, in spite of what it remarked?"""
    harmless = set(HARMLESS)
    if case.kind != 'MTS-APDU' and case.origin == 'generated':
        harmless.add('tshark-opaque')
    return (not is_noted(case) and has_sound_content(case.ours['ok'])
            and all(rules and rules[0].name in harmless for _, rules in remarks))


def told(case, answer, named):
    """As compare.told(); and was it compared field by field? tshark accepts nearly everything."""
    if 'error' in case.ours:
        return [], False
    found = remarked(case, answer)
    if not is_understood(case, found):
        return found, False
    fields, _ = answer
    mine = values(case.ours['ok'], fields, named)
    for member, texts in fields.items():
        found += compared(case, member, mine[member], texts)
    return found, True


def compared(case, member, mine, texts):
    """Of the values that tshark shows in ways of its own only those are compared that are not strange."""
    theirs = sorted(shown(member, text) for text in texts if text not in ('', '<MISSING>'))
    ours = [text for text in mine if text]
    if ours == DEFAULTS.get(member) and not theirs or any(is_strange(member, text) for text in ours):
        return []
    if ours == theirs:
        return []
    twice = case.kind == 'TSDU' and len(ours) < len(theirs) and set(ours) <= set(theirs)
    left, right = [t for t in ours if t not in theirs], [t for t in theirs if t not in ours]
    return [(f'{member}: {left} of {len(ours)} here, {right} of {len(theirs)} in tshark', [TWICE] * twice)]


def shown(member, text):
    """A value of tshark's as printed() has it."""
    if member in FIELDS['TSDU'] and text.startswith('0x'):
        return str(int(text, 16))
    return str(int(text)) if member in SERIALS else re.sub('[^ -~]', '\ufffd', text)


def is_strange(member, text):
    """Control characters, characters that T.61 has in several forms or not at all, numbers that have a
    sign or more than 31 bits, and user data of one octet, which is not shown."""
    return ('\0' in text or re.fullmatch(r'-\d+|\d{10,}', text)
            or (member in T61 and re.search(r'[\ufffd#$\\^`{}|~]', text))
            or (member == 'simply-encoded-data' and len(text) == 2))
