/** The fast methods of Buffer that Bun has and its types do not name. */
declare global {
  interface Buffer {
    utf8Write(text: string, offset: number, length: number): number;
    latin1Write(text: string, offset: number, length: number): number;
    utf8Slice(start: number, end: number): string;
    latin1Slice(start: number, end: number): string;
  }
}
export {};
