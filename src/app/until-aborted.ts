/**
 * What `source` brings until it ends or `signal` aborts; then it ends at once, also while it waits for more. Nothing is kept
 * from one item to the next: a race of every item against one promise for the end would keep all of them.
 */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const items = source[Symbol.asyncIterator]();
  let stop: (() => void) | undefined;
  const onAbort = (): void => stop?.();
  signal.addEventListener("abort", onAbort);
  try {
    while (!signal.aborted) {
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<T, unknown> | undefined>();
      stop = () => resolve(undefined);
      items.next().then(resolve, reject);
      const next = await promise;
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
