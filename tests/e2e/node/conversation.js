"use strict";
// A conversation (tests/e2e/conversations.py) over any WebSocket with the browsers' interface;
// Chromium runs these lines as well as Node.

function decode({ text, binary }) {
  return binary === undefined ? text : Uint8Array.from(atob(binary), (c) => c.charCodeAt(0));
}

function encode(data) {
  if (typeof data === "string") {
    return { text: data };
  }
  const bytes = Array.from(new Uint8Array(data), (byte) => String.fromCharCode(byte));
  return { binary: btoa(bytes.join("")) };
}

function hold(socket, { say, close }) {
  const messages = [];
  const closeWhenOver = () => {
    if (close !== null && messages.length === say.length) {
      socket.close(...close);
    }
  };
  let subprotocol = null;
  socket.binaryType = "arraybuffer";
  return new Promise((resolve) => {
    socket.onopen = () => {
      subprotocol = socket.protocol || null;
      for (const pieces of say) {
        pieces.forEach((piece, index) => {
          socket.send(decode(piece), { fin: index === pieces.length - 1 }); // read by ws alone
        });
      }
      closeWhenOver();
    };
    socket.onmessage = ({ data }) => {
      messages.push(encode(data));
      closeWhenOver();
    };
    socket.onerror = () => {};
    socket.onclose = ({ code, reason, wasClean }) => {
      const heard = { subprotocol, messages, code, clean: wasClean };
      resolve({ ...heard, reason: close === null ? reason : "" });
    };
  });
}

if (typeof module !== "undefined") {
  module.exports = { decode, hold };
}
