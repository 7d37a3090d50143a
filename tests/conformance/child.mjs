// One server process, line by line. What it says is handed on as text, with the parsed message.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const END_MS = 5000; // from the end of its input to its exit

export class Child {
  /** hear(text, message) for each line; gone() once, when it has ended. */
  constructor(command, log) {
    this.log = log;
    this.hear = null;
    this.gone = null;
    this.ended = false;
    this.process = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.process.stdin.on('error', () => {}); // its end is told by 'close'
    createInterface({ input: this.process.stdout }).on('line', (text) => this.#line(text));
    this.over = new Promise((resolve) => {
      this.process.on('close', (code, signal) => {
        this.ended = true;
        if (code !== 0) this.log(`trouble: a server ended with ${signal ?? `exit code ${code}`}`);
        this.gone?.();
        resolve();
      });
    });
  }

  #line(text) {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      this.log(`trouble: a server wrote what is no JSON: ${text.slice(0, 200)}`);
      return;
    }
    if (this.hear) this.hear(text, message);
    else this.log(`trouble: a server spoke unasked: ${text.slice(0, 200)}`);
  }

  /** A message is one line; in JSON a line break can only stand between tokens. */
  send(text) {
    this.process.stdin.write(`${text.replace(/[\r\n]+/g, ' ')}\n`);
  }

  /** End its input and wait for it. It has nothing more to say about the request `cancelled`. */
  async end(cancelled) {
    this.hear = (text, message) => {
      if (message.id !== undefined && message.id === cancelled)
        this.log(`trouble: a cancelled request was answered: ${text.slice(0, 200)}`);
    };
    this.process.stdin.end();
    const timer = setTimeout(() => {
      this.log('trouble: a server did not end with its input');
      this.process.kill('SIGKILL');
    }, END_MS);
    await this.over;
    clearTimeout(timer);
  }
}
