package backend

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/maintenance"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// Reclaim changes the claims of all users' names to the rule of cfg.Identifiers.
type Reclaim struct {
	// DryRun looks for names that would belong to several users, and writes
	// nothing.
	DryRun bool
	// Progress is called after each page of users.
	Progress func(ReclaimProgress)
}

// ReclaimProgress is the progress of a Reclaim.
type ReclaimProgress = maintenance.ReclaimProgress

// namesRule is the setting of the rule by which names are compared.
const (
	namesRule = "identifiers.caseSensitive"
	alikeRule = "identifiers.lookAlikes"
)

// rules returns the name of the wanted rule, and of the other one.
func rules(cfg config.Identifiers) (wanted, other string) {
	wanted, other = fmt.Sprintf("%s=%t", namesRule, cfg.CaseSensitive), fmt.Sprintf("%s=%t", namesRule, !cfg.CaseSensitive)
	switch users.LookAlikes(cfg.LookAlikes) {
	case users.Same:
		return fmt.Sprintf("%s=%s", alikeRule, users.Same), fmt.Sprintf("%s=%s", alikeRule, users.Distinct)
	case users.Distinct:
		return fmt.Sprintf("%s=%s", alikeRule, users.Distinct), fmt.Sprintf("%s=%s", alikeRule, users.Same)
	}
	return wanted, other
}

// Run changes the rule by which names are compared, without starting a server; see
// maintenance.Reclaim. It owns the store while it runs and refuses one that servers
// use. It can be run again after any interruption. Degraded findings mean that
// nothing was changed, with the reason.
func (how Reclaim) Run(ctx context.Context, cfg config.Config) (Examination, error) {
	store, alone, err := openAlone(ctx, cfg)
	if err != nil {
		return Examination{}, err
	}
	e, err := how.run(ctx, cfg, store, alone)
	return e, errors.Join(err, store.Close())
}

func (how Reclaim) run(ctx context.Context, cfg config.Config, store storage.Store, alone func(context.Context) error) (e Examination, err error) {
	if err := migration.Unfinished(ctx, store); err != nil {
		return e, err
	}
	wanted, other := rules(cfg.Identifiers)
	r := maintenance.Reclaim{Store: store, CaseSensitive: cfg.Identifiers.CaseSensitive, LookAlikes: users.LookAlikes(cfg.Identifiers.LookAlikes), DryRun: how.DryRun, Alone: alone, Progress: how.Progress}
	done, err := r.Run(ctx)
	switch {
	case err != nil:
		return e, err
	case done.Needless:
		e.Done = []string{fmt.Sprintf("the names were already under %s", wanted)}
		return e, nil
	case done.Collided > 0:
		e.note(collisions(done, wanted, other)...)
		return e, nil
	case how.DryRun:
		e.note(finding(Note, aboutUsers, fmt.Sprintf("the names of %d users can be changed to %s: no two of them become equal", done.Users, wanted),
			"run the same without --dry-run"))
		return e, nil
	}
	e.Done = []string{fmt.Sprintf("the names of %d users are under %s; %d users were written", done.Users, wanted, done.Written)}
	if caretaker, ok := store.(storage.Caretaker); ok && done.Resumed {
		// This completes the user that was being written when the earlier run was
		// killed.
		mended, err := caretaker.Mend(ctx)
		if err != nil {
			return e, fmt.Errorf("repair: %w", err)
		}
		e.Done = append(e.Done, mended...)
	}
	return e, nil
}

// collisions names the users with colliding names, but not the names.
func collisions(done maintenance.Reclaimed, wanted, other string) []Finding {
	var found []Finding
	for _, c := range done.Collisions {
		var holders []string
		for _, h := range c.Holders {
			holders = append(holders, fmt.Sprintf("%q (%s)", h.Kuid, strings.Join(h.Strategies, ", ")))
		}
		if more := c.Count - len(c.Holders); more > 0 {
			holders = append(holders, fmt.Sprintf("%d more", more))
		}
		found = append(found, finding(Degraded, aboutUsers, fmt.Sprintf("one name would belong to all of %s", strings.Join(holders, ", ")), ""))
	}
	shown := ""
	if more := done.Collided - int64(len(done.Collisions)); more > 0 {
		shown = fmt.Sprintf(", of which %d are shown", len(done.Collisions))
	}
	remedy := fmt.Sprintf("start the server with %s, give all but one of those users other names, and run this again", other)
	if done.Resumed {
		remedy = fmt.Sprintf("run this with %s, which reverts the change; then %s", other, remedy)
	}
	return append(found, finding(Degraded, aboutUsers,
		fmt.Sprintf("%d names would belong to several users under %s%s; nothing was changed", done.Collided, wanted, shown), remedy))
}

// openAlone opens an existing store that no server uses. alone checks whether that
// is still the case.
func openAlone(ctx context.Context, cfg config.Config) (store storage.Store, alone func(context.Context) error, err error) {
	if !clustered(cfg) {
		has, err := hasDatabase(cfg)
		if err == nil && !has {
			err = errNoDatabase(cfg)
		}
		if err != nil {
			return nil, nil, err
		}
		store, err = opening(sqlite.Open(ctx, cfg.Data, sqlite.Options{}))
		return store, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	options := clusterOptions(cfg.Elasticsearch)
	options.RepairWithin, options.Existing = -1, true
	sealer, err := loadMasterKey(cfg)
	if err != nil {
		return nil, nil, err
	}
	cluster, err := unserved(ctx, options)
	if err != nil {
		return nil, nil, err
	}
	// If the key does not match, the cluster is probably the wrong one.
	if err := fitsKey(ctx, cluster, sealer); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("the master key does not match the cluster's data: %w", err), cluster.Close())
	}
	return cluster, func(ctx context.Context) error { return notServing(ctx, cluster) }, nil
}
