/** What the shell learns; the same for every command. */
export const Exit = {
  /** Done, and the answer is yes. */
  ok: 0,
  /** Could not be done: unreadable input, nothing to work on. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Done, and the answer is no: findings, differences, something denied. */
  negative: 3,
  /** The operating system or a service refused. */
  notAllowed: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];
