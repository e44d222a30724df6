import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Failure } from "../app/failure.ts";
import type { ServeOptions } from "../app/serve.ts";
import { quoted } from "../core/quoted.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { TlsMaterial } from "../surfaces/http/listener.ts";

/** Reads the server's certificate and key, and the authorities of its clients, and sees that they belong together. */
export async function readTlsFiles(files: NonNullable<ServeOptions["tls"]>): Promise<Result<TlsMaterial, Failure>> {
  const { certFile, keyFile, clientCaFile } = files;
  const texts: string[] = [];
  for (const path of [certFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])]) {
    try {
      texts.push(await readFile(path, "utf8"));
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      const message = `the file ${quoted(path)} cannot be read (${code}); name PEM files that this user may read`;
      return fail({ code: "serve_tls_unreadable", message });
    }
  }
  const [cert = "", key = "", clientCa] = texts;
  try {
    createSecureContext({ cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) });
  } catch (error) {
    const why = quoted(error instanceof Error ? error.message : String(error));
    const message = `the certificate ${quoted(certFile)} and the key ${quoted(keyFile)} cannot be used together: ${why}`;
    return fail({ code: "serve_tls_unusable", message });
  }
  return ok({ cert, key, clientCa });
}
