const brace = 0x7b;

/**
 * The JSON of a message that carries some, with or without the cookie `@cee:` before it; any other message whole, header
 * and all: the decoder of audit lines finds the line, and its time where only the header has one.
 * @see RFC 5424 section 6, RFC 3164 section 4, Lumberjack's `@cee:`
 */
export function syslogPayload(message: Uint8Array): Uint8Array {
  if (message[0] !== 0x3c) return message;
  const at = message.indexOf(brace);
  if (at < 0) return message;
  let next = at + 1;
  while (message[next] === 0x20) next += 1;
  const before = message[at - 1];
  // After a blank or the cookie's colon, and with a key behind it.
  return message[next] === 0x22 && (before === 0x20 || before === 0x3a) ? message.subarray(at) : message;
}
