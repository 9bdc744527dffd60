package throttle

import (
	"context"
	"errors"
	"net/netip"
)

// Messages counts messages that clients request, and guesses at the codes in them. It is safe for
// concurrent use.
type Messages struct{ logins *Logins }

// MessagesOf returns Messages that share the known addresses and devices of logins.
func MessagesOf(l *Logins) Messages { return Messages{l} }

// Part is the part of a recipient's limit that a message counts for. Each part has its own limit,
// so requests for many messages to a recipient do not stop other users' first messages to it.
type Part string

const (
	// Again is for further requests from the same source, and for messages that nobody requested.
	Again Part = ""
	// First is for the first messages that a user or an address requests.
	First Part = "first"
	// Known is for requests from an address or device that the account knows.
	Known Part = "known"
)

// firsts is how many first messages a recipient gets without a wait.
const firsts = 15

// causes say how many messages to one recipient count as first ones, per requester and per address.
type causes struct{ each, address int }

var (
	// strangers are only distinguished by address, and an attacker may have many.
	strangers = causes{each: 1, address: 5}
	// members are logged in. A member may have lost a mail or two.
	members = causes{each: 3, address: 9}
)

// Ask counts a message of a kind that somebody requests by the name of an account, without a proof,
// such as a token for a new password. There is a count for each source and account, and one for
// each address over all accounts. All requests for an account from unknown sources share a count
// that begins late and stays short, so strangers do not stop anybody else. Unknown names count in
// the same way. It returns the part for [Messages.Message], or ErrTooManyLogins.
func (ms Messages) Ask(ctx context.Context, keys Keys, kind string) (Part, error) {
	a := ms.logins.attempt(keys)
	settle := func() {
		a.shard.Lock()
		defer a.shard.Unlock()
		a.settleSource(ms.logins.cfg.Now())
	}
	if settle(); !a.known {
		known, err := ms.logins.knows(ctx, a, keys)
		if err != nil {
			return Again, err
		}
		if known {
			ms.logins.Remember(keys)
			settle()
		}
	}
	err := ms.logins.use(ctx, ms.asks(a, kind), 1)
	if a.known {
		return Known, saying(err, manyMessages)
	}
	if err != nil {
		return Again, saying(err, manyMessages)
	}
	return ms.partOf(ctx, strangers, kind, number(a.pair), keys.Addr, number(a.account))
}

// asks returns the counts that a request raises.
func (ms Messages) asks(a *Attempt, kind string) []counted {
	all := []counted{{space: recipientSpace, key: ms.logins.hash(askPairKey, []byte(kind), number(a.pair)), limit: ms.logins.cfg.Ask}}
	if a.known {
		return all
	}
	all = append(all, counted{space: accountSpace, key: ms.logins.hash(askKey, []byte(kind), number(a.account)), limit: ms.logins.cfg.Account})
	return append(all, ms.logins.ofAddress(stepAddressKey, a.keys.Addr)...)
}

// AskOwn counts a message of a kind that a logged-in user requests for a recipient that may be
// anybody's, such as a code for an unproved address. A user has one count for all recipients, an
// address one for all users; a full count stops no user's first message. Messages that others
// requested for the recipient never cause a refusal here, which would reveal them. It returns the
// same as [Messages.Ask].
func (ms Messages) AskOwn(ctx context.Context, from Source, kind, recipient string) (Part, error) {
	asker := from.asker()
	count := func(key byte, limit Limit) counted {
		return counted{space: recipientSpace, key: ms.logins.hash(key, []byte(kind), asker), limit: limit}
	}
	own := count(ownKey, ms.logins.cfg.Recipient)
	all := append(ms.logins.ofAddress(ownAddressKey, from.Addr), own)
	let, err := ms.let(ctx, all)
	if err == nil && !let {
		let, err = ms.let(ctx, []counted{own, count(ownFirstKey, ms.some(1))})
	}
	if err == nil && !let {
		err = ms.logins.use(ctx, all, 1)
	}
	if err != nil {
		return Again, saying(err, manyMessages)
	}
	return ms.Part(ctx, from, kind, recipient)
}

// asker identifies the requester: a user, or everybody at an address.
func (from Source) asker() []byte {
	if from.Kuid != "" {
		return []byte(from.Kuid)
	}
	net, _ := network(from.Addr)
	return net.AsSlice()
}

