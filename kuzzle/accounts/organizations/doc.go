// Package organizations keeps organizations, their members and whom they invite.
//
// Each of the three is a document of its own. A membership has an id that follows from
// the organization and the user, so that nobody is a member twice. The organization has
// the numbers of its members and administrators, which change by compare-and-set, so
// that neither its limit is exceeded nor its last administrator goes by two requests at
// once.
//
// A change of membership is three commits:
//
//	organization: an intent is noted, and a place is taken or an administrator given up
//	membership:   it is made, changed or removed, and names the intent
//	organization: the intent is let go of, and the numbers say what is now
//
// An intent is a lock on its membership. Whoever is killed in between leaves one; the
// next who wants that membership, or Upkeep, ends it: see settle. A membership names the
// intent that wrote it last, and one that was removed stays for an hour as a trace of it,
// so that a slow writer meets it and gives up. While an intent is open more members are
// counted than there are, and fewer administrators, never the other way round.
//
// An organization that is deleted is first marked as leaving. From then on it is there
// for nobody, its intents are ended, and its memberships and invitations are removed;
// the organization itself goes last, so that an interrupted deletion is taken up again.
//
// A membership belongs to an incarnation of its user and works for no other.
package organizations
