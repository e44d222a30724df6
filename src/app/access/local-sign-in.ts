import { randomBytes } from "node:crypto";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { AuditEntry } from "../audit/audit-log.ts";
import type { Failure } from "../failure.ts";
import type { Books, Decisions } from "../state/books.ts";
import type { User } from "../state/people.ts";
import { checkPassword, hashPassword, hasTimeForPassword, isPassword } from "./password.ts";
import { personOf, type Principal } from "./principal.ts";
import { secretHash } from "./secret-hash.ts";
import type { SignInAttempts } from "./sign-in-attempts.ts";
import { userName } from "./user-form.ts";

/** Whose link is for whoever comes first: they choose a name and administer. */
const firstRun = "local:";
const firstName = "admin";
const linkLivesMs = 7 * 24 * 3_600_000;
/** Printed where others may read it too. */
const firstLinkLivesMs = 24 * 3_600_000;

export interface SignInRefused extends Failure {
  /** When trying again makes sense. */
  readonly afterMs?: number;
}

const busy: SignInRefused = {
  code: "sign_in_busy",
  message: "too many people sign in at this moment; try again in some seconds",
  afterMs: 5_000,
};

/** By name and password. Who does not exist, is disabled or has no password yet is refused in the same words and time as a wrong password. */
export async function signInLocally(
  books: Pick<Books, "users">,
  attempts: SignInAttempts,
  { name, password, network }: { readonly name: string; readonly password: string; readonly network: string },
  nowMs: number,
): Promise<Result<Principal, SignInRefused>> {
  const key = name.trim().toLowerCase();
  const afterMs = attempts.waitMs(key, network);
  if (afterMs > 0) {
    const message = `too many failed attempts for this name; try again in ${Math.ceil(afterMs / 1000)} seconds`;
    return fail({ code: "sign_in_wait", message, afterMs });
  }
  if (!hasTimeForPassword()) return fail(busy);
  attempts.began(key, network);
  const user = userName.test(key) ? await books.users.bySubject(`local:${key}`) : undefined;
  const usable = user?.disabledAtMs === undefined ? user : undefined;
  if (!(await isPassword(usable?.passwordHash, password)) || usable === undefined) {
    return fail({ code: "sign_in_refused", message: "name or password is wrong" });
  }
  attempts.succeeded(key, network);
  await books.users.seen(usable.subject, nowMs);
  return ok(principalOf(usable));
}

/**
 * The secret of a link that makes the first administrator; undefined when there is one who can sign in. Every start of a server
 * without an administrator makes a new link, and each works once.
 */
export async function firstRunLink(books: Pick<Books, "users">, nowMs: number): Promise<string | undefined> {
  return (await isRuled(books)) ? undefined : makeLink(books, firstRun, nowMs, firstLinkLivesMs);
}

async function isRuled({ users }: Pick<Books, "users">): Promise<boolean> {
  const all = await users.all();
  return all.some((user) => user.isAdministrator && user.passwordHash !== undefined && user.disabledAtMs === undefined);
}

/** A link for a person who is known already: to choose a password, the first or a new one. */
export async function makeLink(
  books: Pick<Books, "users">,
  subject: string,
  nowMs: number,
  livesMs: number = linkLivesMs,
): Promise<string> {
  const secret = randomBytes(32).toString("base64url");
  await books.users.putLink(secretHash("link", secret), subject, nowMs + livesMs);
  return secret;
}

/** Uses a link once: makes the user where it is the first run's, sets the password where one is given, and ends older sessions. */
export async function signInByLink(
  decisions: Pick<Decisions, "change">,
  given: { readonly secret: string; readonly name?: string | undefined; readonly password?: string | undefined },
  nowMs: number,
): Promise<Result<Principal, SignInRefused>> {
  const name = given.name?.trim().toLowerCase() ?? firstName;
  // Everything that may be wrong is looked at first: a link that was used is gone.
  if (!userName.test(name)) {
    const message = `the name ${quoted(name)} cannot be used; take small letters, digits, \`.\`, \`_\` and \`-\`, at most 63`;
    return fail({ code: "sign_in_name", message });
  }
  if (given.password !== undefined) {
    const checked = checkPassword(given.password, name);
    if (!checked.ok) return checked;
    if (!hasTimeForPassword()) return fail(busy);
  }
  const passwordHash = given.password === undefined ? undefined : await hashPassword(given.password);
  // In one transaction: of two who use first links at the same time one administers, and a crash loses no link.
  return decisions.change((books) => useLink(books, { secret: given.secret, name, passwordHash }, nowMs));
}

async function useLink(
  { users, sessions, audit }: Books,
  {
    secret,
    name,
    passwordHash,
  }: { readonly secret: string; readonly name: string; readonly passwordHash?: string | undefined },
  nowMs: number,
): Promise<Result<Principal, SignInRefused>> {
  const whose = await users.useLink(secretHash("link", secret), nowMs);
  const isFirst = whose === firstRun;
  // Links of earlier starts may lie in old logs: once somebody administers they are worth nothing.
  if (whose === undefined || (isFirst && (await isRuled({ users })))) {
    const message =
      "this link was used or is too old; the server prints a new one when it starts, or ask an administrator";
    return fail({ code: "sign_in_link", message });
  }
  const subject = isFirst ? `local:${name}` : whose;
  const known = await users.bySubject(subject);
  if (!isFirst && (known === undefined || known.disabledAtMs !== undefined)) {
    return fail({ code: "sign_in_refused", message: "this person is not known here any more; ask an administrator" });
  }
  const user: User = {
    subject,
    name: known?.name ?? name,
    passwordHash: passwordHash ?? known?.passwordHash,
    isAdministrator: isFirst || known?.isAdministrator === true,
    grants: known?.grants ?? [],
    createdAtMs: known?.createdAtMs ?? nowMs,
    disabledAtMs: undefined,
    lastSeenMs: nowMs,
  };
  await users.put(user);
  if (passwordHash !== undefined) await sessions.endAllOf(subject);
  const principal = principalOf(user);
  const record = (kind: string): AuditEntry => ({
    atMs: nowMs,
    kind,
    subject: `person/${subject}`,
    actor: personOf(principal),
    payload: { isAdministrator: user.isAdministrator },
  });
  await audit.append([
    ...(isFirst ? [record("access.first-administrator")] : []),
    ...(passwordHash === undefined ? [] : [record("access.password")]),
  ]);
  return ok(principal);
}

function principalOf({ subject, name }: User): Principal {
  return { subject, name, groups: [], kubernetesUser: undefined };
}
