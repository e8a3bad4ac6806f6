/** Where the kit lies inside the executable. `build.ts` puts another module in this one's place. */
export const KIT_FILE: string | undefined = undefined;
