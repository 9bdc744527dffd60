// Package listing finds users for administrators: in pages, by a part of a name, by filters, in an
// order. It takes a [Wanted] and returns a [Page] of whole users. The cost of a page does not
// depend on the number of users.
package listing
