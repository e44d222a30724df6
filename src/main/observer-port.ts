import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { settingsFromFlags } from "../adapters/observer-config/from-flags.ts";
import { newMaskKey, openMask } from "../adapters/observer-config/mask-key.ts";
import type { ConfigSurroundings } from "../adapters/observer-config/parse-config.ts";
import { readConfigFile } from "../adapters/observer-config/read-config.ts";
import type { HandOver, ObserverPort } from "../app/live/observer-port.ts";
import { liveSources } from "./live-sources.ts";
import { openObserver } from "./observe.ts";

function surroundings(): ConfigSurroundings {
  const stateFolder = process.env.XDG_STATE_HOME ?? join(homedir(), ".local", "state");
  return { kinds: liveSources, hostname: hostname(), stateFolder };
}

/** @param handOver given in a process that only reads */
export function observerPort(handOver?: HandOver): ObserverPort {
  return {
    readFile: (path) => readConfigFile(path, surroundings()),
    fromFlags: (flags) => settingsFromFlags(flags, surroundings()),
    open: openObserver,
    newKey: newMaskKey,
    openMask,
    get stdin() {
      return process.stdin;
    },
    ...(handOver === undefined ? {} : { handOver }),
  };
}
