# SPDX-License-Identifier: Apache-2.0
"""A Postfix that relays between its own smtp-source and smtp-sink, the peer of the comparison. It has
its configuration, queue and log in a scratch directory (all above it must be searchable by the user
postfix) and listens on loopback only; the system's
own Postfix, if it runs, is not touched."""
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import time

import measure

LIBRARY = pathlib.Path('/usr/lib/postfix/sbin')
PROGRAMS = ('/usr/sbin/postfix', '/usr/sbin/smtp-source', '/usr/sbin/smtp-sink')
TIMEOUT = 300

# Differences from the defaults: nothing that makes an accept less durable (one fsync for each
# message, in cleanup(8)); no name service, no throttling, as many processes as sessions.
MAIN = """
compatibility_level = 3.6
config_directory = {home}/etc
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = {library}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {home}/log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.bench.invalid
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{sink}
smtpd_relay_restrictions = permit_mynetworks, reject
disable_dns_lookups = yes
smtputf8_enable = no
smtp_tls_security_level = none
smtpd_tls_security_level = none
message_size_limit = 0
mailbox_size_limit = 0
default_process_limit = 100
initial_destination_concurrency = 50
default_destination_concurrency_limit = 50
smtp_connection_cache_destinations = [127.0.0.1]:{sink}
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
delay_logging_resolution_limit = 6
"""

SERVICES = (
    '127.0.0.1:{port} inet n - n - - smtpd', 'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr', 'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce', 'defer unix - - n - 0 bounce', 'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify', 'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap', 'smtp unix - - n - - smtp', 'relay unix - - n - - smtp',
    'showq unix n - n - - showq', 'error unix - - n - - error', 'retry unix - - n - - error',
    'anvil unix - - n - 1 anvil', 'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd')

SENT = re.compile(rb' delay=([0-9.]+),.* status=(\w+)')


def missing():
    """Why there can be no Postfix here, or None."""
    absent = [p for p in PROGRAMS if not os.access(p, os.X_OK)]
    if absent:
        return f'{", ".join(absent)}: not installed (tools/deps bench)'
    return None if os.geteuid() == 0 else 'its master process runs as root only'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def await_port(port):
    end = time.monotonic() + 30
    while True:
        try:
            with socket.create_connection(('127.0.0.1', port), 1):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


class Postfix:
    name = 'Postfix'

    def __init__(self, directory):
        self.home = pathlib.Path(directory)
        self.port, self.sink_port = free_port(), free_port()
        self.master = self.sink = None
        self.log_at = 0

    def configure(self):
        for name in ('etc', 'queue', 'data'):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o755)  # its processes run as another user
        os.chown(self.home / 'data', pwd.getpwnam('postfix').pw_uid, -1)
        places = {'home': self.home, 'library': LIBRARY, 'sink': self.sink_port,
                  'port': self.port}
        (self.home / 'etc/main.cf').write_text(MAIN.format(**places))
        (self.home / 'etc/master.cf').write_text(
            '\n'.join(line.format(**places) for line in SERVICES) + '\n')
        for name in ('dynamicmaps.cf', 'postfix-files'):
            shutil.copy(pathlib.Path('/etc/postfix', name), self.home / 'etc')

    def __enter__(self):
        self.configure()
        self.sink = subprocess.Popen(
            ['/usr/sbin/smtp-sink', '-u', 'nobody', f'127.0.0.1:{self.sink_port}', '1000'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(['/usr/sbin/postfix', '-c', self.home / 'etc', 'check'], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
        # Its own process group: that is how it ends its children.
        self.master = subprocess.Popen([LIBRARY / 'master', '-c', self.home / 'etc', '-s'],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
        await_port(self.port)
        await_port(self.sink_port)
        return self

    def __exit__(self, *_):
        for process in (self.master, self.sink):
            process.terminate()
            process.wait()

    def version(self):
        out = subprocess.run(['/usr/sbin/postconf', '-c', self.home / 'etc', '-h', 'mail_version'],
                             capture_output=True, text=True, check=True)
        return out.stdout.strip()

    def read_log(self):
        """What has been added; the file comes with the first line."""
        try:
            with open(self.home / 'log', 'rb') as log:
                log.seek(self.log_at)
                new = log.read()
        except FileNotFoundError:
            new = b''
        self.log_at += len(new)
        return new

    def await_sent(self, messages):
        """The delays in us of so many deliveries, as they appear in the log."""
        delays, rest, end = [], b'', time.monotonic() + TIMEOUT
        while len(delays) < messages:
            new = self.read_log()
            lines = (rest + new).split(b'\n')
            rest = lines.pop()
            for line in lines:
                match = SENT.search(line)
                if match and match.group(2) != b'sent':
                    raise RuntimeError(f'Postfix: {line.decode()}')
                if match:
                    delays.append(float(match.group(1)) * 1e6)
            if time.monotonic() > end:
                raise RuntimeError(f'Postfix: {len(delays)} of {messages} sent')
            if not new:
                time.sleep(0.002)
        return sorted(delays)

    def measure(self, size, sessions, messages, pause=None):
        """One run. pause: each session waits 0 to so many seconds before each message."""
        command = ['/usr/sbin/smtp-source', '-d', '-s', str(sessions), '-m', str(messages), '-l',
                   str(size), '-f', 'load@source.bench.invalid', '-t', 'bob@sink.bench.invalid',
                   *(['-R', str(pause)] if pause else []), f'127.0.0.1:{self.port}']
        before = measure.cpu_seconds(self.master.pid), measure.cpu_seconds(self.sink.pid)
        start = time.monotonic()
        source = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        delays = self.await_sent(messages)
        seconds = time.monotonic() - start
        _, status, usage = os.wait4(source.pid, 0)
        source.returncode = status
        if status:
            raise RuntimeError('smtp-source failed')
        sink_cpu = measure.cpu_seconds(self.sink.pid) - before[1]
        return {'seconds': seconds, 'cpu': measure.cpu_seconds(self.master.pid) - before[0],
                'load-cpu': sink_cpu + usage.ru_utime + usage.ru_stime,
                'p50': delays[len(delays) // 2], 'p99': delays[len(delays) * 99 // 100],
                'max': delays[-1]}
