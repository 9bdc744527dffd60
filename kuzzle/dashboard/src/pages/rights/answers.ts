import type { Controllers } from './role';

type Info = { author: string | null; createdAt: number; updatedAt: number | null; updater: string | null };
type Found<T> = { hits: { _id: string; _source: T }[]; total: number };

export interface Role {
  controllers: Controllers;
  _kuzzle_info?: Info;
  [key: string]: unknown;
}

export interface Policy {
  roleId: string;
  restrictedTo?: { index: string; collections?: string[] }[];
}

export interface Profile {
  policies: Policy[];
  rateLimit?: number;
  _kuzzle_info?: Info;
  [key: string]: unknown;
}

/** Who would gain and who would lose what. */
export interface Difference {
  _id: string;
  /** false: it is new, nobody holds it. */
  exists: boolean;
  profiles: { _id: string; users: number; atLeast: boolean; gains: string[]; loses: string[]; more: number }[];
  groups: {
    profileIds: string[];
    users: number;
    gains: string[];
    loses: string[];
    more: number;
    names: { _id: string; username?: string; firstName?: string; lastName?: string }[];
  }[];
  gaining: number;
  losing: number;
  examined: number;
  /** false: not all users were looked at. */
  complete: boolean;
}

declare module '../../api/answers' {
  interface Answers {
    'security:searchRoles': Found<Role>;
    'security:searchProfiles': Found<Profile>;
    'security:getRole': { _id: string; _source: Role };
    'security:getProfile': { _id: string; _source: Profile };
    'security:previewRole': Difference;
    'security:previewProfile': Difference;
    'server:publicApi': Record<string, Record<string, unknown>>;
  }
}
