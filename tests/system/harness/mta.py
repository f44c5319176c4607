# SPDX-License-Identifier: Apache-2.0
"""A running x400d with its own store, socket and log, and x400ctl to talk to it."""
import json
import os
import pathlib
import signal
import subprocess
import time

BUILD = pathlib.Path(os.environ.get('X400D_BUILD', 'build')).resolve()
X400D = BUILD / 'src/prog/x400d/x400d'
X400CTL = BUILD / 'src/prog/x400ctl/x400ctl'
X400LOAD = BUILD / 'src/prog/x400load/x400load'
X400DUMP = BUILD / 'src/prog/x400dump/x400dump'

WAIT = 30  # seconds that anything may take before a test fails


def wait_for(condition, what, seconds=WAIT, every=0.02):
    """Polls until condition() is true, and gives what it returned."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f'{what}: not within {seconds} s')
        time.sleep(every)


class CtlError(Exception):
    """x400ctl failed; code is its exit status."""

    def __init__(self, code, text):
        super().__init__(f'x400ctl: exit status {code}: {text.strip()}')
        self.code, self.text = code, text


class Mta:
    """One node. prefix is put in front of the commands (ip netns exec ...)."""

    def __init__(self, place, directory, site, store=None, prefix=(), debug=True):
        self.place = place
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.store = store or self.directory / 'store'
        self.socket = self.directory / 'control'
        self.log = self.directory / 'stderr.log'
        self.events_file = self.directory / 'events.jsonl'
        self.config = self.directory / 'node.yaml'
        self.seed = self.directory / 'site.yaml'
        self.prefix = list(prefix)
        self.process = None
        self.write_site(site)
        self.config.write_text(json.dumps({
            'node-name': self.directory.name, 'store': str(self.store),
            'socket': str(self.socket), 'seed': str(self.seed),
            'log': [{'to': 'stderr', 'level': 'info'},
                    *([{'to': str(self.events_file), 'level': 'debug'}] if debug else [])]},
            indent=1) + '\n')

    def write_site(self, site):
        self.seed.write_text(json.dumps(site, indent=1) + '\n')

    # ---- life -----------------------------------------------------------------------------------

    def spawn(self):
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen([*self.prefix, X400D, '-c', self.config],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        self.spawn()
        wait_for(self.answers, f'{self.place.name} answers')
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f'{self.place.name} ended with status {self.process.returncode}:\n'
                                 + self.log.read_text(errors='replace')[-4000:])
        try:
            return self.ctl('status')
        except CtlError:
            return None

    def listening_port(self):
        [listener] = self.ctl('status')['listeners']
        return int(listener['local'].rsplit(':', 1)[1])

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """As a power failure would."""
        if self.running:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self):
        """In order. The exit status must be 0, and not come from a kill."""
        if not self.running:
            return
        self.process.terminate()
        try:
            status = self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'{self.place.name} did not end on SIGTERM') from None
        assert status == 0, f'{self.place.name} ended with status {status}'

    def restart(self):
        self.stop()
        return self.start()

    def memory_kib(self):
        """The largest resident size so far."""
        status = pathlib.Path(f'/proc/{self.process.pid}/status').read_text()
        return int(status.split('VmHWM:')[1].split()[0])

    # ---- x400ctl --------------------------------------------------------------------------------

    def run(self, *arguments, text_input=None, binary=False):
        """x400ctl as it is: (exit status, stdout, stderr)."""
        done = subprocess.run([*self.prefix, X400CTL, '--socket', self.socket,
                               *map(str, arguments)], input=text_input, capture_output=True,
                              timeout=120, check=False)
        out = done.stdout if binary else done.stdout.decode(errors='replace')
        return done.returncode, out, done.stderr.decode(errors='replace')

    def ctl(self, *arguments, **options):
        """x400ctl --json, its answer decoded."""
        code, out, err = self.run('--json', *arguments, **options)
        if code != 0:
            raise CtlError(code, out + err)
        return json.loads(out) if out.strip() else None

    def send(self, sender, recipients, subject='test', text='hello\r\n', *more):
        """Submits an IPM for one of this MTA's users; gives its MTS identifier."""
        to = [part for address in recipients for part in ('--to', address)]
        answer = self.ctl('send', '--from', sender, *to, '--subject', subject, '--text', text, *more)
        return answer['mts-id']

    def entries(self, user):
        """What lies in a user's mailbox."""
        return self.ctl('mailbox', 'list', self.place.mailbox(user))

    def messages(self, user):
        return [e for e in self.entries(user) if e['kind'] == 'message']

    def reports(self, user):
        return [e for e in self.entries(user) if e['kind'] == 'report']

    def wait_messages(self, user, count, seconds=WAIT):
        """Waits until at least count messages have arrived; gives them."""
        return wait_for(lambda: (got := self.messages(user)) and len(got) >= count and got,
                        f'{count} messages for {user} at {self.place.name}', seconds)

    def wait_reports(self, user, count, seconds=WAIT):
        return wait_for(lambda: (got := self.reports(user)) and len(got) >= count and got,
                        f'{count} reports for {user} at {self.place.name}', seconds)

    def queue(self):
        return self.ctl('queue', 'list')['items']

    def wait_idle(self, seconds=WAIT):
        """Waits until nothing is queued."""
        wait_for(lambda: not self.queue(), f'{self.place.name} has nothing queued', seconds)

    # ---- events ---------------------------------------------------------------------------------

    def events(self, *numbers):
        """Events so far, as JSON objects; only those numbers when given."""
        if not self.events_file.exists():
            return []
        out = []
        for line in self.events_file.read_text(errors='replace').splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue  # the line a kill cut in two
            if not numbers or event['number'] in numbers:
                out.append(event)
        return out

    def wait_event(self, number, count=1, seconds=WAIT):
        return wait_for(lambda: (got := self.events(number)) and len(got) >= count and got,
                        f'{count} events {number} at {self.place.name}', seconds)
