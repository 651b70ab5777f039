"use strict";
// npm's undici, which is the WebSocket of Node itself; its diagnostics tell what that hides.

const channels = require("node:diagnostics_channel");
const { WebSocket, ping } = require("undici");
const { decode, hold } = require("./conversation.js");
const { keep, task, tell } = require("./task.js");

channels.subscribe("undici:request:headers", ({ response: { statusCode, headers } }) => {
  const texts = headers.map(String); // name, value, name, value
  keep(statusCode, texts.filter((_, index) => texts[index - 1]?.toLowerCase() === "set-cookie"));
});

const socket = new WebSocket(task.url, { protocols: task.offer, headers: task.fields });

if (task.ping !== null) {
  socket.addEventListener("open", () => ping(socket, Buffer.from(decode(task.ping))));
}
hold(socket, task).then(tell);
