/** The values of a list that is typed with commas between them. */
export const listed = (typed: string): string[] => typed.split(',').map((one) => one.trim()).filter(Boolean);
