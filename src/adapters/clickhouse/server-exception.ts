/** What a ClickHouse server says of its own failing, wherever it says so: in an answer of its own, or behind rows. */
export class ServerException extends Error {
  readonly code: number;
  /** Its name for the code; older servers do not tell it. */
  readonly type: string | undefined;

  constructor(code: number, type: string | undefined, message: string) {
    super(message);
    this.name = "ServerException";
    this.code = code;
    this.type = type;
  }
}

/** More than people read; the rest of a long text is not looked at. */
const readCharacters = 20_000;
const marker = "Exception: ";

/**
 * Finds `Code: 159. DB::Exception: … (TIMEOUT_EXCEEDED) (version …)`, or as of 2018 `Code: 159, e.displayText() = DB::Exception: …,
 * e.what() = …`; of nested ones the code of the outer, and the words of the innermost.
 */
export function serverExceptionIn(text: string): ServerException | undefined {
  const start = text.search(/Code: \d{1,9}[.,]/);
  if (start < 0) return undefined;
  const told = text.slice(start, start + readCharacters);
  const code = Number.parseInt(told.slice("Code: ".length), 10);
  const words = told.slice(told.lastIndexOf(marker) + marker.length);
  const end = words.search(/[.:]? ?\([A-Z][A-Z0-9_]{2,}\)|, e\.what\(\) = |\s\(version |\n|\r/);
  const type = /\(([A-Z][A-Z0-9_]{2,})\)/.exec(words)?.[1];
  return new ServerException(code, type, (end < 0 ? words : words.slice(0, end)).trim());
}
