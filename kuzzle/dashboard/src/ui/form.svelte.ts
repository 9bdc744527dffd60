import { Fault } from '../api/fault';
import { told } from '../texts/faults';

/**
 * What a form shares: whether it is on its way, and which field the server's refusal is
 * about. Fields are the names by which the server calls them.
 */
export class Form {
  busy = $state(false);
  fault = $state<Fault>();
  #fields: () => readonly string[];
  #byID: Record<string, string>;

  /** byID names the field for refusals that do not name it themselves. */
  constructor(fields: () => readonly string[], byID: Record<string, string> = {}) {
    this.#fields = fields;
    this.#byID = byID;
  }

  /** Why the server refused a field. */
  error(field: string): string | undefined {
    return this.fault && this.#about(this.fault) === field ? told(this.fault) : undefined;
  }

  /** The refusal that belongs to no field. */
  get rest(): Fault | undefined {
    return this.fault && this.#about(this.fault) === undefined ? this.fault : undefined;
  }

  #about(fault: Fault): string | undefined {
    return this.#byID[fault.id] ?? fault.field(this.#fields());
  }

  /** Runs what the form does, unless it is on its way already. Gives what that gives, undefined after a refusal. */
  async send<T>(act: () => Promise<T>): Promise<T | undefined> {
    if (this.busy) return undefined;
    this.busy = true;
    this.fault = undefined;
    try {
      return await act();
    } catch (cause) {
      this.fault = Fault.of(cause);
      return undefined;
    } finally {
      this.busy = false;
    }
  }
}
