/** An import as the server tells of it; rows are counted by what became of them. */
export interface Job {
  _id: string;
  dryRun?: boolean;
  state: 'open' | 'running' | 'done' | 'failed' | 'canceled' | 'interrupted';
  /** Bytes of the file that have come, and that were read. */
  received: number;
  bytes: number;
  createdAt: number;
  error?: string;
  /** Rows a second, and about how long it takes. */
  rate?: number;
  secondsLeft?: number;
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

/** What a file seems to be by how it begins. */
export interface Recognised {
  format: string;
  rows: {
    row: number;
    id?: string;
    username?: string;
    emails?: string[];
    phones?: string[];
    password: 'digest' | 'plain' | 'none';
    hasher?: string;
    profiles?: string[];
    roles?: string[];
    disabled?: boolean;
    /** What the row is where it is no user. */
    other?: string;
    problem?: string;
  }[];
  /** Columns that are left out. */
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
    'import:recognise': Recognised;
    'import:report': { lines: string; next: number };
    'import:cancel': Job;
    'digest:identify': Examined;
  }
}
