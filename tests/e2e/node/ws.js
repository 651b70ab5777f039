"use strict";
// npm's ws.

const WebSocket = require("ws");
const { decode, hold } = require("./conversation.js");
const { keep, task, tell } = require("./task.js");

const socket = new WebSocket(task.url, task.offer, { headers: task.fields, maxPayload: 0 });

socket.on("upgrade", (response) => keep(101, response.headers["set-cookie"]));
socket.on("unexpected-response", (request, response) => {
  keep(response.statusCode);
  tell();
  request.destroy();
});
if (task.ping !== null) {
  socket.on("open", () => socket.ping(decode(task.ping)));
}
hold(socket, task).then(tell);
