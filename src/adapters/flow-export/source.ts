import type { RemoteInfo } from "node:dgram";
import { BackOff, pause } from "../../app/live/back-off.ts";
import { CredentialsError } from "../../app/live/credentials.ts";
import type { ListenPlace } from "../../app/live/listen-place.ts";
import type { LiveSourceKind, SourceMachine } from "../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../app/live/live-source.ts";
import { SenderGate } from "../../app/live/sender-gate.ts";
import { FlowExportDecoder, type FlowExportReport } from "../../pipeline/sources/flow-export/decode.ts";
import { flowExportErrorText } from "../../pipeline/sources/flow-export/flow-export-error.ts";
import {
  defaultFlowExportLimits,
  type FlowExportLimits,
  streamLimits,
} from "../../pipeline/sources/flow-export/flow-export-limits.ts";
import { openSocket, type OpenSocket } from "./datagram-socket.ts";
import { ExporterLedger } from "./exporter-ledger.ts";
import type { FlowExportOptions, ListenCertificate } from "./options.ts";
import { SourceState } from "./source-state.ts";
import { openServer } from "./stream-server.ts";
import { TransportSessions } from "./transport-sessions.ts";

/** Open sockets are looked at so often; what changed is told. */
const checkEveryMs = 5000;
/** Between two questions whether there is room: a sender cannot be made to wait, but counting can be cut short. */
const datagramsPerQuestion = 1000;
/** Trying again does not help: the port is for privileged users, or the address is of another kind. */
const hopeless = new Set(["EACCES", "EPERM", "EINVAL"]);
/** A machine without IPv6. */
const noFamily = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);

interface Place {
  readonly name: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  /** One of two sockets that a bare port asks for. */
  readonly isOptional: boolean;
}

type Opener = (place: Place) => Promise<OpenSocket>;

export const flowExportSource: LiveSourceKind<FlowExportOptions> = {
  kind: "flow-export",
  summary:
    "NetFlow v5, NetFlow v9, IPFIX and sFlow v5 over UDP, as Open vSwitch, routers and firewalls send them, and IPFIX " +
    "over TCP and TLS",
  options: async () => (await import("./options.ts")).flowExportOptions,
  open: (name, options, machine) => new FlowExportSource(name, options, machine),
};

class FlowExportSource implements LiveSource {
  readonly kind = "flow-export";
  /** What was sent is gone: exporters never send it again. */
  readonly hasPositions = false;
  readonly name: string;
  private readonly options: FlowExportOptions;
  private readonly machine: SourceMachine;

  constructor(name: string, options: FlowExportOptions, machine: SourceMachine) {
    this.name = name;
    this.options = options;
    this.machine = machine;
  }

  async run(hands: SourceHands, signal: AbortSignal): Promise<void> {
    const { exporters, templateLifetimeMinutes, maxConnections, idleSeconds, receiveBufferBytes } = this.options;
    const gate = new SenderGate(exporters);
    const ledger = new ExporterLedger();
    const nowMs = (): number => this.machine.nowMs();
    let sender = "";
    const limits = { ...defaultFlowExportLimits, templateLifetimeMs: templateLifetimeMinutes * 60_000 };
    const decoder = this.openDecoder(hands, ledger, limits, () => sender);
    // One that fails for good takes the others with it.
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    const streams = new TransportSessions({
      gate,
      hands,
      maxConnections,
      idleMs: 1000 * idleSeconds,
      nowMs,
      openDecoder: (address) => {
        ledger.hear(address);
        return this.openDecoder(hands, ledger, streamLimits, () => address);
      },
      broken: (error) => stop.abort(error),
    });
    ended.addEventListener("abort", () => streams.close(), { once: true });
    const { listen, tcp, tls, certificate } = this.options;
    const [udpPlaces, tcpPlaces, tlsPlaces] = [placesOf("udp", listen), placesOf("tcp", tcp), placesOf("tls", tls)];
    const placeCount = udpPlaces.length + tcpPlaces.length + tlsPlaces.length;
    const watched = { gate, ledger, decoder, streams, askedBufferBytes: receiveBufferBytes };
    const state = new SourceState(hands, placeCount, watched);
    let untilQuestion = datagramsPerQuestion;
    let isAsking = false;
    const onDatagram = (bytes: Buffer, from: RemoteInfo): void => {
      const address = gate.admit(from.address);
      if (address === undefined) return;
      hands.received(bytes.length);
      ledger.hear(address);
      sender = address;
      decoder.decode(bytes, address, from.port, nowMs());
      untilQuestion -= 1;
      if (untilQuestion > 0 || isAsking) return;
      untilQuestion = datagramsPerQuestion;
      isAsking = true;
      void hands.room().then(() => (isAsking = false));
    };
    hands.state("starting");
    const timer = setInterval(() => {
      streams.check();
      void state.check(nowMs());
    }, checkEveryMs);
    const guarded = guard(onDatagram, stop);
    const openUdp: Opener = ({ address, family, port }) =>
      openSocket(address, family, port, receiveBufferBytes, guarded, ended);
    const openStreams =
      (shown: ListenCertificate | undefined): Opener =>
      ({ address, family, port }) =>
        openServer(address, family, port, shown, streams, ended);
    try {
      await Promise.all([
        ...udpPlaces.map((place) => this.listen(place, openUdp, state, ended, stop)),
        ...tcpPlaces.map((place) => this.listen(place, openStreams(undefined), state, ended, stop)),
        ...tlsPlaces.map((place) => this.listen(place, openStreams(certificate), state, ended, stop)),
      ]);
      if (!signal.aborted && stop.signal.aborted) throw stop.signal.reason;
      // A port that is listened to nowhere, on a machine without either family.
      if (!signal.aborted) throw new Error("there is no address of this machine to listen at");
    } finally {
      clearInterval(timer);
      stop.abort();
      sender = "";
      decoder.finish();
    }
  }

