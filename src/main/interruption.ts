let instead: (() => void) | undefined;

/**
 * Has the next Ctrl-C do something else than stop the command, once: end what would go on for ever, so that the command can
 * say what it has by then. @returns what takes that back
 */
export function divertInterrupt(action: () => void): () => void {
  instead = action;
  return () => {
    if (instead === action) instead = undefined;
  };
}

/** A Ctrl-C has come. @returns whether something else was done than to stop */
export function wasDiverted(): boolean {
  const action = instead;
  instead = undefined;
  action?.();
  return action !== undefined;
}
