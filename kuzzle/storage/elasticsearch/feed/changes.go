package feed

// The protocol that caches depend on, and why it is correct.
//
// Every node caches documents, and every node may change them. A change is
// announced, made, and then reported as done. Each node writes its announcements
// (notes) into its own journal, one record of the changes index, by
// compare-and-set and several at once. The record "nodes" lists the journals.
// Every node writes its journal and reads all of them four times a second.
//
// The rules:
//
//  1. A change of a cacheable document is written only after its note was
//     acknowledged in a journal that the list names.
//  2. A node that reads a note forgets its subject and caches nothing of it until
//     the note is ended, or until window has passed since it saw the note.
//     When a note ends the subject is forgotten once more.
//  3. A cached document is used only while the lease holds: one second from before
//     the beginning of the last round that read every journal.
//  4. A node that missed notes forgets everything: when a journal's floor passed
//     the last note it read, when a journal lost notes it had read, when a node left
//     the list, when another copy of the index leads. Open notes are listed
//     at any age, so that they hold for late readers too.
//
// Why that is enough. Let a note be acknowledged at time a, let its change take
// effect at w > a, and let a node use a cached document at u > w. The node's
// last round began at r > u-1s. If r > a, that round read the note: the index is
// read by id, in real time, and from a copy that showed the round's own write,
// so from one that belonged to the index after a. Then the node forgot the
// subject. A document that it cached since was read after the note ended, which
// is after w, or after window, which is longer than any write is tried. If r <=
// a, then u < a+1s < w+1s. So no node uses a document older than a second,
// whichever node fails: neither rule needs the other node to live, and clocks of
// two nodes are never compared, only durations on one.
//
// A reader may read before the change and cache the document after it. It got a
// notification in between, by the note or by its end, and a cache does not store
// a document whose read began before a notification.
//
// A writer may stall between note and change for longer than window. Other nodes
// may then have cached the document that it changes. Its write is not sent after
// its deadline. A process that was stopped with the request on its way reports
// the end when it wakes, and the others forget within a round. Only a writer
// that stalls in this way and then dies leaves cached documents at others, and
// caches hold nothing for longer than a minute.
//
// A writer may die. Its notes stay open for window at every reader. A node that
// was quiet for longer than that is removed: its journal is deleted by
// compare-and-set, and then its name. If it wakes, its next note is refused, and
// it joins under another id before it changes anything. Each removal raises a
// counter in the list. So a node that came, wrote and left between two rounds of
// another is not missed: the other sees the counter change and forgets
// everything.
