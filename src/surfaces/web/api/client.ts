import type { Problem } from "../../../app/wire/list.ts";

/** What a filter, a sort or a cursor may be in a query; empty texts and lists are left out. */
export type Parameter = string | number | boolean | undefined | readonly (string | number)[];
export type Parameters = Readonly<Record<string, Parameter>>;

/** A refusal, in the server's own words. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail === "" ? problem.title : problem.detail);
    this.problem = problem;
  }
}

/** Set by the session; sent with everything that changes something. */
let csrf = "";
export function rememberCsrf(token: string): void {
  csrf = token;
}

let tellSignedOut: () => void = () => {};
/** @param tell is called when something is not done because the session has ended */
export function whenSignedOut(tell: () => void): void {
  tellSignedOut = tell;
}

export interface SendOptions {
  /** Version as read. */
  readonly ifMatch?: number | undefined;
  /** The same key twice does the work once; made here when left out. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @param path below `/api/v1/` */
export async function read<T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
  return answer<T>(await reach(urlOf(path, parameters), signal === undefined ? {} : { signal }));
}

/** @param body left out: none */
export async function send<T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  options: SendOptions = {},
): Promise<T> {
  const headers: Record<string, string> = { "x-postern-csrf": csrf };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method === "POST") headers["idempotency-key"] = options.idempotencyKey ?? crypto.randomUUID();
  if (options.ifMatch !== undefined) headers["if-match"] = `"${options.ifMatch}"`;
  const request: RequestInit = { method, headers };
  if (body !== undefined) request.body = JSON.stringify(body);
  if (options.signal !== undefined) request.signal = options.signal;
  const response = await reach(urlOf(path, {}), request);
  // What signs in refuses with the same status.
  if (response.status === 401 && path !== "session") tellSignedOut();
  return answer<T>(response);
}

export function urlOf(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of Array.isArray(value) ? (value as readonly (string | number)[]) : [value as string]) {
      if (each !== undefined && each !== "") query.append(name, String(each));
    }
  }
  const text = query.toString();
  return text === "" ? `/api/v1/${path}` : `/api/v1/${path}?${text}`;
}

async function reach(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, {
      credentials: "same-origin",
      ...request,
      headers: { accept: "application/json", ...(request.headers as Record<string, string> | undefined) },
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw problemError(0, "unreachable", "the server does not answer; check the connection, then try again");
  }
}

async function answer<T>(response: Response): Promise<T> {
  if (response.ok) return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
  const text = await response.text();
  try {
    const parsed = JSON.parse(text) as Problem;
    if (typeof parsed.status === "number" && typeof parsed.title === "string") throw new ProblemError(parsed);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
  }
  throw problemError(response.status, "unexpected-answer", `the server answered ${response.status}; try again later`);
}

function problemError(status: number, code: string, detail: string): ProblemError {
  return new ProblemError({ type: "about:blank", title: detail, status, code, detail, requestId: "" });
}
