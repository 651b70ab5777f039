"use strict";
// The conversation of standard input, held by npm's ws; what was heard goes to standard output.

const fs = require("node:fs");
const WebSocket = require("ws");
const { hold } = require("./conversation.js");

const task = JSON.parse(fs.readFileSync(0, "utf8"));
const pairs = Object.entries(task.cookies).map((pair) => pair.join("="));
const headers = pairs.length ? { Cookie: pairs.join("; ") } : {};
const socket = new WebSocket(task.url, task.offer, { headers, maxPayload: 0 });

const print = (heard) => process.stdout.write(JSON.stringify(heard));
const cookies = {};

socket.on("upgrade", (response) => {
  for (const field of response.headers["set-cookie"] ?? []) {
    const [name, value] = field.split(";")[0].split("=");
    cookies[name] = value;
  }
});
socket.on("unexpected-response", (request, response) => {
  print({ status: response.statusCode, messages: [] });
  request.destroy();
});
hold(socket, task).then((heard) => print({ ...heard, cookies }));
