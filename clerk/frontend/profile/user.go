package profile

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// user returns the actions on the user.
func (c *controller) user() []api.Declared {
	return []api.Declared{
		api.Action[api.None, frontend.Answer]{
			Name: frontend.GetMe, Routes: api.Routes{"GET /me"}, Summary: "Returns the signed-in user.", Secret: true, Run: c.get,
		},
		api.Action[update, frontend.Answer]{
			Name: "updateMe", Routes: api.Routes{"PATCH /me"}, Summary: "Changes names and primary addresses of the signed-in user.", Secret: true, Run: c.update,
		},
		api.Action[metadataChange, frontend.Answer]{
			Name: "mergeMyMetadata", Routes: api.Routes{"PATCH /me/metadata"}, Summary: "Merges unsafe metadata into the signed-in user's; null removes a key.", Secret: true, Run: c.mergeMetadata,
		},
	}
}

func (c *controller) get(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	return c.shown(ctx, s, s.live.User, nil)
}

// update has the arguments of updateMe. An absent one changes nothing; an empty one clears.
type update struct {
	FirstName    edge.Text `body:"first_name"`
	LastName     edge.Text `body:"last_name"`
	Username     edge.Text `body:"username"`
	PrimaryEmail edge.Text `body:"primary_email_address_id"`
	PrimaryPhone edge.Text `body:"primary_phone_number_id"`
	Unsafe       edge.Text `body:"unsafe_metadata"`
}

// Parameters.
const (
	firstNameParam = "first_name"
	lastNameParam  = "last_name"
	usernameParam  = "username"
	unsafeParam    = "unsafe_metadata"
)

func (c *controller) update(ctx context.Context, req *api.Request, args update) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	var j edge.Judging
	in := credentials.Edit{Visible: true, Primary: map[string]string{}}
	first, last := j.Text(firstNameParam, args.FirstName, users.MaxDetail), j.Text(lastNameParam, args.LastName, users.MaxDetail)
	var username *string
	if name := strings.TrimSpace(args.Username.Value); args.Username.Given {
		if username = &name; name != "" {
			j.Username(usernameParam, name)
		}
	}
	in.Details = func(d *users.Details) {
		if args.FirstName.Given {
			d.FirstName = first
		}
		if args.LastName.Given {
			d.LastName = last
		}
	}
	r := c.Users.Rules.Now()
	needs(&j, []attribute{{firstNameParam, r.FirstName, args.FirstName}, {lastNameParam, r.LastName, args.LastName}, {usernameParam, r.Username, args.Username}})
	for _, k := range []kind{email, phone} {
		if id := args.primary(k).Value; id != "" {
			in.Primary[k.domain] = id
		}
	}
	if args.Unsafe.Given && edge.AtLeast(req, edge.MetadataApart) {
		j.Refuse(edge.Deprecated, unsafeParam)
	} else if args.Unsafe.Value != "" {
		in.Metadata = metadata(&j, args.Unsafe)
	}
	if err := j.Err(); err != nil {
		return frontend.Answer{}, err
	}
	now, err := c.Accounts.Edits.EditOwn(ctx, s.by, in, username)
	return c.shown(ctx, s, &now, args.refusal(err))
}

func (args *update) primary(k kind) edge.Text {
	if k == email {
		return args.PrimaryEmail
	}
	return args.PrimaryPhone
}

// refusal adds the parameter to the fault about a contact that cannot be primary.
func (args *update) refusal(err error) error {
	to := edge.ReferenceNotFound
	switch {
	case errors.Is(err, users.ErrContactNotFound):
	case errors.Is(err, users.ErrContactNotVerified):
		to = edge.VerificationNeeded
	default:
		return err
	}
	param := email.primary
	if args.PrimaryEmail.Value == "" {
		param = phone.primary
	}
	return edge.Refusal(to, param)
}

// attribute is an attribute of users, as it was given.
type attribute struct {
	param string
	need  rules.Need
	given edge.Text
}

// needs refuses attributes that are off, and empty ones that the instance requires.
func needs(j *edge.Judging, all []attribute) {
	var missing []string
	for _, one := range all {
		switch empty := strings.TrimSpace(one.given.Value) == ""; {
		case one.need == rules.Off && !empty:
			j.Refuse(edge.Unknown, one.param)
		case one.need == rules.Required && one.given.Given && empty:
			missing = append(missing, one.param)
		}
	}
	if len(missing) > 0 {
		j.RefuseFirst(edge.DataMissing.New(missing))
	}
}

type metadataChange struct {
	Unsafe edge.Text `body:"unsafe_metadata"`
}

func (c *controller) mergeMetadata(ctx context.Context, req *api.Request, args metadataChange) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	var j edge.Judging
	in := credentials.Edit{Visible: true, Merge: true}
	if args.Unsafe.Value != "" {
		in.Metadata = metadata(&j, args.Unsafe)
	}
	if err := j.Err(); err != nil {
		return frontend.Answer{}, err
	}
	now, err := c.Accounts.Edits.EditOwn(ctx, s.by, in, nil)
	return c.shown(ctx, s, &now, err)
}

// metadata returns the change of the metadata that users write themselves, which forms have as JSON.
func metadata(j *edge.Judging, given edge.Text) map[string]any {
	var value map[string]any
	if err := json.Unmarshal([]byte(given.Value), &value); err != nil || value == nil {
		j.Refuse(edge.ValueInvalid, unsafeParam)
		return nil
	}
	return j.Metadata([]edge.Metadata{{Kind: users.UnsafeMetadata, Given: edge.Object{Value: value, Nullable: edge.Nullable{Given: true}}}})
}
