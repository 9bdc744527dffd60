package templates

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
	domain "github.com/gokuzzle/kuzzle/kuzzle/token/templates"
)

const (
	// Name is the name of the controller.
	Name = "clerk-templates"
	// object is the name of the shape.
	object = "jwt_template"
)

// Deps are the dependencies of the actions.
type Deps struct {
	Accounts  *accounts.Accounts
	Templates *domain.Templates
	Sealer    *token.Sealer
	Dialect   *api.Dialect
}

type controller struct{ Deps }

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name: Name, About: "Templates of tokens for other services, in the shapes of Clerk's Backend API.", Dialect: deps.Dialect,
		Actions: []api.Declared{
			declare("getJwtTemplateList", "GET /jwt_templates", "Lists templates.", c.list),
			declare("createJwtTemplate", "POST /jwt_templates", "Makes a template.", c.create),
			declare("getJwtTemplate", "GET /jwt_templates/{template_id}", "Reads a template.", c.get),
			declare("updateJwtTemplate", "PATCH /jwt_templates/{template_id}", "Changes a template.", c.update),
			declare("deleteJwtTemplate", "DELETE /jwt_templates/{template_id}", "Deletes a template. Tokens made from it stay valid.", c.delete),
		},
	}
}

// declare returns an action whose faults become Clerk's errors.
func declare[A, R any](name, route, summary string, run func(context.Context, *api.Request, A) (R, error)) api.Declared {
	return api.Action[A, R]{Name: name, Routes: api.Routes{route}, Summary: summary, Run: func(ctx context.Context, req *api.Request, args A) (R, error) {
		result, err := run(ctx, req, args)
		return result, refusals.Of(err)
	}}
}

// refusals maps faults of the domain to Clerk's errors, about param.
var refusals = edge.Refusals{
	{domain.ErrName, edge.FormatInvalid, nameParam},
	{domain.ErrTaken, edge.AlreadyExists, nameParam},
	{domain.ErrReserved, edge.ReservedClaim, claimsParam},
	{domain.ErrTooLarge, edge.SizeExceeded, claimsParam},
	{domain.ErrLifetime, edge.ValueInvalid, "lifetime"},
	{domain.ErrSkew, edge.ValueInvalid, "allowed_clock_skew"},
	{domain.ErrAlgorithm, edge.ValueInvalid, algorithmParam},
	{domain.ErrKey, edge.ValueInvalid, keyParam},
}

// Parameters that occur in several places.
const (
	nameParam      = "name"
	claimsParam    = "claims"
	algorithmParam = "signing_algorithm"
	keyParam       = "signing_key"
)

// Template is the resource of a template. It never shows a key.
type Template struct {
	Object           string          `json:"object"`
	ID               string          `json:"id"`
	Name             string          `json:"name"`
	Claims           json.RawMessage `json:"claims"`
	Lifetime         int64           `json:"lifetime"`
	AllowedClockSkew int64           `json:"allowed_clock_skew"`
	CustomSigningKey bool            `json:"custom_signing_key"`
	SigningAlgorithm string          `json:"signing_algorithm"`
	CreatedAt        int64           `json:"created_at"`
	UpdatedAt        int64           `json:"updated_at"`
}

