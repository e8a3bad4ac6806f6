/** Asks until an answer is right; the limit of the test is the limit. */
export async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    await Bun.sleep(50);
  }
}
