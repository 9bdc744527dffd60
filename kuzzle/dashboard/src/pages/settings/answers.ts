/** Something that may be set while the server runs. */
export interface Setting {
  key: string;
  value: unknown;
  default: unknown;
  from: string;
  /** Whether the configuration says it, so that it is not to be changed here. */
  pinned: boolean;
  /** Whether the configuration alone says it, until the next start. */
  fixed?: boolean;
  min?: string;
  max?: string;
  choices?: string[];
  help: string;
}

export interface Endpoint {
  _id: string;
  url: string;
  format: string;
  /** None is all of the format. */
  events: string[] | null;
  createdAt: number;
}

/** A message that was sent to an endpoint, with the latest answer. */
export interface Delivery {
  endpoint: string;
  message: string;
  type: string;
  kuid: string;
  attempts: number;
  at: number;
  /** Milliseconds. */
  took: number;
  /** 0 where there was no answer. */
  status: number;
  /** Why it was not taken. */
  problem?: string;
}

/** A way to log in that the server's program knows. */
export interface Strategy {
  name: string;
  on: boolean;
  secondFactor: boolean;
  fields: string[];
}

/** A message that an endpoint did not take. */
export interface Dead {
  _id: string;
  endpoint: string;
  message: string;
  type: string;
  kuid: string;
  tries: number;
  reason: string;
  lastAnswer: string;
  diedAt: number;
}

export interface ServiceKey {
  _id: string;
  name: string;
  kind: 'test' | 'live';
  /** How the key's text begins. */
  hint: string;
  createdAt?: number;
  endpoints: string[] | null;
  organizations: string[] | null;
}

declare module '../../api/answers' {
  interface Answers {
    'settings:list': { hits: Setting[]; total: number };
    'settings:listFixed': { hits: Setting[]; total: number };
    'settings:listStrategies': { hits: Strategy[]; total: number };
    'settings:set': Setting;
    'settings:testMail': { sent: boolean; problem?: string };
    'webhooks:list': { hits: Endpoint[]; total: number };
    'webhooks:create': Endpoint & { secret: string };
    'webhooks:listDead': { hits: Dead[]; total: number };
    'webhooks:listDeliveries': { hits: Delivery[]; total: number };
    'webhooks:replay': { replayed: number };
    'service-keys:list': { hits: ServiceKey[]; total: number };
    'service-keys:create': ServiceKey & { secret: string };
  }
}