func shown(t *domain.Template) Template {
	return Template{
		Object: object, ID: t.ID, Name: t.Name, Claims: t.Claims, Lifetime: int64(t.Lifetime / time.Second), AllowedClockSkew: int64(t.Skew / time.Second),
		CustomSigningKey: t.Key != nil, SigningAlgorithm: t.Algorithm(), CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
}

// listing has the arguments of getJwtTemplateList.
type listing struct {
	Limit     edge.Number `arg:"limit"`
	Offset    edge.Number `arg:"offset"`
	Paginated edge.Flag   `arg:"paginated"`
}

func (c *controller) list(ctx context.Context, _ *api.Request, args listing) (any, error) {
	var j edge.Judging
	limit, _ := j.Limit(args.Limit)
	offset := j.Offset(args.Offset, math.MaxInt64)
	if err := j.Err(); err != nil {
		return nil, err
	}
	all, err := c.Templates.List(ctx)
	if err != nil {
		return nil, err
	}
	page := []Template{}
	for _, t := range edge.PageOf(all, limit, offset) {
		page = append(page, shown(&t))
	}
	if args.Paginated.Or(false) {
		return resource.Paginated[Template]{Data: page, TotalCount: int64(len(all))}, nil
	}
	return page, nil
}

// emit emits the event of a completed change.
func (c *controller) emit(ctx context.Context, req *api.Request, event, id string, err error) {
	if err == nil {
		c.Accounts.Users.Emit(ctx, event, kuzzleview.Actor(req), users.Subject(events.Template, id), nil)
	}
}

// byID has the arguments of actions on one template.
type byID struct {
	ID string `arg:"template_id,required"`
}

func (c *controller) get(ctx context.Context, _ *api.Request, args byID) (Template, error) {
	t, err := c.Templates.Find(ctx, args.ID)
	return shown(&t), err
}

func (c *controller) delete(ctx context.Context, req *api.Request, args byID) (resource.Deleted, error) {
	err := c.Templates.Delete(ctx, args.ID)
	c.emit(ctx, req, events.TemplateDeleted, args.ID, err)
	return resource.Deleted{Object: object, ID: args.ID, Deleted: true}, err
}

// wanted has the arguments that create or change a template.
type wanted struct {
	Name      edge.Text   `body:"name"`
	Claims    edge.Object `body:"claims"`
	Lifetime  edge.Number `body:"lifetime"`
	Skew      edge.Number `body:"allowed_clock_skew"`
	CustomKey edge.Flag   `body:"custom_signing_key"`
	Algorithm edge.Text   `body:"signing_algorithm"`
	Key       edge.Text   `body:"signing_key"`
}

func (c *controller) create(ctx context.Context, req *api.Request, args wanted) (Template, error) {
	t := domain.Template{Lifetime: domain.DefaultLifetime, Skew: domain.DefaultSkew}
	edit, err := c.edit(&args)
	if err == nil {
		err = edit(&t)
	}
	if err != nil {
		return Template{}, err
	}
	t, err = c.Templates.Create(ctx, t)
	c.emit(ctx, req, events.TemplateCreated, t.ID, err)
	return shown(&t), err
}

type change struct {
	byID
	wanted
}

func (c *controller) update(ctx context.Context, req *api.Request, args change) (Template, error) {
	edit, err := c.edit(&args.wanted)
	if err != nil {
		return Template{}, err
	}
	t, err := c.Templates.Update(ctx, args.ID, edit)
	c.emit(ctx, req, events.TemplateUpdated, args.ID, err)
	return shown(&t), err
}

// edit checks the arguments and returns a function that applies them to a template.
func (c *controller) edit(args *wanted) (func(*domain.Template) error, error) {
	var j edge.Judging
	if !args.Name.Is() {
		j.Refuse(edge.Missing, nameParam)
	}
	if !args.Claims.Is() {
		j.Refuse(edge.Missing, claimsParam)
	}
	own := args.CustomKey.Or(false)
	// Without its own key, a template is signed with the key of session tokens.
	if !own && args.Algorithm.Is() && args.Algorithm.Value != signing.Algorithm {
		j.Refuse(edge.ConditionalDisallowed, algorithmParam)
	}
	if !own && args.Key.Is() {
		j.Refuse(edge.ConditionalDisallowed, keyParam)
	}
	if err := j.Err(); err != nil {
		return nil, err
	}
	claims, err := json.Marshal(args.Claims.Value)
	if err != nil {
		return nil, err
	}
	return func(t *domain.Template) (err error) {
		t.Name, t.Claims = args.Name.Value, claims
		if args.Lifetime.Is() {
			t.Lifetime = seconds(args.Lifetime)
		}
		if args.Skew.Is() {
			t.Skew = seconds(args.Skew)
		}
		switch {
		case args.CustomKey.Is() && !own:
			t.Key = nil
		case own:
			t.Key, err = c.key(t, args)
		}
		return err
	}, nil
}

// seconds returns a duration. A number that is too large becomes one beyond all
// bounds.
func seconds(n edge.Number) time.Duration {
	const most = int64(signing.MaxLifetime/time.Second) + 1
	return time.Duration(min(max(n.Value, -1), most)) * time.Second
}

// key returns the key for a template: the given one, or the present one.
func (c *controller) key(t *domain.Template, args *wanted) (*domain.Key, error) {
	switch {
	case !args.Key.Is() && t.Key != nil && (!args.Algorithm.Is() || args.Algorithm.Value == t.Key.Algorithm):
		return t.Key, nil
	case !args.Key.Is():
		return nil, edge.Refusal(edge.ConditionalMissing, keyParam)
	case !args.Algorithm.Is():
		return nil, edge.Refusal(edge.ConditionalMissing, algorithmParam)
	}
	return domain.NewKey(c.Sealer, args.Algorithm.Value, args.Key.Value)
}
