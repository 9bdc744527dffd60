import type { Event, Finding as Found, Series } from '../../api/actions.gen';

/** What the servers counted; the oldest point first. */
export type Counters = Series & { over: 'hour' | 'day' | 'month' };

/** Something that has happened; the subject is empty where it concerns nobody, such as a
 * login that was refused. */
export type Happened = Event & { data?: { owner?: string } };

/** Something about the server that wants mending. */
export type Finding = Found & { level: 'note' | 'degraded' | 'misconfigured' };

declare module '../../api/answers' {
  interface Answers {
    'server:getCounters': Counters;
    'security:listEvents': { hits: Happened[]; lost: number; next: string };
    'server:examine': { findings: Finding[]; at: number };
  }
}
