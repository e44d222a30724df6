import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type FixtureServer, startFixtureServer } from "../../web/fixture-server.ts";
import { RealBrowser } from "./browser.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/** The built application over a made-up world, in a real browser. */
export interface Application {
  readonly browser: RealBrowser;
  readonly server: FixtureServer;
  close(): Promise<void>;
}

/**
 * Builds what is published, not what the environment of a test run would make of it, and keeps a copy, so that a build beside this one
 * changes nothing here.
 */
export async function builtApplication(): Promise<string> {
  const env = { ...process.env, NODE_ENV: "production" };
  await promisify(execFile)(process.execPath, [join(root, "scripts", "build-web.ts")], { cwd: root, env });
  const folder = await mkdtemp(join(tmpdir(), "postern-web-"));
  await cp(join(root, "dist", "web"), folder, { recursive: true });
  return folder;
}

export async function openApplication(): Promise<Application> {
  const webFolder = await builtApplication();
  const server = await startFixtureServer({ namespaces: 60, proposals: 120, webFolder });
  const browser = await RealBrowser.open();
  return {
    browser,
    server,
    close: async () => {
      await browser.close();
      await server.close();
      await rm(webFolder, { recursive: true, force: true });
    },
  };
}
