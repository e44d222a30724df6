import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { constants, gunzip, zstdDecompress } from "node:zlib";
import type { Failure } from "../../app/failure.ts";
import { maxBatchBytes } from "../../app/live/decode-batch.ts";
import { Share } from "../../app/live/share.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { Turns } from "./turns.ts";

export interface BodyProblem {
  readonly status: 400 | 408 | 413 | 415 | 503;
  readonly failure: Failure;
}

export interface BodyLimits {
  /** As it comes, compressed or not. */
  readonly wireBytes: number;
  /** Unpacked. */
  readonly textBytes: number;
  /** Of all requests that are being read or unpacked, as they came; half of it for one client. */
  readonly totalWireBytes: number;
  /** From the first to the last byte. */
  readonly timeMs: number;
  /** Bodies that are unpacked and used at the same time, one of each client. */
  readonly unpackedAtOnce: number;
}

/** Who sends a body. */
export interface Sender {
  readonly client: string;
  /** Whether nobody waits for the answer any more. */
  readonly isGone: () => boolean;
}

export const bodyLimits: BodyLimits = {
  wireBytes: 16 << 20,
  textBytes: maxBatchBytes,
  totalWireBytes: 64 << 20,
  timeMs: 30_000,
  unpackedAtOnce: 4,
};

const unpack = { gzip: promisify(gunzip), zstd: promisify(zstdDecompress) };
/** A frame may ask for a window of gigabytes; the usual levels need 8 MiB. */
const zstdWindowLog = 23;

/** Reads bodies within limits that hold for all of them together. */
export class BodyReader {
  readonly #limits: BodyLimits;
  readonly #share: Share;
  readonly #turns: Turns;
  #wireBytes = 0;

  constructor(limits: BodyLimits = bodyLimits) {
    this.#limits = limits;
    this.#turns = new Turns(limits.unpackedAtOnce);
    this.#share = new Share(limits.totalWireBytes, limits.wireBytes);
  }

  /** What `use` makes of the whole text. Resolves as soon as a limit is passed: the rest of the request is then unread. */
  async read<T>(request: IncomingMessage, sender: Sender, use: (text: string) => T): Promise<Result<T, BodyProblem>> {
    const { client } = sender;
    const encoding = encodingOf(request);
    if (encoding === undefined) {
      const own = String(request.headers["content-encoding"]);
      return problem(
        415,
        "body_encoding",
        `the content encoding ${quoted(own)} is none of \`gzip\`, \`zstd\`, \`identity\``,
      );
    }
    const announced = Number(request.headers["content-length"] ?? 0);
    if (announced > this.#limits.wireBytes) return this.#tooLarge();
    let held = 0;
    try {
      const wire = await this.#gather(request, (bytes) => {
        const mayHold = this.#share.has(client, bytes);
        this.#share.take(client, bytes);
        held += bytes;
        return mayHold;
      });
      return wire.ok ? await this.#inTurn(sender, wire.value, encoding, use) : wire;
    } finally {
      this.#share.giveBack(client, held);
      this.#wireBytes -= held;
    }
  }

  #gather(request: IncomingMessage, hold: (bytes: number) => boolean): Promise<Result<Buffer, BodyProblem>> {
    const { wireBytes, totalWireBytes, timeMs } = this.#limits;
    const { promise, resolve } = Promise.withResolvers<Result<Buffer, BodyProblem>>();
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => {
      end(problem(408, "body_slow", `the request was not complete after ${timeMs / 1000} seconds`));
    }, timeMs);
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      const mayHold = hold(chunk.length);
      this.#wireBytes += chunk.length;
      if (bytes > wireBytes) end(this.#tooLarge());
      else if (this.#wireBytes > totalWireBytes || !mayHold) {
        end(problem(503, "collector_busy", "too many requests are being read at the same time"));
      } else chunks.push(chunk);
    };
    const onEnd = (): void => end(ok(Buffer.concat(chunks)));
    const onBroken = (): void => end(problem(400, "body_cut", "the connection ended in the middle of the request"));
    const end = (result: Result<Buffer, BodyProblem>): void => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("close", onBroken);
      request.pause();
      resolve(result);
    };
    // The error listener stays: a connection may break after its request was answered.
    request.on("error", onBroken).on("close", onBroken).on("end", onEnd).on("data", onData);
    return promise;
  }

  async #inTurn<T>(
    { client, isGone }: Sender,
    wire: Buffer,
    encoding: Encoding,
    use: (text: string) => T,
  ): Promise<Result<T, BodyProblem>> {
    await this.#turns.take(client);
    let beganMs = Infinity;
    try {
      if (isGone()) return problem(400, "body_cut", "the connection ended before the request was read");
      const bytes = await this.#unpacked(wire, encoding);
      if (!bytes.ok) return bytes;
      beganMs = processorMs();
      const text = decode(bytes.value);
      return text.ok ? ok(use(text.value)) : text;
    } finally {
      this.#turns.giveBack(client, Math.max(0, processorMs() - beganMs));
    }
  }

  async #unpacked(wire: Buffer, encoding: Encoding): Promise<Result<Buffer, BodyProblem>> {
    if (encoding === "identity") return ok(wire);
    const maxOutputLength = this.#limits.textBytes;
    const params = { [constants.ZSTD_d_windowLogMax]: zstdWindowLog };
    try {
      return ok(
        encoding === "gzip"
          ? await unpack.gzip(wire, { maxOutputLength })
          : await unpack.zstd(wire, { maxOutputLength, params }),
      );
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ERR_BUFFER_TOO_LARGE") return this.#tooLarge();
      return problem(400, "body_broken", `the request is no complete ${encoding} data`);
    }
  }

  #tooLarge(): Result<never, BodyProblem> {
    const { wireBytes, textBytes } = this.#limits;
    const message = `a batch has at most ${textBytes >> 20} MiB of text, and ${wireBytes >> 20} MiB as it is sent`;
    return problem(413, "body_too_large", message);
  }
}

/** Of this thread. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

type Encoding = "identity" | "gzip" | "zstd";

function encodingOf({ headers }: IncomingMessage): Encoding | undefined {
  const own = (headers["content-encoding"] ?? "identity").trim().toLowerCase();
  return own === "gzip" || own === "zstd" || own === "identity" ? own : undefined;
}

function decode(bytes: Buffer): Result<string, BodyProblem> {
  try {
    return ok(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return problem(400, "body_broken", "the request is no UTF-8 text");
  }
}

function problem(status: BodyProblem["status"], code: string, message: string): Result<never, BodyProblem> {
  return fail({ status, failure: { code, message } });
}
