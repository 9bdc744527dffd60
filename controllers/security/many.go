package security

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// ErrIncompleteDelete comes with the ids of the deleted documents, and has the errors of the
// others.
var ErrIncompleteDelete = fault.Declare(16842761, "services.storage.incomplete_delete", 206,
	"Some of the documents could not be deleted. The errors name each document and the reason.")

type mDeleteArgs struct {
	IDs     []string    `body:"ids,required"`
	Refresh api.Refresh `arg:"refresh,default=wait_for"`
}

// definitionsAtOnce is the number of roles or profiles that one request deletes concurrently. Each
// may wait for other servers; the waits run in parallel.
const definitionsAtOnce = 50

// removeEach removes atOnce ids at a time. After an error that is not a refusal it starts no
// further removal.
func removeEach(ids []string, atOnce int, remove func(id string) error) []error {
	errs := make([]error, len(ids))
	var removing sync.WaitGroup
	var failed atomic.Bool
	turns := make(chan struct{}, atOnce)
	for i, id := range ids {
		if turns <- struct{}{}; failed.Load() {
			break
		}
		removing.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					errs[i] = fmt.Errorf("the deletion of %q broke down: %v", id, r)
				}
				if _, refused := fault.From(errs[i]); errs[i] != nil && !refused {
					failed.Store(true)
				}
				<-turns
			}()
			errs[i] = remove(id)
		})
	}
	removing.Wait()
	return errs
}

// deletedAnswers are what deleteEach answers.
var deletedAnswers = []any{[]string{}, api.Partial{Result: []string{}, Err: ErrIncompleteDelete}}

// deleteEach deletes so many at a time and continues after refusals. It answers 200 and the
// ids when all are deleted, else 206 with the deleted ids and the errors of the others. It
// waits once, at the end, until searches see the deletions.
func (d Deps) deleteEach(ctx context.Context, of storage.Collection, args mDeleteArgs, atOnce int, remove func(id string) error) (any, error) {
	if err := d.Accounts.Users.CheckWriteLimit(len(args.IDs)); err != nil {
		return nil, err
	}
	errs := removeEach(args.IDs, atOnce, remove)
	deleted := make([]string, 0, len(args.IDs))
	partial := ErrIncompleteDelete.New()
	for i, id := range args.IDs {
		err := errs[i]
		if err == nil {
			deleted = append(deleted, id)
			continue
		}
		refusal, ok := fault.From(err)
		if !ok {
			return nil, err
		}
		of := *refusal
		of.Item = id
		partial.Errors = append(partial.Errors, &of)
	}
	if args.Refresh && len(deleted) > 0 {
		if err := d.Accounts.Users.Refresh(ctx, of); err != nil {
			return nil, err
		}
	}
	if len(partial.Errors) > 0 {
		return api.Partial{Result: deleted, Err: partial}, nil
	}
	return deleted, nil
}
