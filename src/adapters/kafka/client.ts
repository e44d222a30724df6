import { Consumer } from "@platformatic/kafka";
import { readSecret, readTls } from "../../app/live/credentials.ts";
import type { KafkaOptions } from "./options.ts";

const heartbeatMs = 3000;
/** All members come together within this long. */
const rebalanceMs = 30_000;

/** A consumer that is not yet a member of its group. Throws a `CredentialsError` when a file cannot be used. */
export async function openConsumer(options: KafkaOptions): Promise<Consumer> {
  const { tls, sasl } = options;
  const material = tls === undefined ? undefined : await readTls(tls);
  // Read once here so that a missing file is told as such; then again at each connection.
  if (sasl !== undefined) await readSecret(sasl.passwordFile, "passwordFile");
  const sessionMs = options.sessionSeconds * 1000;
  const consumer = new Consumer({
    clientId: "postern",
    groupId: options.group,
    bootstrapBrokers: [...options.brokers],
    autocommit: false,
    autocreateTopics: false,
    ...(options.instance === undefined ? {} : { groupInstanceId: options.instance }),
    ...(material === undefined ? {} : { tls: material, tlsServerName: material.servername ?? true }),
    ...(sasl === undefined
      ? {}
      : {
          sasl: {
            mechanism: sasl.mechanism,
            username: sasl.username,
            password: () => readSecret(sasl.passwordFile, "passwordFile"),
          },
        }),
    sessionTimeout: sessionMs,
    heartbeatInterval: Math.min(heartbeatMs, sessionMs / 5),
    rebalanceTimeout: Math.max(rebalanceMs, sessionMs),
    connectTimeout: 5000,
    requestTimeout: 30_000,
    // Our own back-off does the rest, where people can see it.
    retries: 2,
    retryDelay: 250,
    metadataMaxAge: 30_000,
  });
  consumer.topics.trackAll(options.topic);
  return consumer;
}

const longestReason = 300;

/** What an error of the library says, which wraps several: a person acts on the innermost, and on the broker's own words. */
export function sentenceOf(error: unknown): string {
  return [...new Set(sentencesOf(error))].join(": ");
}

function sentencesOf(error: unknown): string[] {
  if (error instanceof AggregateError && error.errors.length > 0) return sentencesOf(error.errors.at(-1));
  if (!(error instanceof Error)) return [String(error)];
  const sentence = error.message.replace(/\.$/, "");
  const said = "serverErrorMessage" in error ? error.serverErrorMessage : undefined;
  const reason = typeof said === "string" ? [said.replaceAll(/[\p{C}\s]+/gu, " ").slice(0, longestReason)] : [];
  const isAuthentication = "apiId" in error && error.apiId === "SASL_AUTHENTICATION_FAILED";
  const hint = isAuthentication ? ["check `username`, `passwordFile` and `mechanism` of `sasl`"] : [];
  const inner = error.cause instanceof Error ? sentencesOf(error.cause) : [];
  return [sentence, ...reason, ...hint, ...inner];
}
