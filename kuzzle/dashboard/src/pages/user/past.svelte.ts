import { rights } from '../../api/rights.svelte';
import { call } from '../../api/session.svelte';
import type { Event } from './answers';
import { Part, type Subject } from './subject.svelte';

/** How long the server may take, in milliseconds, until the history has what was done. */
const behind = 1500;

/** What has happened to a user, the latest first; nothing for those who may not see it. */
export class Past extends Part<Event[]> {
  constructor(of: Subject) {
    super(of, async () => (rights.may('security:getUserHistory') ? (await call('security:getUserHistory', { _id: of.id })).hits : []));
    $effect(() => {
      void of.changes;
      const later = setTimeout(this.look, behind);
      return () => clearTimeout(later);
    });
  }
}
