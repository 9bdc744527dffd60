package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type users struct {
	Create createUser  `cmd:"" help:"Create a user."`
	Get    getUser     `cmd:"" help:"Show a user."`
	Find   findUser    `cmd:"" help:"Find the user with a name, an e-mail address or a phone number."`
	List   listUsers   `cmd:"" help:"List users, one a line."`
	Delete deleteUsers `cmd:"" help:"Delete users with their credentials, sessions and API keys."`
	Ban    banUsers    `cmd:"" help:"End all sessions of users and refuse their logins and API keys."`
	Unban  unbanUsers  `cmd:"" help:"Lift the ban of users."`
	Lock   lockUsers   `cmd:"" help:"Refuse further logins of users; their sessions go on."`
	Unlock unlockUsers `cmd:"" help:"Let locked users log in again."`

	SetPassword setPassword `cmd:"" help:"Give a user a new password, or a first one."`

	Contact  userContacts `cmd:"" help:"List, add, verify and remove e-mail addresses and phone numbers of users."`
	Metadata userMetadata `cmd:"" help:"Read and change metadata of users."`
	Picture  userPictures `cmd:"" help:"Set and remove the pictures of users."`
}

type createUser struct {
	config.Flags
	ID      string   `name:"id" placeholder:"KUID" help:"Id of the user; random by default."`
	Profile []string `default:"default" sep:"none" placeholder:"PROFILE" help:"Profile to give the user. May be repeated."`
	login
	Content string `placeholder:"JSON" default:"{}" help:"Further content, such as '{\"fullname\":\"John Doe\"}'."`
	JSON    bool   `name:"json" help:"Print JSON, as security:createUser answers it."`
}

// Run creates one user.
func (c *createUser) Run(ctx context.Context, at console) error {
	content, err := object("content", c.Content)
	if err != nil {
		return err
	}
	if _, given := content["profileIds"]; given {
		return usageError("--content: give the profiles with --profile")
	}
	content["profileIds"] = c.Profile
	return c.login.create(ctx, at, creation{flags: c.Flags, action: "createUser", id: c.ID, content: content, json: c.JSON})
}

// creation is the common part of commands that create users.
type creation struct {
	flags   config.Flags
	action  string
	id      string
	args    map[string]any
	content map[string]any
	json    bool
	// remark ends the line that says that it is done.
	remark string
	// otherwise, if not nil, returns another creation to try where this one is refused.
	otherwise func(*refusal, creation) (creation, bool)
}

// ask has a server create the user.
func (c *creation) ask(ctx context.Context, server operator, credentials map[string]any) (json.RawMessage, error) {
	args := map[string]any{}
	maps.Copy(args, c.args)
	if c.id != "" {
		args["_id"] = c.id
	}
	return call(ctx, server, c.action, args, map[string]any{"content": c.content, "credentials": credentials})
}

func (l *login) create(ctx context.Context, at console, c creation) error {
	credentials, err := l.credentials(at)
	if err != nil {
		return err
	}
	server, err := reach(ctx, c.flags, creating)
	if err != nil {
		return err
	}
	defer server.close()
	result, err := c.ask(ctx, server, credentials)
	var refused *refusal
	if c.otherwise != nil && errors.As(err, &refused) {
		if other, is := c.otherwise(refused, c); is {
			c = other
			result, err = c.ask(ctx, server, credentials)
		}
	}
	if err != nil {
		return err
	}
	if c.json {
		return at.printJSON(result)
	}
	var made document
	if err := json.Unmarshal(result, &made); err != nil {
		return err
	}
	_, err = fmt.Fprintf(at.out, "created %s with %s%s\n", made.ID, profilesOf(made.Source), c.remark)
	return err
}

type getUser struct {
	config.Flags
	ID   string `arg:"" name:"kuid" help:"Id of the user."`
	JSON bool   `name:"json" help:"Print JSON, as security:getUser answers it."`
}

