// What one HTTP response carries: a single JSON object, or server-sent events.
//
// The form is decided by what comes first: a final answer alone is sent as JSON with a status of
// its own, anything before it opens a stream of events. A named stream numbers its events and keeps
// them, so that it can be left and resumed (Last-Event-ID, revisions 2025-03-26 to 2025-11-25).

export const RETRY_MS = 100; // a client that was left comes back after this time
const KEEP_ALIVE_MS = 15000;
const KEPT_MAX = 1000; // events, of a stream that nobody reads

export class Stream {
  constructor(name = null, headers = {}) {
    this.name = name;
    this.headers = headers;
    this.events = [];
    this.sent = 0; // events that went to the present response
    this.res = null;
    this.open = false;
    this.done = false;
  }

  /** Go on with this response, behind event number `after`. */
  attach(res, after = 0) {
    this.res = res;
    this.open = false;
    this.sent = after;
    res.on('close', () => {
      if (this.res === res) this.res = null;
    });
    if (this.events.length > after) this.begin();
    if (this.done) this.leave();
  }

  /** Open the stream of events; a named one begins with an empty event that gives its first id. */
  begin() {
    if (this.open || !this.res) return;
    this.open = true;
    this.res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache',
      'X-Accel-Buffering': 'no',
      ...this.headers,
    });
    this.timer = setInterval(() => this.res?.write(': still here\n\n'), KEEP_ALIVE_MS);
    this.res.on('close', () => clearInterval(this.timer));
    if (this.name !== null)
      this.res.write(`id: ${this.name}-${this.sent}\nretry: ${RETRY_MS}\ndata:\n\n`);
    this.#flush();
  }

  #flush() {
    while (this.res && this.sent < this.events.length) {
      const id = this.name === null ? '' : `id: ${this.name}-${this.sent + 1}\n`;
      this.res.write(`event: message\n${id}data: ${this.events[this.sent++]}\n\n`);
    }
  }

  push(text) {
    if (this.events.length < KEPT_MAX) this.events.push(text);
    this.begin();
    this.#flush();
  }

  /** The final answer. */
  finish(text, status = 200) {
    this.done = true;
    if (this.open || !this.res || this.events.length > 0) {
      this.push(text);
      this.leave();
      return;
    }
    this.res.writeHead(status, { 'Content-Type': 'application/json', ...this.headers }).end(text);
    this.res = null;
  }

  /** End the response; what was said and will be said is kept for the one that resumes. */
  leave() {
    const res = this.res;
    this.res = null;
    res?.end();
  }
}
