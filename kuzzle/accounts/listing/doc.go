// Package listing finds users for those who look through them: a page at a time, by a
// part of a name, by filters, in an order. In comes a [Wanted], out goes a [Page] of
// whole users. A page costs about the same however many users there are.
package listing
