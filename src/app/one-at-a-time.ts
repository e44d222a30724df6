/** Work that is done one piece after the other, in the order in which it was asked for. */
export class OneAtATime {
  private last: Promise<unknown> = Promise.resolve();

  /** What `work` resolves or rejects with; it begins when all before it has ended, however it ended. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
