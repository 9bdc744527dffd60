// Package clients stores browsers in which people are logged in: the sessions of each one, and its
// unfinished sign-in and sign-up.
//
// A browser is known by a token, of which the store has only a fingerprint. The token changes
// whenever somebody begins to sign in or up, proves a factor or an address, or gets a session, so that a token
// that was planted in a browser before gives nobody that session, nor a use of the proof. It begins with the client's id, so that a client is read by id; a changed
// token is a changed fingerprint in the same document, and the former one is refused at once. Only
// [Clients.FindFormer] still takes it for some seconds, for requests under way; it shows the state from
// before, and changes nothing.
//
// [Clients.Draw] makes tokens for browsers that have no cookies. Nothing is stored for them until
// somebody begins to sign in: they contain a proof that this instance made them.
//
// A client does not make its sessions valid. Each has its own end, and ends with its user; the list
// may name sessions that are gone. The sign-in and the sign-up are values of the packages signins
// and signups.
package clients
