//go:build !failpoints

package elasticsearch

import "context"

// reach is where tests built with failpoints stop or kill a node.
func reach(context.Context, string) {}
