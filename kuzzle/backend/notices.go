package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	attemptcodes "github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// noticeFor is how long the delivery of a notice is tried.
	noticeFor = 24 * time.Hour
	// notifyTimeout is how long a webhook may take for one notice.
	notifyTimeout = 20 * time.Second
)

// notices sends messages to users about events of their accounts. Notices wait in the
// store, so that a restart loses none. The address is read when a notice is sent.
type notices struct {
	queue  *queue.Queue
	texts  *notify.Texts
	sender notify.Channels
	users  *users.Users
	codes  *contacts.Contacts
	// attempts are the codes of sign-ins and sign-ups, whose users names finds.
	attempts *attemptcodes.Codes
	names    *users.Names
	// tickets are the invitations to send.
	tickets *tickets.Tickets
	host    func(strategy string) strategies.Host
	all     *registry.Registry
	limits  throttle.Messages
	log     *slog.Logger
	// unproved is set if unverified addresses get messages.
	unproved bool
	// suspicions watches failed logins.
	suspicions *suspicions
}

// notice is an item of the queue.
type notice struct {
	Kind string `json:"kind"`
	// Kuid is the user, if known.
	Kuid string `json:"kuid,omitempty"`
	// Strategy writes the notice for the user who has the name when it is sent.
	Strategy string                `json:"strategy,omitempty"`
	Name     strategies.Identifier `json:"name,omitzero"`
	// Contact is the id of the user's contact for a code.
	Contact string `json:"contact,omitempty"`
	// Code is the id of the code of a sign-in or a sign-up; Link is then the address before it.
	Code string `json:"code,omitempty"`
	// Ticket is the id of the invitation, and Link its link.
	Ticket       string `json:"ticket,omitempty"`
	Organization string `json:"organization,omitempty"`
	Link         string `json:"link,omitempty"`
	// Channel and To are the destination, if it is not the address that the user has when
	// the notice is sent.
	Channel notify.Channel `json:"channel,omitempty"`
	To      string         `json:"to,omitempty"`
	// Proved is set if To was verified when the notice was made.
	Proved bool `json:"proved,omitempty"`
	// Part is the part of the recipient's limit that it counts for.
	Part throttle.Part `json:"part,omitempty"`
	// Values are further values for the text; none is a secret.
	Values map[string]string `json:"values,omitempty"`
}

// openNotices makes the notices unless no channel is configured.
func (app *App) openNotices() error {
	cfg := app.config.Notify
	sender := notify.Channels{}
	for channel, way := range map[notify.Channel]string{notify.Mail: cfg.Mail, notify.SMS: cfg.SMS} {
		if made := app.sender(way); made != nil {
			sender[channel] = made
		}
	}
	if len(sender) == 0 {
		return nil
	}
	own, err := app.noticeTexts()
	if err != nil {
		return err
	}
	texts, err := notify.LoadTexts(cfg.Texts, own)
	if err != nil {
		return fmt.Errorf("notify.texts: %w", err)
	}
	app.notices = &notices{
		queue: queue.New(queue.Options{Store: app.store, Sealer: app.sealer, Name: "notices", Node: app.node, Now: app.now, Log: app.log, In: storage.Outbox}),
		texts: texts, sender: sender, users: app.accounts.Users, names: app.accounts.Names, codes: app.accounts.Contacts, attempts: app.accounts.Codes, tickets: app.accounts.Tickets,
		host: app.accounts.Logins.Host, all: app.accounts.Registry, limits: throttle.MessagesOf(app.logins), log: app.log,
		unproved: cfg.Unproved, suspicions: newSuspicions(cfg.FailedLogins, app.now, app.log),
	}
	app.notices.suspicions.follow(app.bus)
	return nil
}

// noticeTexts returns the texts of strategies.
func (app *App) noticeTexts() (map[string]string, error) {
	own := map[string]string{}
	for _, strategy := range app.accounts.Registry.Strategies() {
		with, ok := app.accounts.Registry.Strategy(strategy).(strategies.NoticeTexts)
		if !ok {
			continue
		}
		for name, text := range with.NoticeTexts() {
			if _, taken := own[name]; taken {
				return nil, fmt.Errorf("strategies.%s: another strategy already has a text %s", strategy, name)
			}
			own[name] = text
		}
	}
	return own, nil
}

