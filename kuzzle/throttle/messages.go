package throttle

import (
	"context"
	"errors"
	"net/netip"
)

// Messages counts what is sent since somebody asked for it, and guesses at the codes in
// it. It is safe for concurrent use.
type Messages struct{ logins *Logins }

// MessagesOf counts beside logins, which know the places of accounts.
func MessagesOf(l *Logins) Messages { return Messages{l} }

// Part is the part of a recipient's messages that one of them counts for. Each part
// has a limit of its own. So whoever asks for many messages to somebody keeps no one
// else's first messages from that recipient.
type Part string

const (
	// Again is for what the same cause has asked for before, and for messages that
	// nobody asked for.
	Again Part = ""
	// First is for the first messages that a user, or a place, asks for.
	First Part = "first"
	// Known is for what is asked for from a place that the account knows.
	Known Part = "known"
)

// firsts is how many first messages a recipient gets at once.
const firsts = 15

// causes say how many messages to one recipient count as first ones of whoever asks, and
// of all who ask at one address.
type causes struct{ each, address int }

var (
	// strangers are told apart by their places alone, of which one may have many.
	strangers = causes{each: 1, address: 5}
	// members are logged in. One of them may have lost a mail or two.
	members = causes{each: 3, address: 9}
)

// Ask counts a message of a kind that somebody asks for by the name of an account, and
// proves nothing for, such as a token for a new password. Whoever asks has a count of
// their own for each account, and an address one for all; all who ask for one account
// from places that it does not know share one that begins late and stays short. So a
// stranger keeps nobody else from asking. Names that nobody has count alike. It answers
// the part of the recipient, for [Messages.Message], or ErrTooManyLogins.
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

// asks are the counts that asking raises.
func (ms Messages) asks(a *Attempt, kind string) []counted {
	all := []counted{{space: recipientSpace, key: ms.logins.hash(askPairKey, []byte(kind), number(a.pair)), limit: ms.logins.cfg.Ask}}
	if a.known {
		return all
	}
	all = append(all, counted{space: accountSpace, key: ms.logins.hash(askKey, []byte(kind), number(a.account)), limit: ms.logins.cfg.Account})
	return append(all, ms.logins.ofAddress(stepAddressKey, a.keys.Addr)...)
}

// AskOwn counts a message of a kind that somebody who is logged in asks for, to a
// recipient that may be anybody's, such as a code for an address that is not proved
// yet. A user has one count for all recipients, an address one for all users; one that
// is full keeps no user from a first message. Nothing is refused here for what others
// had sent to the recipient: that would tell that they asked. It answers as [Messages.Ask]
// does.
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
	of := members
	if from.Kuid == "" {
		of = strangers
	}
	return ms.partOf(ctx, of, kind, asker, from.Addr, []byte(recipient))
}

// asker is who asks: a user, or whoever is at an address.
func (from Source) asker() []byte {
	if from.Kuid != "" {
		return []byte(from.Kuid)
	}
	net, _ := network(from.Addr)
	return net.AsSlice()
}

// Send counts a message that a strategy is about to send to a recipient, as a further
// step of an attempt or, where nobody was looked up, for whoever asks. It answers
// ErrTooManyLogins for what they had sent themselves, and reports as [Messages.Message]
// does whether the recipient gets it. A place that the account knows is not limited by
// the recipient.
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

// partOf finds the part for what somebody asks for: the first one where neither they nor
// all at their address had many messages sent to the recipient of late.
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

// some is a limit of recipients that lets so many through, and the next when one of
// them is forgotten.
func (ms Messages) some(free int) Limit {
	limit := ms.logins.cfg.Recipient
	limit.Free, limit.First = free, limit.Max
	return limit
}

// Message counts what is about to be sent to a recipient, and reports whether it may be.
// A recipient is counted as given, so pass one spelling of it. Whoever asked for the
// message must not learn the answer: it tells what others asked for.
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

// let uses counts of which a full one refuses nobody in words.
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

// Guess counts a try of somebody who is logged in to guess a code that was sent to an
// address, before the code is judged, or answers ErrTooManyLogins. A user has a count of
// their own. An address has one of the tries that were wrong: see [Messages.GuessedWrong].
func (ms Messages) Guess(ctx context.Context, from Source) error {
	if err := ms.logins.use(ctx, ms.logins.ofAddress(guessAddressKey, from.Addr), 0); err != nil {
		return saying(err, manyCodes)
	}
	own := counted{space: pairSpace, key: ms.logins.hash(guessKey, []byte(from.Kuid)), limit: ms.logins.cfg.Pair}
	return saying(ms.logins.use(ctx, []counted{own}, 1), manyCodes)
}

// GuessedWrong counts a wrong code for the address of whoever tried it. Its error is to
// be answered instead of saying that the code was wrong.
func (ms Messages) GuessedWrong(ctx context.Context, from Source) error {
	return saying(ms.logins.use(ctx, ms.logins.ofAddress(guessAddressKey, from.Addr), 1), manyCodes)
}
