export default {
  noObject: 'This has to be an object: { … }.',
  noJson: (why: string) => `This is no JSON yet: ${why}.`,
  changedTitle: 'Somebody has changed this meanwhile',
  changedHint: 'Below is what changed since you began, old above new. Yours is not saved yet.',
  before: 'Before:',
  now: 'Now:',
  goOn: 'Go on editing',
  takeTheirs: 'Take theirs',
  overwrite: 'Save mine over it',
};