// sender returns the sender of a setting of notify, nil for off.
func (app *App) sender(way string) notify.Sender {
	cfg := app.config.Notify
	switch way {
	case "smtp":
		server := cfg.SMTP
		return &notify.SMTP{Address: server.Address, TLS: server.TLS, Username: server.Username, Password: string(server.Password), From: cfg.From, Now: app.now}
	case "webhook":
		return &notify.Webhook{URL: cfg.Webhook.URL, Secret: string(cfg.Webhook.Secret), Now: app.now, Client: &http.Client{
			Timeout: notifyTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}}
	case "log":
		return notify.Log{Log: app.log, Open: app.config.Dev}
	}
	if app.config.Dev {
		return notify.Log{Log: app.log, Open: true}
	}
	return nil
}

// notifies reports whether the configuration sends any messages to users.
func (app *App) notifies() bool {
	return app.sender(app.config.Notify.Mail) != nil || app.sender(app.config.Notify.SMS) != nil
}

// changes maps events about credentials to the change of a second factor.
var changes = map[string]string{
	events.CredentialsCreated: "added", events.CredentialsUpdated: "changed", events.CredentialsDeleted: "removed",
}

// about returns a user's notices of an event: of a new password, and of every change of a
// second factor or a contact. A login that uses up a backup code is not such an event.
func (n *notices) about(was *users.User, event events.Event) []notice {
	if change := contactChanges[event.Name]; change != "" {
		return n.aboutContact(was, event, change)
	}
	name, _ := event.Data[events.Strategy].(string)
	strategy, change := n.all.Strategy(name), changes[event.Name]
	changed, _ := event.Data[events.Changed].([]string)
	if strategy == nil || event.Name == events.CredentialsUpdated && !slices.Contains(changed, events.SecretChanged) {
		return nil
	}
	_, password := strategy.(strategies.PasswordVerifier)
	switch {
	case password && (change != "" || event.Name == events.PasswordReset):
		return []notice{{Kind: notify.PasswordChanged, Kuid: event.Subject.ID}}
	case n.all.SecondFactor(name) != nil && change != "":
		return []notice{{Kind: notify.FactorChanged, Kuid: event.Subject.ID, Values: map[string]string{"Factor": name, "Change": change}}}
	}
	return nil
}

// notify queues a notice that a strategy requested.
func (app *App) notify(ctx context.Context, strategy string, asked strategies.Notice, part throttle.Part) error {
	if app.notices == nil {
		return strategies.ErrNotifyOff.New()
	}
	return app.notices.put(ctx, "", asked.For, notice{Kind: asked.Kind, Strategy: strategy, Name: asked.Name, Part: part})
}

// item returns a notice as an item of the queue, to be tried for the duration within.
// Items with one key are sent in order.
func (what notice) item(key string, within time.Duration) (queue.Item, error) {
	payload, err := json.Marshal(what)
	return queue.Item{Key: key, Payload: payload, For: within}, err
}

// message returns a notice for the Outbox of a change.
func (n *notices) message(key string, within time.Duration, what notice) (storage.Document, error) {
	item, err := what.item(key, within)
	if err != nil {
		return storage.Document{}, err
	}
	return n.queue.Message(item)
}

func (n *notices) put(ctx context.Context, key string, within time.Duration, what notice) error {
	item, err := what.item(key, within)
	if err != nil {
		return err
	}
	return n.queue.Put(ctx, item)
}

