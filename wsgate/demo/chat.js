// The page: what the room says goes in as text, never as HTML.

import { Connection } from "./connection.js";

const LINES_KEPT = 500;
const GROUPED_WITHIN = 5 * 60 * 1000; // milliseconds between lines of one author
const ADJECTIVES = ["Amber", "Brave", "Calm", "Clever", "Gentle", "Golden", "Lucky", "Merry", "Quick", "Silver"];
const ANIMALS = ["Badger", "Falcon", "Fox", "Heron", "Lynx", "Otter", "Owl", "Robin", "Seal", "Wren"];

const $ = (id) => document.getElementById(id);
const [log, lines, people] = [$("log"), $("lines"), $("people")];
const [nameInput, textInput] = [$("name"), $("text")];

const room = { id: null, me: 0, members: new Map(), serial: 0 };
const unconfirmed = []; // what we said and have not heard from the server yet
let atNewest = true; // the log is scrolled down
let unread = 0;

// The name that we wish for in this window; the server may add a number to it.
function wishedName() {
  const name = sessionStorage.getItem("name") ?? `${oneOf(ADJECTIVES)} ${oneOf(ANIMALS)}`;
  sessionStorage.setItem("name", name);
  return name;
}

function oneOf(list) {
  return list[Math.floor(Math.random() * list.length)];
}

// ---- what the server says ----

const hears = {
  welcome({ id, room: roomId, members, history }) {
    const first = room.id === null;
    const restarted = !first && room.id !== roomId;
    if (first || restarted) Object.assign(room, { id: roomId, serial: 0 });
    room.me = id;
    room.members = new Map(members.map((member) => [member.id, member.name]));
    showPeople();
    showMyName();
    log.setAttribute("aria-busy", "true");
    history.filter(({ serial }) => serial > room.serial).forEach(addMessage);
    log.removeAttribute("aria-busy");
    if (!first) addNote(restarted ? "The server restarted. You are back." : "You are back.");
    scrollToNewest();
  },
  joined({ id, name }) {
    room.members.set(id, name);
    showPeople();
    addNote(`${isolated(name)} came in`);
  },
  left({ id, name }) {
    room.members.delete(id);
    showPeople();
    addNote(`${isolated(name)} left`);
  },
  renamed({ id, name, former }) {
    room.members.set(id, name);
    showPeople();
    if (id === room.me) showMyName();
    addNote(`${isolated(former)} is now ${isolated(name)}`);
  },
  said(message) {
    if (message.id === room.me) unconfirmed.shift();
    addMessage(message);
  },
};

// ---- the lines ----

function addMessage({ serial, id, name, text, at }) {
  room.serial = serial;
  const line = fromTemplate("message-template");
  const previous = lines.lastElementChild;
  const grouped =
    previous.dataset.author === name && at - Number(previous.dataset.at) < GROUPED_WITHIN;
  line.classList.toggle("grouped", grouped);
  line.classList.toggle("mine", id === room.me);
  Object.assign(line.dataset, { author: name, at });
  paintAvatar(line.querySelector(".avatar"), name);
  line.querySelector(".author").textContent = name;
  line.querySelector(".text").textContent = text;
  setTime(line.querySelector("time"), at);
  addLine(line);
  countUnread();
}

function addNote(text) {
  const line = fromTemplate("note-template");
  line.firstElementChild.textContent = text;
  setTime(line.querySelector("time"), Date.now());
  addLine(line);
}

function addLine(line) {
  lines.querySelector(".welcome")?.remove();
  lines.append(line);
  if (lines.childElementCount > LINES_KEPT) lines.firstElementChild.remove();
  if (atNewest) scrollToNewest();
  else if (line.classList.contains("message")) $("newest").hidden = false;
}

function fromTemplate(id) {
  return $(id).content.firstElementChild.cloneNode(true);
}