// Run prints one user.
func (g *getUser) Run(ctx context.Context, at console) error {
	server, err := reach(ctx, g.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	args := map[string]any{"_id": g.ID, "account": true}
	result, err := call(ctx, server, "getUser", args, nil)
	if err != nil {
		return err
	}
	if g.JSON {
		return at.printJSON(result)
	}
	logins, err := call(ctx, server, "getUserStrategies", args, nil)
	if err != nil {
		return err
	}
	return at.printUser(result, logins)
}

func (at console) printUser(result, logins json.RawMessage) error {
	var user document
	var by struct{ Strategies []string }
	if err := errors.Join(json.Unmarshal(result, &user), json.Unmarshal(logins, &by)); err != nil {
		return err
	}
	table := at.table()
	fmt.Fprintf(table, "id\t%s\nprofiles\t%s\nlogs in as\t%s\nlogs in by\t%s\n",
		user.ID, listed(user.Source["profileIds"]), user.Account, strings.Join(by.Strategies, ", "))
	if user.LastSignInAt != 0 {
		fmt.Fprintf(table, "last login\t%s\n", moment(user.LastSignInAt))
	}
	for _, standing := range []struct {
		name         string
		since, until int64
	}{{"banned", user.Standing.BannedAt, 0}, {"locked", user.Standing.LockedAt, user.Standing.LockedUntil}} {
		if standing.since == 0 {
			continue
		}
		fmt.Fprintf(table, "%s\tsince %s", standing.name, moment(standing.since))
		if standing.until != 0 {
			fmt.Fprintf(table, " until %s", moment(standing.until))
		}
		fmt.Fprintln(table)
	}
	for _, name := range slices.Sorted(maps.Keys(user.Source)) {
		if name == "profileIds" || name == "_kuzzle_info" {
			continue
		}
		value, err := json.Marshal(user.Source[name])
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%s\n", cell.Replace(name), value)
	}
	return table.Flush()
}

// moment formats a time in epoch milliseconds.
func moment(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

type findUser struct {
	config.Flags
	Name string `arg:"" help:"User name, e-mail address or phone number with which the user can log in, or a reserved one."`
	JSON bool   `name:"json" help:"Print JSON, as security:findUser answers it."`
}

// Run prints the user in the form of list.
func (f *findUser) Run(ctx context.Context, at console) error {
	server, err := reach(ctx, f.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	raw, err := call(ctx, server, "findUser", map[string]any{"name": f.Name}, nil)
	if err != nil {
		return err
	}
	if f.JSON {
		return at.printJSON(raw)
	}
	var found document
	if err := json.Unmarshal(raw, &found); err != nil {
		return err
	}
	if raw, err = call(ctx, server, "getUser", map[string]any{"_id": found.ID, "account": true}, nil); err != nil {
		return err
	}
	var user document
	if err := json.Unmarshal(raw, &user); err != nil {
		return err
	}
	return at.printLine(user.ID, texts(user.Source["profileIds"]), user.Account)
}

type deleteUsers struct{ someUsers }

// Run deletes users.
func (d *deleteUsers) Run(ctx context.Context, at console) error {
	return d.each(ctx, at, "deleteUser", "deleted", nil)
}

// someUsers are the arguments of commands on existing users.
type someUsers struct {
	config.Flags
	IDs []string `arg:"" name:"kuid" help:"Ids of the users."`
}

// each runs an action for the users one by one and stops at the first refusal. args
// are the arguments besides the user's id.
func (s *someUsers) each(ctx context.Context, at console, action, done string, args map[string]any) error {
	server, err := reach(ctx, s.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	for _, id := range s.IDs {
		of := map[string]any{"_id": id}
		maps.Copy(of, args)
		result, err := call(ctx, server, action, of, nil)
		if err != nil {
			return err
		}
		var now struct{ LockedUntil int64 }
		if err := json.Unmarshal(result, &now); err != nil {
			return err
		}
		end := ""
		if now.LockedUntil != 0 && len(args) > 0 {
			end = " until " + moment(now.LockedUntil)
		}
		if _, err := fmt.Fprintf(at.out, "%s %s%s\n", done, id, end); err != nil {
			return err
		}
	}
	return nil
}

type (
	banUsers   struct{ someUsers }
	unbanUsers struct{ someUsers }
	lockUsers  struct {
		someUsers
		For time.Duration `placeholder:"TIME" help:"How long the locks last, such as 30m or 7d; without it until they are lifted."`
	}
	unlockUsers struct{ someUsers }
)

// Run bans users.
func (b *banUsers) Run(ctx context.Context, at console) error {
	return b.each(ctx, at, "banUser", "banned", nil)
}

// Run lifts the ban of users.
func (u *unbanUsers) Run(ctx context.Context, at console) error {
	return u.each(ctx, at, "unbanUser", "unbanned", nil)
}

// Run locks users.
func (l *lockUsers) Run(ctx context.Context, at console) error {
	args := map[string]any{}
	if l.For != 0 {
		args["expiresIn"] = l.For.Milliseconds()
	}
	return l.each(ctx, at, "lockUser", "locked", args)
}

// Run unlocks users.
func (u *unlockUsers) Run(ctx context.Context, at console) error {
	return u.each(ctx, at, "unlockUser", "unlocked", nil)
}

func profilesOf(source map[string]any) string {
	list := listed(source["profileIds"])
	if strings.Contains(list, ", ") {
		return "the profiles " + list
	}
	return "the profile " + list
}

// listed writes a list of texts.
func listed(value any) string { return strings.Join(texts(value), ", ") }

// texts reads a list of texts.
func texts(value any) []string {
	list, _ := value.([]any)
	texts := make([]string, len(list))
	for i := range list {
		texts[i] = fmt.Sprint(list[i])
	}
	return texts
}
