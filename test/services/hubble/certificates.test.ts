import { writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Certificates } from "./certificates.ts";
import { follow, type Following, newServer, stopAll } from "./following.ts";
import { flowEvent, type HubbleServer } from "./hubble-server.ts";
import { eventually } from "./recording-hands.ts";

afterEach(stopAll);

describe("with certificates", () => {
  let files: Certificates;
  beforeAll(() => {
    files = new Certificates();
    files.issue("server", "ca", 2);
    files.issue("client", "ca", 2);
    files.issue("stranger", "other-ca", 2);
    files.issue("expired", "ca", -1);
  });
  afterAll(() => files.remove());

  const secured = (server: HubbleServer, tls: object): object => ({ address: `localhost:${server.port}`, tls });
  const client = (name: string): object => ({
    certFile: files.path(`${name}.pem`),
    keyFile: files.path(`${name}.key`),
  });
  const complaint = async ({ hands }: Following): Promise<string> => {
    await eventually(() => hands.states.some(([state]) => state === "retrying"), "a complaint");
    return hands.states.find(([state]) => state === "retrying")![1];
  };

  test("TLS, a client's certificate, another server name and a token", async () => {
    const server = await newServer().listen(files, "server", "ca");
    server.push(flowEvent("n1", Date.now(), 1));
    writeFileSync(files.path("token"), "s3cret\n");
    const tls = { caFile: files.path("ca.pem"), serverName: "relay.example", ...client("client") };
    const { hands } = follow({ ...secured(server, tls), tokenFile: files.path("token") });
    await eventually(() => hands.taken === 1, "the flow");
    expect(server.authorization).toBe("Bearer s3cret");
    expect(JSON.stringify(hands.states)).not.toContain("s3cret");
  });

  test.each([
    ["an expired certificate", "expired", "ca", "server", /certificate has expired/],
    [
      "a certificate of an authority that is not trusted",
      "stranger",
      "ca",
      "server",
      /unable to verify|self-signed|unable to get/i,
    ],
    ["a name that is not in the certificate", "server", "ca", "elsewhere.example", /elsewhere\.example/],
  ])("%s is refused and told of", async (_, name, ca, serverName, expected) => {
    const server = await newServer().listen(files, name);
    const tls = { caFile: files.path(`${ca}.pem`), ...(serverName === "server" ? {} : { serverName }) };
    const message = await complaint(follow(secured(server, tls)));
    expect(message).toMatch(new RegExp(`^cannot reach \`localhost:${server.port}\`: `));
    expect(message).toMatch(expected);
  });

  test("a client without a certificate where one is needed is told of", async () => {
    const server = await newServer().listen(files, "server", "ca");
    const message = await complaint(follow(secured(server, { caFile: files.path("ca.pem") })));
    expect(message).toMatch(/cannot reach|ended the call/);
  });

  test("renewed files hold at the next connection", async () => {
    const server = await newServer().listen(files, "server", "ca");
    files.issue("renewed", "other-ca", 2);
    const tls = { caFile: files.path("ca.pem"), ...client("renewed") };
    const following = follow(secured(server, tls));
    await complaint(following);
    files.issue("renewed", "ca", 2);
    server.push(flowEvent("n1", Date.now(), 1));
    await eventually(() => following.hands.taken === 1, "the flow");
    expect(following.hands.repeated).toEqual([]);
  });

  test("certificates that are replaced while it runs are used when the server wants others", async () => {
    const server = await newServer().listen(files, "server", "ca");
    files.issue("rotated", "ca", 2);
    const { hands } = follow(secured(server, { caFile: files.path("ca.pem"), ...client("rotated") }));
    server.push(flowEvent("n1", Date.now(), 1));
    await eventually(() => hands.taken === 1, "the flow");
    server.close();
    await server.listen(files, "server", "other-ca");
    await eventually(() => hands.states.some(([state]) => state === "retrying"), "a complaint");
    files.issue("rotated", "other-ca", 2);
    server.push(flowEvent("n1", Date.now(), 2));
    await eventually(() => hands.flows.has(2), "the next flow");
    expect([hands.repeated, hands.outages]).toEqual([[], 0]);
  });

  test("a certificate of ours that has expired is told of", async () => {
    const server = await newServer().listen(files, "server", "ca");
    const message = await complaint(follow(secured(server, { caFile: files.path("ca.pem"), ...client("expired") })));
    expect(message).toMatch(/cannot reach|ended the call/);
  });

  test("a certificate file that is not there ends the source at once", async () => {
    const { end } = follow({ address: "127.0.0.1:1", tls: { caFile: files.path("nowhere.pem") } });
    await expect(end).rejects.toThrow(/`caFile` `.*nowhere\.pem` does not exist/);
  });

  test("a token that no header can hold ends the source at once, without being shown", async () => {
    writeFileSync(files.path("odd-token"), "s3cret\u00e9\n");
    const { end } = follow({ address: "127.0.0.1:1", tls: {}, tokenFile: files.path("odd-token") });
    const message = await end.then(
      () => "",
      (error: unknown) => String(error),
    );
    expect(message).toMatch(/`tokenFile` `.*odd-token` holds characters/);
    expect(message).not.toContain("s3cret");
  });

  test.each([
    ["are no certificates", "s3cret\n", /has no certificate in PEM form/],
    ["only look like some", "-----BEGIN CERTIFICATE-----\ns3cret\n", /not PEM files that belong together/],
  ])("files that %s end the source at once", async (_, text, why) => {
    writeFileSync(files.path("token"), text);
    const { end } = follow({
      address: "127.0.0.1:1",
      tls: { certFile: files.path("token"), keyFile: files.path("ca.key") },
    });
    await expect(end).rejects.toThrow(why);
    await expect(end).rejects.not.toThrow(/s3cret/);
  });
});
