package imports

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/jobs"
)

// Name is the controller's name.
const Name = "import"

// patience is the longest wait for a change.
const patience = 10 * time.Second

type controller struct {
	jobs     *jobs.Jobs
	accounts *accounts.Accounts
}

// New declares the controller.
func New(all *jobs.Jobs, a *accounts.Accounts) api.Controller {
	c := &controller{all, a}
	return api.Controller{
		Name:  Name,
		About: "Importing users in bulk, with their passwords.",
		Actions: []api.Declared{
			api.Action[createArgs, jobs.Status]{
				Name: jobs.CreateAction, Routes: api.Routes{"POST /imports/_create"},
				Summary: "Opens an import job, to which the file is then sent.", Run: c.create,
			},
			api.Action[recogniseArgs, jobs.Glimpse]{
				Name: "recognise", Routes: api.Routes{"POST /imports/_recognise"},
				Summary: "Guesses the format of a file from its beginning, and shows its first rows. It imports and stores nothing.", Run: c.recognise,
			},
			api.Action[uploadArgs, jobs.Status]{
				Name: jobs.UploadAction, Routes: api.Routes{"POST /imports/{_id}/_upload"},
				Summary: "Sends a part of the file; the last one starts the import.", Run: c.upload,
			},
			api.Action[getArgs, jobs.Status]{
				Name: "get", Routes: api.Routes{"GET /imports/{_id}"},
				Summary: "Reads the progress of an import, immediately or after its next change.", Run: c.get,
			},
			api.Action[api.None, kuzzleview.Counted[jobs.Status]]{
				Name: "list", Routes: api.Routes{"GET /imports"},
				Summary: "Lists the imports of this server.", Run: c.list,
			},
			api.Action[reportArgs, report]{
				Name: "report", Routes: api.Routes{"GET /imports/{_id}/_report"},
				Summary: "Lists the rows that were not imported, with the reasons.", Run: c.report,
			},
			api.Action[idArgs, jobs.Status]{
				Name: "cancel", Routes: api.Routes{"POST /imports/{_id}/_cancel"},
				Summary: "Ends an import; imported users stay.", Run: c.cancel,
			},
			api.Action[idArgs, kuzzleview.ID]{
				Name: "delete", Routes: api.Routes{"DELETE /imports/{_id}"},
				Summary: "Deletes the record of an import that has ended.", Run: c.delete,
			},
		},
	}
}

type createArgs struct {
	Body map[string]any `body:"."`
}

func (c *controller) create(ctx context.Context, req *api.Request, args createArgs) (jobs.Status, error) {
	options, err := optionsOf("body", args.Body)
	if err != nil {
		return jobs.Status{}, err
	}
	return c.jobs.Create(ctx, callerOf(req), options)
}

// callerOf returns the caller of a request as far as a job needs it. The proofs of factors count for a
// row about the caller while they are fresh.
func callerOf(req *api.Request) users.Actor {
	by := kuzzleview.Actor(req)
	return users.Actor{
		Kuid: by.Kuid, SessionID: by.SessionID, RequestID: by.RequestID, Addr: by.Addr, APIKey: by.APIKey, Act: by.Act, Token: by.Token, Factors: by.Factors,
		Operator: by.Operator, Service: by.Service, Open: by.Open,
	}
}

func optionsOf(name string, body map[string]any) (options importer.Options, err error) {
	text, err := json.Marshal(body)
	if err == nil {
		err = json.Unmarshal(text, &options)
	}
	if err != nil {
		err = assert.InvalidArgument.New(name, "the options of an import")
	}
	return options, err
}

type recogniseArgs struct {
	Text    string         `body:"text"`
	Data    string         `body:"data"`
	Options map[string]any `body:"options"`
}

func (c *controller) recognise(ctx context.Context, _ *api.Request, args recogniseArgs) (jobs.Glimpse, error) {
	head, err := part(args.Text, args.Data)
	if err != nil {
		return jobs.Glimpse{}, err
	}
	if len(head) == 0 {
		return jobs.Glimpse{}, assert.Missing.New("body.text")
	}
	options, err := optionsOf("body.options", args.Options)
	if err != nil {
		return jobs.Glimpse{}, err
	}
	return c.jobs.Recognise(ctx, head, options)
}

// part decodes a part of a file, from text or base64.
func part(text, data string) ([]byte, error) {
	if data == "" {
		return []byte(text), nil
	}
	if text != "" {
		return nil, assert.MutuallyExclusive.New("body.text", "body.data")
	}
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return nil, assert.InvalidArgument.New("body.data", "base64")
	}
	return raw, nil
}

type uploadArgs struct {
	ID     string `arg:"_id,required,id"`
	Text   string `body:"text"`
	Data   string `body:"data"`
	Offset int    `body:"offset"`
	End    bool   `body:"end"`
}

// handle refuses a caller with fewer rights than the user who opened the job, because the job's
// rows are imported with that user's rights.
func (c *controller) handle(ctx context.Context, req *api.Request, id string) error {
	opener, err := c.jobs.By(id)
	if err != nil {
		return err
	}
	return c.accounts.Containment.MayStandIn(ctx, kuzzleview.Actor(req), opener)
}

func (c *controller) upload(ctx context.Context, req *api.Request, args uploadArgs) (jobs.Status, error) {
	bytes, err := part(args.Text, args.Data)
	if err != nil {
		return jobs.Status{}, err
	}
	if args.Offset < 0 {
		return jobs.Status{}, assert.InvalidArgument.New("body.offset", "0 or more")
	}
	if err := c.handle(ctx, req, args.ID); err != nil {
		return jobs.Status{}, err
	}
	return c.jobs.Upload(ctx, callerOf(req), args.ID, int64(args.Offset), bytes, args.End)
}

type idArgs struct {
	ID string `arg:"_id,required,id"`
}

type getArgs struct {
	ID string `arg:"_id,required,id"`
	// After is the number of rows that the client knows of; -1 asks for the current state.
	After int `arg:"after,default=-1"`
}

func (c *controller) get(ctx context.Context, _ *api.Request, args getArgs) (jobs.Status, error) {
	if args.After < 0 {
		return c.jobs.Status(args.ID)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.jobs.Wait(ctx, args.ID, int64(args.After))
}

func (c *controller) list(context.Context, *api.Request, api.None) (kuzzleview.Counted[jobs.Status], error) {
	return kuzzleview.Count(c.jobs.List()), nil
}

type reportArgs struct {
	ID   string `arg:"_id,required,id"`
	From int    `arg:"from,default=0"`
}

// report is a part of a report: lines as text, and the position after them.
type report struct {
	Lines string `json:"lines"`
	Next  int64  `json:"next"`
}

func (c *controller) report(_ context.Context, _ *api.Request, args reportArgs) (report, error) {
	lines, next, err := c.jobs.Report(args.ID, int64(args.From))
	return report{string(lines), next}, err
}

func (c *controller) cancel(ctx context.Context, req *api.Request, args idArgs) (jobs.Status, error) {
	if err := c.handle(ctx, req, args.ID); err != nil {
		return jobs.Status{}, err
	}
	return c.jobs.Cancel(args.ID)
}

func (c *controller) delete(ctx context.Context, req *api.Request, args idArgs) (kuzzleview.ID, error) {
	if err := c.handle(ctx, req, args.ID); err != nil {
		return kuzzleview.ID{}, err
	}
	return kuzzleview.ID{ID: args.ID}, c.jobs.Delete(args.ID)
}
