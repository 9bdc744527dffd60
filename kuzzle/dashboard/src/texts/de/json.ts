import type en from '../en/json';

export default {
  noObject: 'Das muss ein Objekt sein: { … }.',
  noJson: (why: string) => `Das ist noch kein JSON: ${why}.`,
  changedTitle: 'Jemand hat das inzwischen geändert',
  changedHint: 'Unten steht, was sich seit Ihrem Beginn geändert hat, alt über neu. Ihres ist noch nicht gespeichert.',
  before: 'Vorher:',
  now: 'Jetzt:',
  goOn: 'Weiter bearbeiten',
  takeTheirs: 'Deren Fassung übernehmen',
  overwrite: 'Meines darüber speichern',
} satisfies typeof en;
