import type { Right } from '../../api/answers';

declare module '../../api/answers' {
  interface Answers {
    'security:getCredentials': Record<string, unknown>;
    'security:getSessions': { hits: UserSession[]; total: number };
    'security:getUserOrganizations': { hits: { _id: string; name: string; slug: string; role: string; joinedAt: number }[]; total: number };
    'security:searchApiKeys': { hits: ApiKey[]; total: number };
    'security:createApiKey': { _id: string; _source: { token: string } };
    'security:getUserRights': { hits: Right[]; total: number };
    'security:explain': Explanation;
    'security:whoMay': { hits: { profile: string; users: number }[]; total: number };
    'security:getUserHistory': { hits: Event[]; total: number };
    'security:impersonate': { _id: string; ticket: string; expiresAt: number };
    'server:publicApi': Record<string, Record<string, unknown>>;
    'kuzzle-plugin-auth-passport-local/password:getResetPasswordToken': { resetToken: string };
  }
}

/** Times are in epoch milliseconds, an end of -1 is never. */
export interface UserSession {
  _id: string;
  createdAt: number;
  expiresAt: number;
  strategy?: string;
  /** What the client proved, and when. */
  factors?: Record<string, number>;
  organization?: string;
  act?: { sub?: string };
  /** Where it began; browser, version and system are what the server reads in userAgent. */
  device?: { addr?: string; userAgent?: string; browser?: string; version?: string; system?: string };
  current: boolean;
}

export interface ApiKey {
  _id: string;
  _source: { description: string; expiresAt: number; ttl: number };
}

export interface Explanation {
  controller: string;
  action: string;
  allowed: boolean;
  open?: boolean;
  profiles: { profile: string; allowed: boolean; policies: Verdict[] }[];
  standing?: { bannedAt?: number; lockedAt?: number };
}

/** A policy's part in a decision. */
export interface Verdict {
  role: string;
  allowed: boolean;
  reason: string;
  entry?: { controller: string; action?: string; value: boolean };
}

export interface Event {
  id?: string;
  name: string;
  at: number;
  outcome: 'done' | 'refused';
  actor: { kuid?: string; via?: string; service?: string; act?: string; addr?: string };
  subject: { kind?: string; id?: string };
  data?: Record<string, unknown>;
}
