import { GenericError, MultipleErrors, UnsupportedCompressionError } from "@platformatic/kafka";

/** A topic's end is nearer than that. */
const farthest = 1n << 40n;

/**
 * Whether an answer came but could not be read: it holds a batch that is damaged, or packed in a way that the client does
 * not know. What the client says about connections, brokers and its own use has classes; a failing reader has none.
 */
export function isUnreadable(error: unknown): boolean {
  if (error instanceof MultipleErrors) return error.errors.some(isUnreadable);
  return error instanceof UnsupportedCompressionError || !(error instanceof GenericError);
}

/**
 * Where reading can go on behind an offset that cannot be read: asks farther and farther ahead, then halves what is
 * between. When several batches are damaged, good ones between them may be passed over as well.
 * @param canRead whether what is at an offset can be read; also where there is nothing yet
 * @returns undefined when nothing can be read, wherever it is
 */
export async function findReadable(
  from: bigint,
  canRead: (offset: bigint) => Promise<boolean>,
): Promise<bigint | undefined> {
  let bad = from;
  let good = from + 1n;
  for (let step = 2n; !(await canRead(good)); step *= 2n) {
    if (step > farthest) return undefined;
    bad = good;
    good = from + step;
  }
  while (good - bad > 1n) {
    const middle = (good + bad) / 2n;
    if (await canRead(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