// deliver sends a notice to the present address of its user. It sends nothing to users who
// have no address, are deleted, banned or locked, or got too many messages.
func (n *notices) deliver(ctx context.Context, item queue.Item) error {
	var what notice
	if err := json.Unmarshal(item.Payload, &what); err != nil {
		return errors.Join(queue.ErrGiveUp, err)
	}
	if what.Code != "" {
		return n.sendAttempt(ctx, item, what)
	}
	if what.Ticket != "" {
		return n.sendInvitation(ctx, item, what)
	}
	u, found, err := n.recipient(ctx, what)
	if err != nil || u == nil {
		return err
	}
	channel, to := n.address(u)
	switch {
	case what.Contact != "":
		c, err := n.codes.Unverified(ctx, what.Kuid, what.Contact)
		if err != nil || c == nil {
			return err
		}
		channel, to = channelOf[c.Kind], c.Value
	case what.To != "":
		channel, to = what.Channel, what.To
	}
	// A strategy's notice may let its reader in.
	if c := provedContact(u, channel, to); to == "" || n.sender[channel] == nil || what.Strategy != "" && c != nil && c.SecondFactor {
		return nil
	}
	return n.let(ctx, item, what, to, func() error {
		values, ok, err := n.values(ctx, item, what, found)
		if err != nil || !ok {
			return err
		}
		values["Name"] = called(u, channel, to, what.Proved)
		return n.send(ctx, channel, what.Kind, to, values)
	})
}

// values returns the values for the text of a notice; ok is false if it is not to be sent after all.
func (n *notices) values(ctx context.Context, item queue.Item, what notice, found strategies.Found) (values map[string]string, ok bool, err error) {
	values = maps.Clone(what.Values)
	if what.Strategy != "" {
		writer, ok := n.all.Strategy(what.Strategy).(strategies.NoticeWriter)
		if !ok {
			return nil, false, fmt.Errorf("the strategy %s sends no notices: %w", what.Strategy, queue.ErrGiveUp)
		}
		values, ok, err = writer.WriteNotice(ctx, what.Kind, found)
		if err != nil || !ok {
			return nil, false, err
		}
	}
	if values == nil {
		values = map[string]string{}
	}
	if what.Contact != "" {
		code, err := n.code(ctx, what, item)
		if err != nil || code == nil {
			return nil, false, err
		}
		maps.Copy(values, code)
	}
	return values, true, nil
}

// counted marks a failed item whose message the recipient's limit counted.
const counted = "counted"

// let has a message sent if its recipient may get another one of its kind. Several tries of one notice
// count as one message. A try that failed before, such as one that could not read the user, is not counted: so the item itself
// says whether it was. Each kind has its own count, so that many requests for one kind do not block
// another.
func (n *notices) let(ctx context.Context, item queue.Item, what notice, to string, send func() error) error {
	if item.Last != counted {
		let, err := n.limits.Message(ctx, what.Part, what.Kind+":"+users.Fold(to))
		if err == nil && !let {
			n.log.InfoContext(ctx, "a message was not sent, because its recipient got too many", "kuid", what.Kuid, "kind", what.Kind)
		}
		if err != nil || !let {
			return err
		}
	}
	if err := send(); err != nil {
		return queue.Saying(counted, err)
	}
	return nil
}

func (n *notices) send(ctx context.Context, channel notify.Channel, kind, to string, values map[string]string) error {
	message, err := n.texts.Make(channel, kind, to, values)
	if err == nil {
		err = n.sender.Send(ctx, message)
	}
	if errors.Is(err, notify.ErrRefused) {
		return errors.Join(queue.ErrGiveUp, err)
	}
	return err
}

// recipient returns the user of a notice, nil if there is none.
func (n *notices) recipient(ctx context.Context, what notice) (u *users.User, found strategies.Found, err error) {
	kuid := what.Kuid
	if what.Strategy != "" {
		if n.all.Strategy(what.Strategy) == nil {
			return nil, found, nil
		}
		var ok bool
		found, ok, err = n.host(what.Strategy).FindByIdentifier(ctx, what.Name)
		if err != nil || !ok {
			return nil, found, err
		}
		kuid = found.Kuid
	}
	u, err = n.users.Current(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return nil, found, nil
	}
	if err == nil && what.Strategy != "" && u.MayEnter(n.users.Now()) != nil {
		return nil, found, nil
	}
	return u, found, err
}

// testMail is a settings.Mailer.
func (app *App) testMail(ctx context.Context, to string) (is bool, err error) {
	if app.notices == nil || app.notices.sender[notify.Mail] == nil {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	return true, app.notices.send(ctx, notify.Mail, notify.Test, to, map[string]string{"Name": to})
}
