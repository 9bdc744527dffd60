// Package verify declares the actions of Clerk's Frontend API behind links in mails. A link shows a page
// with a button, since programs that look into mails follow links. The button opens the link, and leads
// back to the application. The link of a ticket leads there at once, with the ticket.
package verify
