package feed

// What caches depend on, and why they may.
//
// Every node keeps what it reads, and every node may change it. A change is
// announced, made, and told to be done. Each node writes what it announces into
// a journal of its own, one record of the changes index, by compare-and-set and
// several at once; the record "nodes" lists the journals. Every node writes its
// journal and reads all of them four times a second.
//
// The rules:
//
//  1. A change of something that may be kept is written only after its note was
//     acknowledged in a journal that the list names.
//  2. A node that reads a note forgets its subject and keeps nothing of it until
//     the note is ended, or until window has passed since it saw the note.
//     When a note ends the subject is forgotten once more.
//  3. What is kept is used only while the lease holds: one second from before
//     the beginning of the last round that read every journal.
//  4. Whoever missed notes forgets everything: when a journal's floor passed
//     what was read of it, when a journal lost what was read, when somebody left
//     the list, when another copy of the index leads. Notes that are open are
//     listed whatever their age, so that they hold for late readers too.
//
// Why that is enough. Let a note be acknowledged at a, its change take effect at
// w > a, and a node use what it kept at u > w. Its last round began at r > u-1s.
// If r > a, that round read the note: the index is read by id, in real time, and
// from a copy that showed the round's own write, so from one that belonged to
// the index after a; then the node forgot the subject, and what it kept since it
// read after the note ended, which is after w, or after window, which is
// longer than any write is tried. If r <= a, then u < a+1s < w+1s. So nothing
// older than a second is used, whoever fails: neither rule needs the other node
// to live, and no two clocks are compared, only durations on one.
//
// What if a reader read before the change and keeps it after? It was told in
// between, by the note or by its end, and a cache does not keep what it began to
// read before it was told.
//
// What if the writer stalls between note and change for longer than window?
// Others may have kept what it then changes. Its write is not sent after its
// deadline; a process that was stopped with the request on its way tells the end
// when it wakes, and the others forget within a round. Only one that stalls so
// and then dies leaves what others kept, and caches hold nothing for longer than
// a minute.
//
// What if the writer dies? Its notes stay open for window at every reader.
// A node that was quiet for longer than that is ended: its journal is removed by
// compare-and-set, and then its name. If it wakes, its next note is refused, and
// it joins under another id before it changes anything. Leaving raises a counter
// in the list, so that a node that came, wrote and went between two rounds of
// another is not missed: seeing the counter move, that one forgets everything.