function setTime(element, at) {
  const date = new Date(at);
  element.dateTime = date.toISOString();
  element.textContent = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

// A name may run from right to left, the sentence around it does not (Unicode's FSI and PDI).
function isolated(name) {
  return `\u2068${name}\u2069`;
}

function scrollToNewest() {
  log.scrollTop = log.scrollHeight;
}

function countUnread() {
  unread = document.hidden ? unread + 1 : 0;
  document.title = unread ? `(${unread}) wsgate chat` : "wsgate chat";
}

// ---- the people ----

function showPeople() {
  $("count").textContent = room.members.size;
  people.replaceChildren(
    ...Array.from(room.members, ([id, name]) => {
      const person = fromTemplate("person-template");
      paintAvatar(person.querySelector(".avatar"), name);
      person.querySelector(".name").textContent = name;
      person.classList.toggle("me", id === room.me);
      return person;
    }),
  );
}

function showMyName() {
  nameInput.value = room.members.get(room.me);
}

function paintAvatar(element, name) {
  const words = name.split(" ").filter((word) => /^\p{L}/u.test(word));
  const initials = words.slice(0, 2).map((word) => [...word][0].toUpperCase());
  element.textContent = initials.join("") || [...name][0];
  const hash = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 997, 7);
  element.style.setProperty("--hue", (hash * 137) % 360);
}

// ---- the connection ----

const STATES = { connecting: "Connecting", open: "Connected", waiting: "Reconnecting", closed: "Disconnected" };
let countdown = 0;

function showState(state, { reason = "", delay = 0 }) {
  document.body.dataset.state = state;
  $("state").textContent = state === "closed" ? `${STATES[state]}: ${reason}` : STATES[state];
  $("detail").textContent = "";
  $("retry").hidden = !["waiting", "closed"].includes(state);
  $("send").disabled = state !== "open";
  clearInterval(countdown);
  if (state === "waiting" && delay > 1000) showCountdown(Date.now() + delay);
  if (state !== "open") returnUnconfirmed();
}

function showCountdown(until) {
  const show = () => {
    $("detail").textContent = `in ${Math.max(0, Math.ceil((until - Date.now()) / 1000))} s`;
  };
  show();
  countdown = setInterval(show, 1000);
}

function showLatency(milliseconds) {
  const digits = milliseconds < 10 ? 1 : 0;
  $("detail").textContent = `${milliseconds.toFixed(digits)} ms`;
}

// What the server did not confirm may be lost: it goes back where it was written.
function returnUnconfirmed() {
  const texts = [...unconfirmed.splice(0), textInput.value];
  textInput.value = texts.filter(Boolean).join("\n");
}

const url = new URL("ws", document.baseURI);
url.protocol = url.protocol.replace("http", "ws");
const connection = new Connection(url, () => ({ type: "join", name: wishedName() }), {
  state: showState,
  message: (message) => hears[message.type](message),
  latency: showLatency,
});

// ---- what the user does ----

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = textInput.value.trim();
  if (!text || text.length > textInput.maxLength || !connection.open) return;
  connection.send({ type: "say", text });
  unconfirmed.push(text);
  textInput.value = "";
  scrollToNewest();
});

textInput.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});

$("naming").addEventListener("submit", (event) => {
  event.preventDefault();
  nameInput.blur(); // which is a change if the name did
  textInput.focus();
});

nameInput.addEventListener("change", () => {
  const name = nameInput.value.trim();
  if (!name) {
    showMyName();
    return;
  }
  sessionStorage.setItem("name", name);
  if (connection.open) connection.send({ type: "rename", name });
});

$("retry").addEventListener("click", () => connection.connect());
$("newest").addEventListener("click", scrollToNewest);
log.addEventListener("scroll", () => {
  atNewest = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  if (atNewest) $("newest").hidden = true;
});
// The keyboard of a phone takes room away: the newest line stays in sight.
new ResizeObserver(() => atNewest && scrollToNewest()).observe(log);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    unread = 0;
    document.title = "wsgate chat";
  }
});

nameInput.value = wishedName();
connection.connect();
