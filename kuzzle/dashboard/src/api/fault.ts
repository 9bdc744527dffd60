/** Why the server refused a request, or that it gave no answer. Match on `id`. */
export class Fault extends Error {
  readonly id: string;
  readonly status: number;
  readonly props: unknown[];

  constructor({ id, status, message, props }: { id: string; status: number; message: string; props?: unknown[] }) {
    super(message);
    this.id = id;
    this.status = status;
    this.props = props ?? [];
  }

  /** The server, or what stands before it, gave no answer of the API. */
  static noAnswer(status: number): Fault {
    return new Fault({ id: 'dashboard.no_answer', status, message: 'The server does not answer.' });
  }

  static of(cause: unknown): Fault {
    if (cause instanceof Fault) return cause;
    return new Fault({ id: 'dashboard.unexpected', status: 0, message: cause instanceof Error ? cause.message : String(cause) });
  }

  get unanswered(): boolean {
    return this.id === 'dashboard.no_answer' || this.status === 502 || this.status === 504;
  }

  /** Whether logging in again is the remedy. */
  get signedOut(): boolean {
    return this.status === 401 && ['security.token.invalid', 'security.cookie.invalid', 'security.rights.unauthorized'].includes(this.id);
  }

  /** Whether a fresh proof of a factor is the remedy. */
  get wantsProof(): boolean {
    return this.id === 'security.token.factor_required';
  }

  /** The one of a form's fields that the fault is about; undefined for none of them. */
  field(fields: readonly string[]): string | undefined {
    for (const prop of this.props) {
      if (typeof prop !== 'string') continue;
      const named = fields.find((field) => prop === field || prop.endsWith(`.${field}`));
      if (named) return named;
    }
    if (/^security\.(user\.no_profile|profile\.)/.test(this.id) && fields.includes('profileIds')) return 'profileIds';
    return undefined;
  }
}
