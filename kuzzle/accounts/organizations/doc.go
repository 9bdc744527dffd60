// Package organizations stores organizations, their members and their invitations.
//
// Each of the three is a document of its own. A membership's id is derived from the organization
// and the user, so that nobody is a member twice. The organization has the numbers of its members
// and administrators, which change by compare-and-set. So two concurrent requests can neither
// exceed its limit nor remove its last administrator.
//
// A change of membership takes three commits:
//
//	organization: note an intent, and reserve a seat or give up an administrator
//	membership:   create, change or remove it, naming the intent
//	organization: remove the intent, and set the new numbers
//
// An intent is a lock on its membership. A process that is killed in between leaves its intent
// behind; the next change of that membership, or Upkeep, ends it: see settle. A membership names
// the intent that wrote it last. A removed one stays for an hour as a trace, so that a slow writer
// meets it and gives up. While an intent is open, the counts include more members than there are,
// and fewer administrators, never the other way round.
//
// A deletion first marks the organization as leaving. From then on nobody sees it; its intents are
// ended, and its memberships and invitations removed. The organization itself is removed last, so
// that an interrupted deletion can be continued.
//
// A membership belongs to an incarnation of its user, and is void for any other.
package organizations
