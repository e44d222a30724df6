import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { kafkaOptions } from "../../../src/adapters/kafka/options.ts";
import { netobservKafka } from "../../../src/adapters/kafka/source.ts";
import { issueCertificate } from "../../certificate.ts";
import { RecordedHands } from "../recorded-hands.ts";
import { SaslBroker } from "./sasl-broker.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-kafka-"));
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const authority = issueCertificate({ commonName: "authority", isAuthority: true });
const broker = issueCertificate({ commonName: "kafka", hosts: ["127.0.0.1"] }, authority);
const caFile = file("ca.pem", authority.cert);
const passwordFile = file("password", "corr3ct=horse,\n");
const users = { "post=ern": "corr3ct=horse," };

async function serve(certificate = broker, clientAuthority?: string): Promise<SaslBroker> {
  const served = await SaslBroker.open(certificate, users, clientAuthority);
  closing.push(() => served.close());
  return served;
}

function connect(to: SaslBroker, more: object): RecordedHands {
  const options = kafkaOptions.parse({ brokers: [to.address], topic: "flows", ...more });
  const source = netobservKafka.open("flows", options, { nowMs: Date.now, stdin: (async function* () {})() });
  const hands = new RecordedHands();
  const abort = new AbortController();
  const ended = source.run(hands, abort.signal);
  closing.push(async () => {
    abort.abort();
    await ended;
  });
  return hands;
}

const sasl = (mechanism: string, password = passwordFile) => ({
  tls: { caFile },
  sasl: { mechanism, username: "post=ern", passwordFile: password },
});

describe.each(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])("%s", (mechanism) => {
  test("a broker behind TLS lets the right password in", async () => {
    const to = await serve();
    const hands = connect(to, sasl(mechanism));
    await hands.until(() => to.admitted.length > 0);
    expect(to.admitted).toEqual([`${mechanism} post=ern`]);
  });

  test("a wrong password is told as what it is, and not shown", async () => {
    const to = await serve();
    const hands = connect(to, sasl(mechanism, file("wrong", "wr0ng-one")));
    await hands.until(() => hands.states.length > 0);
    expect(to.admitted).toEqual([]);
    expect(hands.states[0]).toMatch(/^retrying: Kafka: .*invalid credentials/);
    expect(hands.states.join()).not.toContain("wr0ng-one");
  });
});

test("a broker that another authority vouches for is not believed", async () => {
  const to = await serve(issueCertificate({ commonName: "kafka", hosts: ["127.0.0.1"] }));
  const hands = connect(to, sasl("PLAIN"));
  await hands.until(() => hands.states.length > 0);
  expect(hands.states[0]).toMatch(/^retrying: Kafka: .*certificate/);
  expect([...to.admitted, ...to.refused]).toEqual([]);
});

test("a broker with a certificate for another host is not believed", async () => {
  const to = await serve(issueCertificate({ commonName: "kafka", hosts: ["192.0.2.1"] }, authority));
  const hands = connect(to, sasl("PLAIN"));
  await hands.until(() => hands.states.length > 0);
  expect(hands.states[0]).toMatch(/^retrying: Kafka: .*certificate/);
  expect([...to.admitted, ...to.refused]).toEqual([]);
});

test("a certificate is shown to brokers that ask for one, and the name to expect can be told", async () => {
  const named = issueCertificate({ commonName: "kafka", hosts: ["kafka.example"] }, authority);
  const client = issueCertificate({ commonName: "observer-1", hosts: ["observer-1"] }, authority);
  const to = await serve(named, authority.cert);
  const tls = {
    caFile,
    certFile: file("client.pem", client.cert),
    keyFile: file("client.key", client.key),
    serverName: "kafka.example",
  };
  const hands = connect(to, { ...sasl("PLAIN"), tls });
  await hands.until(() => to.admitted.length > 0);
  expect(to.clients[0]).toBe("observer-1");
});
