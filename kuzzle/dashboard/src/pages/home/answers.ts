/** What the servers counted; the oldest point first. */
export interface Counters {
  over: 'hour' | 'day' | 'month';
  step: number;
  points: {
    at: number;
    requests: number;
    errors: number;
    signUps: number;
    logins: number;
    refusals: number;
    queue: number;
    latency: { p50: number; p95: number; p99: number };
  }[];
}

/** Something that has happened. */
export interface Happened {
  id?: string;
  name: string;
  at: number;
  outcome: string;
  actor: { kuid?: string; addr?: string; service?: string };
  /** Empty where it concerns nobody, such as a login that was refused. */
  subject: { kind?: string; id?: string };
  data?: { owner?: string; [key: string]: unknown };
}

/** Something about the server that wants mending. */
export interface Finding {
  level: 'note' | 'degraded' | 'misconfigured';
  about: string;
  problem: string;
  remedy: string;
}

declare module '../../api/answers' {
  interface Answers {
    'server:getCounters': Counters;
    'security:listEvents': { hits: Happened[]; lost: number; next: string };
    'server:examine': { findings: Finding[]; at: number };
    'server:healthCheck': { status: string; services: Record<string, string> };
  }
}
