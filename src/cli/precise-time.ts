/** Microseconds since the epoch that two processes of one machine agree on, within about 10 us. */
export function epochUs(): number {
  return (performance.timeOrigin + performance.now()) * 1_000;
}
