import type { Fault } from '../api/fault';
import de from './de/faults';
import en from './en/faults';
import { language } from './language.svelte';

/** What a refusal says, in the language of the page where that has words for it. */
export function told(fault: Fault): string {
  const texts: Texts = language.current === 'de' ? de : en;
  return texts[fault.id]?.(...fault.props.map(String)) ?? fault.message;
}

export type Texts = Record<string, (...props: string[]) => string>;
