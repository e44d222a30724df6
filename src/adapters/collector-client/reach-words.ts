const longestWords = 300;
/** Codes of Node.js for a certificate whose authority is unknown. */
const untrusted = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
]);

/**
 * Why a collector cannot be reached, as half a sentence that says what to do.
 *
 * @param caOption how the authorities to trust are named, with backticks
 */
export function reachWords(error: unknown, { protocol }: URL, caOption: string): string {
  // Several addresses of one name fail together, with an error that says nothing of its own.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return reachWords(error.errors[0], { protocol } as URL, caOption);
  }
  if (!(error instanceof Error)) return String(error);
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (untrusted.has(code)) return `the authority of its certificate is not trusted; name it with ${caOption}`;
  if (code === "CERT_HAS_EXPIRED") return "its certificate has expired";
  if (code === "CERT_NOT_YET_VALID") return "its certificate is not valid yet, by the clock of this machine";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `its certificate is that of another host: ${saidThere(message.replace(/^.*altnames: /, "").replace(/: $/, ""))}`;
  }
  if (code === "EPROTO" && message.includes("wrong version number")) {
    return "it answers without TLS; write `http://`, or give the collector a certificate";
  }
  if (code === "ECONNRESET" && protocol === "http:") {
    return "it hung up; where it expects TLS, write `https://`";
  }
  const [line = ""] = message.split("\n", 1);
  return line === "" ? code || "nobody answers" : saidThere(line);
}

/** What comes from the other end, fit for one line. */
export function saidThere(text: string): string {
  return text.slice(0, longestWords).replaceAll(/\p{C}/gu, "·");
}
