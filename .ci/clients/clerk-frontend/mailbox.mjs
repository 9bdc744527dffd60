import { once } from 'node:events';
import net from 'node:net';

const mailedWithin = 60_000;

/**
 * Starts a server that takes mails by SMTP, as far as a client on this machine needs one.
 * @returns {Promise<{env: object, next: (to: string) => Promise<string>, stop: () => void}>} env makes a server
 *   send mails here; next gives the text of the next mail to somebody, which is waited for.
 */
export async function mailbox() {
  const mails = [];
  const waiting = [];
  const deliver = () => {
    for (const want of [...waiting]) {
      const at = mails.findIndex((mail) => mail.to === want.to);
      if (at < 0) continue;
      waiting.splice(waiting.indexOf(want), 1);
      want.done(mails.splice(at, 1)[0].text);
    }
  };
  const server = net.createServer((socket) => {
    let said = '';
    let to = '';
    let inMail = false;
    const say = (line) => socket.write(`${line}\r\n`);
    socket.setEncoding('utf8').on('error', () => {}).on('data', (part) => {
      said += part;
      for (;;) {
        const end = said.indexOf(inMail ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const text = said.slice(0, end);
        said = said.slice(end + (inMail ? 5 : 2));
        const [verb] = text.toUpperCase().split(/[ :]/);
        if (inMail) {
          inMail = false;
          mails.push({ to, text: text.slice(text.indexOf('\r\n\r\n')).replaceAll('=\r\n', '') });
          say('250 taken');
          deliver();
        } else if (verb === 'EHLO') say('250 localhost');
        else if (verb === 'MAIL') say('250 ok');
        else if (verb === 'RCPT') {
          [, to] = /<(.*)>/.exec(text);
          say('250 ok');
        } else if (verb === 'DATA') {
          inMail = true;
          say('354 go on');
        } else if (verb === 'QUIT') {
          say('221 bye');
          socket.end();
        } else say('502 unknown');
      }
    });
    say('220 localhost ESMTP');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    env: {
      KUZZLE_NOTIFY__MAIL: 'smtp', KUZZLE_NOTIFY__SMTP__ADDRESS: `127.0.0.1:${server.address().port}`,
      KUZZLE_NOTIFY__SMTP__TLS: 'none', KUZZLE_NOTIFY__FROM: 'noreply@example.org',
    },
    next: (to) => new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`no mail came to ${to}`)), mailedWithin);
      waiting.push({ to, done: (text) => { clearTimeout(late); done(text); } });
      deliver();
    }),
    stop: () => server.close(),
  };
}
