//go:build !unix

package losstest

import "testing"

// mostDescriptors has no limit here.
func mostDescriptors(*testing.T) int { return mostConnections + spareDescriptors }
