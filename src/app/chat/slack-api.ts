import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";

/** Why Slack or a webhook did not take something. */
export interface TellFailure extends Failure {
  /** Trying again cannot help: the address is gone, the message is refused. */
  readonly isFinal: boolean;
  /** As the other side asks. */
  readonly afterMs?: number | undefined;
}

/** What is said to Slack. */
export interface SlackApi {
  /** To the configured channel. */
  post(message: SlackMessage, signal: AbortSignal): Promise<Result<void, TellFailure>>;
  /** To where a button or a command was used; Slack gives that address with the request. */
  respond(responseUrl: string, message: SlackMessage, signal: AbortSignal): Promise<Result<void, TellFailure>>;
  openForm(triggerId: string, view: unknown, signal: AbortSignal): Promise<Result<void, TellFailure>>;
  readonly hasForms: boolean;
}

export interface SlackMessage {
  /** For notifications and where blocks cannot be shown. */
  readonly text: string;
  readonly blocks?: readonly unknown[];
  /** Only whoever asked sees it. */
  readonly isPrivate?: boolean;
}

/** Sends a signed document somewhere. */
export interface WebhookPost {
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<Result<void, TellFailure>>;
}
