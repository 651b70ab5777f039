// A websocket that comes back: exponential back-off with jitter, fast after a restart of the server.

const SUBPROTOCOL = "wsgate.chat";
const RESTART = 1012;
// The server found fault with what we sent: to come back with the same would not mend it.
const FINAL = new Set([1003, 1007, 1008, 1009]);
// All times in milliseconds.
const FIRST_DELAY = 500;
const FIRST_DELAY_AFTER_RESTART = 100;
const LONGEST_DELAY = 15000;
const PING_INTERVAL = 5000;
const PINGS_UNANSWERED = 2;

// connecting: the socket opens, the room is not entered yet; open: in the room;
// waiting: the next attempt stands on the timer; closed: only connect() goes on.
export class Connection {
  #url;
  #join;
  #handlers;
  #socket = null;
  #state = "closed";
  #attempt = 0;
  #firstDelay = FIRST_DELAY;
  #retryTimer = 0;
  #pingTimer = 0;
  #pingNumber = 0;
  #pingedAt = 0;
  #unanswered = 0;

  // join() gives the first message of each connection; the handlers are
  // state(name, {reason, delay}), message(object) and latency(milliseconds).
  constructor(url, join, handlers) {
    this.#url = url;
    this.#join = join;
    this.#handlers = handlers;
    window.addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  get open() {
    return this.#state === "open";
  }

  connect() {
    clearTimeout(this.#retryTimer);
    const socket = new WebSocket(this.#url, SUBPROTOCOL);
    socket.onopen = () => this.send(this.#join());
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code, reason }) => this.#lose(code, reason);
    this.#socket = socket;
    this.#unanswered = 0;
    this.#pingTimer = setInterval(() => this.#check(), PING_INTERVAL);
    this.#enter("connecting");
  }

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #enter(state, details = {}) {
    this.#state = state;
    this.#handlers.state(state, details);
  }

  #receive(message) {
    this.#unanswered = 0;
    if (message.type === "pong") {
      if (message.number === this.#pingNumber) {
        this.#handlers.latency(performance.now() - this.#pingedAt);
      }
      return;
    }
    this.#handlers.message(message);
    if (message.type === "welcome") {
      this.#attempt = 0;
      this.#firstDelay = FIRST_DELAY;
      this.#enter("open");
      this.#ping();
    }
  }

  #ping() {
    this.#pingNumber += 1;
    this.#pingedAt = performance.now();
    this.send({ type: "ping", number: this.#pingNumber });
  }

  // A network that went away says nothing: silence is told by pings, and not by a clock,
  // since the browser may slow the timers of a page that nobody looks at.
  #check() {
    if (this.#unanswered >= PINGS_UNANSWERED) {
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
      this.#lose(1006, "no answer");
      return;
    }
    this.#unanswered += 1;
    if (this.open) this.#ping();
  }

  #lose(code, reason) {
    clearInterval(this.#pingTimer);
    if (FINAL.has(code)) {
      this.#enter("closed", { reason });
      return;
    }
    if (code === RESTART) this.#firstDelay = FIRST_DELAY_AFTER_RESTART;
    const backOff = Math.min(LONGEST_DELAY, this.#firstDelay * 2 ** this.#attempt);
    // Everybody lost the server at once: the jitter keeps them from coming back at once.
    const delay = backOff * (0.5 + Math.random() / 2);
    this.#attempt += 1;
    this.#retryTimer = setTimeout(() => this.connect(), delay);
    this.#enter("waiting", { reason, delay });
  }

  #hurry() {
    if (this.#state === "waiting") this.connect();
  }
}
