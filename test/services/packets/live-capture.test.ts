import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { captureSource } from "../../../src/adapters/capture/source.ts";
import { wordsOf } from "../../../src/pipeline/sources/packets/capture-words.test-support.ts";
import { aRecord, cname, dns } from "../../../src/pipeline/sources/packets/made-dns.test-support.ts";
import { RecordedHands } from "../recorded-hands.ts";
import { lacks } from "./programs.ts";

const loopback = "127.0.0.1";
/** An address of the loopback network that nobody else serves DNS on. */
const resolverAddress = "127.0.0.153";

/** Capturing needs a right that containers and users often lack. */
function mayCapture(): boolean {
  // It opens the interface to know what a filter is compiled for.
  const may = spawnSync("tcpdump", ["-i", "lo", "-d", "tcp port 1"]).status === 0;
  if (!may) process.stderr.write("skipped: capturing is not allowed here, it needs CAP_NET_RAW\n");
  return may;
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

    /** Asks for the name, and says it in a hello. @returns the port from which it was said */
    async function talk(): Promise<number> {
      const resolver = new Resolver();
      resolver.setServers([resolverAddress]);
      expect(await resolver.resolve4("pay.example")).toEqual([loopback]);
      return new Promise((resolve) => {
        const socket = connect({ host: loopback, port, servername: "pay.example", rejectUnauthorized: false });
        let own = 0;
        socket.on("connect", () => void (own = socket.localPort ?? 0));
        // Nobody answers the hello, so it always comes to an error first.
        socket.on("error", () => undefined).on("close", () => resolve(own));
      });
    }

    /**
     * Starts the program, talks until a whole talk was captured, for programs begin to listen some time after they say so,
     * and stops it.
     */
    async function captured(
      program: string,
      args: readonly string[],
    ): Promise<{ readonly hands: WordsHands; readonly from: number }> {
      const writer: ChildProcess = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
      const hands = new WordsHands();
      const source = captureSource.open(
        "packets",
        { path: "-", follow: false },
        // A clock a hundred times as fast: what came is told of at once.
        { stdin: writer.stdout!, nowMs: () => 100 * Date.now() },
      );
      const running = source.run(hands, new AbortController().signal);
      // The header of the capture comes when the interfaces are open.
      await hands.until(() => hands.receivedBytes > 0);
      let from = 0;
      // The opening of a connection is told before the name it says: all three must have come.
      const wasHeard = (): boolean =>
        [`:${from} → ${loopback} tcp/${port} ×1`, `:${from} → ${loopback} tcp/${port} is`, "was told"].every((part) =>
          hands.told.some((line) => line.includes(part)),
        );
      for (let attempt = 0; attempt < 30 && !wasHeard(); attempt += 1) {
        from = await talk();
        for (let waited = 0; waited < 50 && !wasHeard(); waited += 1) await pause(20);
      }
      writer.kill("SIGINT");
      await running;
      return { hands, from };
    }

    const filter = (): string => `(host ${resolverAddress} and port 53) or (tcp port ${port})`;

    test.each<[string, string, () => readonly string[]]>([
      ["tcpdump", "tcpdump", () => ["-i", "lo", "-U", "--immediate-mode", "-w", "-", filter()]],
      ["tcpdump on all interfaces", "tcpdump", () => ["-i", "any", "-U", "--immediate-mode", "-w", "-", filter()]],
      ["dumpcap", "dumpcap", () => ["-i", "lo", "-q", "-w", "-", "-f", filter()]],
      ["dumpcap on two interfaces", "dumpcap", () => ["-i", "lo", "-i", "any", "-q", "-w", "-", "-f", filter()]],
    ])("by %s tells what was asked, answered, claimed and opened", async (_, program, args) => {
      const { hands, from } = await captured(program, args());
      const { told, malformedReasons, states } = hands;
      const answers = new Set(told.filter((line) => line.includes("told")));
      expect([...answers]).toEqual([`${loopback} was told pay.example = edge.example = ${loopback} for 20 s`]);
      // However often it was told of, and on however many interfaces it was seen.
      const ends = `${loopback}:${from} → ${loopback} tcp/${port}`;
      const own = told.filter((line) => line.startsWith(ends)).map((line) => line.slice(ends.length + 1));
      expect(own.filter((line) => line.startsWith("is"))).toEqual(["is pay.example by tls-sni"]);
      expect(own.filter((line) => line.startsWith("×1"))).toHaveLength(1);
      expect(told.some((line) => line.includes(`→ ${resolverAddress} udp/53 ×1`))).toBe(true);
      expect([malformedReasons, states]).toEqual([[], ["running"]]);
    });
  },
);
