import { pino, stdSerializers } from "pino";
import { printable } from "../../core/quoted.ts";

export type Log = pino.Logger;

/** Keys whose values never reach a log, wherever they stand. */
const secrets = ["authorization", "cookie", "token", "secret", "password", "url", "key", "connectionString"];

/** Events as JSON lines. A secret that gets into an event by mistake is blotted out. */
export function makeLog(write: (line: string) => void, level: pino.LevelWithSilent): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secrets.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[secret]" },
      serializers: {
        err: (error: unknown) => withoutPlaces(stdSerializers.err(error as Error)),
        // Neither headers nor queries: tokens come in the one, and people's questions in the other.
        req: (request: { readonly method: string; readonly url: string; readonly ip: string }) => ({
          method: request.method,
          path: request.url.split("?", 1)[0]!,
          address: request.ip,
        }),
        res: ({ statusCode }: { readonly statusCode: number }) => ({ status: statusCode }),
      },
    },
    // JSON leaves some characters as they are that a terminal acts on; escaped they mean the same.
    { write: (line: string) => write(`${printable(line.trimEnd())}\n`) },
  );
}

/** Of an error its kind, words and stack; what a library hangs onto it besides may hold anything. */
function withoutPlaces(error: unknown): unknown {
  if (typeof error !== "object" || error === null) return error;
  const { type, message, stack, code } = error as Readonly<Record<string, unknown>>;
  return { type, message, stack, code };
}

/** Lets the first of equal events through, and then one a minute with the number of those between. */
export class Repeated {
  readonly #nowMs: () => number;
  readonly #last = new Map<string, { atMs: number; silenced: number }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @returns how many like it were not told since the last time; undefined: do not tell this one either */
  tell(key: string): number | undefined {
    const now = this.#nowMs();
    const last = this.#last.get(key);
    // A clock that was set back begins a new minute.
    if (last !== undefined && now >= last.atMs && now - last.atMs < 60_000) {
      last.silenced += 1;
      return undefined;
    }
    // Keys may come from outside.
    if (last === undefined && this.#last.size >= 1_000) this.#last.clear();
    this.#last.set(key, { atMs: now, silenced: 0 });
    return last?.silenced ?? 0;
  }
}
