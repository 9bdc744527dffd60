import type { DigestReport, Glimpse, Glimpsed, Status } from '../../api/actions.gen';

/** An import as the server tells of it; rows are counted by what became of them. */
export type Job = Status & { state: 'open' | 'running' | 'done' | 'failed' | 'canceled' | 'interrupted' };

/** What a file seems to be by how it begins. */
export type Recognised = Glimpse & { rows: (Glimpsed & { password: 'digest' | 'plain' | 'none' })[] };

/** What a text may be a digest of. */
export type Examined = DigestReport;

declare module '../../api/answers' {
  interface Answers {
    'import:create': Job;
    'import:upload': Job;
    'import:get': Job;
    'import:list': { hits: Job[]; total: number };
    'import:recognise': Recognised;
    'import:cancel': Job;
  }
}
