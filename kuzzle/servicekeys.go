package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/publishable"
)

type serviceKeys struct {
	Create createServiceKey `cmd:"" help:"Make a key and print it; it is not shown again."`
	List   listServiceKeys  `cmd:"" help:"List the keys, without their texts."`
	Revoke revokeServiceKey `cmd:"" help:"Revoke a key, on every server within a second."`

	Publishable publishableKeys `cmd:"" help:"Print the publishable key, by which browser libraries find the instance."`
}

type createServiceKey struct {
	config.Flags
	Name         string   `help:"Name of the key, for people."`
	Live         bool     `help:"Make a key for production, sk_live_…, instead of one for development, sk_test_…."`
	Endpoint     []string `sep:"none" placeholder:"ENDPOINT" help:"Limit the key to an endpoint: an action, such as users:*, or a route, such as 'GET /v1/users/{user_id}' or '* /v1/users/**'. May be repeated."`
	Organization []string `sep:"none" placeholder:"ID" help:"Limit the key to an organization. May be repeated."`
	JSON         bool     `name:"json" help:"Print JSON, as service-keys:create answers it."`
}

// Run makes one.
func (c *createServiceKey) Run(ctx context.Context, at console) error {
	body := map[string]any{
		"kind": "test", "name": c.Name, "endpoints": append([]string{}, c.Endpoint...), "organizations": append([]string{}, c.Organization...),
	}
	if c.Live {
		body["kind"] = "live"
	}
	var made struct {
		ID     string `json:"_id"`
		Secret string `json:"secret"`
	}
	raw, err := ask(ctx, c.Flags, "service-keys", "create", nil, body, &made)
	if err != nil {
		return err
	}
	if c.JSON {
		return at.printJSON(raw)
	}
	_, err = fmt.Fprintf(at.out, "key %s is valid from now on\nits text, which is not shown again: %s\n", made.ID, made.Secret)
	return err
}

type listServiceKeys struct {
	config.Flags
	JSON bool `name:"json" help:"Print JSON, as service-keys:list answers it."`
}

// Run prints all of them.
func (l *listServiceKeys) Run(ctx context.Context, at console) error {
	var all struct {
		Hits []struct {
			ID            string   `json:"_id"`
			Name          string   `json:"name"`
			Hint          string   `json:"hint"`
			Endpoints     []string `json:"endpoints"`
			Organizations []string `json:"organizations"`
		} `json:"hits"`
	}
	raw, err := ask(ctx, l.Flags, "service-keys", "list", nil, nil, &all)
	if err != nil {
		return err
	}
	return at.list(raw, l.JSON, func(table io.Writer) {
		for _, one := range all.Hits {
			endpoints := cmp.Or(strings.Join(one.Endpoints, ", "), "all endpoints")
			organizations := cmp.Or(strings.Join(one.Organizations, ", "), "all organizations")
			fmt.Fprintf(table, "%s\t%s…\t%s\t%s\t%s\n", one.ID, one.Hint, one.Name, endpoints, organizations)
		}
	})
}

type revokeServiceKey struct {
	config.Flags
	ID string `arg:"" help:"Id of the key, as list prints it."`
}

// Run ends one.
func (r *revokeServiceKey) Run(ctx context.Context, at console) error {
	var gone struct {
		ID string `json:"_id"`
	}
	if _, err := ask(ctx, r.Flags, "service-keys", "revoke", map[string]any{"_id": r.ID}, nil, &gone); err != nil {
		return err
	}
	_, err := fmt.Fprintf(at.out, "key %s is revoked\n", gone.ID)
	return err
}

type publishableKeys struct {
	config.Flags
	Test bool   `help:"Refuse to print the key of an instance of production."`
	Live string `placeholder:"HOST" help:"Print the key of the instance of production with a host, which clerk.frontendApi must name."`
	JSON bool   `name:"json" help:"Print JSON, with the Frontend API and the issuer of tokens."`
}

// Help is shown below the flags.
func (publishableKeys) Help() string {
	return "It derives from clerk.frontendApi, else from --public-url, else from --listen: give the same configuration as to the server. An instance with a name of yours has pk_live_…, for pages on that domain; one without has pk_test_…, for pages on the machine of the server."
}

// Run prints the key of the configuration. Programs that read it do not read for what it is.
func (p *publishableKeys) Run(_ context.Context, at console) error {
	cfg, _, err := config.Load(p.Sources(os.Environ()))
	if err != nil {
		return err
	}
	if p.Live != "" {
		if err := publishable.Check(p.Live); err != nil {
			return usageError("--live: " + err.Error())
		}
		cfg.Clerk.FrontendAPI = p.Live
	}
	keys := publishable.For(cfg.FrontendAPI())
	host := publishable.Host(keys.FrontendAPI)
	switch {
	case p.Live != "" && keys.Test != "":
		return usageError("--live: " + p.Live + " names an instance for development: give a name of yours, such as clerk.example.com")
	case p.Test && keys.Test == "":
		return usageError("--test: " + host + " names an instance of production, which refuses tokens in addresses, by which libraries with a test key know browsers: develop with a server on your machine")
	case p.JSON:
		return at.printJSON(keys)
	case keys.Test != "":
		fmt.Fprintln(at.out, keys.Test)
		fmt.Fprintf(at.err, "This key is for development: for pages on the machine of the server, at %s.\nA key for production needs a name that browsers everywhere find: set clerk.frontendApi to one of yours, such as clerk.example.com, or see --live.\n", host)
	default:
		fmt.Fprintln(at.out, keys.Live)
		fmt.Fprintf(at.err, "This key is for production: for pages on %s and below, whose browsers ask https://%s.\nThere is no key for development: that is another instance, on your machine.\n", publishable.Domain(keys.FrontendAPI), keys.FrontendAPI)
	}
	return nil
}
