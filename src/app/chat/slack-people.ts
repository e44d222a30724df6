import { randomBytes } from "node:crypto";
import type { Principal } from "../access/principal.ts";
import { secretHash } from "../access/secret-hash.ts";
import type { SessionBook, UserBook } from "../state/people.ts";
import type { SlackSettings } from "./chat-settings.ts";

const codeLivesMs = 10 * 60_000;
/** Groups and rights may change at the one who vouched; then people link themselves again. */
const linkLivesMs = 30 * 24 * 3_600_000;

/**
 * Who a user of Slack is here: as the configuration says, or as they proved with a code that they got when they were signed in. Such a link
 * is kept as a session is: it knows who signed in, ends by itself, and ends with everything else of that person.
 */
export class SlackPeople {
  readonly #settings: SlackSettings;
  readonly #sessions: SessionBook;
  readonly #users: UserBook;
  readonly #nowMs: () => number;

  constructor(
    settings: SlackSettings,
    { sessions, users }: { readonly sessions: SessionBook; readonly users: UserBook },
    nowMs: () => number,
  ) {
    this.#settings = settings;
    this.#sessions = sessions;
    this.#users = users;
    this.#nowMs = nowMs;
  }

  async whoIs(slackUser: string): Promise<Principal | undefined> {
    const who = this.#configured(slackUser) ?? (await this.#linked(slackUser));
    const user = who === undefined ? undefined : await this.#users.bySubject(who.subject);
    return user?.disabledAtMs === undefined ? who : undefined;
  }

  #configured(slackUser: string): Principal | undefined {
    const configured = this.#settings.people.find((person) => person.slackUser === slackUser);
    if (configured === undefined) return undefined;
    const { subject, name, groups, kubernetesUser } = configured;
    return { subject, name, groups, kubernetesUser };
  }

  async #linked(slackUser: string): Promise<Principal | undefined> {
    const link = await this.#sessions.byIdHash(this.#linkHash(slackUser));
    return link === undefined || this.#nowMs() >= link.expiresAtMs ? undefined : link.principal;
  }

  /** A code for somebody who is signed in, to type in Slack within ten minutes. */
  async codeFor(who: Principal): Promise<string> {
    const code = randomBytes(10).toString("hex");
    const nowMs = this.#nowMs();
    await this.#sessions.put({
      idHash: secretHash("slack code", code),
      principal: who,
      csrf: "",
      createdAtMs: nowMs,
      seenAtMs: nowMs,
      expiresAtMs: nowMs + codeLivesMs,
    });
    return code;
  }

  /** @returns who the user of Slack is from now on; undefined when the code is unknown, used or too old */
  async link(slackUser: string, code: string): Promise<Principal | undefined> {
    if (!/^[0-9a-f]{20}$/.test(code)) return undefined;
    const nowMs = this.#nowMs();
    const given = await this.#sessions.byIdHash(secretHash("slack code", code));
    if (given === undefined || nowMs >= given.expiresAtMs) return undefined;
    await this.#sessions.end(given.idHash);
    await this.#sessions.end(this.#linkHash(slackUser));
    await this.#sessions.put({
      idHash: this.#linkHash(slackUser),
      principal: given.principal,
      csrf: "",
      createdAtMs: nowMs,
      seenAtMs: nowMs,
      expiresAtMs: nowMs + linkLivesMs,
    });
    return given.principal;
  }

  async unlink(slackUser: string): Promise<void> {
    await this.#sessions.end(this.#linkHash(slackUser));
  }

  /** Not a secret, and no cookie has this form: see {@link secretHash}. */
  #linkHash(slackUser: string): string {
    return secretHash("slack", `${this.#settings.team}/${slackUser}`);
  }
}