  private openDecoder(
    hands: SourceHands,
    ledger: ExporterLedger,
    limits: FlowExportLimits,
    sender: () => string,
  ): FlowExportDecoder {
    const report: FlowExportReport = {
      malformed: (error, bytes) => {
        if (sender() !== "") ledger.malformed(sender());
        hands.malformed(flowExportErrorText[error], bytes);
      },
      lost: (records) => hands.lost(records),
    };
    return new FlowExportDecoder(hands.take, report, {
      openVSwitchSampling: this.options.openVSwitchSampling,
      limits,
    });
  }

  /** Keeps one place open until the end; tries again when it cannot be bound or fails. */
  private async listen(
    place: Place,
    open: Opener,
    state: SourceState,
    signal: AbortSignal,
    stop: AbortController,
  ): Promise<void> {
    const backOff = new BackOff({ longestMs: 30_000 });
    const { name, isOptional } = place;
    while (!signal.aborted) {
      let socket: OpenSocket | undefined;
      try {
        socket = await open(place);
        backOff.reset();
        state.opened(socket, this.machine.nowMs());
        await socket.closed;
      } catch (error) {
        if (signal.aborted) return;
        const code = (error as NodeJS.ErrnoException).code ?? "";
        if (isOptional && noFamily.has(code)) {
          state.absent(this.machine.nowMs());
          return;
        }
        if (error instanceof CredentialsError || isOfTls(code)) {
          stop.abort(error);
          return;
        }
        if (hopeless.has(code)) {
          stop.abort(new Error(`cannot listen on ${name}: ${wordsOf(code)}`));
          return;
        }
        state.failed(name, wordsOf(code), this.machine.nowMs());
      } finally {
        if (socket !== undefined) state.closed(socket);
      }
      await pause(backOff.nextMs(), signal);
    }
  }
}

/** A bare port is one of both families. */
function placesOf(protocol: string, places: readonly ListenPlace[]): readonly Place[] {
  return places.flatMap(({ address, port }): readonly Place[] => {
    const place = (at: string, isOptional: boolean): Place => {
      const family = at.includes(":") ? 6 : 4;
      return { address: at, family, port, isOptional, name: `${protocol} ${family === 4 ? at : `[${at}]`}:${port}` };
    };
    return address === undefined ? [place("0.0.0.0", false), place("::", true)] : [place(address, false)];
  });
}

/** What is wrong with a certificate or its key stays wrong until somebody changes the file. */
function isOfTls(code: string): boolean {
  return code.startsWith("ERR_OSSL") || code.startsWith("ERR_TLS");
}

/** A broken invariant ends the source instead of the process. */
function guard(
  onDatagram: (bytes: Buffer, from: RemoteInfo) => void,
  stop: AbortController,
): (bytes: Buffer, from: RemoteInfo) => void {
  return (bytes, from) => {
    try {
      onDatagram(bytes, from);
    } catch (error) {
      stop.abort(error);
    }
  };
}

function wordsOf(code: string): string {
  switch (code) {
    case "EADDRINUSE":
      return "another program listens there";
    case "EADDRNOTAVAIL":
      return "this machine does not have the address";
    case "EACCES":
    case "EPERM":
      return "ports below 1024 need a privilege: choose a higher one";
    default:
      return `the system says \`${code}\``;
  }
}
