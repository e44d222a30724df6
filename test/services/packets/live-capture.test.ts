import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { captureSource } from "../../../src/adapters/capture/source.ts";
import { wordsOf } from "../../../src/pipeline/sources/packets/capture-words.test-support.ts";
import { aRecord, cname, dns } from "../../../src/pipeline/sources/packets/made-packets.test-support.ts";
import { RecordedHands } from "../recorded-hands.ts";
import { lacks } from "./programs.ts";

const loopback = "127.0.0.1";
/** An address of the loopback network that nobody else serves DNS on. */
const resolverAddress = "127.0.0.153";

/** Capturing needs a right that containers and users often lack. */
function mayCapture(): boolean {
  const args = ["-i", "lo", "-c", "1", "-w", "/dev/null", "--immediate-mode", "tcp port 1"];
  // It waits for a packet that does not come; that it waits is the answer.
  return spawnSync("tcpdump", args, { timeout: 700, encoding: "utf8" }).stderr.includes("listening on");
}

class WordsHands extends RecordedHands {
  readonly told: string[] = [];
  override readonly take: RecordedHands["take"] = (o) => void this.told.push(wordsOf(o));
}

describe.skipIf(lacks("tcpdump", "dumpcap") || !mayCapture())(
  "a capture of the loopback interface, through a pipe",
  () => {
    let dnsServer: Socket;
    let server: Server;
    let port = 0;

    beforeAll(async () => {
      dnsServer = createSocket("udp4");
      dnsServer.on("message", (question, { address, port: asker }) => {
        const records = [cname("pay.example", "edge.example", 20), aRecord("edge.example", loopback, 300)];
        dnsServer.send(dns("pay.example", records, { id: question.readUInt16BE(0) }), asker, address);
      });
      dnsServer.bind(53, resolverAddress);
      // It hears the hello and hangs up: the name has been said by then.
      server = createServer((socket) => socket.once("data", () => socket.destroy()).on("error", () => undefined));
      server.listen(0, loopback);
      await Promise.all([once(dnsServer, "listening"), once(server, "listening")]);
      port = (server.address() as { port: number }).port;
    });

    afterAll(() => {
      dnsServer.close();
      server.close();
    });

    async function talk(): Promise<void> {
      const resolver = new Resolver();
      resolver.setServers([resolverAddress]);
      expect(await resolver.resolve4("pay.example")).toEqual([loopback]);
      await new Promise<void>((resolve) => {
        const socket = connect({ host: loopback, port, servername: "pay.example", rejectUnauthorized: false });
        // Nobody answers the hello, so it always comes to an error first.
        socket.on("error", () => undefined).on("close", () => resolve());
      });
    }

    /** Starts the program, talks once it listens, stops it, and gives what the source told. */
    async function captured(program: string, args: readonly string[]): Promise<WordsHands> {
      const writer: ChildProcess = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
      const hands = new WordsHands();
      const source = captureSource.open(
        "packets",
        { path: "-", follow: false },
        { stdin: writer.stdout!, nowMs: Date.now },
      );
      const running = source.run(hands, new AbortController().signal);
      // The header of the capture comes when the interfaces are open.
      await hands.until(() => hands.receivedBytes > 0);
      await talk();
      await hands.until(() => hands.told.some((line) => line.includes("tls-sni")));
      writer.kill("SIGINT");
      await running;
      return hands;
    }

    const filter = (): string => `(host ${resolverAddress} and port 53) or (tcp port ${port})`;

    test.each<[string, string, () => readonly string[]]>([
      ["tcpdump", "tcpdump", () => ["-i", "lo", "-U", "--immediate-mode", "-w", "-", filter()]],
      ["tcpdump on all interfaces", "tcpdump", () => ["-i", "any", "-U", "--immediate-mode", "-w", "-", filter()]],
      ["dumpcap", "dumpcap", () => ["-i", "lo", "-q", "-w", "-", "-f", filter()]],
      ["dumpcap on two interfaces", "dumpcap", () => ["-i", "lo", "-i", "any", "-q", "-w", "-", "-f", filter()]],
    ])("by %s tells what was asked, answered, claimed and opened", async (_, program, args) => {
      const { told, malformedReasons, states } = await captured(program, args());
      const shown = told.map((line) => line.replace(/:\d+ →/, ":… →").replace(/×(\d) \d+ B/, "×$1"));
      const to = `${loopback}:… → ${loopback} tcp/${port}`;
      expect(shown.filter((line) => line.includes(" is ") || line.includes("told"))).toEqual([
        `${loopback} was told pay.example = edge.example = ${loopback} for 20 s`,
        `${to} is pay.example by tls-sni`,
      ]);
      // However often it was told of, and on however many interfaces it was seen.
      expect(shown.filter((line) => line === `${to} ×1`)).toHaveLength(1);
      expect(shown.filter((line) => line.startsWith(`${loopback}:… → ${resolverAddress} udp/53 ×1`))).toHaveLength(1);
      expect([malformedReasons, states]).toEqual([[], ["running"]]);
    });
  },
);
