/** What a page shows of a judgement that follows a text while somebody types. */
export interface Followed<T> {
  /** The text that was typed last. */
  readonly text: string;
  /** Latest answer, and the text it is about; kept while a newer one is on its way, so that the page does not flicker. */
  readonly answer: { readonly text: string; readonly value: T } | undefined;
  readonly failure: string | undefined;
  /** A judgement of `text` is under way, or will be soon. */
  readonly isBehind: boolean;
}

export interface Follower<T> {
  state(): Followed<T>;
  type(text: string): void;
  /** Asks again at once. */
  retry(): void;
  stop(): void;
}

export interface FollowOptions<T> {
  readonly text: string;
  /** Quiet time after the last key before the server is asked, in ms. */
  readonly quietMs: number;
  readonly ask: (text: string, signal: AbortSignal) => Promise<T>;
  readonly explain: (cause: unknown) => string;
  readonly changed: (state: Followed<T>) => void;
}

/**
 * Asks for a judgement when typing pauses: one question at a time, the one before is aborted, and an answer to another text than the
 * last typed is dropped. A text that was just answered is not asked again.
 */
export function followTyping<T>(options: FollowOptions<T>): Follower<T> {
  let state: Followed<T> = { text: options.text, answer: undefined, failure: undefined, isBehind: true };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;
  const change = (changes: Partial<Followed<T>>): void => {
    state = { ...state, ...changes };
    options.changed(state);
  };
  const cancel = (): void => {
    clearTimeout(timer);
    asking?.abort();
    asking = undefined;
  };
  const ask = async (): Promise<void> => {
    const { text } = state;
    const mine = new AbortController();
    asking = mine;
    try {
      const value = await options.ask(text, mine.signal);
      if (!mine.signal.aborted) change({ answer: { text, value }, failure: undefined, isBehind: false });
    } catch (error) {
      if (!mine.signal.aborted) change({ failure: options.explain(error), isBehind: false });
    }
  };
  const askNow = (): void => {
    cancel();
    change({ isBehind: true });
    void ask();
  };
  void ask();
  return {
    state: () => state,
    type: (text) => {
      if (text === state.text) return;
      cancel();
      if (state.answer?.text === text && state.failure === undefined) {
        change({ text, isBehind: false });
        return;
      }
      change({ text, isBehind: true });
      timer = setTimeout(askNow, options.quietMs);
    },
    retry: askNow,
    stop: cancel,
  };
}