// Send counts a message that a strategy is about to send, as a further step of an attempt or, if no
// user was looked up, for the requester. It returns ErrTooManyLogins if the requester sent too
// many, and reports like [Messages.Message] whether the recipient gets it. From a source that the
// account knows, the recipient's limit does not apply.
func (ms Messages) Send(ctx context.Context, begun *Attempt, from Source, recipient string) (let bool, err error) {
	const kind = "step"
	var part Part
	if begun == nil {
		part, err = ms.AskOwn(ctx, from, kind, recipient)
	} else {
		var known bool
		known, err = ms.logins.step(ctx, begun, from.Addr)
		if !known && err == nil {
			known, err = ms.logins.knows(ctx, begun, begun.keys)
		}
		if known && err == nil {
			return true, nil
		}
		if err == nil {
			part, err = ms.partOf(ctx, strangers, kind, number(begun.pair), from.Addr, []byte(recipient))
		}
	}
	if err != nil {
		return false, err
	}
	return ms.Message(ctx, part, recipient)
}

// Part returns the part for a message of a kind that somebody sends to a recipient, such as an invitation.
// Only the recipient is limited here; the caller limits who sends. From is as in [Messages.AskOwn].
func (ms Messages) Part(ctx context.Context, from Source, kind, recipient string) (Part, error) {
	of := members
	if from.Kuid == "" {
		of = strangers
	}
	return ms.partOf(ctx, of, kind, from.asker(), from.Addr, []byte(recipient))
}

// partOf returns the part for a request: First if neither the requester nor everybody at the
// address recently had many messages sent to the recipient.
func (ms Messages) partOf(ctx context.Context, of causes, kind string, asker []byte, addr netip.Addr, recipient []byte) (Part, error) {
	all := []counted{{space: recipientSpace, key: ms.logins.hash(partKey, []byte(kind), asker, recipient), limit: ms.some(of.each)}}
	if net, ok := network(addr); ok {
		all = append(all, counted{space: recipientSpace, key: ms.logins.hash(partAddressKey, []byte(kind), net.AsSlice(), recipient), limit: ms.some(of.address)})
	}
	let, err := ms.let(ctx, all)
	if err != nil || !let {
		return Again, err
	}
	return First, nil
}

// some returns a limit for recipients that allows free messages, and the next when one of them is
// forgotten.
func (ms Messages) some(free int) Limit {
	limit := ms.logins.cfg.Recipient
	limit.Free, limit.First = free, limit.Max
	return limit
}

// Message counts a message to a recipient, and reports whether to send it. A recipient is counted
// as given, so always pass the same spelling. The requester must not learn the result, which would
// reveal other requests.
func (ms Messages) Message(ctx context.Context, part Part, recipient string) (let bool, err error) {
	if part == First {
		first := ms.logins.cfg.Recipient
		first.Free = firsts
		if let, err := ms.let(ctx, []counted{ms.message(part, recipient, first)}); let || err != nil {
			return let, err
		}
		part = Again
	}
	return ms.let(ctx, []counted{ms.message(part, recipient, ms.logins.cfg.Recipient)})
}

func (ms Messages) message(part Part, recipient string, limit Limit) counted {
	return counted{space: recipientSpace, key: ms.logins.hash(recipientKey, []byte(recipient), []byte(part)), limit: limit}
}

// let uses counts that never refuse openly, and reports whether all had room.
func (ms Messages) let(ctx context.Context, all []counted) (bool, error) {
	switch err := ms.logins.use(ctx, all, 1); {
	case errors.Is(err, ErrTooManyLogins):
		ms.logins.refused.Add(^uint64(0)) // no attempt was refused
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// Guess counts a logged-in user's try of a code that was sent to an address, before the code is
// checked, or returns ErrTooManyLogins. A user has a count for all tries; an address has one for
// wrong tries, see [Messages.GuessedWrong].
func (ms Messages) Guess(ctx context.Context, from Source) error {
	if err := ms.logins.use(ctx, ms.logins.ofAddress(guessAddressKey, from.Addr), 0); err != nil {
		return saying(err, manyCodes)
	}
	own := counted{space: pairSpace, key: ms.logins.hash(guessKey, []byte(from.Kuid)), limit: ms.logins.cfg.Pair}
	return saying(ms.logins.use(ctx, []counted{own}, 1), manyCodes)
}

// GuessedWrong counts a wrong code for the address of the client. Answer its error instead of the
// wrong code.
func (ms Messages) GuessedWrong(ctx context.Context, from Source) error {
	return saying(ms.logins.use(ctx, ms.logins.ofAddress(guessAddressKey, from.Addr), 1), manyCodes)
}
