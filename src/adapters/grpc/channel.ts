import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { CredentialsError, readSecret, readTls } from "../../app/live/credentials.ts";
import type { TlsOptions } from "../../app/live/source-options.ts";

/** Of one message; the servers' own limit. */
export const maxMessageBytes = 4 << 20;
/** Servers written in Go take pings more often than every five minutes for an attack. */
const keepaliveMs = 310_000;
const keepaliveAnswerMs = 20_000;
/** What a server may send ahead while a piece is taken. */
const windowBytes = 1 << 20;

/** Why a call ended, for people, and gRPC's code for it. */
export class GrpcFailure extends Error {
  override readonly name = "GrpcFailure";
  readonly code: status;

  constructor(code: status, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface ChannelOptions {
  readonly address: string;
  readonly tls?: TlsOptions | undefined;
  readonly tokenFile?: string | undefined;
}

/** How long to wait for a server, in milliseconds. */
export interface Patience {
  /** For a connection, or for one answer. */
  readonly answerMs: number;
  /** After the first failure; it grows with each more. */
  readonly firstPauseMs: number;
  /** Nothing came for so long: ask whether the server is still there. */
  readonly idleMs: number;
}

export const usualPatience: Patience = { answerMs: 5_000, firstPauseMs: 500, idleMs: 30_000 };

/** One connection; certificates and token are as they were when it was opened. */
export class GrpcChannel {
  readonly client: Client;
  readonly metadata: Metadata;
  readonly address: string;
  private readonly answerMs: number;

  private constructor(address: string, client: Client, metadata: Metadata, answerMs: number) {
    this.address = address;
    this.answerMs = answerMs;
    this.client = client;
    this.metadata = metadata;
  }

  /** Reads the files and connects at the first call. Throws `CredentialsError` for files that cannot be used. */
  static async open({ address, tls, tokenFile }: ChannelOptions, { answerMs } = usualPatience): Promise<GrpcChannel> {
    const options: ClientOptions = {
      "grpc.max_receive_message_length": maxMessageBytes,
      "grpc.keepalive_time_ms": keepaliveMs,
      "grpc.keepalive_timeout_ms": keepaliveAnswerMs,
      "grpc-node.flow_control_window": windowBytes,
      "grpc.enable_retries": 0,
      "grpc.service_config_disable_resolution": 1,
      // A connection of its own, so that renewed files hold from the next one on.
      "grpc.use_local_subchannel_pool": 1,
    };
    let channel = credentials.createInsecure();
    if (tls !== undefined) {
      channel = await secured(tls);
      if (tls.serverName !== undefined) {
        options["grpc.ssl_target_name_override"] = tls.serverName;
        options["grpc.default_authority"] = tls.serverName;
      }
    }
    const metadata =
      tokenFile === undefined ? new Metadata() : bearing(await readSecret(tokenFile, "tokenFile"), tokenFile);
    const target = address.startsWith("unix:") ? address : `dns:${address}`;
    return new GrpcChannel(address, new Client(target, channel, options), metadata, answerMs);
  }

  /** Rejects when there is no connection in time; says nothing of why, which a call does. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.client.waitForReady(Date.now() + this.answerMs, (error) => {
        if (error === undefined) resolve();
        else reject(new GrpcFailure(status.DEADLINE_EXCEEDED, `\`${this.address}\` does not answer`));
      });
    });
  }

  /** One request, one answer, in time. Rejects with `GrpcFailure`. */
  ask(method: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + this.answerMs };
      const stop = (): void => call.cancel();
      const call = this.client.makeUnaryRequest(
        method,
        sameBytes,
        sameBytes,
        Buffer.from(request),
        this.metadata,
        options,
        (error, answer) => {
          signal.removeEventListener("abort", stop);
          if (error === null) resolve(answer ?? new Uint8Array(0));
          else reject(failureOf(error, this.address));
        },
      );
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }

  close(): void {
    this.client.close();
  }
}

/** Messages stay bytes: who needs a field finds it there. */
export function sameBytes(bytes: Buffer): Buffer {
  return bytes;
}

function bearing(token: string, file: string): Metadata {
  // Metadata itself would refuse it as well, and show it.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new CredentialsError(
      `\`tokenFile\` \`${file}\` holds characters that no token has; write the token alone into it`,
    );
  }
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

async function secured(tls: TlsOptions): Promise<ChannelCredentials> {
  const { ca, cert, key } = await readTls(tls);
  const bytes = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  try {
    return credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
  } catch (error) {
    const names = [
      ["caFile", tls.caFile],
      ["certFile", tls.certFile],
      ["keyFile", tls.keyFile],
    ].flatMap(([option, path]) => (path === undefined ? [] : [`\`${option}\` \`${path}\``]));
    throw new CredentialsError(`${names.join(", ")}: not PEM files that belong together (${wordsOf(error)})`, {
      cause: error,
    });
  }
}

/** What a failed call means for whoever set the source up. */
export function failureOf(error: ServiceError, address: string): GrpcFailure {
  const { code } = error;
  const said = clean(error.details);
  switch (code) {
    case status.UNAVAILABLE:
      return new GrpcFailure(code, `cannot reach \`${address}\`: ${said}`, error);
    case status.DEADLINE_EXCEEDED:
      return new GrpcFailure(code, `\`${address}\` does not answer`, error);
    case status.UNAUTHENTICATED:
      return new GrpcFailure(code, `\`${address}\` does not accept the certificate or token: ${said}`, error);
    case status.PERMISSION_DENIED:
      return new GrpcFailure(code, `\`${address}\` does not allow this: ${said}`, error);
    case status.UNIMPLEMENTED:
      return new GrpcFailure(code, `\`${address}\` does not offer this service: ${said}`, error);
    default:
      return new GrpcFailure(code, `\`${address}\` ended the call: ${said}`, error);
  }
}

function wordsOf(error: unknown): string {
  return clean(error instanceof Error ? error.message : String(error));
}

/** What a stranger or a library says, fit for one line. */
function clean(text: string): string {
  const line = text
    .replace(/^No connection established\. Last error: (?:Error: )?/, "")
    .replace(/\.? ?Resolution note:.*$/s, "")
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim();
  return line === "" ? "no reason given" : line.slice(0, 200);
}
