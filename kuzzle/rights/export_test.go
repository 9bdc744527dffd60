package rights

import "context"

// SetBound replaces the wait until other servers know of what was written.
func (k *Store) SetBound(bound func(context.Context) error) { k.bound = bound }
