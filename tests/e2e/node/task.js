"use strict";
// What every client under Node does alike: its task comes from standard input, and it tells what it
// heard on standard output.

const fs = require("node:fs");

const task = JSON.parse(fs.readFileSync(0, "utf8"));
const heard = { status: null, cookies: {} };

// Keep the status of the response, and the cookies of its Set-Cookie fields.
function keep(status, fields) {
  heard.status = status;
  for (const field of fields ?? []) {
    const [name, value] = field.split(";")[0].split("=");
    heard.cookies[name] = value;
  }
}

// Tell it, with the rest that hold() heard; of a refusal there is no more than the status.
function tell(rest) {
  const told = heard.status === 101 ? { ...rest, ...heard } : { ...heard, messages: [] };
  process.stdout.write(JSON.stringify(told));
}

module.exports = { keep, task, tell };
