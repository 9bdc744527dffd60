/** An import as the server tells of it; rows are counted by what became of them. */
export interface Job {
  _id: string;
  state: 'open' | 'running' | 'done' | 'failed' | 'canceled' | 'interrupted';
  /** Bytes of the file that have come, and that were read. */
  received: number;
  bytes: number;
  createdAt: number;
  error?: string;
  format: string;
  /** How many rows there are, about, where that is known. */
  total?: number;
  rows: number;
  created: number;
  unchanged: number;
  merged: number;
  skipped: number;
  failed: number;
  withoutPassword: number;
  factorsLeft: number;
  addressesLeft: number;
  remarks?: string[];
  unused?: string[];
}

/** What a text may be a digest of. */
export interface Examined {
  ambiguous: boolean;
  advice: string;
  candidates: { hasher: string; parameters?: Record<string, unknown>; strength?: string; needsName?: boolean; problem?: string }[];
}

declare module '../../api/answers' {
  interface Answers {
    'import:create': Job;
    'import:upload': Job;
    'import:get': Job;
    'import:list': { hits: Job[]; total: number };
    'import:report': { lines: string; next: number };
    'import:cancel': Job;
    'digest:identify': Examined;
  }
}
