package rights

import "context"

// SetBound replaces the wait for other servers to learn of a write.
func (k *Store) SetBound(bound func(context.Context) error) { k.bound = bound }
